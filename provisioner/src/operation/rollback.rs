//! Back to the image before, or to another one; a deployment that still runs is stopped.

use std::collections::BTreeMap;

use hcctl_engine::Fault;

use super::approve::{Answered, watch};
use super::deploy::{LATEST, Request};
use super::{Ask, CommandError, Context, Events, Kind};
use crate::aws::Aws;
use crate::deploy::image::short;
use crate::deploy::word::{self, Word};
use crate::deploy::{Live, Status, before, live, retention};
use crate::resources::image::{self, UNPROVEN};

/// What is to be done to go back.
#[derive(Debug)]
pub enum Back {
    /// Deployments were under way, and have been stopped and followed to their end.
    Stopped,
    /// These images are to be rolled out, with [`super::deploy::deploy`].
    Request(Request),
}

/// Stops what is under way in these services; where nothing is, finds the images to return to: those before, or `to`.
///
/// # Errors
///
/// A refusal where there is nothing to return to; what went wrong with a deployment that was stopped.
pub async fn rollback(
    context: &Context,
    services: &[String],
    to: Option<&str>,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Back, CommandError> {
    context.guard().await?;
    let aws = context.aws.fresh();
    let lives = live::all(&aws).await?;
    let there: Vec<&Live> = services.iter().filter_map(|name| lives.get(name)).collect();
    if there.is_empty() {
        let message = format!("{} has no services in AWS yet", context.environment.name);
        return Err(CommandError::new(Kind::Refused, message)
            .hint(format!("make them first: {}", context.again("apply"))));
    }
    let stopped = stop(&aws, &there, events).await?;
    if !stopped.is_empty() {
        let answered = Answered {
            lives: &lives,
            names: &stopped,
            verb: "stop",
            word: Word::Reject,
        };
        watch(context, answered, events, ask).await?;
        return Ok(Back::Stopped);
    }
    let mut tags = BTreeMap::new();
    let images: BTreeMap<String, String> = match to {
        Some(tag) => there
            .iter()
            .map(|live| (live.name.clone(), tag.to_owned()))
            .collect(),
        None => earlier(context, &aws, &there, &mut tags).await?,
    };
    Ok(Back::Request(Request {
        verb: "rollback",
        images,
        tags,
        // Where nobody answers, the last image that did is the cure.
        cure: true,
        restart: false,
        // What an earlier image needs was made when that was released.
        prepare: false,
    }))
}

/// Stops the deployments that are under way; answers the services whose were. Without the lease: the run that started
/// them holds it.
async fn stop<'a>(
    aws: &Aws,
    lives: &[&'a Live],
    events: &impl Events,
) -> Result<Vec<&'a str>, Fault> {
    let arns: Vec<String> = lives
        .iter()
        .filter_map(|live| live.deployment.clone())
        .collect();
    let mut stopped = Vec::new();
    for deployment in word::describe(aws, &arns).await? {
        let arn = deployment.service_deployment_arn();
        let status = Status::of(deployment.status());
        let Some(live) = lives.iter().find(|live| live.deployment.as_deref() == arn) else {
            continue;
        };
        if status.is_over() {
            continue;
        }
        let told = match status {
            Status::Going if word::stop(aws, arn.unwrap_or_default()).await? => {
                "its deployment is stopped and rolled back"
            }
            _ => "its deployment is being rolled back already",
        };
        events.say(&format!("{}: {told}.", live.name));
        stopped.push(live.name.as_str());
    }
    Ok(stopped)
}

/// By service, the digest of the image before the present one; `tags` learns what people call the images.
async fn earlier(
    context: &Context,
    aws: &Aws,
    lives: &[&Live],
    tags: &mut BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, CommandError> {
    let mut images = BTreeMap::new();
    for live in lives {
        let deployments = before::deployments(aws, live).await?;
        let there = image::images(aws, &live.aws_name).await?;
        let digests = before::digests(aws, &deployments, &there).await?;
        let earlier = digests
            .into_iter()
            .find(|digest| live.digest() != Some(digest));
        let Some(earlier) = earlier else {
            let message = format!(
                "{}: ECS knows no image that it ran successfully before {}; nothing was changed",
                live.name,
                live.digest()
                    .map_or_else(|| "its first deploy".to_owned(), short)
            );
            let others = there
                .iter()
                .filter(|image| image.is_release() && !image.has(UNPROVEN))
                .filter(|image| live.digest() != Some(image.digest.as_str()));
            let others: Vec<&str> = others
                .filter_map(|image| image.names().next().map(String::as_str))
                .take(LATEST)
                .collect();
            let hint = if others.is_empty() {
                "its repository holds no other image: push a good one and deploy it".to_owned()
            } else {
                let latest = others.join(", ");
                format!(
                    "name one ({latest}): {} --to TAG",
                    context.again("rollback")
                )
            };
            return Err(CommandError::new(Kind::Refused, message).hint(hint));
        };
        tags.extend(
            there
                .iter()
                .map(|image| (image.digest.clone(), retention::name(image))),
        );
        images.insert(live.name.clone(), earlier);
    }
    Ok(images)
}
