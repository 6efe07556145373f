//! Following rollouts to their end, and the question that an interrupt asks.

use std::time::Duration;

use futures_util::future::{Either, select};

use super::super::{CommandError, Context, Decision, Event, Events, Interrupts, Kind};
use crate::deploy::{Followers, Told};
use crate::journal::{Entry, Happened, Journal};
use crate::lock::Lease;

/// Whose rollouts are followed, and what goes with that.
pub(in crate::operation) struct Following<'a> {
    pub(in crate::operation) context: &'a Context,
    /// The services.
    pub(in crate::operation) names: &'a [&'a str],
    pub(in crate::operation) lease: Option<&'a Lease>,
    pub(in crate::operation) journal: Option<&'a Journal>,
}

/// Follows until all have ended, or somebody has had enough.
pub(in crate::operation) async fn follow(
    following: &Following<'_>,
    events: &impl Events,
    interrupts: &mut impl Interrupts,
    followers: &mut Followers,
) -> Result<(), CommandError> {
    let context = following.context;
    let (clock, limit) = (&context.clock, context.limit);
    let began = clock.now();
    let passed = || clock.now().saturating_sub(began);
    events.tell(Event::Following(following.names))?;
    let mut warned = false;
    loop {
        let news = followers.look(passed()).await?;
        for (service, told) in &news {
            tell(following, events, passed(), service, told)?;
        }
        if followers.done() {
            return Ok(());
        }
        let lost = following.lease.and_then(Lease::lost);
        if let Some(why) = lost.filter(|_| !warned) {
            events.say(&format!("warning: {why}; still watching"));
            warned = true;
        }
        if let Some(limit) = limit.filter(|limit| passed() >= *limit) {
            let message = format!(
                "the time limit of {} s (--timeout) is reached; the deployment goes on",
                limit.as_secs()
            );
            return Err(CommandError::new(Kind::Failed, message)
                .hint(format!(
                    "see how it ends: {} --watch",
                    context.again("status")
                ))
                .hint(format!("or stop it: {}", context.again("rollback"))));
        }
        let stopped = {
            let pause = clock.sleep(followers.pause(passed()));
            let next = std::pin::pin!(interrupts.next());
            matches!(select(pause, next).await, Either::Right(_))
        };
        if stopped {
            decided(context, interrupts.decide().await?, followers).await?;
        }
    }
}

fn tell(
    following: &Following<'_>,
    events: &impl Events,
    at: Duration,
    service: &str,
    told: &Told,
) -> Result<(), CommandError> {
    events.tell(Event::Rollout { at, service, told })?;
    if let Some(journal) = following.journal {
        journal.entry(Entry::Release(Happened::of(service, at, told)));
    }
    Ok(())
}

/// Does what somebody wants who wished to stop.
async fn decided(
    context: &Context,
    decision: Decision,
    followers: &Followers,
) -> Result<(), CommandError> {
    match decision {
        Decision::RollBack => Ok(followers.stop().await?),
        Decision::Follow => Ok(()),
        Decision::Leave => Err(CommandError::new(
            Kind::Interrupted,
            "interrupted; the deployment goes on without being watched",
        )
        .hint(format!(
            "see how it ends: {} --watch",
            context.again("status")
        ))
        .hint(format!("or stop it: {}", context.again("rollback")))),
    }
}
