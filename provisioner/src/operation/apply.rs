//! Making a plan true, with everything around it: the question, the lease, the journal, and the wish to stop.

use std::time::{Duration, Instant};

use hcctl_engine::drive::{self, Kinds};
use hcctl_engine::{Class, Fault, Plan, Report};

use super::clock::RunPace;
use super::{
    Ask, Clock, CommandError, Context, Event, Events, Kind, Observation, Wanted, digest, lease,
};
use crate::aws::Aws;
use crate::journal::{self, Journal, Planned};
use crate::lock::Lease;
use crate::resources::KINDS;

/// Steps at a time. The SDK's adaptive retry slows down where a service asks for it.
const AT_ONCE: usize = 32;
/// A plan that was shown for longer is made again: a person has read it meanwhile.
const LONG_AGO: Duration = Duration::from_secs(5);

/// What came of a run.
#[derive(Debug)]
pub struct Applied {
    /// How the steps went.
    pub report: Report,
    /// Where the environment answers, once it does.
    pub url: Option<String>,
    interrupted: bool,
}

impl Applied {
    /// How the run is to be taken, once its report was shown.
    ///
    /// # Errors
    ///
    /// An ending of which the report tells all.
    pub fn verdict(&self) -> Result<(), CommandError> {
        match (self.interrupted, self.report.complete()) {
            (true, false) => Err(CommandError::silent(Kind::Interrupted)),
            (_, true) => Ok(()),
            (false, false) => Err(CommandError::silent(Kind::Failed)),
        }
    }

    /// Whether the same run would only fail the same way: nothing that failed passes by itself.
    pub fn fails_again(&self) -> bool {
        let lasts = |fault: &Fault| {
            matches!(
                fault.class,
                Class::Denied | Class::Conflict | Class::Credentials
            )
        };
        let report = &self.report;
        let mut faults = report.failed.iter().map(|(.., fault)| fault);
        report.stopped.is_none() && !report.failed.is_empty() && faults.all(lasts)
    }
}

/// Makes what was seen what the file says, once somebody agrees; without any change only what is still on its way is waited for.
///
/// # Errors
///
/// A refusal: nobody agreed, another run holds the lease, or the account has changed meanwhile. A fault before the first step.
/// What fails in a step is in the report.
pub async fn apply(
    context: &Context,
    seen: &Observation,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Applied, CommandError> {
    if seen.plan.is_empty() && !seen.is_settling() {
        return Ok(Applied {
            report: Report::default(),
            url: context.url().await?,
            interrupted: false,
        });
    }
    let count = seen.plan.changed().count();
    let question = format!(
        "Make {count} change{} in {}?",
        if count == 1 { "" } else { "s" },
        context.environment.name
    );
    ask.confirm(&question, None)?;
    run(context, "apply", (seen, Wanted::File), events, ask).await
}

/// Takes the lease, makes the plan true and gives the lease back, whatever happens in between.
pub(super) async fn run(
    context: &Context,
    verb: &'static str,
    seen: (&Observation, Wanted),
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Applied, CommandError> {
    let lease = take_lease(context, verb, events).await?;
    let outcome = under_lease(context, verb, seen, &lease, (events, ask)).await;
    lease::give_back(lease, events).await;
    outcome
}

/// Takes the environment's lease, or says who holds it.
pub(super) async fn take_lease(
    context: &Context,
    verb: &str,
    events: &impl Events,
) -> Result<Lease, CommandError> {
    let what = context.environment.name.to_string();
    let unlock = Some(context.again("unlock"));
    lease::take(&context.aws, verb, (&what, unlock), events).await
}

async fn under_lease(
    context: &Context,
    verb: &'static str,
    (seen, wanted): (&Observation, Wanted),
    lease: &Lease,
    (events, ask): (&impl Events, &impl Ask),
) -> Result<Applied, CommandError> {
    // Nobody else can have written since the lease was taken; somebody may have before.
    let again;
    let seen = if lease.taken_over.is_some() || was_long_ago(seen.taken) {
        again = context.observe(wanted).await?;
        if digest(&again.plan.seen) != digest(&seen.plan.seen) {
            return Err(changed_meanwhile(&context.again(verb)));
        }
        &again
    } else {
        seen
    };
    let steps = Steps {
        aws: &context.aws,
        kinds: KINDS,
        verb,
        plan: &seen.plan,
        lease,
        clock: &*context.clock,
        limit: context.limit,
    };
    let mut applied = steps.run(events, ask).await?;
    if applied.report.complete() && wanted == Wanted::File {
        applied.url = context.url().await?;
    }
    Ok(applied)
}

/// Whether what was seen then may have changed.
pub(super) fn was_long_ago(taken: Instant) -> bool {
    taken.elapsed() > LONG_AGO
}

/// The plan that was shown is not the plan any more.
pub(super) fn changed_meanwhile(repeat: &str) -> CommandError {
    let message = "the account has changed since the plan was shown; nothing was changed";
    CommandError::new(Kind::Refused, message).hint(format!("read the new plan: {repeat}"))
}

/// The steps of a plan with what goes along with them, whatever they make.
pub(super) struct Steps<'a> {
    pub(super) aws: &'a Aws,
    pub(super) kinds: &'static Kinds<Aws>,
    /// The verb, for the journal.
    pub(super) verb: &'static str,
    pub(super) plan: &'a Plan,
    pub(super) lease: &'a Lease,
    pub(super) clock: &'a dyn Clock,
    pub(super) limit: Option<Duration>,
}

impl Steps<'_> {
    /// Takes them, with journal and events, until somebody wishes to stop.
    pub(super) async fn run(
        self,
        events: &impl Events,
        ask: &impl Ask,
    ) -> Result<Applied, CommandError> {
        let planned = Planned::changes(self.plan, digest(&self.plan.seen));
        let journal = Journal::begin(self.aws, self.verb, planned).await?;
        let steps = hcctl_engine::steps::steps(&drive::catalog(self.kinds), self.plan);
        let steps = steps.steps.len();
        // Whether anybody is told or not, what is begun is ended.
        let _ = events.tell(Event::Begun { steps });
        let pace = RunPace {
            clock: self.clock,
            began: self.clock.now(),
            limit: self.limit,
            lease: self.lease,
            stop: ask.stop(),
        };
        let on_event = |event: &hcctl_engine::Event| {
            let _ = events.tell(Event::Step(event));
            journal.event(event);
        };
        let fresh = self.aws.fresh();
        let report = drive::apply(self.kinds, &fresh, self.plan, AT_ONCE, &pace, &on_event).await;
        let _ = events.tell(Event::Over);
        if let Err(fault) = journal.end(self.aws, journal::Outcome::of(&report)).await {
            events.say(&format!(
                "warning: the journal of this run is not complete: {fault}"
            ));
        }
        Ok(Applied {
            report,
            url: None,
            interrupted: pace.stop.wanted(),
        })
    }
}
