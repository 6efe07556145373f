//! From what ECS answers to a spec.

use std::collections::HashMap;

use aws_sdk_ecs::types::{
    ContainerDefinition, CpuArchitecture, LogConfiguration, LogDriver, TaskDefinition as Seen,
};
use hcctl_engine::{Fault, Link};

use super::{HealthCheck, Logs, Spec, foreign};
use crate::aws::{Aws, Tags};
use crate::resources::log_group;

/// What a definition says; its tags come beside it.
pub(super) async fn spec(aws: &Aws, seen: Seen) -> Result<Spec, Fault> {
    let none = ContainerDefinition::builder().build();
    let containers = seen.container_definitions();
    // The one that listens is the service; others are somebody's additions.
    let listens = |one: &&ContainerDefinition| !one.port_mappings().is_empty();
    let main = containers.iter().find(listens).or(containers.first());
    let main = main.unwrap_or(&none);
    let logs = match main.log_configuration() {
        Some(seen) => logs(aws, seen).await?,
        None => None,
    };
    let pairs = main.environment().iter();
    let linux = main.linux_parameters();
    let capabilities = linux.and_then(|linux| linux.capabilities());
    let port = main
        .port_mappings()
        .first()
        .and_then(|one| one.container_port);
    Ok(Spec {
        family: text(seen.family()),
        cpu: number(seen.cpu()),
        memory: number(seen.memory()),
        architecture: seen
            .runtime_platform()
            .and_then(|platform| platform.cpu_architecture())
            .unwrap_or(&CpuArchitecture::X8664)
            .as_str()
            .to_owned(),
        execution_role: Link::id(text(seen.execution_role_arn())),
        task_role: Link::id(text(seen.task_role_arn())),
        container: text(main.name()),
        image: text(main.image()),
        port: port
            .and_then(|port| u16::try_from(port).ok())
            .unwrap_or_default(),
        environment: pairs
            .filter_map(|pair| Some((pair.name.clone()?, pair.value.clone().unwrap_or_default())))
            .collect(),
        secrets: main
            .secrets()
            .iter()
            .map(|secret| (secret.name.clone(), secret.value_from.clone()))
            .collect(),
        user: text(main.user()),
        read_only_root: main.readonly_root_filesystem.unwrap_or_default(),
        drop_capabilities: capabilities
            .map(|capabilities| capabilities.drop().iter().cloned().collect())
            .unwrap_or_default(),
        init: linux
            .and_then(|linux| linux.init_process_enabled)
            .unwrap_or_default(),
        logs,
        // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>: 30 on Fargate.
        stop_timeout: main.stop_timeout.map_or(30, i32::unsigned_abs),
        tmp: mounts_tmp(&seen, main),
        health_check: health(main),
        other: foreign::find(aws, &seen, main),
        tags: Tags::new(),
    })
}

/// Whether the task's own storage is mounted, writable, where temporary files go.
fn mounts_tmp(seen: &Seen, main: &ContainerDefinition) -> bool {
    let volume = seen.volumes().iter().any(foreign::is_tmp);
    volume && main.mount_points().iter().any(foreign::is_at_tmp)
}

async fn logs(aws: &Aws, seen: &LogConfiguration) -> Result<Option<Logs>, Fault> {
    if seen.log_driver != LogDriver::Awslogs {
        return Ok(None);
    }
    let none = HashMap::new();
    let options = seen.options().unwrap_or(&none);
    let option = |key: &str| options.get(key).cloned().unwrap_or_default();
    let group = log_group::arn(aws, &option("awslogs-group")).await?;
    Ok(Some(Logs {
        group: Link::id(group),
        stream_prefix: option("awslogs-stream-prefix"),
        mode: option("mode"),
        max_buffer: option("max-buffer-size"),
    }))
}

fn health(main: &ContainerDefinition) -> Option<HealthCheck> {
    let seen = main.health_check()?;
    let or = |value: Option<i32>, default: u32| value.map_or(default, i32::unsigned_abs);
    // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
    Some(HealthCheck {
        command: seen.command.clone(),
        interval: or(seen.interval, 30),
        timeout: or(seen.timeout, 5),
        retries: or(seen.retries, 3),
        start_period: or(seen.start_period, 0),
    })
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// CPU and memory come as text.
fn number(value: Option<&str>) -> u32 {
    value.and_then(|text| text.parse().ok()).unwrap_or_default()
}
