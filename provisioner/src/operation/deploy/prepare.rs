//! Everything that can be known of a rollout before anything is changed.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use hcctl_engine::Fault;

use super::super::secret;
use super::super::suggest::meant_tag;
use super::super::{CommandError, Context, Kind};
use super::{LATEST, Need, Part, Request};
use crate::aws::Aws;
use crate::deploy::check::{Objection, answered, check};
use crate::deploy::image::{short, tags};
use crate::deploy::start::{self, Before};
use crate::deploy::{Live, Release, Status, live, word};

/// Everything that can be known before anything is changed.
pub(super) async fn prepare(
    context: &Context,
    aws: &Aws,
    request: &Request,
) -> Result<Vec<Part>, CommandError> {
    context.guard().await?;
    let all = live::all(aws).await?;
    let mut lives = Vec::new();
    for (name, image) in &request.images {
        let Some(live) = all.get(name) else {
            let message = format!(
                "service {name} is not in account and region of {} yet; nothing was changed",
                context.environment.name
            );
            return Err(CommandError::new(Kind::Refused, message)
                .hint(format!("make it first: {}", context.again("apply"))));
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
            None => objections.push(missing(context, aws, &live, (request.verb, image)).await?),
        }
    }
    running(aws, &mut parts, &mut objections, context).await?;
    if request.restart {
        again(&mut parts, &mut objections, context);
    }
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
    let fresh = parts
        .iter()
        .filter(|part| matches!(part.need, Need::Start | Need::Restart));
    for found in join_all(fresh.map(|part| secret::objections(aws, &part.live))).await {
        objections.extend(found?);
    }
    for part in parts.iter().filter(|part| part.need != Need::Follow) {
        objections.extend(answered(aws, &part.live, request.cure).await?);
    }
    refuse(&objections)?;
    for part in &mut parts {
        if part.need != Need::Nothing {
            part.before = start::before(aws, &part.live, &part.release.digest).await?;
        }
    }
    Ok(parts)
}

pub(in super::super) fn refuse(objections: &[Objection]) -> Result<(), CommandError> {
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
    context: &Context,
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
        format!("name one that is there: {} --to TAG", context.again(verb))
    } else if by_digest {
        format!(
            "name one that is there: {} --image TAG",
            context.again(verb)
        )
    } else {
        format!("push it first: {} --tag {image}", context.again("push"))
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
    context: &Context,
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
                            context.again("status"),
                            context.again("rollback")
                        )
                    } else {
                        format!("wait for its end: {} --watch", context.again("status"))
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

/// What runs gets new tasks; where there are none, none can be made anew.
fn again(parts: &mut [Part], objections: &mut Vec<Objection>, context: &Context) {
    for part in parts.iter_mut().filter(|part| part.need == Need::Nothing) {
        if part.live.desired == 0 {
            objections.push(Objection {
                service: part.live.name.clone(),
                what: "it stands at no tasks, so there is nothing to restart".to_owned(),
                remedy: format!("give it tasks first: {}", context.again("status")),
            });
        } else {
            part.need = Need::Restart;
        }
    }
}

/// How a person calls what a service runs.
pub(super) fn name_of(live: &Live) -> String {
    let digest = live.digest().map(short);
    live.tag()
        .map(str::to_owned)
        .or(digest)
        .unwrap_or_else(|| live.definition.image.clone())
}
