//! What deploy and rollback share: the checks, the lease, the rollouts and their followers, the last words.

mod finish;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures_util::future::join_all;
use hcctl_engine::Fault;
use serde_json::json;

use super::run::{give_back, take_lease};
use super::session::Session;
use super::signals::Signals;
use super::suggest::meant_tag;
use super::{CommandError, Kind};
use crate::aws::Aws;
use crate::aws::names::image_uri;
use crate::deploy::check::{Objection, answered, check};
use crate::deploy::image::{short, tags};
use crate::deploy::start::{self, Before, Start};
use crate::deploy::{Followed, Followers, Live, Outcome, Release, Status, keep, live, word};
use crate::journal::Journal;
use crate::lock::Lease;
use crate::resources::scalable_target;
use finish::finish;
use watch::{Watch, follow};

pub(in crate::cli) use watch::watch;

/// What is to be rolled out.
pub(in crate::cli) struct Work {
    /// `deploy` or `rollback`, for the lease, the journal and the last words.
    pub(in crate::cli) verb: &'static str,
    /// By service, a tag or a digest.
    pub(in crate::cli) images: BTreeMap<String, String>,
    /// By digest, the tag that a person knows it by.
    pub(in crate::cli) tags: BTreeMap<String, String>,
    /// Whether it is to go on where no task of a service answers.
    pub(in crate::cli) cure: bool,
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
}

/// So many tags are named to who typed another, or none.
pub(in crate::cli) const LATEST: usize = 5;

/// Checks, starts, follows and tells.
pub(in crate::cli) async fn run(session: &Session, work: Work) -> Result<(), CommandError> {
    let lease = take_lease(session, work.verb).await?;
    let outcome = under_lease(session, &work, &lease).await;
    give_back(session, lease).await;
    outcome
}

async fn under_lease(session: &Session, work: &Work, lease: &Lease) -> Result<(), CommandError> {
    let began = Instant::now();
    // Nothing is remembered yet but who is asking: that need not be asked twice.
    let aws = session.aws.clone();
    let parts = prepare(session, &aws, work).await?;
    // Another tool may have deployed it, which leaves it to the lifecycle policy.
    let runs = parts.iter().filter(|part| part.need == Need::Nothing);
    for outcome in join_all(runs.map(|part| keep::protect(&aws, &part.release))).await {
        outcome?;
    }
    if parts.iter().all(|part| part.need == Need::Nothing) {
        return finish(session, work, began, &parts, &[], &BTreeMap::new()).await;
    }
    let what: BTreeMap<&str, &str> = parts
        .iter()
        .map(|part| (part.live.name.as_str(), part.release.digest.as_str()))
        .collect();
    let tags: BTreeMap<&str, &str> = parts
        .iter()
        .filter_map(|part| {
            let known = work.tags.get(&part.release.digest);
            let tag = part.release.tag.as_ref().or(known)?;
            Some((part.live.name.as_str(), tag.as_str()))
        })
        .collect();
    let planned = json!({ "images": what, "tags": tags });
    let journal = Journal::begin(&session.aws, work.verb, planned).await?;
    let mut signals = Signals::listen()?;
    let starting: Vec<&Part> = parts
        .iter()
        .filter(|part| part.need != Need::Nothing)
        .collect();
    let started = join_all(starting.iter().map(|part| begin(session, &aws, part))).await;
    let (mut followed, mut faults) = (Vec::new(), BTreeMap::new());
    for (part, outcome) in starting.iter().zip(started) {
        match outcome {
            Ok(one) => followed.push(one),
            Err(fault) => drop(faults.insert(part.live.name.clone(), fault)),
        }
    }
    let mut followers = Followers::new(&aws, followed);
    let width = work.images.keys().map(String::len).max();
    let watch = Watch {
        session,
        width: width.unwrap_or_default(),
        lease: Some(lease),
        journal: Some(&journal),
    };
    let left = follow(&watch, &mut signals, &mut followers).await;
    for part in starting.iter().filter(|part| part.live.is_waiting()) {
        withdraw(session, &aws, part, &followers).await;
    }
    let ends: Vec<_> = followers.ends().collect();
    let outcomes: BTreeMap<&str, &str> = ends
        .iter()
        .map(|(followed, outcome, _)| {
            let ended = outcome.map_or("left_running", Outcome::word);
            (followed.live.name.as_str(), ended)
        })
        .collect();
    journal.entry(json!({ "outcomes": outcomes }));
    let good = faults.is_empty()
        && ends
            .iter()
            .all(|(_, outcome, _)| *outcome == Some(&Outcome::Succeeded));
    let ended = journal.finish(&session.aws, if good { "done" } else { "failed" });
    if let Err(fault) = ended.await {
        session.say(&format!("warning: the journal could not be ended: {fault}"));
    }
    let told = finish(session, work, began, &parts, &ends, &faults).await;
    left.and(told)
}

