//! `hcctl cost`: what the environment costs in a month, and what an apply would change.

use std::io::{self, Write};

use super::plan::leave;
use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Format, Global, Which};
use crate::operation::Wanted;
use crate::render::{cost, json};

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

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    tokio::spawn(leave(Signals::listen()?));
    let look = session.context.observe(Wanted::File).await?;
    let view = session.view(&look);
    let mut out = io::stdout().lock();
    match session.global.format {
        // Pages and pictures are refused before.
        Format::Human | Format::Html | Format::Svg | Format::Dot | Format::Mermaid => {
            cost::human(&view, &session.style(), &mut out)?;
        }
        Format::Markdown => cost::markdown(&view, &mut out)?,
        Format::Json => writeln!(out, "{:#}", json::cost(&view))?,
    }
    out.flush()?;
    Ok(())
}
