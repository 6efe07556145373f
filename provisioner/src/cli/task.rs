//! `hcctl run`: a command in a task of its own, with all that a service's tasks have.

use std::io::{self, Write};

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::{CommandError, Global, Which};
use crate::operation::Ask as _;
use crate::operation::run::{follow, start, verdict};
use crate::render::json;

/// Run a command once, in a task with a service's image, variables, secrets and role
///
/// For migrations, consoles' one-liners and repairs. The task is no part of the service: the load balancer does not know
/// it, and nothing starts another in its place. Its output goes to stdout as it comes, and the exit code is the
/// container's. Ctrl-C stops the task.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The service whose task definition is run; may be left out where there is only one
    #[arg(value_name = "SERVICE")]
    service: Option<String>,
    /// Say which task was started, and do not wait for it
    #[arg(long)]
    detach: bool,
    /// The command and its arguments, behind --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

const HELP: &str = "\
Examples:
  hcctl run dev patient -- bin/migrate --up
  hcctl run prod patient -- sh -c 'exit 3'; echo $?
  hcctl run prod patient --detach -- bin/reindex

Exit codes: the container's own; 1 where it never ran, 3 where the service is
not in the file, 4 where it waits for its first deploy, 130 interrupted.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let terminal = Terminal::new(&session.global);
    let mut interrupts = terminal.interrupts()?;
    let started = start(context, args.service.as_deref(), &args.command).await?;
    let (live, task) = (&started.live, &started.task);
    session.say(&format!(
        "Task {} of {} (revision {}) in {}.",
        task.id(),
        live.name,
        live.revision(),
        session.place().await?
    ));
    let json = form == Document::Json;
    if args.detach && json {
        let started = json::task_started(&live.name, &task.arn);
        return Ok(writeln!(io::stdout(), "{started}")?);
    }
    if args.detach {
        return Ok(writeln!(io::stdout(), "{}", task.arn)?);
    }
    let end = follow(context, &started, &terminal, &mut interrupts).await?;
    if json {
        let ended = json::task_ended(&live.name, &task.arn, &end);
        writeln!(io::stdout(), "{ended}")?;
    }
    verdict(context, task, &args.command, &end)
}
