//! `hcctl rollback`: back to the image before, or to another one; a deployment that still runs is stopped.

use std::collections::BTreeMap;

use hcctl_engine::Fault;

use super::deploy::check_image;
use super::rollout::{self, LATEST, Work};
use super::session::Session;
use super::{CommandError, Global, Kind, Which};
use crate::aws::Aws;
use crate::deploy::image::short;
use crate::deploy::word::{self, Word};
use crate::deploy::{Live, Status, before, live, retention};
use crate::resources::image::{self, UNPROVEN};

/// Return to the image before, or to TAG
///
/// A deployment that is under way is stopped and rolled back. Otherwise the image that the service ran before the
/// present one, from the service's own revisions, is rolled out again like any other. Only the image goes back: the
/// rest of the environment is the file's.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Only this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<String>,
    /// The tag to return to, instead of the image before
    #[arg(long, value_name = "TAG")]
    to: Option<String>,
}

const HELP: &str = "\
Examples:
  hcctl rollback prod                     each service to its image before
  hcctl rollback prod --service patient
  hcctl rollback prod --to v1.4.1";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    args.to.as_deref().map_or(Ok(()), check_image)?;
    let session = Session::open(global, &args.which.environment).await?;
    let services = session.services(&args.service)?;
    session.guard().await?;
    let aws = session.aws.fresh();
    let lives = live::all(&aws).await?;
    let there: Vec<&Live> = services.iter().filter_map(|name| lives.get(name)).collect();
    if there.is_empty() {
        let message = format!("{} has no services in AWS yet", session.environment.name);
        return Err(CommandError::new(Kind::Refused, message)
            .hint(format!("make them first: {}", session.again("apply"))));
    }
    let stopped = stop(&session, &aws, &there).await?;
    if !stopped.is_empty() {
        return rollout::watch(&session, &lives, &stopped, ("stop", Word::Reject)).await;
    }
    let mut tags = BTreeMap::new();
    let images: BTreeMap<String, String> = match &args.to {
        Some(tag) => there
            .iter()
            .map(|live| (live.name.clone(), tag.clone()))
            .collect(),
        None => earlier(&session, &aws, &there, &mut tags).await?,
    };
    let to: Vec<String> = images
        .iter()
        .map(|(name, image)| format!("{name} to {}", tags.get(image).unwrap_or(image)))
        .collect();
    session.say(&format!(
        "Rolling back {} ({}): {}.",
        session.environment.name,
        session.place().await?,
        to.join(", ")
    ));
    let work = Work {
        verb: "rollback",
        images,
        tags,
        // Where nobody answers, the last image that did is the cure.
        cure: true,
    };
    rollout::run(&session, work).await
}

/// Stops the deployments that are under way; answers the services whose were. Without the lease: the run that started
/// them holds it.
async fn stop<'a>(session: &Session, aws: &Aws, lives: &[&'a Live]) -> Result<Vec<&'a str>, Fault> {
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
        session.say(&format!("{}: {told}.", live.name));
        stopped.push(live.name.as_str());
    }
    Ok(stopped)
}

/// By service, the digest of the image before the present one; `tags` learns what people call the images.
async fn earlier(
    session: &Session,
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
                    session.again("rollback")
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
