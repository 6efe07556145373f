//! What deploy and rollback share: the checks, the lease, the rollouts and their followers, the last words.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hcctl_engine::Fault;
use serde_json::json;

use super::confirm::{Choice, choose};
use super::run::{give_back, take_lease};
use super::session::{Session, style};
use super::signals::Signals;
use super::{CommandError, Format, Kind};
use crate::aws::Aws;
use crate::aws::names::image_uri;
use crate::deploy::check::{Objection, check};
use crate::deploy::image::{latest_tags, short};
use crate::deploy::start::{self, Start};
use crate::deploy::word::Word;
use crate::deploy::{
    Followed, Followers, Live, Outcome, Release, Status, Told, keep, live, retention, word,
};
use crate::journal::Journal;
use crate::lock::Lease;
use crate::render::rollout::{self, Ended, RolloutView};
use crate::resources::{repository, scalable_target};

/// What is to be rolled out.
pub(super) struct Work {
    /// `deploy` or `rollback`, for the lease, the journal and the last words.
    pub(super) verb: &'static str,
    /// By service, a tag or a digest.
    pub(super) images: BTreeMap<String, String>,
    /// The command that does the same again.
    pub(super) repeat: String,
}

/// One service's part.
struct Part {
    live: Live,
    release: Release,
    /// What is still to be done about it.
    need: Need,
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

/// Checks, starts, follows and tells.
pub(super) async fn run(session: &Session, work: Work) -> Result<(), CommandError> {
    let lease = take_lease(session, work.verb).await?;
    let outcome = under_lease(session, &work, &lease).await;
    give_back(session, lease).await;
    outcome
}

async fn under_lease(session: &Session, work: &Work, lease: &Lease) -> Result<(), CommandError> {
    let began = Instant::now();
    let aws = session.aws.fresh();
    let parts = prepare(session, &aws, work).await?;
    if parts.iter().all(|part| part.need == Need::Nothing) {
        return finish(session, work, began, &parts, &[], &BTreeMap::new()).await;
    }
    let what: BTreeMap<&str, &str> = parts
        .iter()
        .map(|part| (part.live.name.as_str(), part.release.digest.as_str()))
        .collect();
    let journal = Journal::begin(&session.aws, work.verb, json!({ "images": what })).await?;
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
        repeat: &work.repeat,
        width: width.unwrap_or_default(),
        lease: Some(lease),
        journal: Some(&journal),
    };
    let left = follow(&watch, &mut signals, &mut followers).await;
    let ends: Vec<_> = followers.ends().collect();
    let word = |outcome: Option<&Outcome>| match outcome {
        None => "left running".to_owned(),
        Some(outcome) => format!("{outcome:?}"),
    };
    let outcomes: BTreeMap<&str, String> = ends
        .iter()
        .map(|(followed, outcome, _)| (followed.live.name.as_str(), word(*outcome)))
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
            }),
            None => objections.push(missing(session, aws, &live, image).await?),
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
    refuse(&objections)?;
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
    image: &str,
) -> Result<Objection, Fault> {
    let tags = latest_tags(aws, &live.aws_name).await?;
    let (what, remedy) = if image.starts_with("sha256:") {
        (
            format!(
                "image {} is no longer in repository {}",
                short(image),
                live.aws_name
            ),
            "name an image that is there with --to TAG".to_owned(),
        )
    } else {
        let remedy = format!(
            "push it first: {} --tag {image}",
            session.again("push").trim()
        );
        (
            format!("there is no image {image} in repository {}", live.aws_name),
            remedy,
        )
    };
    let there = if tags.is_empty() {
        "it holds no image yet".to_owned()
    } else {
        format!("the latest there are {}", tags.join(", "))
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
                    remedy: format!(
                        "wait for its end ({}), or stop it: {}",
                        session.again("status"),
                        session.again("rollback")
                    ),
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
            wanted: live.desired,
        });
    }
    let (needed, known) = start::needed(aws, live, &part.release.digest).await?;
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
        needed,
        known,
    };
    start::start(aws, &start).await
}

/// Who watches rollouts, and what goes with that.
struct Watch<'a> {
    session: &'a Session,
    repeat: &'a str,
    /// Columns of the longest service's name.
    width: usize,
    lease: Option<&'a Lease>,
    journal: Option<&'a Journal>,
}

/// Follows until all have ended, or somebody has had enough.
async fn follow(
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
                .hint(format!("watch it again: {}", watch.repeat)));
        }
        tokio::select! {
            () = tokio::time::sleep(followers.pause()) => {}
            () = signals.next() => interrupted(watch, signals, followers).await?,
        }
    }
}

fn tell(watch: &Watch<'_>, at: Duration, service: &str, told: &Told) -> io::Result<()> {
    let session = watch.session;
    let event = rollout::event(service, at, told);
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
pub(super) async fn watch(
    session: &Session,
    lives: &BTreeMap<String, Live>,
    names: &[&str],
    given: Word,
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
            wanted: live.desired,
        });
    let mut followers = Followers::new(&session.aws.fresh(), followed.collect());
    let repeat = session.again("status");
    let watch = Watch {
        session,
        repeat: &repeat,
        width: names
            .iter()
            .map(|name| name.len())
            .max()
            .unwrap_or_default(),
        lease: None,
        journal: None,
    };
    follow(&watch, &mut signals, &mut followers).await?;
    let mut failed = Vec::new();
    for (followed, outcome, _) in followers.ends() {
        let good = match (given, outcome) {
            (Word::Approve, Some(Outcome::Succeeded)) => true,
            (Word::Reject, Some(Outcome::RolledBack(_) | Outcome::Stopped(_))) => true,
            _ => false,
        };
        if !good {
            failed.push(followed.live.name.as_str());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let (kind, what) = match given {
        Word::Approve => (Kind::RolledBack, "the deployment did not succeed"),
        Word::Reject => (Kind::Failed, "the deployment was not rolled back"),
    };
    Err(
        CommandError::new(kind, format!("{what}: {}", failed.join(", ")))
            .hint(format!("see what serves: {repeat}")),
    )
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
        .hint(format!("watch it again: {}", watch.repeat))
        .hint(format!("or stop it: {}", watch.session.again("rollback")))),
    }
}

