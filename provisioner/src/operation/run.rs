//! A command in a task of its own, followed to its end.

use std::time::Duration;

use futures_util::future::{Either, select};
use hcctl_engine::Class;

use super::{CommandError, Context, Event, Events, Interrupts, Kind, deploy, secret};
use crate::aws::Aws;
use crate::deploy::{Live, live};
use crate::environment::sizes::OVERRIDES;
use crate::logs::Stream;
use crate::task::{self, End, State, Task};

/// How often ECS and the log are asked.
const PACE: Duration = Duration::from_secs(1);
/// The log driver sends lines in bundles: so long after the end of a task nothing more comes.
const LATE_LINES: Duration = Duration::from_secs(6);

/// A task that was started.
#[derive(Debug)]
pub struct Started {
    /// The service whose definition it runs, as it ran then.
    pub live: Live,
    /// The task.
    pub task: Task,
    aws: Aws,
}

impl Started {
    /// A task that was started of a service's definition.
    pub(super) fn of(live: Live, task: Task, aws: Aws) -> Self {
        Self { live, task, aws }
    }
}

/// Starts `command` in a task of the service that is named, or of the only one.
///
/// # Errors
///
/// Several services of which none is named, a service that waits for its first deploy, what AWS refuses.
pub async fn start(
    context: &Context,
    named: Option<&str>,
    command: &[String],
) -> Result<Started, CommandError> {
    let service = service(context, named)?;
    let length: usize = command.iter().map(|word| word.len() + 3).sum();
    if length > OVERRIDES {
        let message = format!(
            "the command has {length} characters with its quotes, and ECS takes {OVERRIDES} at most"
        );
        return Err(CommandError::new(Kind::Config, message)
            .hint("put it into a script in the image, and run that"));
    }
    context.guard().await?;
    let aws = context.aws.fresh();
    let live = live::all(&aws).await?.remove(&service);
    let live = live.filter(|live| !live.is_waiting()).ok_or_else(|| {
        let message = format!("{service} has no image yet, so there is nothing to run");
        let deploy = context.again("deploy");
        CommandError::new(Kind::Refused, message).hint(format!(
            "deploy one first: {deploy} --service {service} --image TAG"
        ))
    })?;
    deploy::refuse(&secret::objections(&aws, &live).await?)?;
    let task = task::start(&aws, &live, command, &token()).await?;
    Ok(Started { live, task, aws })
}

/// The service that is meant: the one that is named, or the only one.
fn service(context: &Context, named: Option<&str>) -> Result<String, CommandError> {
    let named: Vec<String> = named.map(str::to_owned).into_iter().collect();
    let mut services = context.services(&named)?;
    if let (1, Some(only)) = (services.len(), services.pop()) {
        return Ok(only);
    }
    let all = context.services(&[])?.join(", ");
    let message = format!(
        "{} has several services, and a task is of one: {all}",
        context.environment.name
    );
    Err(CommandError::new(Kind::Config, message)
        .hint("name one behind the environment: hcctl run ENV SERVICE -- COMMAND"))
}

/// New for each run; the SDK's retries of one call have the same.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html>
pub(super) fn token() -> String {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    format!("hcctl-{}-{}", since.as_nanos(), std::process::id())
}

/// Tells what the task writes until it has ended. The first wish to stop stops it, the second leaves it to ECS.
///
/// # Errors
///
/// The task was stopped, or is not waited for any more; a fault that does not pass.
pub async fn follow(
    context: &Context,
    started: &Started,
    events: &impl Events,
    interrupts: &mut impl Interrupts,
) -> Result<End, CommandError> {
    let Started { live, task, aws } = started;
    let mut output = task.output(aws, live);
    if output.is_none() {
        events.say("note: its output goes elsewhere than to CloudWatch Logs, and is not shown");
    }
    let clock = &context.clock;
    let (began, mut stopping) = (clock.now(), None);
    let mut blind = false;
    loop {
        match task::look(aws, task).await {
            Ok(State::Ended(end)) => {
                last_lines(context, output.as_mut(), events).await?;
                return match stopping {
                    None => Ok(end),
                    Some(kind) => {
                        let (id, why) = (task.id(), end.reason);
                        let message = format!("task {id} was stopped: {why}");
                        Err(CommandError::new(kind, message))
                    }
                };
            }
            Ok(State::Runs) => {
                lines(output.as_mut(), events).await?;
                blind = false;
            }
            Ok(State::Starts(_)) => blind = false,
            // It passes, and the task goes on whether it is seen or not.
            Err(fault) if matches!(fault.class, Class::Unreachable | Class::Throttled) => {
                if !blind {
                    events.say(&format!("warning: {fault}; trying again"));
                }
                blind = true;
            }
            Err(fault) => return Err(fault.into()),
        }
        let passed = clock.now().saturating_sub(began);
        if context.limit.is_some_and(|limit| passed >= limit) && stopping.is_none() {
            events.say("The time limit is over: the task is stopped.");
            task::stop(aws, task, "hcctl run: --timeout").await?;
            stopping = Some(Kind::Failed);
        }
        let interrupted = {
            let next = std::pin::pin!(interrupts.next());
            matches!(select(clock.sleep(PACE), next).await, Either::Right(_))
        };
        if interrupted && stopping.is_some() {
            let message = format!("interrupted; ECS goes on to stop task {}", task.id());
            return Err(CommandError::new(Kind::Interrupted, message));
        }
        if interrupted {
            events.say("Interrupted: the task is stopped; a second Ctrl-C does not wait for it.");
            task::stop(aws, task, "hcctl run: interrupted").await?;
            stopping = Some(Kind::Interrupted);
        }
    }
}

/// Tells what has come of its output; how many lines.
async fn lines(output: Option<&mut Stream>, events: &impl Events) -> Result<usize, CommandError> {
    let Some(output) = output else {
        return Ok(0);
    };
    let lines = match output.more().await {
        Err(fault) if matches!(fault.class, Class::Unreachable | Class::Throttled) => Vec::new(),
        lines => lines?,
    };
    for line in &lines {
        events.tell(Event::Output(line))?;
    }
    Ok(lines.len())
}

/// What comes late, until nothing has come for a while.
async fn last_lines(
    context: &Context,
    mut output: Option<&mut Stream>,
    events: &impl Events,
) -> Result<(), CommandError> {
    let clock = &context.clock;
    let mut quiet = clock.now();
    while output.is_some() && clock.now().saturating_sub(quiet) < LATE_LINES {
        if lines(output.as_deref_mut(), events).await? > 0 {
            quiet = clock.now();
        }
        clock.sleep(PACE).await;
    }
    Ok(())
}

/// How the end of a command is to be taken.
///
/// # Errors
///
/// The container's exit code where it is not 0; that it never ran.
pub fn verdict(
    context: &Context,
    task: &Task,
    command: &[String],
    end: &End,
) -> Result<(), CommandError> {
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
            let code = u8::try_from(code).ok().filter(|code| *code > 0);
            let kind = Kind::Container(code.unwrap_or(1));
            Err(CommandError::new(kind, message))
        }
        None => {
            let message = format!("`{what}` never ran: task {}: {}", task.id(), end.reason);
            Err(CommandError::new(Kind::Failed, message).hint(format!(
                "what stands in its way: {}",
                context.again("doctor")
            )))
        }
    }
}
