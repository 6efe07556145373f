//! Answering the pauses that deployments wait at, and watching what becomes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::deploy::{Following, follow};
use super::{Ask, CommandError, Context, Events, Kind};
use crate::deploy::sight::waiting;
use crate::deploy::word::{self, Word};
use crate::deploy::{Followed, Followers, Live, Outcome, Status, live};
use crate::journal::{self, Journal, Planned};

/// Answers the pauses that deployments of these services wait at, and watches them to their end. Without the lease: the run
/// that started them holds it, and waits.
///
/// # Errors
///
/// A refusal where none waits; what became of the deployments where that is not what was wanted.
pub async fn approve(
    context: &Context,
    services: &[String],
    word: Word,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<(), CommandError> {
    context.guard().await?;
    let aws = context.aws.fresh();
    let lives = live::all(&aws).await?;
    let by_arn: BTreeMap<String, &str> = lives
        .values()
        .filter(|live| services.contains(&live.name))
        .filter_map(|live| Some((live.deployment.clone()?, live.name.as_str())))
        .collect();
    let arns: Vec<String> = by_arn.keys().cloned().collect();
    let mut answered = Vec::new();
    for deployment in word::describe(&aws, &arns).await? {
        let arn = deployment.service_deployment_arn().unwrap_or_default();
        if let Some(waits) =
            waiting(&deployment).filter(|_| Status::of(deployment.status()) == Status::Going)
        {
            word::say(&aws, arn, &waits.hook, word).await?;
            answered.extend(by_arn.get(arn).copied());
        }
    }
    if answered.is_empty() {
        return Err(CommandError::new(
            Kind::Refused,
            format!(
                "no deployment in {} waits for approval",
                context.environment.name
            ),
        )
        .hint(format!("see what runs: {}", context.again("status"))));
    }
    answered.sort_unstable();
    let (verb, done) = match word {
        Word::Approve => ("approve", "Approved"),
        Word::Reject => ("reject", "Rejected, rolling back"),
    };
    events.say(&format!("{done}: {}.", answered.join(", ")));
    let answered = Answered {
        lives: &lives,
        names: &answered,
        verb,
        word,
    };
    watch(context, answered, events, ask).await
}

/// Deployments that somebody else started and that were just given a word.
pub(super) struct Answered<'a> {
    /// All services as they run.
    pub(super) lives: &'a BTreeMap<String, Live>,
    /// Those whose deployments were answered.
    pub(super) names: &'a [&'a str],
    /// What was done, for the journal.
    pub(super) verb: &'static str,
    /// The word.
    pub(super) word: Word,
}

/// Watches them to their end.
pub(super) async fn watch(
    context: &Context,
    answered: Answered<'_>,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<(), CommandError> {
    let Answered {
        lives,
        names,
        word: given,
        ..
    } = answered;
    let mut interrupts = ask.interrupts()?;
    let followed = names
        .iter()
        .filter_map(|name| lives.get(*name))
        .map(|live| Followed {
            live: live.clone(),
            definition: live.definition_arn.clone(),
            deployment: live.deployment.clone(),
            known: BTreeSet::new(),
        });
    let mut followers = Followers::new(&context.aws.fresh(), followed.collect());
    record(context, &answered, events).await;
    let following = Following {
        context,
        names,
        lease: None,
        journal: None,
    };
    follow(&following, events, &mut interrupts, &mut followers).await?;
    let (mut failed, mut nothing) = (Vec::new(), true);
    for (followed, outcome, _) in followers.ends() {
        let good = matches!(
            (given, outcome),
            (Word::Approve, Some(Outcome::Succeeded))
                | (
                    Word::Reject,
                    Some(Outcome::RolledBack(_) | Outcome::Stopped(_))
                )
        );
        if !good {
            nothing &= outcome == Some(&Outcome::NothingRan);
            failed.push(followed.live.name.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let (kind, what) = match given {
        Word::Approve if nothing => (Kind::Failed, "nothing ran, for there are no tasks"),
        Word::Approve => (Kind::RolledBack, "the deployment did not succeed"),
        Word::Reject => (Kind::Failed, "the deployment was not rolled back"),
    };
    Err(
        CommandError::new(kind, format!("{what}: {}", failed.join(", ")))
            .hint(format!("see what serves: {}", context.again("status"))),
    )
}

/// Records that the word was given. Whoever gives it may be in a hurry: a journal that cannot be written stops nothing.
async fn record(context: &Context, answered: &Answered<'_>, events: &impl Events) {
    let of = || {
        let names = answered.names.iter();
        names.filter_map(|name| answered.lives.get(*name))
    };
    let pair = |live: &Live, text: Option<&str>| Some((live.name.clone(), text?.to_owned()));
    let planned = Planned::Images {
        images: of().filter_map(|live| pair(live, live.digest())).collect(),
        tags: of().filter_map(|live| pair(live, live.tag())).collect(),
    };
    let told = async {
        let journal = Journal::begin(&context.aws, answered.verb, planned).await?;
        journal.end(&context.aws, journal::Outcome::Done).await
    };
    if let Err(fault) = told.await {
        events.say(&format!("warning: this is not in the journal: {fault}"));
    }
}
