//! `hcctl history`: who applied and deployed what, when, and how it ended.

use clap::builder::RangedU64ValueParser;

use super::form::Document;
use super::session::Session;
use super::{CommandError, Global, Kind, Which};
use crate::journal;
use crate::render::history::HistoryView;

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

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    session.context.guard().await?;
    let context = &session.context;
    if let Some(id) = &args.run {
        let Some(run) = journal::one(&context.aws, id).await? else {
            let message = format!(
                "the journal of {} has no run `{}`",
                context.environment.name,
                id.escape_debug()
            );
            return Err(CommandError::new(Kind::Failed, message)
                .hint(format!("list them: {}", context.again("history"))));
        };
        return session.show(&run);
    }
    let runs = journal::latest(&context.aws, args.limit).await?;
    session.show(&HistoryView {
        project: context.environment.project.as_ref(),
        environment: context.environment.name.as_ref(),
        region: context.environment.region.as_ref(),
        runs: &runs,
    })
}
