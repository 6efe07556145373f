//! `hcctl deploy`: an image is rolled out and followed to its true end; `--approve` and `--reject` answer its pause.

use std::collections::BTreeMap;

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::{CommandError, Global, Kind, Which};
use crate::deploy::word::Word;
use crate::operation::approve::approve;
use crate::operation::deploy::{Request, Rollout, deploy};
use crate::push::valid_tag;

/// Roll an image out, and follow it to its true end
///
/// Checks first what would stop it: the image, its platform, what the service needs, and whether anybody answers now. Then each service gets a task
/// definition with the image and a deployment of its own, in parallel, and hcctl watches those deployments: one that
/// was rolled back or overtaken is a failure, with the reasons of the tasks that stopped and the last lines they wrote.
///
/// Where the file has a `before_deploy` command for a service, it is run first, once, in a task of the new revision: if one fails, nothing is
/// rolled out.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
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
    /// Do not run the services' `before_deploy` commands first
    #[arg(long, conflicts_with_all = ["approve", "reject"])]
    skip_before_deploy: bool,
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
overtaken, or a before_deploy command failed and nothing was rolled out; 130
interrupted, and the deployment goes on.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    args.image.as_deref().map_or(Ok(()), check_image)?;
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let services = context.released(&args.service)?;
    let terminal = terminal(&session);
    let Some(image) = &args.image else {
        let word = if args.approve {
            Word::Approve
        } else {
            Word::Reject
        };
        return approve(context, &services, word, &terminal, &terminal).await;
    };
    session.say(&format!(
        "Deploying {image} to {} ({}): {}.",
        context.environment.name,
        session.place().await?,
        services.join(", ")
    ));
    let request = Request {
        verb: "deploy",
        images: services
            .into_iter()
            .map(|name| (name, image.clone()))
            .collect(),
        tags: BTreeMap::new(),
        cure: args.force,
        restart: false,
        prepare: !args.skip_before_deploy,
    };
    let rollout = deploy(context, &request, &terminal, &terminal).await?;
    end(&session, rollout)
}

/// The terminal, which says how a deployment that waits goes on.
pub(super) fn terminal(session: &Session) -> Terminal<'_> {
    let approve = format!("{} --approve", session.context.again("deploy"));
    Terminal::new(&session.global).approving(approve)
}

/// The last words of a rollout, and how the verb ends.
pub(super) fn end(session: &Session, rollout: Rollout) -> Result<(), CommandError> {
    let shown = session.show(&rollout);
    rollout.left?;
    shown?;
    rollout.verdict
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
