//! The addresses of a service's tasks.

use std::collections::BTreeSet;

use aws_sdk_ecs::operation::describe_tasks::DescribeTasksOutput;
use aws_sdk_ecs::types::{Attachment, DesiredStatus, Service, Task};
use hcctl_engine::{Class, Fault};

use crate::aws::{Aws, fault};

/// Addresses in the VPC.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    /// Of tasks that run: ECS has registered them.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>
    pub(super) running: BTreeSet<String>,
    /// Of tasks that start, or have stopped within the hour.
    pub(super) stopped: BTreeSet<String>,
}

/// `DescribeTasks` takes so many at once.
const AT_ONCE: usize = 100;

/// The addresses of a service's tasks; nothing where the caller may not see tasks.
pub(super) async fn of_service(aws: &Aws, seen: &Service) -> Result<Option<Addresses>, Fault> {
    let states = [DesiredStatus::Running, DesiredStatus::Stopped];
    let list = |state| Box::pin(list(aws, seen, state));
    let arns = match aws.crowd(states, list).await {
        Err(fault) if fault.class == Class::Denied => return Ok(None),
        outcome => outcome?.concat(),
    };
    let some: Vec<Vec<String>> = arns.chunks(AT_ONCE).map(<[String]>::to_vec).collect();
    let describe = |some| {
        let call = aws.ecs.describe_tasks().set_tasks(Some(some));
        let call = call.set_cluster(seen.cluster_arn.clone());
        async { call.send().await.map_err(fault("ecs:DescribeTasks")) }
    };
    let mut found = Addresses::default();
    for task in aws
        .crowd(some, describe)
        .await?
        .iter()
        .flat_map(DescribeTasksOutput::tasks)
    {
        let running =
            task.last_status() == Some("RUNNING") && task.desired_status() == Some("RUNNING");
        let of = if running {
            &mut found.running
        } else {
            &mut found.stopped
        };
        of.extend(address(task));
    }
    Ok(Some(found))
}

async fn list(aws: &Aws, seen: &Service, state: DesiredStatus) -> Result<Vec<String>, Fault> {
    let call = aws.ecs.list_tasks().desired_status(state);
    let call = call.set_cluster(seen.cluster_arn.clone());
    let call = call.set_service_name(seen.service_name.clone());
    let pages = call.into_paginator().items().send();
    let arns = pages.collect::<Result<Vec<_>, _>>().await;
    arns.map_err(fault("ecs:ListTasks"))
}

/// A task's address on its network interface.
fn address(task: &Task) -> Option<String> {
    let mut details = task.attachments().iter().flat_map(Attachment::details);
    let address = details.find(|detail| detail.name() == Some("privateIPv4Address"))?;
    address.value.clone()
}
