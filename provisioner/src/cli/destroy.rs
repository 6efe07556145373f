//! `hcctl destroy`: removes the environment.

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::{CommandError, Global, Which, plan, report};
use crate::operation::destroy::{destroy, observe, verify};

/// Remove everything of an environment, in an order AWS accepts
///
/// Says first which data goes with it. A protected environment is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const HELP: &str = "\
Examples:
  hcctl destroy dev                 says what goes, and asks for the name
  hcctl destroy dev --yes

Exit codes: 0 nothing is left; 1 something failed, and running it again
continues; 4 refused: protected, not confirmed, another account, or another run
that holds the lease; 130 interrupted, and running it again continues.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let terminal = Terminal::new(&session.global).saying_yes(args.yes);
    let left = observe(context, &terminal).await?;
    if left.is_empty() {
        return Ok(());
    }
    if session.form != Document::Json {
        plan::show_before_run(&session, &left.seen)?;
    }
    let applied = destroy(context, &left, &terminal, &terminal).await?;
    report::end(&session, "destroy", &applied, Vec::new())?;
    verify(context, &terminal).await
}
