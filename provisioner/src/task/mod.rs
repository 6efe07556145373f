//! Room `task`: one task outside of every service: it is started, looked at until it has ended, stopped.
//!
//! Owns: what such a task gets of the service whose definition it runs, and how its end is read. Must not know: printing,
//! waiting, environment files.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, Container, ContainerOverride, LaunchType,
    NetworkConfiguration, PropagateTags, Task as Seen, TaskOverride,
};
use hcctl_engine::{Class, Fault, Link};

use crate::aws::{Aws, fault};
use crate::deploy::Live;
use crate::logs::Stream;

/// A task that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// Its cluster's name.
    pub cluster: String,
    /// The container whose end is the task's.
    pub container: String,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not started yet; ECS's word for how far it is, such as `PROVISIONING`.
    Starts(String),
    /// It runs, or is being stopped.
    Runs,
    /// It has ended.
    Ended(End),
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// The container's exit code; nothing where it never ran.
    pub exit_code: Option<i32>,
    /// ECS's reason, and the container's where it has one of its own.
    pub reason: String,
}

impl Task {
    /// The last part of its ARN.
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }

    /// What its container writes; nothing where its definition sends that elsewhere than to CloudWatch Logs.
    pub fn output(&self, aws: &Aws, live: &Live) -> Option<Stream> {
        let logs = live.definition.logs.as_ref()?;
        Some(Stream::of_task(
            aws,
            &live.name,
            logs.group.resolved(),
            &logs.stream_prefix,
            &self.container,
            self.id(),
        ))
    }
}

/// Starts a task of a service's present definition, in the service's subnets and groups, with `command` in place of the
/// image's own. It is no part of the service: the load balancer does not know it, and nothing starts another in its place.
/// `token` makes the call bear being repeated.
///
/// # Errors
///
/// What AWS refuses, and what finds no place: RunTask succeeds then, and tells of it among its `failures`.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
pub async fn start(aws: &Aws, live: &Live, command: &[String], token: &str) -> Result<Task, Fault> {
    const OPERATION: &str = "ecs:RunTask";
    let ids = |links: &BTreeSet<Link>| -> Vec<String> {
        links
            .iter()
            .map(|link| link.resolved().to_owned())
            .collect()
    };
    let public = if live.spec.public_ip {
        AssignPublicIp::Enabled
    } else {
        AssignPublicIp::Disabled
    };
    let place = AwsVpcConfiguration::builder()
        .set_subnets(Some(ids(&live.spec.subnets)))
        .set_security_groups(Some(ids(&live.spec.security_groups)))
        .assign_public_ip(public)
        .build()
        .map_err(|error| Fault::own(OPERATION, error.to_string()))?;
    let container = &live.definition.container;
    let instead = ContainerOverride::builder()
        .name(container)
        .set_command(Some(command.to_vec()));
    let call = aws
        .ecs
        .run_task()
        .cluster(&live.cluster)
        .task_definition(&live.definition_arn)
        .launch_type(LaunchType::Fargate)
        .platform_version(&live.spec.platform_version)
        .network_configuration(
            NetworkConfiguration::builder()
                .awsvpc_configuration(place)
                .build(),
        )
        .overrides(
            TaskOverride::builder()
                .container_overrides(instead.build())
                .build(),
        )
        .enable_ecs_managed_tags(true)
        .propagate_tags(PropagateTags::TaskDefinition)
        .started_by(STARTED_BY)
        .client_token(token)
        .count(1);
    let answer = call.send().await.map_err(fault(OPERATION))?;
    if let Some(task) = answer.tasks().first() {
        return Ok(Task {
            arn: task.task_arn().unwrap_or_default().to_owned(),
            cluster: live.cluster.clone(),
            container: container.clone(),
        });
    }
    let failure = answer.failures().first();
    let reason = failure.and_then(|failure| failure.reason());
    let reason = reason.unwrap_or("ECS started nothing and gave no reason");
    Err(Fault::own(OPERATION, reason).remedy("nothing runs; the same command tries again"))
}

