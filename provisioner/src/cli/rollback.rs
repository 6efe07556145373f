//! `hcctl rollback`: back to the image before, or to another one; a deployment that still runs is stopped.

use super::deploy::{check_image, end, terminal};
use super::form::Document;
use super::session::Session;
use super::{CommandError, Global, Which};
use crate::operation::deploy::deploy;
use crate::operation::rollback::{Back, rollback};

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

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    args.to.as_deref().map_or(Ok(()), check_image)?;
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let services = context.released(&args.service)?;
    let (terminal, to) = (terminal(&session), args.to.as_deref());
    let back = rollback(context, &services, to, &terminal, &terminal).await?;
    let Back::Request(request) = back else {
        return Ok(());
    };
    let to: Vec<String> = request
        .images
        .iter()
        .map(|(name, image)| {
            let image = request.tags.get(image).unwrap_or(image);
            format!("{name} to {image}")
        })
        .collect();
    session.say(&format!(
        "Rolling back {} ({}): {}.",
        context.environment.name,
        session.place().await?,
        to.join(", ")
    ));
    let rollout = deploy(context, &request, &terminal, &terminal).await?;
    end(&session, rollout)
}