/// The last words, and the exit code that follows.
async fn finish(
    session: &Session,
    work: &Work,
    began: Instant,
    parts: &[Part],
    ends: &[(&Followed, Option<&Outcome>, &[crate::deploy::Stopped])],
    faults: &BTreeMap<String, Fault>,
) -> Result<(), CommandError> {
    let names: Vec<(Option<String>, String)> = parts
        .iter()
        .map(|part| {
            let from = (!part.live.is_waiting()).then(|| name_of(&part.live));
            (from, part.release.name())
        })
        .collect();
    let mut services = Vec::new();
    for (part, (from, to)) in parts.iter().zip(&names) {
        let name = part.live.name.as_str();
        let end = ends.iter().find(|(one, ..)| one.live.name == name);
        services.push(Ended {
            service: name,
            from: from.as_deref(),
            to,
            digest: &part.release.digest,
            revision: end.map_or(part.live.revision(), |(one, ..)| {
                live::revision(&one.definition)
            }),
            outcome: end.and_then(|(_, outcome, _)| *outcome),
            stopped: end.map_or(&[], |(.., stopped)| *stopped),
            already: part.need == Need::Nothing,
            fault: faults.get(name).map(ToString::to_string),
        });
    }
    let succeeded: Vec<&Part> = parts
        .iter()
        .zip(&services)
        .filter(|(_, end)| end.outcome == Some(&Outcome::Succeeded))
        .map(|(part, _)| part)
        .collect();
    let tidied = join_all(succeeded.iter().map(|part| tidy(session, part))).await;
    for note in tidied.into_iter().flatten() {
        session.say(&note);
    }
    let good = services.iter().all(|one| {
        one.fault.is_none() && (one.already || one.outcome == Some(&Outcome::Succeeded))
    });
    let url = if good { url(session).await } else { None };
    let view = RolloutView {
        verb: work.verb,
        environment: session.environment.name.as_ref(),
        took: began.elapsed(),
        services,
        url,
    };
    let mut out = io::stdout().lock();
    if session.wants(Format::Json) {
        writeln!(out, "{}", rollout::document(&view))?;
    } else {
        rollout::ended(&view, &session.style(), &mut out)?;
    }
    out.flush()?;
    verdict(session, &view)
}

/// Where it answers; a deploy does not fail because that cannot be told.
async fn url(session: &Session) -> Option<String> {
    super::run::url(session).await.ok().flatten()
}

fn verdict(session: &Session, view: &RolloutView<'_>) -> Result<(), CommandError> {
    let any = |of: fn(&Ended<'_>) -> bool| view.services.iter().any(of);
    if any(|one| one.fault.is_some()) {
        return Err(
            CommandError::new(Kind::Failed, "not every deployment could be started")
                .hint("what was started goes on; run the same command again for the rest"),
        );
    }
    let failed = any(|one| !matches!(one.outcome, None | Some(Outcome::Succeeded)));
    if !failed {
        return Ok(());
    }
    let mut error = CommandError::silent(Kind::RolledBack);
    let good: Vec<&str> = view
        .services
        .iter()
        .filter(|one| one.outcome == Some(&Outcome::Succeeded))
        .map(|one| one.service)
        .collect();
    if !good.is_empty() {
        let services: Vec<String> = good
            .iter()
            .map(|name| format!("--service {name}"))
            .collect();
        error = error.hint(format!(
            "{} now differ in age; to take back what succeeded: {} {}",
            "the services",
            session.again("rollback"),
            services.join(" ")
        ));
    }
    if any(|one| matches!(one.outcome, Some(Outcome::RollbackFailed(_)))) {
        error = error.hint(format!("see what serves: {}", session.again("status")));
    }
    Err(error)
}

/// Takes the protection from images that are not needed any more, and says which ones the policy now removes.
///
/// The release has succeeded; what cannot be tidied is said, and waits for the next one.
async fn tidy(session: &Session, part: &Part) -> Option<String> {
    let aws = session.aws.fresh();
    let name = &part.live.aws_name;
    let work = async {
        let (needed, _) = start::needed(&aws, &part.live, &part.release.digest).await?;
        let images = keep::release(&aws, name, &needed).await?;
        let policy = repository::lifecycle(&aws, name).await?;
        Ok::<_, Fault>((images, policy))
    };
    match work.await {
        Ok((images, policy)) => {
            let gone = retention::expiring(&policy?, &images, std::time::SystemTime::now());
            (!gone.is_empty()).then(|| {
                let names: Vec<String> = gone.into_iter().map(retention::name).collect();
                format!(
                    "note: ECR's lifecycle policy will remove {} from {name}; nothing needs them.",
                    names.join(", ")
                )
            })
        }
        Err(fault) => Some(format!(
            "warning: the images of {name} could not be tidied: {fault}"
        )),
    }
}
