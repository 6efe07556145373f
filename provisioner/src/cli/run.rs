//! Making a plan true, with everything around it: lease, journal, progress, interrupts, the last words.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use hcctl_engine::drive::{self, Kinds};
use hcctl_engine::{Class, Event, Fault, Plan, Report};
use serde_json::{Value, json};

use super::look::{Look, Wanted, digest};
use super::pace::Clock;
use super::session::{Session, say, style, width};
use super::signals::Signals;
use super::{CommandError, Format, Global, Kind};
use crate::aws::Aws;
use crate::journal::Journal;
use crate::lock::{Lease, LockError};
use crate::render::progress::{Bars, JsonLines, Lines, Progress};
use crate::render::{ReportView, human, json, prose};
use crate::resources::{KINDS, load_balancer};

/// Steps at a time. The SDK's adaptive retry slows down where a service asks for it.
const AT_ONCE: usize = 32;

/// What is to be made true.
pub(super) struct Work<'a> {
    /// The verb, for the lease and the journal.
    pub(super) verb: &'static str,
    /// What was planned, and shown.
    pub(super) look: &'a Look,
    /// What it was compared with.
    pub(super) wanted: Wanted,
    /// The command that continues a run that stopped.
    pub(super) repeat: String,
}

/// Takes the lease, makes the plan true and gives the lease back, whatever happens in between.
pub(super) async fn run(session: &Session, work: Work<'_>) -> Result<(), CommandError> {
    let lease = take_lease(session, work.verb).await?;
    let outcome = under_lease(session, &work, &lease).await;
    give_back(session, lease).await;
    outcome
}

/// The end of a run that has nothing to do: for programs the same document as any other's.
pub(super) async fn nothing_to_do(session: &Session, work: &Work<'_>) -> Result<(), CommandError> {
    if session.wants(Format::Json) {
        return last_words(session, work, &Report::default()).await;
    }
    if let Some(url) = url(session).await? {
        session.say(&format!("Open {url}"));
    }
    Ok(())
}

/// Takes the environment's lease, or says who holds it.
pub(super) async fn take_lease(session: &Session, verb: &str) -> Result<Lease, CommandError> {
    let lease = Lease::take(&session.aws, verb)
        .await
        .map_err(|error| held(session, error))?;
    if let Some(holder) = &lease.taken_over {
        session.say(&format!(
            "note: took over the expired lease of {}",
            holder.describe()
        ));
    }
    Ok(lease)
}

/// Gives the lease back. What that says matters less than what the run says.
pub(super) async fn give_back(session: &Session, lease: Lease) {
    give_back_to(&session.global, lease).await;
}

/// The same where there is no session of one environment.
pub(super) async fn give_back_to(global: &Global, lease: Lease) {
    if let Err(fault) = lease.release().await {
        let warning =
            format!("warning: the lease could not be given back and ends by itself: {fault}");
        say(global, &warning);
    }
}

fn held(session: &Session, error: LockError) -> CommandError {
    match error {
        LockError::Fault(fault) => fault.into(),
        LockError::Held(holder) => {
            let message = format!(
                "{} is being worked on by {}",
                session.environment.name,
                holder.describe()
            );
            let error = CommandError::new(Kind::Refused, message);
            let error = error.hint(format!(
                "wait: unless it is renewed, its lease ends in {} s",
                holder.seconds_left().max(0)
            ));
            error.hint(format!(
                "if that run is dead for certain: {}",
                session.again("unlock")
            ))
        }
    }
}

async fn under_lease(
    session: &Session,
    work: &Work<'_>,
    lease: &Lease,
) -> Result<(), CommandError> {
    // Nobody else can have written since the lease was taken; somebody may have before.
    let again;
    let look = if lease.taken_over.is_some() || was_slow(work.look) {
        again = session.look(work.wanted).await?;
        if digest(&again.plan.seen) != digest(&work.look.plan.seen) {
            let error = CommandError::new(
                Kind::Refused,
                "the account has changed since the plan was shown; nothing was changed",
            );
            return Err(error.hint(format!("read the new plan: {}", work.repeat)));
        }
        &again
    } else {
        work.look
    };
    let view = look.view(session);
    let planned =
        json!({ "digest": digest(&look.plan.seen), "changes": json::plan(&view)["changes"] });
    let steps = Steps {
        global: &session.global,
        aws: &session.aws,
        kinds: KINDS,
        verb: work.verb,
        plan: &look.plan,
        planned,
        lease,
    };
    let ran = steps.run().await?;
    ran.end(last_words(session, work, &ran.report).await)
}

/// The steps of a plan with what goes along with them, whatever they make.
pub(super) struct Steps<'a> {
    pub(super) global: &'a Global,
    pub(super) aws: &'a Aws,
    pub(super) kinds: &'static Kinds<Aws>,
    /// The verb, for the journal.
    pub(super) verb: &'static str,
    pub(super) plan: &'a Plan,
    /// What the journal says of the plan.
    pub(super) planned: Value,
    pub(super) lease: &'a Lease,
}

/// How the steps went.
pub(super) struct Ran {
    pub(super) report: Report,
    interrupted: bool,
}

