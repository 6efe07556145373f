//! What deploy and rollback share: the checks, the lease, the rollouts that are followed, and what came of them.

mod before;
mod finish;
mod follow;
mod prepare;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use hcctl_engine::Fault;

use super::{Ask, CommandError, Context, Events, apply, lease};
use crate::aws::Aws;
use crate::aws::names::image_uri;
use crate::deploy::start::{self, Before, Start};
use crate::deploy::{Followed, Followers, Live, Outcome, Release, Stopped, keep};
use crate::journal::{self, Ending, Entry, Journal, Planned};
use crate::lock::Lease;
use crate::resources::scalable_target;
use finish::finish;
use prepare::prepare;
pub(super) use prepare::refuse;

pub(super) use follow::{Following, follow};

/// What is to be rolled out.
#[derive(Clone, Debug)]
pub struct Request {
    /// `deploy`, `rollback` or `restart`, for the lease, the journal and what is said.
    pub verb: &'static str,
    /// By service, a tag or a digest.
    pub images: BTreeMap<String, String>,
    /// By digest, the tag that a person knows it by.
    pub tags: BTreeMap<String, String>,
    /// Whether it is to go on where no task of a service answers.
    pub cure: bool,
    /// Whether a service that runs the image already gets new tasks of the same task definition.
    pub restart: bool,
    /// Whether the services' `before_deploy` commands are run first.
    pub prepare: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Rollout {
    /// `deploy`, `rollback` or `restart`.
    pub verb: &'static str,
    /// The environment.
    pub environment: String,
    /// How long it took.
    pub took: Duration,
    /// Its services.
    pub services: Vec<Ended>,
    /// Where it answers, if all is well.
    pub url: Option<String>,
    /// Why the deployments are not followed any more, where they go on.
    pub left: Result<(), CommandError>,
    /// How it is to be taken, once it was shown.
    pub verdict: Result<(), CommandError>,
}

/// What came of one service's part.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The service.
    pub service: String,
    /// What it ran before: a tag or the beginning of a digest; nothing before the first deploy.
    pub from: Option<String>,
    /// What it was to run.
    pub to: String,
    /// The digest of that.
    pub digest: String,
    /// The revision of its task definition.
    pub revision: String,
    /// How it ended; nothing where it goes on without being watched.
    pub outcome: Option<Outcome>,
    /// The sorts of failure that were met.
    pub stopped: Vec<Stopped>,
    /// It ran this already, and nothing was done.
    pub already: bool,
    /// It could not be started, because of this.
    pub fault: Option<String>,
}

impl Ended {
    /// Whether it runs the image.
    pub fn succeeded(&self) -> bool {
        self.fault.is_none() && (self.already || self.outcome == Some(Outcome::Succeeded))
    }
}

/// One service's part.
struct Part {
    live: Live,
    release: Release,
    /// What is still to be done about it.
    need: Need,
    /// What the service ran before.
    before: Before,
}

impl Part {
    /// It runs the image already, as far as a service without tasks runs anything.
    fn is_idle(&self) -> bool {
        self.need == Need::Nothing && self.live.desired == 0
    }
}

/// What is still to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// It runs the image already.
    Nothing,
    /// A deployment of the image is under way, by a run that ended too early: it is followed.
    Follow,
    /// It is to be started.
    Start,
    /// It runs the image, and its tasks are to be new ones.
    Restart,
}

/// So many tags are named to who typed another, or none.
pub(super) const LATEST: usize = 5;

