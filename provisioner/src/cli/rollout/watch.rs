//! Watching rollouts to their end, and the question that an interrupt asks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::super::confirm::{Choice, choose};
use super::super::session::{Session, style};
use super::super::signals::Signals;
use super::super::{CommandError, Format, Kind};
use crate::deploy::word::Word;
use crate::deploy::{Followed, Followers, Live, Outcome, Told};
use crate::journal::Journal;
use crate::lock::Lease;
use crate::render::{json, rollout};

/// Who watches rollouts, and what goes with that.
pub(super) struct Watch<'a> {
    pub(super) session: &'a Session,
    /// Columns of the longest service's name.
    pub(super) width: usize,
    pub(super) lease: Option<&'a Lease>,
    pub(super) journal: Option<&'a Journal>,
}

/// Follows until all have ended, or somebody has had enough.
pub(super) async fn follow(
    watch: &Watch<'_>,
    signals: &mut Signals,
    followers: &mut Followers,
) -> Result<(), CommandError> {
    let (session, began) = (watch.session, Instant::now());
    let limit = session.global.timeout.map(Duration::from_secs);
    let mut warned = false;
    loop {
        let told = followers.look().await?;
        for (service, told) in &told {
            tell(watch, began.elapsed(), service, told)?;
        }
        if followers.done() {
            return Ok(());
        }
        let lost = watch.lease.and_then(Lease::lost);
        if let Some(why) = lost.filter(|_| !warned) {
            session.say(&format!("warning: {why}; still watching"));
            warned = true;
        }
        if let Some(limit) = limit.filter(|limit| began.elapsed() >= *limit) {
            let message = format!(
                "the time limit of {} s (--timeout) is reached; the deployment goes on",
                limit.as_secs()
            );
            return Err(CommandError::new(Kind::Failed, message)
                .hint(format!(
                    "see how it ends: {} --watch",
                    session.again("status")
                ))
                .hint(format!("or stop it: {}", session.again("rollback"))));
        }
        tokio::select! {
            () = tokio::time::sleep(followers.pause()) => {}
            () = signals.next() => interrupted(watch, signals, followers).await?,
        }
    }
}

fn tell(watch: &Watch<'_>, at: Duration, service: &str, told: &Told) -> io::Result<()> {
    let session = watch.session;
    let event = json::rollout_event(service, at, told);
    if session.wants(Format::Json) {
        writeln!(io::stdout(), "{event}")?;
    } else if !session.global.quiet {
        let approve = format!("{} --approve", session.again("deploy"));
        let style = style(&session.global, &io::stderr());
        let line = (service, watch.width);
        rollout::told(line, at, told, &approve, &style, &mut io::stderr())?;
    }
    if let Some(journal) = watch.journal {
        journal.entry(event);
    }
    Ok(())
}

/// Watches deployments that somebody else started and that were just given a word, to their end.
pub(in crate::cli) async fn watch(
    session: &Session,
    lives: &BTreeMap<String, Live>,
    names: &[&str],
    (verb, given): (&str, Word),
) -> Result<(), CommandError> {
    let mut signals = Signals::listen()?;
    let followed = names
        .iter()
        .filter_map(|name| lives.get(*name))
        .map(|live| Followed {
            live: live.clone(),
            definition: live.definition_arn.clone(),
            deployment: live.deployment.clone(),
            known: BTreeSet::new(),
        });
    let mut followers = Followers::new(&session.aws.fresh(), followed.collect());
    record(session, lives, names, verb).await;
    let watch = Watch {
        session,
        width: names
            .iter()
            .map(|name| name.len())
            .max()
            .unwrap_or_default(),
        lease: None,
        journal: None,
    };
    follow(&watch, &mut signals, &mut followers).await?;
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
            .hint(format!("see what serves: {}", session.again("status"))),
    )
}

/// Records that the word was given. Whoever gives it may be in a hurry: a journal that cannot be written stops nothing.
async fn record(session: &Session, lives: &BTreeMap<String, Live>, names: &[&str], verb: &str) {
    let of = || names.iter().filter_map(|name| lives.get(*name));
    let images: BTreeMap<&str, &str> = of()
        .filter_map(|live| Some((live.name.as_str(), live.digest()?)))
        .collect();
    let tags: BTreeMap<&str, &str> = of()
        .filter_map(|live| Some((live.name.as_str(), live.tag()?)))
        .collect();
    let told = async {
        let what = serde_json::json!({ "images": images, "tags": tags });
        let journal = Journal::begin(&session.aws, verb, what).await?;
        journal.finish(&session.aws, "done").await
    };
    if let Err(fault) = told.await {
        session.say(&format!("warning: this is not in the journal: {fault}"));
    }
}

/// Asks what is to become of a deployment whose watcher wants to leave.
async fn interrupted(
    watch: &Watch<'_>,
    signals: &mut Signals,
    followers: &Followers,
) -> Result<(), CommandError> {
    let question =
        "interrupted: [l]eave the deployment running, [r]oll it back, or [g]o on watching?";
    let choice = tokio::select! {
        choice = choose(question, &['l', 'r', 'g']) => choice?,
        () = signals.next() => Choice::Nobody,
    };
    match choice {
        Choice::Letter('r') => {
            followers.stop().await?;
            Ok(())
        }
        Choice::Letter('g') => Ok(()),
        Choice::Letter(_) | Choice::Nobody => Err(CommandError::new(
            Kind::Interrupted,
            "interrupted; the deployment goes on without being watched",
        )
        .hint(format!(
            "see how it ends: {} --watch",
            watch.session.again("status")
        ))
        .hint(format!("or stop it: {}", watch.session.again("rollback")))),
    }
}