impl Steps<'_> {
    /// Takes them, with journal, progress and an ear for interrupts.
    pub(super) async fn run(self) -> Result<Ran, CommandError> {
        let journal = Journal::begin(self.aws, self.verb, self.planned.clone()).await?;
        let clock = Clock::new(self.global.timeout, Some(self.lease));
        // Until the process ends: the second interrupt must also end what comes after the steps, such as a journal that
        // nobody answers.
        let progress: Arc<dyn Progress> = self.progress().into();
        let told = (!self.global.quiet).then(|| Arc::clone(&progress));
        tokio::spawn(watch(clock.interrupted(), told));
        let on_event = |event: &Event| {
            progress.event(event);
            journal.event(event);
        };
        let fresh = self.aws.fresh();
        let report = drive::apply(self.kinds, &fresh, self.plan, AT_ONCE, &clock, &on_event).await;
        progress.finish();
        if let Err(fault) = journal.end(self.aws, &report).await {
            let warning = format!("warning: the journal of this run is not complete: {fault}");
            say(self.global, &warning);
        }
        Ok(Ran {
            report,
            interrupted: clock.was_interrupted(),
        })
    }

    fn progress(&self) -> Box<dyn Progress> {
        let style = style(self.global, &io::stderr());
        let steps = hcctl_engine::steps::steps(&drive::catalog(self.kinds), self.plan);
        let steps = steps.steps.len();
        if self.global.format == Format::Json {
            return Box::new(JsonLines::new(io::stdout()));
        }
        if self.global.quiet {
            return Box::new(Lines::new(io::sink(), style));
        }
        if io::stderr().is_terminal() {
            Box::new(Bars::stderr(steps, style))
        } else {
            Box::new(Lines::new(io::stderr(), style))
        }
    }
}

impl Ran {
    /// How the verb ends, once what there is to say was `said`.
    pub(super) fn end(&self, said: Result<(), CommandError>) -> Result<(), CommandError> {
        match said {
            // Whoever reads the output has left, and the run ended as it ended.
            Err(error) if error.kind == Kind::ClosedPipe => {}
            said => said?,
        }
        match (self.interrupted, self.report.complete()) {
            (true, false) => Err(CommandError::silent(Kind::Interrupted)),
            (_, true) => Ok(()),
            (false, false) => Err(CommandError::silent(Kind::Failed)),
        }
    }
}

/// Whether a person has read the plan meanwhile.
fn was_slow(look: &Look) -> bool {
    was_long_ago(look.taken)
}

/// Whether what was seen then may have changed.
pub(super) fn was_long_ago(taken: std::time::Instant) -> bool {
    taken.elapsed() > std::time::Duration::from_secs(5)
}

async fn last_words(
    session: &Session,
    work: &Work<'_>,
    report: &Report,
) -> Result<(), CommandError> {
    let mut view = ReportView {
        verb: work.verb,
        environment: session.environment.name.to_string(),
        ..ReportView::default()
    };
    if report.complete() && work.wanted == Wanted::File {
        view.urls.extend(url(session).await?);
        view.next.extend(
            work.look
                .notes
                .iter()
                .map(|note| format!("{} {}", note.address, note.text)),
        );
    } else if !report.complete() {
        let first = if fails_again(report) {
            "Mend what failed, then run"
        } else {
            "Run"
        };
        view.next.push(format!(
            "{first} {} again: it continues where this run stopped.",
            work.repeat
        ));
    }
    let mut out = io::stdout().lock();
    if session.wants(Format::Json) {
        writeln!(out, "{}", json::report(report, &view))?;
    } else {
        human::report(report, &view, &session.style(), &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// Whether the same run would only fail the same way: nothing that failed passes by itself.
fn fails_again(report: &Report) -> bool {
    let lasts = |fault: &Fault| {
        matches!(
            fault.class,
            Class::Denied | Class::Conflict | Class::Credentials
        )
    };
    let mut faults = report.failed.iter().map(|(.., fault)| fault);
    report.stopped.is_none() && !report.failed.is_empty() && faults.all(lasts)
}

/// Where the environment answers.
pub(super) async fn url(session: &Session) -> Result<Option<String>, CommandError> {
    let scheme = if session.environment.edge.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let name = load_balancer::dns_name(&session.aws.fresh()).await?;
    Ok(name.map(|name| format!("{scheme}://{name}")))
}

/// The first interrupt lets running steps end and starts no other; the second ends the process.
async fn watch(interrupted: Arc<Mutex<bool>>, progress: Option<Arc<dyn Progress>>) {
    let say = |line: &str| {
        if let Some(progress) = &progress {
            progress.say(&prose(line, width()));
        }
    };
    let Ok(mut signals) = Signals::listen() else {
        return;
    };
    signals.next().await;
    *interrupted.lock().unwrap_or_else(PoisonError::into_inner) = true;
    say("interrupted: ending what is under way, starting no more; again to leave at once");
    signals.next().await;
    say("leaving; run the same command again to continue (the lease ends by itself)");
    std::process::exit(i32::from(Kind::Interrupted.exit_code()));
}
