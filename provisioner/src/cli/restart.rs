//! `hcctl restart`: new tasks for what runs.

use super::deploy::{end, terminal};
use super::form::Document;
use super::session::Session;
use super::{CommandError, Global, Which};
use crate::operation::deploy::deploy;
use crate::operation::restart::restart;

/// Replace the tasks of what runs by new ones
///
/// The same image and the same task definition, rolled out by the service's own strategy and followed to its end like a
/// release. New tasks read secrets again, so a secret that was changed reaches the service.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Only this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<String>,
}

const HELP: &str = "\
Examples:
  hcctl restart prod                      every service
  hcctl restart prod --service patient    after its secret was changed

Exit codes: 0 every service has new tasks; 4 something was in the way and
nothing was changed; 5 a deployment failed and was rolled back, or was
overtaken; 130 interrupted, and the deployment goes on.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let services = context.services(&args.service)?;
    let request = restart(context, &services).await?;
    session.say(&format!(
        "Restarting {} ({}): {}.",
        context.environment.name,
        session.place().await?,
        services.join(", ")
    ));
    let terminal = terminal(&session);
    let rollout = deploy(context, &request, &terminal, &terminal).await?;
    end(&session, rollout)
}
