//! `hcctl deploy`: an image is rolled out and followed to its true end; `--approve` and `--reject` answer its pause.

use std::collections::BTreeMap;

use super::rollout::{self, Work};
use super::session::Session;
use super::{CommandError, Global, Kind, Which};
use crate::deploy::sight::waiting;
use crate::deploy::word::{self, Word};
use crate::deploy::{Status, live};
use crate::push::valid_tag;

/// Roll an image out, and follow it to its true end
///
/// Checks first what would stop it: the image, its platform, what the service needs, and whether anybody answers now. Then each service gets a task
/// definition with the image and a deployment of its own, in parallel, and hcctl watches those deployments: one that
/// was rolled back or overtaken is a failure, with the reasons of the tasks that stopped and the last lines they wrote.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The tag (or sha256: digest) of the image, in each service's repository
    #[arg(long, value_name = "TAG", required_unless_present_any = ["approve", "reject"])]
    image: Option<String>,
    /// Only this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<String>,
    /// Go on where no task of a service answers: a new image is then the cure
    #[arg(long, conflicts_with_all = ["approve", "reject"])]
    force: bool,
    /// Let a deployment that waits for approval go on
    #[arg(long, conflicts_with_all = ["image", "reject"])]
    approve: bool,
    /// Roll a deployment that waits for approval back
    #[arg(long, conflicts_with = "image")]
    reject: bool,
}

const HELP: &str = "\
Examples:
  hcctl deploy --image v1.4.2                   to dev (or HCCTL_ENV)
  hcctl deploy prod --image v1.4.2 --service patient
  hcctl deploy prod --approve                   go on after a pause

Exit codes: 0 every service runs the image; 4 something was in the way and
nothing was changed; 5 a deployment failed and was rolled back, or was
overtaken; 130 interrupted, and the deployment goes on.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    args.image.as_deref().map_or(Ok(()), check_image)?;
    let session = Session::open(global, &args.which.environment).await?;
    let services = session.services(&args.service)?;
    let Some(image) = &args.image else {
        let word = if args.approve {
            Word::Approve
        } else {
            Word::Reject
        };
        return say(&session, &services, word).await;
    };
    session.say(&format!(
        "Deploying {image} to {} ({}): {}.",
        session.environment.name,
        session.place().await?,
        services.join(", ")
    ));
    let work = Work {
        verb: "deploy",
        images: services
            .into_iter()
            .map(|name| (name, image.clone()))
            .collect(),
        tags: BTreeMap::new(),
        cure: args.force,
    };
    rollout::run(&session, work).await
}

/// Refuses what names no image, before anything is called.
pub(super) fn check_image(image: &str) -> Result<(), CommandError> {
    let good = match image.strip_prefix("sha256:") {
        Some(hex) => hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()),
        None => valid_tag(image),
    };
    if good {
        return Ok(());
    }
    let message = format!("`{}` is neither a tag nor a digest", image.escape_debug());
    Err(CommandError::new(Kind::Config, message).hint(
        "a tag has at most 128 letters, digits, `_`, `.` and `-`; a digest is sha256: and 64 hexadecimal digits",
    ))
}

/// Answers the pauses that deployments wait at. Without the lease: the run that started them holds it, and waits.
async fn say(session: &Session, services: &[String], word: Word) -> Result<(), CommandError> {
    session.guard().await?;
    let aws = session.aws.fresh();
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
                session.environment.name
            ),
        )
        .hint(format!("see what runs: {}", session.again("status"))));
    }
    answered.sort_unstable();
    let (verb, done) = match word {
        Word::Approve => ("approve", "Approved"),
        Word::Reject => ("reject", "Rejected, rolling back"),
    };
    session.say(&format!("{done}: {}.", answered.join(", ")));
    rollout::watch(session, &lives, &answered, (verb, word)).await
}
