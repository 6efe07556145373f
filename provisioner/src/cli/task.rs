//! `hcctl run`: a command in a task of its own, with all that a service's tasks have.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::{Duration, Instant};

use hcctl_engine::Class;

use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Format, Global, Kind, Which};
use crate::aws::Aws;
use crate::deploy::{Live, live};
use crate::logs::{Line, Stream};
use crate::render::json;
use crate::render::logs::bare;
use crate::task::{self, End, State, Task};

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

Exit codes: the container's own; 1 where it never ran, 4 where the service
waits for its first deploy, 130 interrupted.";

/// How often ECS and the log are asked.
const PACE: Duration = Duration::from_secs(1);
/// The log driver sends lines in bundles: so long after the end of a task nothing more comes.
const LATE_LINES: Duration = Duration::from_secs(6);

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    let service = service(&session, args.service.as_deref())?;
    let mut signals = Signals::listen()?;
    session.context.guard().await?;
    let aws = session.context.aws.fresh();
    let live = live::all(&aws).await?.remove(&service);
    let live = live.filter(|live| !live.is_waiting()).ok_or_else(|| {
        let message = format!("{service} has no image yet, so there is nothing to run");
        let deploy = session.context.again(&format!(
            "deploy {} --service {service} --image TAG",
            session.context.environment.name
        ));
        CommandError::new(Kind::Refused, message).hint(format!("deploy one first: {deploy}"))
    })?;
    let place = session.place().await?;
    let token = token();
    let task = task::start(&aws, &live, &args.command, &token).await?;
    session.say(&format!(
        "Task {} of {service} ({}, revision {}) in {place}.",
        task.id(),
        live.tag().unwrap_or("no tag"),
        live.revision()
    ));
    if args.detach {
        return detached(&session, &live, &task);
    }
    let output = task.output(&aws, &live);
    if output.is_none() {
        session.say("note: its output goes elsewhere than to CloudWatch Logs, and is not shown");
    }
    let mut follower = Follower {
        session: &session,
        aws: &aws,
        task: &task,
        output,
        to: BufWriter::new(io::stdout()),
        terminal: io::stdout().is_terminal(),
    };
    let end = follower.follow(&mut signals).await?;
    follower.last_lines().await?;
    told(&session, &live, &task, &args.command, &end)
}

/// The service that is meant: the one that is named, or the only one.
fn service(session: &Session, named: Option<&str>) -> Result<String, CommandError> {
    let named: Vec<String> = named.map(str::to_owned).into_iter().collect();
    let mut services = session.context.services(&named)?;
    match (services.len(), services.pop()) {
        (1, Some(only)) => Ok(only),
        _ => {
            let all = session.context.services(&[])?.join(", ");
            let message = format!(
                "{} has several services, and a task is of one: {all}",
                session.context.environment.name
            );
            Err(CommandError::new(Kind::Config, message)
                .hint("name one behind the environment: hcctl run ENV SERVICE -- COMMAND"))
        }
    }
}

/// New for each run; the SDK's retries of one call have the same.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html>
fn token() -> String {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!("hcctl-{}-{}", since.as_nanos(), std::process::id())
}

fn detached(session: &Session, live: &Live, task: &Task) -> Result<(), CommandError> {
    if session.wants(Format::Json) {
        writeln!(
            io::stdout(),
            "{}",
            json::task_started(&live.name, &task.arn)
        )?;
    } else {
        writeln!(io::stdout(), "{}", task.arn)?;
    }
    Ok(())
}

