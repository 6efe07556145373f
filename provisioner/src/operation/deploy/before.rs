//! What is run before a rollout: each service's `before_deploy` command, once, in a task of the revision that is to be rolled out.

use std::collections::BTreeMap;

use futures_util::future::{Either, select};
use hcctl_engine::Fault;

use super::super::run::{Started, follow, token};
use super::super::{CommandError, Context, Events, Interrupts, Kind};
use super::{Need, Part, rollout};
use crate::aws::Aws;
use crate::deploy::start;
use crate::journal::Entry;
use crate::task::{self, End};

/// Why nothing is rolled out.
#[derive(Debug)]
pub(super) struct Failed {
    service: String,
    /// The task, where one was started, and its end.
    end: Option<(String, End)>,
    error: CommandError,
}

impl Failed {
    /// What the journal says of it.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let entry = self.end.as_ref().map(|(task, end)| Entry::Before {
            before_deploy: self.service.clone(),
            task: task.clone(),
            exit_code: end.exit_code,
            reason: end.reason.clone(),
        });
        entry.into_iter()
    }

    /// Why each of the services was not started.
    pub(super) fn faults(&self, parts: &[&Part]) -> BTreeMap<String, Fault> {
        let why = |name: &str| {
            if name == self.service {
                self.error.message.clone()
            } else {
                format!(
                    "the command before the deployment of {} failed",
                    self.service
                )
            }
        };
        let names = parts.iter().map(|part| part.live.name.clone());
        names
            .map(|name| {
                let fault = Fault::own("before_deploy", why(&name));
                (name, fault)
            })
            .collect()
    }

    /// How the verb ends.
    pub(super) fn verdict(self) -> CommandError {
        self.error
    }
}

/// Runs the commands, one service after the other, and tells what they write.
///
/// # Errors
///
/// The first that does not end with exit code 0, with kind [`Kind::RolledBack`]: nothing is rolled out. That it was interrupted, took
/// too long, or could not be started.
pub(super) async fn run(
    (context, aws): (&Context, &Aws),
    parts: &[&Part],
    events: &impl Events,
    interrupts: &mut impl Interrupts,
) -> Result<(), Failed> {
    let clock = &context.clock;
    let began = clock.now();
    for part in parts.iter().filter(|part| part.need == Need::Start) {
        let name = &part.live.name;
        let mut services = context.environment.services.iter();
        let planned = services.find(|(service, _)| service.as_str() == name);
        let words = planned.map(|(_, it)| it.before_deploy.as_slice());
        let command: Vec<String> = words
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect();
        if command.is_empty() {
            continue;
        }
        let failed = |end, error| Failed {
            service: name.clone(),
            end,
            error,
        };
        let started = begin(context, aws, part, &command).await;
        let started = started.map_err(|fault| failed(None, fault.into()))?;
        let task = started.task.id().to_owned();
        events.say(&format!(
            "{name}: `{}` runs before the deployment, in task {task}.",
            command.join(" ")
        ));
        let end = follow(context, &started, events, interrupts).await;
        let end = end.map_err(|error| failed(None, error))?;
        if let Some(error) = verdict(&command, &task, &end) {
            return Err(failed(Some((task, end)), error));
        }
        // Also while its last lines were waited for.
        let asked = {
            let next = std::pin::pin!(interrupts.next());
            matches!(select(next, std::future::ready(())).await, Either::Left(_))
        };
        let passed = clock.now().saturating_sub(began);
        let late = context.limit.is_some_and(|limit| passed >= limit);
        if asked || late {
            let (kind, why) = if asked {
                (Kind::Interrupted, "interrupted")
            } else {
                (Kind::Failed, "the time limit is over")
            };
            let message = format!("{why}: {name}'s command had ended, and nothing was rolled out");
            let error = CommandError::new(kind, message);
            return Err(failed(Some((task, end)), error));
        }
    }
    Ok(())
}

/// Starts a command in a task of the revision that the rollout will start tasks of.
async fn begin(
    context: &Context,
    aws: &Aws,
    part: &Part,
    command: &[String],
) -> Result<Started, Fault> {
    let start = rollout(context, aws, part).await?;
    let definition_arn = start::register(aws, &start).await?;
    let mut live = part.live.clone();
    live.definition_arn = definition_arn;
    let task = task::start(aws, &live, command, &token()).await?;
    Ok(Started::of(live, task, aws.clone()))
}

/// Why a command's end stops the rollout.
fn verdict(command: &[String], task: &str, end: &End) -> Option<CommandError> {
    let what = command.join(" ");
    let (message, hint) = match end.exit_code {
        Some(0) => return None,
        Some(code) => (
            format!(
                "`{what}` ended with exit code {code} in task {task}: {}",
                end.reason
            ),
            "what it wrote is above; once it is mended, run the same command again",
        ),
        None => (
            format!("`{what}` never ran: task {task}: {}", end.reason),
            "see what stands in its way, then run the same command again",
        ),
    };
    let message = format!("{message}; nothing was rolled out");
    Some(CommandError::new(Kind::RolledBack, message).hint(hint))
}