/// Checks, starts and follows.
///
/// # Errors
///
/// A refusal before anything is changed; a fault that ends the run. What fails in a deployment is in the answer.
pub async fn deploy(
    context: &Context,
    request: &Request,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Rollout, CommandError> {
    let lease = apply::take_lease(context, request.verb, events).await?;
    let outcome = under_lease(context, request, &lease, (events, ask)).await;
    lease::give_back(lease, events).await;
    outcome
}

async fn under_lease(
    context: &Context,
    request: &Request,
    lease: &Lease,
    (events, ask): (&impl Events, &impl Ask),
) -> Result<Rollout, CommandError> {
    let began = context.clock.now();
    // Nothing is remembered yet but who is asking: that need not be asked twice.
    let aws = context.aws.clone();
    let parts = prepare(context, &aws, request).await?;
    // Another tool may have deployed it, which leaves it to the lifecycle policy.
    let runs = parts.iter().filter(|part| part.need == Need::Nothing);
    for outcome in join_all(runs.map(|part| keep::protect(&aws, &part.release))).await {
        outcome?;
    }
    if parts.iter().all(|part| part.need == Need::Nothing) {
        return Ok(finish(
            (context, events),
            request,
            began,
            &parts,
            &[],
            &BTreeMap::new(),
        )
        .await);
    }
    let journal = Journal::begin(&context.aws, request.verb, planned(request, &parts)).await?;
    let mut interrupts = ask.interrupts()?;
    let starting: Vec<&Part> = parts
        .iter()
        .filter(|part| part.need != Need::Nothing)
        .collect();
    if request.prepare
        && let Err(failed) = before::run((context, &aws), &starting, events, &mut interrupts).await
    {
        for entry in failed.entries() {
            journal.entry(entry);
        }
        end(context, journal, false, events).await;
        let faults = failed.faults(&starting);
        let told = finish((context, events), request, began, &parts, &[], &faults).await;
        return Ok(Rollout {
            verdict: Err(failed.verdict()),
            ..told
        });
    }
    let started = starting
        .iter()
        .map(|part| begin(context, &aws, part, events));
    let started = join_all(started).await;
    let (mut followed, mut faults) = (Vec::new(), BTreeMap::new());
    for (part, outcome) in starting.iter().zip(started) {
        match outcome {
            Ok(one) => followed.push(one),
            Err(fault) => drop(faults.insert(part.live.name.clone(), fault)),
        }
    }
    let mut followers = Followers::new(&aws, followed);
    let names: Vec<&str> = request.images.keys().map(String::as_str).collect();
    let following = Following {
        context,
        names: &names,
        lease: Some(lease),
        journal: Some(&journal),
    };
    let left = follow(&following, events, &mut interrupts, &mut followers).await;
    for part in starting.iter().filter(|part| part.live.is_waiting()) {
        withdraw(&aws, part, &followers, events).await;
    }
    let ends: Vec<_> = followers.ends().collect();
    let outcomes = ends
        .iter()
        .map(|(followed, outcome, _)| (followed.live.name.clone(), Ending::of(*outcome)));
    journal.entry(Entry::Outcomes {
        outcomes: outcomes.collect(),
    });
    let good = faults.is_empty()
        && ends
            .iter()
            .all(|(_, outcome, _)| *outcome == Some(&Outcome::Succeeded));
    end(context, journal, good, events).await;
    let told = finish((context, events), request, began, &parts, &ends, &faults).await;
    Ok(Rollout { left, ..told })
}

async fn end(context: &Context, journal: Journal, good: bool, events: &impl Events) {
    let outcome = if good {
        journal::Outcome::Done
    } else {
        journal::Outcome::Failed
    };
    if let Err(fault) = journal.end(&context.aws, outcome).await {
        events.say(&format!("warning: the journal could not be ended: {fault}"));
    }
}

/// What the journal says that is to be done.
fn planned(request: &Request, parts: &[Part]) -> Planned {
    let images = parts
        .iter()
        .map(|part| (part.live.name.clone(), part.release.digest.clone()));
    let tags = parts.iter().filter_map(|part| {
        let known = request.tags.get(&part.release.digest);
        let tag = part.release.tag.as_ref().or(known)?;
        Some((part.live.name.clone(), tag.clone()))
    });
    Planned::Images {
        images: images.collect(),
        tags: tags.collect(),
    }
}

/// A first deploy that failed has nothing to return to: its service waits for its first deploy again.
async fn withdraw(aws: &Aws, part: &Part, followers: &Followers, events: &impl Events) {
    let failed = followers.ends().any(|(followed, outcome, _)| {
        followed.live.name == part.live.name
            && matches!(
                outcome,
                Some(Outcome::Stopped(_) | Outcome::RollbackFailed(_))
            )
    });
    if !failed {
        return;
    }
    let name = &part.live.name;
    match start::withdraw(aws, &part.live).await {
        Ok(()) => events.say(&format!(
            "{name}: no earlier image to return to; it waits for its first deploy again."
        )),
        Err(fault) => events.say(&format!(
            "warning: {name} could not be scaled to nothing, and goes on trying: {fault}"
        )),
    }
}

async fn begin(
    context: &Context,
    aws: &Aws,
    part: &Part,
    events: &impl Events,
) -> Result<Followed, Fault> {
    let live = &part.live;
    if part.need == Need::Follow {
        events.say(&format!(
            "{}: a deployment of {} is under way already and is followed.",
            live.name,
            part.release.name()
        ));
        // The run that began it may have ended before it came to this.
        scalable_target::resume(aws, &live.arn).await?;
        return Ok(Followed {
            live: live.clone(),
            definition: live.definition_arn.clone(),
            deployment: live.deployment.clone(),
            known: BTreeSet::new(),
        });
    }
    if part.need == Need::Restart {
        return start::restart(aws, live, &part.before).await;
    }
    start::start(aws, &rollout(context, aws, part).await?).await
}

/// What is to be started of a part.
async fn rollout(context: &Context, aws: &Aws, part: &Part) -> Result<Start, Fault> {
    let live = &part.live;
    let uri = image_uri(
        &aws.identity().await?.account,
        &aws.scope.region,
        &live.aws_name,
    );
    let service = context
        .environment
        .services
        .iter()
        .find(|(name, _)| name.as_str() == live.name);
    Ok(Start {
        live: live.clone(),
        image: format!("{uri}@{}", part.release.digest),
        release: part.release.clone(),
        count: service.map_or(1, |(_, service)| service.count.get()),
        before: part.before.clone(),
    })
}