/// Says how it ended, where that is not plain success.
fn told(
    session: &Session,
    live: &Live,
    task: &Task,
    command: &[String],
    end: &End,
) -> Result<(), CommandError> {
    if session.wants(Format::Json) {
        let ended = json::task_ended(&live.name, &task.arn, end);
        writeln!(io::stdout(), "{ended}")?;
    }
    let what = command.join(" ");
    match end.exit_code {
        Some(0) => Ok(()),
        Some(code) => {
            let message = format!(
                "`{what}` ended with exit code {code} in task {}: {}",
                task.id(),
                end.reason
            );
            // AWS gives what a process gives, which is a byte.
            let code = u8::try_from(code)
                .ok()
                .filter(|code| *code > 0)
                .unwrap_or(1);
            Err(CommandError::new(Kind::Container(code), message))
        }
        None => {
            let message = format!("`{what}` never ran: task {}: {}", task.id(), end.reason);
            Err(CommandError::new(Kind::Failed, message).hint(format!(
                "what stands in its way: {}",
                session.context.again("doctor")
            )))
        }
    }
}

struct Follower<'a> {
    session: &'a Session,
    aws: &'a Aws,
    task: &'a Task,
    output: Option<Stream>,
    to: BufWriter<io::Stdout>,
    terminal: bool,
}

impl Follower<'_> {
    /// Shows what the task writes until it has ended. The first signal stops it, the second leaves it to ECS.
    async fn follow(&mut self, signals: &mut Signals) -> Result<End, CommandError> {
        let limit = self.session.global.timeout.map(Duration::from_secs);
        let (began, mut stopping) = (Instant::now(), None);
        let mut blind = false;
        loop {
            match task::look(self.aws, self.task).await {
                Ok(State::Ended(end)) if stopping.is_some() => {
                    self.last_lines().await?;
                    let id = self.task.id();
                    let message = format!("task {id} was stopped: {}", end.reason);
                    return Err(CommandError::new(stopping.unwrap_or(Kind::Failed), message));
                }
                Ok(State::Ended(end)) => return Ok(end),
                Ok(State::Runs) => {
                    self.lines().await?;
                    blind = false;
                }
                Ok(State::Starts(_)) => blind = false,
                // It passes, and the task goes on whether it is seen or not.
                Err(fault) if matches!(fault.class, Class::Unreachable | Class::Throttled) => {
                    if !blind {
                        self.session.say(&format!("warning: {fault}; trying again"));
                    }
                    blind = true;
                }
                Err(fault) => return Err(fault.into()),
            }
            let late = limit.is_some_and(|limit| began.elapsed() >= limit);
            if late && stopping.is_none() {
                self.session
                    .say("The time limit is over: the task is stopped.");
                task::stop(self.aws, self.task, "hcctl run: --timeout").await?;
                stopping = Some(Kind::Failed);
            }
            tokio::select! {
                () = tokio::time::sleep(PACE) => {}
                () = signals.next() => match stopping {
                    None => {
                        self.session.say("Interrupted: the task is stopped; a second Ctrl-C does not wait for it.");
                        task::stop(self.aws, self.task, "hcctl run: interrupted").await?;
                        stopping = Some(Kind::Interrupted);
                    }
                    Some(_) => {
                        let message = format!("interrupted; ECS goes on to stop task {}", self.task.id());
                        return Err(CommandError::new(Kind::Interrupted, message));
                    }
                },
            }
        }
    }

    /// Shows what has come of its output; how many lines.
    async fn lines(&mut self) -> Result<usize, CommandError> {
        let Some(output) = &mut self.output else {
            return Ok(0);
        };
        let lines = match output.more().await {
            Err(fault) if matches!(fault.class, Class::Unreachable | Class::Throttled) => {
                Vec::new()
            }
            lines => lines?,
        };
        for line in &lines {
            self.line(line)?;
        }
        self.to.flush()?;
        Ok(lines.len())
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        if self.session.wants(Format::Json) {
            return writeln!(self.to, "{}", json::log_line(line));
        }
        bare(line, self.terminal, &mut self.to)
    }

    /// What comes late, until nothing has come for a while.
    async fn last_lines(&mut self) -> Result<(), CommandError> {
        if self.output.is_none() {
            return Ok(());
        }
        let mut quiet = Instant::now();
        while quiet.elapsed() < LATE_LINES {
            if self.lines().await? > 0 {
                quiet = Instant::now();
            }
            tokio::time::sleep(PACE).await;
        }
        Ok(())
    }
}
