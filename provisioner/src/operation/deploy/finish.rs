//! What came of a rollout: the registry made tidy, each service's end, and how all of it is to be taken.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use hcctl_engine::Fault;

use super::super::{CommandError, Context, Events, Kind};
use super::prepare::name_of;
use super::{Ended, Need, Part, Request, Rollout};
use crate::blueprint;
use crate::deploy::{Followed, Outcome, Stopped, keep, live, retention};

/// How one rollout ended, as its follower tells it.
type End<'a> = (&'a Followed, Option<&'a Outcome>, &'a [Stopped]);

/// Tidies up, and answers what came of it.
pub(super) async fn finish(
    (context, events): (&Context, &impl Events),
    request: &Request,
    began: Duration,
    parts: &[Part],
    ends: &[End<'_>],
    faults: &BTreeMap<String, Fault>,
) -> Rollout {
    let outcome_of = |part: &Part| {
        let mut of_part = ends
            .iter()
            .filter(|(one, ..)| one.live.name == part.live.name);
        let idle = part.is_idle().then_some(&Outcome::NothingRan);
        of_part.next().map_or(idle, |end| end.1)
    };
    for part in parts {
        let nothing = part.need != Need::Nothing && outcome_of(part) == Some(&Outcome::NothingRan);
        if nothing && !part.before.proven.contains(&part.release.digest) {
            doubt(context, part, events).await;
        }
    }
    let succeeded: Vec<&Part> = parts
        .iter()
        .filter(|part| outcome_of(part) == Some(&Outcome::Succeeded))
        .collect();
    let mut tags = request.tags.clone();
    for tidied in join_all(succeeded.iter().map(|part| tidy(context, part))).await {
        for note in &tidied.notes {
            events.say(note);
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
            service: name.to_owned(),
            from: from.clone(),
            to: to.clone(),
            digest: part.release.digest.clone(),
            revision: end
                .map_or(part.live.revision(), |(one, ..)| {
                    live::revision(&one.definition)
                })
                .to_owned(),
            outcome: outcome_of(part).cloned(),
            stopped: end.map_or_else(Vec::new, |(.., stopped)| stopped.to_vec()),
            already: part.need == Need::Nothing && !part.is_idle(),
            fault: faults.get(name).map(ToString::to_string),
        });
    }
    // Where it answers is no reason to fail.
    let url = if services.iter().all(Ended::succeeded) {
        context.url().await.ok().flatten()
    } else {
        None
    };
    Rollout {
        verb: request.verb,
        environment: context.environment.name.to_string(),
        took: context.clock.now().saturating_sub(began),
        verdict: verdict(context, &services),
        services,
        url,
        left: Ok(()),
    }
}

fn verdict(context: &Context, services: &[Ended]) -> Result<(), CommandError> {
    let any = |of: fn(&Ended) -> bool| services.iter().any(of);
    if any(|one| one.fault.is_some()) {
        return Err(
            CommandError::new(Kind::Failed, "not every deployment could be started")
                .hint("what was started goes on; run the same command again for the rest"),
        );
    }
    let nothing = any(|one| one.outcome == Some(Outcome::NothingRan));
    let tasks = format!(
        "give it tasks again ({} puts its scale back, where somebody changed that), then run the same command again",
        context.again("apply")
    );
    let failed = any(|one| {
        let fine = matches!(
            one.outcome,
            None | Some(Outcome::Succeeded | Outcome::NothingRan)
        );
        !fine
    });
    if !failed {
        let error = CommandError::silent(Kind::Failed).hint(tasks);
        return if nothing { Err(error) } else { Ok(()) };
    }
    let mut error = CommandError::silent(Kind::RolledBack);
    if nothing {
        error = error.hint(tasks);
    }
    // Who had nothing before has nothing to go back to.
    let good: Vec<&str> = services
        .iter()
        .filter(|one| one.outcome == Some(Outcome::Succeeded) && one.from.is_some())
        .map(|one| one.service.as_str())
        .collect();
    if !good.is_empty() {
        let services: Vec<String> = good
            .iter()
            .map(|name| format!("--service {name}"))
            .collect();
        error = error.hint(format!(
            "{} now differ in age; to take back what succeeded: {} {}",
            "the services",
            context.again("rollback"),
            services.join(" ")
        ));
    }
    if any(|one| matches!(one.outcome, Some(Outcome::RollbackFailed(_)))) {
        error = error.hint(format!("see what serves: {}", context.again("status")));
    }
    Err(error)
}

/// Marks the image of a deployment without tasks, which is no target of a rollback.
async fn doubt(context: &Context, part: &Part, events: &impl Events) {
    if let Err(fault) = keep::doubt(&context.aws, &part.release).await {
        events.say(&format!(
            "warning: {} could not be marked as never run, so that a rollback may take it: {fault}",
            part.release.name()
        ));
    }
}

/// What tidying a repository brought to light.
#[derive(Default)]
struct Tidied {
    /// What to say.
    notes: Vec<String>,
    /// By digest, the tag that a person knows it by.
    tags: BTreeMap<String, String>,
}

/// Takes the protection from images that are not needed any more, says which ones the policy now removes, and removes what
/// belongs to nothing.
///
/// The release has succeeded; what cannot be tidied is said, and waits for the next one.
async fn tidy(context: &Context, part: &Part) -> Tidied {
    let aws = context.aws.fresh();
    let (name, now) = (&part.live.aws_name, SystemTime::now());
    let proven = |digest: &&str| part.before.proven.contains(*digest);
    let ran = part.live.digest().filter(proven);
    let ran = ran
        .into_iter()
        .chain([part.release.digest.as_str()])
        .collect();
    let keep::Tidied { images, removed } =
        match keep::tidy(&aws, name, &part.before.needed, &ran, now).await {
            Ok(found) => found,
            Err(fault) => {
                let note = format!("warning: the images of {name} could not be tidied: {fault}");
                return Tidied {
                    notes: vec![note],
                    ..Tidied::default()
                };
            }
        };
    let policy = blueprint::lifecycle(context.environment.registry.keep_images.get());
    let gone = retention::expiring(&policy, &images, now);
    let is_gone = |digest: &str| gone.iter().any(|image| image.digest == digest);
    let attached = images
        .iter()
        .filter(|image| image.subject().is_some_and(is_gone))
        .count();
    let names: Vec<String> = gone.iter().map(|image| retention::name(image)).collect();
    let mut notes = Vec::new();
    if !gone.is_empty() {
        let with = match attached {
            0 => String::new(),
            number => format!("; what is attached to them ({number}) goes too"),
        };
        notes.push(format!(
            "note: ECR's lifecycle policy will remove {} from {name}; nothing needs them{with}.",
            names.join(", ")
        ));
    }
    if !removed.is_empty() {
        let names: Vec<String> = removed.iter().map(retention::name).collect();
        notes.push(format!(
            "note: removed from {name} what belonged to no image any more: {}.",
            names.join(", ")
        ));
    }
    Tidied {
        notes,
        tags: images
            .iter()
            .map(|image| (image.digest.clone(), retention::name(image)))
            .collect(),
    }
}
