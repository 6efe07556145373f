//! `hcctl history`: who applied and deployed what, when, and how it ended.

use std::io::{self, Write};

use clap::builder::RangedU64ValueParser;

use super::session::Session;
use super::{CommandError, Format, Global, Kind, Which};
use crate::journal;
use crate::render::history::{HistoryView, events, human};
use crate::render::json;

/// Show who applied and deployed what, when, and how it ended
///
/// Reads the journal that every writing run keeps beside the lease, in the account's bucket of hcctl. A run that was
/// killed has left its name and shows as "did not end". Runs that found nothing to do left nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Show so many runs, the newest ones
    #[arg(long, value_name = "N", default_value = "20", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    limit: usize,
    /// Show what happened in this run
    #[arg(long, value_name = "ID", conflicts_with = "limit")]
    run: Option<String>,
}

const HELP: &str = "\
Examples:
  hcctl history prod
  hcctl history prod --run 1782864300-deploy-4711
  hcctl history prod --format json | jq '.runs[] | select(.outcome != \"done\")'";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    session.context.guard().await?;
    let mut text = Vec::new();
    if let Some(id) = &args.run {
        let Some(run) = journal::one(&session.context.aws, id).await? else {
            let message = format!(
                "the journal of {} has no run `{}`",
                session.context.environment.name,
                id.escape_debug()
            );
            return Err(CommandError::new(Kind::Failed, message)
                .hint(format!("list them: {}", session.context.again("history"))));
        };
        if session.wants(Format::Json) {
            writeln!(text, "{:#}", json::one_run(&run))?;
        } else {
            events(&run, &session.style(), &mut text)?;
        }
    } else {
        let runs = journal::latest(&session.context.aws, args.limit).await?;
        let view = HistoryView {
            project: session.context.environment.project.as_ref(),
            environment: session.context.environment.name.as_ref(),
            region: session.context.environment.region.as_ref(),
            runs: &runs,
        };
        if session.wants(Format::Json) {
            writeln!(text, "{:#}", json::history(&view))?;
        } else {
            human(&view, &session.style(), &mut text)?;
        }
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}
