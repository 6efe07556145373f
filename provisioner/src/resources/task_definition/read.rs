//! From what ECS answers to a spec.

use std::collections::HashMap;

use aws_sdk_ecs::types::{
    ContainerDefinition, CpuArchitecture, LogConfiguration, LogDriver, TaskDefinition as Seen,
};
use hcctl_engine::{Fault, Link};
use serde_json::Value;

use super::{HealthCheck, Logs, Spec, others};
use crate::aws::{Aws, Tags};
use crate::resources::{log_group, names};

/// What a definition says, as the SDK and as it came; its tags come beside it.
pub(super) async fn spec(aws: &Aws, seen: &Seen, wire: &Value) -> Result<Spec, Fault> {
    let none = ContainerDefinition::builder().build();
    let containers = seen.container_definitions();
    let index = main_of(aws, seen);
    let main = containers.get(index).unwrap_or(&none);
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
    let port = port
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or_default();
    let (volumes, other) = others::found(wire, index, port, &aws.scope.region);
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
        storage: seen
            .ephemeral_storage()
            .map(|storage| storage.size_in_gib.unsigned_abs()),
        execution_role: Link::id(text(seen.execution_role_arn())),
        task_role: Link::id(text(seen.task_role_arn())),
        container: text(main.name()),
        image: text(main.image()),
        entrypoint: main.entry_point().to_vec(),
        command: main.command().to_vec(),
        port,
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
        volumes,
        health_check: health(main),
        other,
        sidecars: others::sidecars(wire, index),
        tags: Tags::new(),
    })
}

/// Which container is the service: the one with its name, else the one that listens, else the first. Others are beside it.
fn main_of(aws: &Aws, seen: &Seen) -> usize {
    let containers = seen.container_definitions();
    let own = names::rest(aws, seen.family().unwrap_or_default());
    let named = containers
        .iter()
        .position(|one| own.is_some() && one.name() == own);
    let listens = || {
        containers
            .iter()
            .position(|one| !one.port_mappings().is_empty())
    };
    named.or_else(listens).unwrap_or_default()
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