/// Everything that can be known before anything is changed.
async fn prepare(session: &Session, aws: &Aws, work: &Work) -> Result<Vec<Part>, CommandError> {
    session.guard().await?;
    let all = live::all(aws).await?;
    let mut lives = Vec::new();
    for (name, image) in &work.images {
        let Some(live) = all.get(name) else {
            let message = format!(
                "service {name} is not in account and region of {} yet; nothing was changed",
                session.environment.name
            );
            return Err(CommandError::new(Kind::Refused, message)
                .hint(format!("make it first: {}", session.again("apply"))));
        };
        lives.push((live.clone(), image.as_str()));
    }
    let releases = join_all(
        lives
            .iter()
            .map(|(live, image)| Release::find(aws, &live.aws_name, image)),
    )
    .await;
    let mut parts = Vec::new();
    let mut objections = Vec::new();
    for ((live, image), release) in lives.into_iter().zip(releases) {
        match release? {
            Some(release) => parts.push(Part {
                live,
                release,
                need: Need::Start,
                before: Before::default(),
            }),
            None => objections.push(missing(session, aws, &live, (work.verb, image)).await?),
        }
    }
    running(aws, &mut parts, &mut objections, session).await?;
    let starting: Vec<&Part> = parts
        .iter()
        .filter(|part| part.need == Need::Start)
        .collect();
    for found in join_all(
        starting
            .iter()
            .map(|part| check(aws, &part.live, &part.release)),
    )
    .await
    {
        objections.extend(found?);
    }
    for part in parts.iter().filter(|part| part.need != Need::Follow) {
        objections.extend(answered(aws, &part.live, work.cure).await?);
    }
    refuse(&objections)?;
    for part in &mut parts {
        if part.need != Need::Nothing {
            part.before = start::before(aws, &part.live, &part.release.digest).await?;
        }
    }
    Ok(parts)
}

fn refuse(objections: &[Objection]) -> Result<(), CommandError> {
    if objections.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = objections
        .iter()
        .map(|one| format!("{}: {}", one.service, one.what))
        .collect();
    let message = format!("{}\nnothing was changed", lines.join("\n"));
    let mut error = CommandError::new(Kind::Refused, message);
    let remedies: BTreeSet<&str> = objections.iter().map(|one| one.remedy.as_str()).collect();
    for remedy in remedies {
        error = error.hint(remedy);
    }
    Err(error)
}

