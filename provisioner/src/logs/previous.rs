//! The last words of the task that stopped last.

use aws_sdk_ecs::types::{DesiredStatus, Task};
use hcctl_engine::{Class, Fault};

use super::Line;
use crate::aws::{Aws, fault};
use crate::deploy::Live;
use crate::resources::log_group;

/// So many of its lines.
const LINES: i32 = 50;
/// `DescribeTasks` takes so many.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const TASKS: usize = 100;

/// A task that stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Its service.
    pub service: String,
    /// Its id.
    pub task: String,
    /// When it stopped, in milliseconds since 1970.
    pub stopped: Option<u64>,
    /// ECS's reason.
    pub reason: String,
    /// Its container's exit code, where it ran.
    pub exit_code: Option<i32>,
    /// The last lines of its log, oldest first.
    pub lines: Vec<Line>,
}

/// The task of a service that stopped last; ECS tells of it for an hour at least.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
pub async fn previous(aws: &Aws, live: &Live) -> Result<Option<Previous>, Fault> {
    let pages = aws
        .ecs
        .list_tasks()
        .cluster(&live.cluster)
        .service_name(&live.aws_name)
        .desired_status(DesiredStatus::Stopped)
        .into_paginator();
    let arns: Result<Vec<String>, _> = pages.items().send().collect().await;
    let arns = arns.map_err(fault("ecs:ListTasks"))?;
    let describe = |some: Vec<String>| async move {
        let call = aws.ecs.describe_tasks().cluster(&live.cluster);
        let answer = call.set_tasks(Some(some)).send().await;
        let answer = answer.map_err(fault("ecs:DescribeTasks"))?;
        Ok::<_, Fault>(answer.tasks.unwrap_or_default())
    };
    let some: Vec<Vec<String>> = arns.chunks(TASKS).map(<[String]>::to_vec).collect();
    let tasks = aws.crowd(some, describe).await?.into_iter().flatten();
    let newest = tasks.max_by_key(|task| task.stopped_at().or(task.stopping_at()).copied());
    match newest {
        Some(task) => of(aws, live, &task).await.map(Some),
        None => Ok(None),
    }
}

async fn of(aws: &Aws, live: &Live, task: &Task) -> Result<Previous, Fault> {
    let arn = task.task_arn().unwrap_or_default();
    let id = arn.rsplit('/').next().unwrap_or(arn);
    let mut containers = task.containers().iter();
    let own = containers.find(|one| one.name() == Some(&live.definition.container));
    let stopped = task.stopped_at().or(task.stopping_at());
    Ok(Previous {
        service: live.name.clone(),
        task: id.to_owned(),
        stopped: stopped.and_then(|at| u64::try_from(at.to_millis().ok()?).ok()),
        reason: task.stopped_reason().unwrap_or_default().to_owned(),
        exit_code: own.and_then(|container| container.exit_code),
        lines: lines(aws, live, id).await?,
    })
}

/// The last lines of a task's container; none where it never wrote one.
async fn lines(aws: &Aws, live: &Live, task: &str) -> Result<Vec<Line>, Fault> {
    let Some(logs) = &live.definition.logs else {
        return Ok(Vec::new());
    };
    let stream = format!(
        "{}/{}/{task}",
        logs.stream_prefix, live.definition.container
    );
    let call = aws
        .logs
        .get_log_events()
        .log_group_name(log_group::name_of(logs.group.resolved()))
        .log_stream_name(stream)
        .start_from_head(false)
        .limit(LINES);
    let events = match call.send().await.map_err(fault("logs:GetLogEvents")) {
        Err(fault) if fault.class == Class::NotFound => return Ok(Vec::new()),
        answer => answer?.events.unwrap_or_default(),
    };
    let of_task = |event| Line::of_task(&live.name, task, event);
    Ok(events.into_iter().map(of_task).collect())
}
