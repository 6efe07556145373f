//! `hcctl cost`: what the environment costs in a month, and what an apply would change.

use super::form::Document;
use super::session::Session;
use super::signals::end_at_once;
use super::{CommandError, Global, Which};
use crate::operation::Wanted;
use crate::render::cost::Cost;

/// Show what it costs in a month: what is there, and what it will be after an apply
///
/// What is fixed, paid by the hour whether anybody comes or not, has a sum. What is paid by use has unit prices and no
/// sum. Only reads; read-only credentials do. Prices are hcctl's own, with their date: nothing is asked of AWS for them.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

const HELP: &str = "\
Examples:
  hcctl cost prod
  hcctl cost prod --format json | jq .fixed.after.least
  hcctl cost prod --format markdown     for an issue";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    end_at_once()?;
    let look = session.context.observe(Wanted::File).await?;
    session.show(&Cost(&session.view(&look)))
}