async fn missing(
    session: &Session,
    aws: &Aws,
    live: &Live,
    (verb, image): (&str, &str),
) -> Result<Objection, Fault> {
    let tags = tags(aws, &live.aws_name).await?;
    let by_digest = image.starts_with("sha256:");
    let what = if by_digest {
        let digest = short(image);
        format!(
            "image {digest} is no longer in repository {}",
            live.aws_name
        )
    } else {
        format!("there is no image {image} in repository {}", live.aws_name)
    };
    let near = meant_tag(image, tags.iter().map(String::as_str)).filter(|_| !by_digest);
    let near = near.map(|near| format!("did you mean `{near}`? or "));
    // A new build under an old tag is no way back, and a digest cannot be pushed again.
    let other = if verb == "rollback" {
        format!("name one that is there: {} --to TAG", session.again(verb))
    } else if by_digest {
        format!(
            "name one that is there: {} --image TAG",
            session.again(verb)
        )
    } else {
        format!("push it first: {} --tag {image}", session.again("push"))
    };
    let remedy = format!("{}{other}", near.unwrap_or_default());
    let there = if tags.is_empty() {
        "it holds no image yet".to_owned()
    } else {
        let latest = &tags[..tags.len().min(LATEST)];
        format!("the latest there are {}", latest.join(", "))
    };
    Ok(Objection {
        service: live.name.clone(),
        what: format!("{what} ({there})"),
        remedy,
    })
}

/// What runs already, and what stands in the way because it runs.
async fn running(
    aws: &Aws,
    parts: &mut [Part],
    objections: &mut Vec<Objection>,
    session: &Session,
) -> Result<(), Fault> {
    let arns: Vec<String> = parts
        .iter()
        .filter_map(|part| part.live.deployment.clone())
        .collect();
    let seen = word::describe(aws, &arns).await?;
    for part in parts {
        let live = &part.live;
        let deployment = seen
            .iter()
            .find(|one| one.service_deployment_arn() == live.deployment.as_deref());
        let status = deployment.map(|one| Status::of(one.status()));
        let same = live.digest() == Some(part.release.digest.as_str());
        part.need = match status {
            Some(Status::Going) if same => Need::Follow,
            Some(status) if !status.is_over() => {
                objections.push(Objection {
                    service: live.name.clone(),
                    what: if status == Status::Going {
                        format!("a deployment of {} is under way", name_of(live))
                    } else {
                        "a deployment is being rolled back".to_owned()
                    },
                    remedy: if status == Status::Going {
                        format!(
                            "wait for its end ({}), or stop it: {}",
                            session.again("status"),
                            session.again("rollback")
                        )
                    } else {
                        format!("wait for its end: {} --watch", session.again("status"))
                    },
                });
                Need::Nothing
            }
            // What failed is tried again, and so is what was scaled to nothing before it ever ran.
            Some(Status::Successful) | None if same && live.running >= live.desired => {
                Need::Nothing
            }
            _ => Need::Start,
        };
    }
    Ok(())
}

/// A first deploy that failed has nothing to return to: its service waits for its first deploy again.
async fn withdraw(session: &Session, aws: &Aws, part: &Part, followers: &Followers) {
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
        Ok(()) => session.say(&format!(
            "{name}: no earlier image to return to; it waits for its first deploy again."
        )),
        Err(fault) => session.say(&format!(
            "warning: {name} could not be scaled to nothing, and goes on trying: {fault}"
        )),
    }
}

/// How a person calls what a service runs.
fn name_of(live: &Live) -> String {
    let digest = live.digest().map(short);
    live.tag()
        .map(str::to_owned)
        .or(digest)
        .unwrap_or_else(|| live.definition.image.clone())
}

async fn begin(session: &Session, aws: &Aws, part: &Part) -> Result<Followed, Fault> {
    let live = &part.live;
    if part.need == Need::Follow {
        session.say(&format!(
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
    let uri = image_uri(
        &aws.identity().await?.account,
        &aws.scope.region,
        &live.aws_name,
    );
    let service = session
        .environment
        .services
        .iter()
        .find(|(name, _)| name.as_str() == live.name);
    let start = Start {
        live: live.clone(),
        image: format!("{uri}@{}", part.release.digest),
        release: part.release.clone(),
        count: service.map_or(1, |(_, service)| service.count.get()),
        before: part.before.clone(),
    };
    start::start(aws, &start).await
}
