//! The last words of a run that makes a plan true.

use super::session::Session;
use super::{CommandError, Kind};
use crate::operation::apply::Applied;
use crate::render::ReportView;

/// Writes the report of a run, with what to do `next` where it is complete; and how the verb ends.
pub(super) fn end(
    session: &Session,
    verb: &'static str,
    applied: &Applied,
    next: Vec<String>,
) -> Result<(), CommandError> {
    let complete = applied.report.complete();
    let repeat = || {
        let first = if applied.fails_again() {
            "Mend what failed, then run"
        } else {
            "Run"
        };
        let repeat = session.context.again(verb);
        vec![format!(
            "{first} {repeat} again: it continues where this run stopped."
        )]
    };
    let view = ReportView {
        verb,
        environment: session.context.environment.name.to_string(),
        urls: applied.url.iter().cloned().collect(),
        next: if complete { next } else { repeat() },
    };
    ended(applied, session.show(&(&applied.report, &view)))
}

/// How a run ends, once what there is to say was `said`: whether anybody still reads it changes nothing.
pub(super) fn ended(applied: &Applied, said: Result<(), CommandError>) -> Result<(), CommandError> {
    match said {
        Err(error) if error.kind == Kind::ClosedPipe => {}
        said => said?,
    }
    applied.verdict()
}
