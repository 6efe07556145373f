//! Why tasks stopped: their reasons, their exit codes, and the last lines that they wrote.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{DesiredStatus, Task};
use hcctl_engine::{Class, Fault};

use super::live::Live;
use crate::aws::{Aws, fault};
use crate::resources::{log_group, task_definition};

/// So many of a container's last lines are shown.
const LINES: i32 = 10;

/// A task that stopped without anybody's wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Its id.
    pub task: String,
    /// ECS's reason.
    pub reason: String,
    /// The container's exit code, where it ran.
    pub exit_code: Option<i32>,
    /// The container runtime's reason, such as `OutOfMemoryError`.
    pub container: Option<String>,
    /// The last lines of its log, oldest first.
    pub log: Vec<String>,
}

impl Stopped {
    /// What this failure has in common with others of its sort: its reason without ids.
    pub fn sort(&self) -> String {
        format!("{}|{:?}", without_ids(&self.reason), self.exit_code)
    }

    /// Whether it will fail in the same way again, whatever time it gets.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
    pub fn is_certain(&self) -> bool {
        const CERTAIN: [&str; 3] = [
            "CannotPullContainerError",
            "ResourceInitializationError",
            "CannotCreateContainerError",
        ];
        CERTAIN.iter().any(|code| self.reason.contains(code))
    }
}

/// A message without the ids in it, so that two of the same sort are equal.
pub fn without_ids(message: &str) -> String {
    let words = message.split_whitespace().map(|word| {
        let id = word.len() > 8 && word.chars().filter(char::is_ascii_digit).count() > 3;
        if id { "_" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The tasks of a definition that stopped by themselves, oldest first, without those in `known`, which learns them.
pub async fn stopped(
    aws: &Aws,
    live: &Live,
    definition: &str,
    known: &mut BTreeSet<String>,
) -> Result<Vec<Stopped>, Fault> {
    let call = aws
        .ecs
        .list_tasks()
        .cluster(&live.cluster)
        .service_name(&live.aws_name)
        .desired_status(DesiredStatus::Stopped)
        .max_results(100);
    let answer = call.send().await.map_err(fault("ecs:ListTasks"))?;
    let mut new = answer.task_arns.unwrap_or_default();
    new.retain(|arn| !known.contains(arn));
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let call = aws
        .ecs
        .describe_tasks()
        .cluster(&live.cluster)
        .set_tasks(Some(new));
    let answer = call.send().await.map_err(fault("ecs:DescribeTasks"))?;
    let mut tasks = answer.tasks.unwrap_or_default();
    tasks.retain(|task| {
        task.task_definition_arn() == Some(definition)
            && !task.stopped_reason().unwrap_or_default().is_empty()
    });
    tasks.sort_by_key(|task| task.stopped_at().or(task.stopping_at()).copied());
    known.extend(tasks.iter().filter_map(|task| task.task_arn.clone()));
    tasks.retain(|task| !is_wanted(task));
    let read = |task: Task| async move { of(aws, live, &task).await };
    aws.crowd(tasks, read).await
}

/// Whether somebody wanted it to stop: the scheduler that scales in or replaces it, or a person.
fn is_wanted(task: &Task) -> bool {
    task.stopped_reason()
        .is_some_and(|reason| reason.starts_with("Scaling activity initiated"))
}

async fn of(aws: &Aws, live: &Live, task: &Task) -> Result<Stopped, Fault> {
    let arn = task.task_arn().unwrap_or_default();
    let id = arn.rsplit('/').next().unwrap_or(arn).to_owned();
    let containers = task.containers();
    let own = containers
        .iter()
        .find(|one| one.name() == Some(&live.definition.container))
        .or(containers.first());
    let ran = own.and_then(|container| container.exit_code).is_some();
    Ok(Stopped {
        reason: task.stopped_reason().unwrap_or_default().to_owned(),
        exit_code: own.and_then(|container| container.exit_code),
        container: own
            .and_then(|container| container.reason())
            .filter(|reason| !task.stopped_reason().unwrap_or_default().contains(reason))
            .map(str::to_owned),
        log: if ran || task.started_at().is_some() {
            last_lines(aws, &live.definition, &id).await?
        } else {
            Vec::new()
        },
        task: id,
    })
}

/// The last lines of a task's container; none where there is no such log.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html> names the stream.
async fn last_lines(
    aws: &Aws,
    definition: &task_definition::Spec,
    task: &str,
) -> Result<Vec<String>, Fault> {
    let Some(logs) = &definition.logs else {
        return Ok(Vec::new());
    };
    let call = aws
        .logs
        .get_log_events()
        .log_group_name(log_group::name_of(logs.group.resolved()))
        .log_stream_name(format!(
            "{}/{}/{task}",
            logs.stream_prefix, definition.container
        ))
        .start_from_head(false)
        .limit(LINES);
    let events = match call.send().await.map_err(fault("logs:GetLogEvents")) {
        Err(fault) if matches!(fault.class, Class::NotFound | Class::Denied) => {
            return Ok(Vec::new());
        }
        outcome => outcome?.events.unwrap_or_default(),
    };
    Ok(events
        .into_iter()
        .filter_map(|event| event.message)
        .map(|line| line.trim_end().to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(reason: &str, exit_code: Option<i32>) -> Stopped {
        Stopped {
            task: "0123".to_owned(),
            reason: reason.to_owned(),
            exit_code,
            container: None,
            log: Vec::new(),
        }
    }

    #[test]
    fn failures_of_one_sort_differ_in_ids_only() {
        let health = |group: &str| {
            stopped(
                &format!("Task failed ELB health checks in (target-group {group})"),
                None,
            )
            .sort()
        };
        assert_eq!(health("arn:cart/1234567890"), health("arn:cart/9876543210"));
        let exit = |code| stopped("Essential container in task exited", Some(code)).sort();
        assert_ne!(exit(1), exit(137));
    }

    #[test]
    fn some_failures_are_certain_to_come_again() {
        assert!(stopped("CannotPullContainerError: not found", None).is_certain());
        assert!(!stopped("Essential container in task exited", Some(1)).is_certain());
    }

    #[test]
    fn a_task_that_the_scheduler_stops_has_not_failed() {
        let task = |reason: &str| Task::builder().stopped_reason(reason).build();
        let scaling = "Scaling activity initiated by (deployment ecs-svc/1)";
        assert!(is_wanted(&task(scaling)));
        assert!(!is_wanted(&task(
            "Task failed ELB health checks in (target-group x)"
        )));
    }
}
