//! `hcctl status --watch`: looks again and again, keeps what was seen last, and backs off while looks fail.

use std::future::Future;
use std::io::{self, Write};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::Instant;

use super::CommandError;
use super::form::Document;
use super::screen::Screen;
use super::session::Session;
use super::signals::Signals;
use crate::operation::rhythm::Rhythm;
use crate::operation::status::{Status, status};
use crate::render::frame::{Frame, frame};
use crate::render::json;
use crate::render::status::{StatusView, at, human};

/// Time goes on on the screen, also between looks.
const TICK: Duration = Duration::from_secs(1);

/// For somebody who reads what was seen at this moment.
pub(super) fn view<'a>(session: &'a Session, seen: &'a Status, now: SystemTime) -> StatusView<'a> {
    let environment = &session.context.environment;
    StatusView {
        project: environment.project.as_ref(),
        environment: environment.name.as_ref(),
        region: environment.region.as_ref(),
        url: seen.url.clone(),
        services: &seen.services,
        missing: seen.missing.clone(),
        now,
    }
}

/// Attempts of one call: a failure is told, and the next look is another attempt.
const ATTEMPTS: u32 = 2;
/// A look that takes longer is told of.
const SLOW: Duration = Duration::from_secs(10);

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Status, CommandError>> + 'a>>;

/// On a terminal: one screen, kept up to date until somebody ends it.
pub(super) async fn screen(session: &Session, every: Duration) -> Result<(), CommandError> {
    let mut signals = Signals::listen()?;
    // What fails at once is said as by any other verb, before the screen is taken.
    let mut seen = tokio::select! {
        seen = status(&session.context, &session.context.aws, None) => seen?,
        () = signals.next() => return Ok(()),
    };
    let (color, aws) = (
        session.style().color,
        session.context.aws.impatient(ATTEMPTS),
    );
    let mut rhythm = Rhythm::new(every, session.context.limit);
    let mut screen = Screen::enter().await?;
    let mut looking: Option<Looking<'_>> = None;
    let mut since = Instant::now();
    loop {
        let now = SystemTime::now();
        if looking.is_some() && since.elapsed() > SLOW {
            rhythm.waits(since.elapsed());
        }
        let lines = frame(
            &Frame {
                view: &view(session, &seen, now),
                seen: seen.at,
                every,
                trouble: rhythm.trouble.as_ref(),
            },
            screen.size(),
            color,
        );
        screen.draw(&lines)?;
        if rhythm.is_over() {
            return Ok(());
        }
        let tick = Instant::now() + TICK;
        let due = if looking.is_some() {
            tick
        } else {
            tick.min(rhythm.next)
        };
        tokio::select! {
            () = signals.next() => return Ok(()),
            changed = screen.changed() => changed?,
            outcome = found(&mut looking) => {
                looking = None;
                match outcome {
                    Ok(new) => {
                        seen = new;
                        rhythm.saw();
                    }
                    Err(error) => rhythm.failed(&error),
                }
            }
            () = tokio::time::sleep_until(rhythm.wake(due)) => {
                if looking.is_none() && Instant::now() >= rhythm.next {
                    since = Instant::now();
                    looking = Some(Box::pin(status(&session.context, &aws, seen.url.clone())));
                }
            }
        }
    }
}

/// What the look under way finds; never, where there is none.
async fn found(looking: &mut Option<Looking<'_>>) -> Result<Status, CommandError> {
    match looking {
        Some(looking) => looking.await,
        None => std::future::pending().await,
    }
}

/// Elsewhere: a block, or a line of JSON, whenever something has changed.
pub(super) async fn changes(session: &Session, every: Duration) -> Result<(), CommandError> {
    let mut signals = Signals::listen()?;
    let aws = session.context.aws.impatient(ATTEMPTS);
    let mut last: Option<(Value, Option<String>)> = None;
    let mut rhythm = Rhythm::new(every, session.context.limit);
    loop {
        let url = last.as_ref().and_then(|(_, url)| url.clone());
        let outcome = tokio::select! {
            outcome = status(&session.context, &aws, url) => outcome,
            () = signals.next() => return Ok(()),
        };
        match outcome {
            Ok(seen) => {
                if rhythm.trouble.is_some() {
                    session.say("note: it is seen again");
                }
                rhythm.saw();
                let told = json::status(&view(session, &seen, seen.at));
                if last.as_ref().is_none_or(|(known, _)| *known != told) {
                    tell(session, &seen, &told, last.is_none())?;
                    last = Some((told, seen.url));
                }
            }
            // The first look fails as any other verb does.
            Err(error) if last.is_none() => return Err(error),
            Err(error) => {
                let known = rhythm.trouble.take();
                rhythm.failed(&error);
                if let Some(trouble) = &rhythm.trouble
                    && known.is_none_or(|known| known.what != trouble.what)
                {
                    session.say(&format!("warning: {}; trying again", trouble.what));
                    if let Some(remedy) = &trouble.remedy {
                        session.say(&format!("hint: {remedy}"));
                    }
                }
            }
        }
        if rhythm.is_over() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep_until(rhythm.wake(rhythm.next)) => {}
            () = signals.next() => return Ok(()),
        }
        if rhythm.is_over() {
            return Ok(());
        }
    }
}

fn tell(session: &Session, seen: &Status, told: &Value, first: bool) -> io::Result<()> {
    let mut text = Vec::new();
    if session.form == Document::Json {
        writeln!(text, "{}", at(told.clone(), seen.at))?;
    } else {
        if !first {
            writeln!(text)?;
        }
        let view = view(session, seen, seen.at);
        writeln!(text, "{}", crate::render::status::moment_of(seen.at))?;
        human(&view, &session.style(), &mut text)?;
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}
