//! The last words of a rollout, the registry made tidy, and the exit code.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Instant, SystemTime};

use futures_util::future::join_all;
use hcctl_engine::Fault;

use super::super::session::Session;
use super::super::{CommandError, Format, Kind};
use super::{Need, Part, Work, name_of};
use crate::blueprint;
use crate::deploy::{Followed, Outcome, Stopped, keep, live, retention};
use crate::render::json;
use crate::render::rollout::{self, Ended, RolloutView};

/// How one rollout ended, as its follower tells it.
type End<'a> = (&'a Followed, Option<&'a Outcome>, &'a [Stopped]);

/// The last words, and the exit code that follows.
pub(super) async fn finish(
    session: &Session,
    work: &Work,
    began: Instant,
    parts: &[Part],
    ends: &[End<'_>],
    faults: &BTreeMap<String, Fault>,
) -> Result<(), CommandError> {
    let outcome_of = |part: &Part| {
        let end = ends
            .iter()
            .find(|(one, ..)| one.live.name == part.live.name)?;
        end.1
    };
    let succeeded: Vec<&Part> = parts
        .iter()
        .filter(|part| outcome_of(part) == Some(&Outcome::Succeeded))
        .collect();
    let mut tags = work.tags.clone();
    for tidied in join_all(succeeded.iter().map(|part| tidy(session, part))).await {
        if let Some(note) = &tidied.note {
            session.say(note);
        }
        tags.extend(tidied.tags);
    }
    let names: Vec<(Option<String>, String)> = parts
        .iter()
        .map(|part| {
            let live = &part.live;
            let from = live.digest().and_then(|digest| tags.get(digest).cloned());
            let from = from.unwrap_or_else(|| name_of(live));
            let to = tags.get(&part.release.digest);
            let to = part.release.tag.as_ref().or(to);
            (
                (!live.is_waiting()).then_some(from),
                to.cloned().unwrap_or_else(|| part.release.name()),
            )
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
            outcome: outcome_of(part),
            stopped: end.map_or(&[], |(.., stopped)| *stopped),
            already: part.need == Need::Nothing,
            fault: faults.get(name).map(ToString::to_string),
        });
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
        writeln!(out, "{}", json::rollout(&view))?;
    } else {
        rollout::ended(&view, &session.style(), &mut out)?;
    }
    out.flush()?;
    verdict(session, &view)
}

/// Where it answers; a deploy does not fail because that cannot be told.
async fn url(session: &Session) -> Option<String> {
    super::super::run::url(session).await.ok().flatten()
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

/// What tidying a repository brought to light.
#[derive(Default)]
struct Tidied {
    /// What to say.
    note: Option<String>,
    /// By digest, the tag that a person knows it by.
    tags: BTreeMap<String, String>,
}

/// Takes the protection from images that are not needed any more, and says which ones the policy now removes.
///
/// The release has succeeded; what cannot be tidied is said, and waits for the next one.
async fn tidy(session: &Session, part: &Part) -> Tidied {
    let aws = session.aws.fresh();
    let name = &part.live.aws_name;
    let images = match keep::release(&aws, name, &part.needed).await {
        Ok(found) => found,
        Err(fault) => {
            return Tidied {
                note: Some(format!(
                    "warning: the images of {name} could not be tidied: {fault}"
                )),
                ..Tidied::default()
            };
        }
    };
    let policy = blueprint::lifecycle(session.environment.registry.keep_images.get());
    let gone: Vec<String> = retention::expiring(&policy, &images, SystemTime::now())
        .into_iter()
        .map(retention::name)
        .collect();
    Tidied {
        note: (!gone.is_empty()).then(|| {
            format!(
                "note: ECR's lifecycle policy will remove {} from {name}; nothing needs them.",
                gone.join(", ")
            )
        }),
        tags: images
            .iter()
            .map(|image| (image.digest.clone(), retention::name(image)))
            .collect(),
    }
}