/// What tasks that are started here say of themselves, in `startedBy`.
const STARTED_BY: &str = "hcctl run";

/// Looks at a task.
///
/// # Errors
///
/// ECS forgets a task an hour after its end: `NotFound`.
pub async fn look(aws: &Aws, task: &Task) -> Result<State, Fault> {
    const OPERATION: &str = "ecs:DescribeTasks";
    let call = aws.ecs.describe_tasks().cluster(&task.cluster);
    let answer = call
        .tasks(&task.arn)
        .send()
        .await
        .map_err(fault(OPERATION))?;
    let seen = answer.tasks().first().ok_or_else(|| {
        let message = format!("ECS does not know the task {} any more", task.id());
        Fault::own(OPERATION, message).class(Class::NotFound)
    })?;
    Ok(state(seen, &task.container))
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>
fn state(seen: &Seen, container: &str) -> State {
    match seen.last_status().unwrap_or_default() {
        "STOPPED" => State::Ended(end(seen, container)),
        word @ ("PROVISIONING" | "PENDING" | "ACTIVATING") => State::Starts(word.to_owned()),
        _ => State::Runs,
    }
}

fn end(seen: &Seen, container: &str) -> End {
    let mut containers = seen.containers().iter();
    let own = containers.find(|one| one.name() == Some(container));
    let of_task = seen.stopped_reason().unwrap_or_default();
    let of_container = own.and_then(|one| one.reason()).unwrap_or_default();
    let reason = match (of_task, of_container) {
        (task, "") => task.to_owned(),
        ("", own) => own.to_owned(),
        (task, own) if task.contains(own) => task.to_owned(),
        (task, own) => format!("{task}: {own}"),
    };
    End {
        exit_code: own.and_then(Container::exit_code),
        reason,
    }
}

/// Has ECS stop a task: its container gets SIGTERM, and SIGKILL when its `stopTimeout` is over.
pub async fn stop(aws: &Aws, task: &Task, reason: &str) -> Result<(), Fault> {
    let call = aws.ecs.stop_task().cluster(&task.cluster).task(&task.arn);
    let answer = call.reason(reason).send().await;
    answer.map(drop).map_err(fault("ecs:StopTask"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: &str, reason: &str, container: Container) -> Seen {
        Seen::builder()
            .last_status(status)
            .stopped_reason(reason)
            .containers(Container::builder().name("sidecar").exit_code(9).build())
            .containers(container)
            .build()
    }

    #[test]
    fn the_main_containers_end_is_the_tasks() {
        let own = Container::builder().name("app");
        let of = |status, reason, own| state(&seen(status, reason, own), "app");
        assert_eq!(
            of(
                "STOPPED",
                "Essential container in task exited",
                own.clone().exit_code(3).build()
            ),
            State::Ended(End {
                exit_code: Some(3),
                reason: "Essential container in task exited".to_owned(),
            })
        );
        let killed = own
            .clone()
            .exit_code(137)
            .reason("OutOfMemoryError: killed");
        assert_eq!(
            of(
                "STOPPED",
                "Essential container in task exited",
                killed.build()
            ),
            State::Ended(End {
                exit_code: Some(137),
                reason: "Essential container in task exited: OutOfMemoryError: killed".to_owned(),
            })
        );
        let never = own.clone().reason("CannotPullContainerError: no");
        assert_eq!(
            of("STOPPED", "CannotPullContainerError: no", never.build()),
            State::Ended(End {
                exit_code: None,
                reason: "CannotPullContainerError: no".to_owned(),
            })
        );
        assert_eq!(
            of("PENDING", "", own.clone().build()),
            State::Starts("PENDING".to_owned())
        );
        assert_eq!(of("DEPROVISIONING", "", own.build()), State::Runs);
    }
}
