//! Whether Fargate would take a task definition.
//!
//! Rules: ECS Developer Guide, "Amazon ECS task definition differences for Fargate", and the messages that AWS refuses with.

use std::collections::BTreeSet;

use serde_json::Value;
use winterbaume_ecs::model::{ContainerDefinition, RegisterTaskDefinitionRequest};

use super::{client, definition_fargate};
use crate::answer::AwsError;
use crate::partition;

pub(super) fn check(input: &RegisterTaskDefinitionRequest) -> Result<(), AwsError> {
    let compatible = input.requires_compatibilities.clone().unwrap_or_default();
    if compatible != ["FARGATE"] {
        let what = format!(
            "task definitions with requiresCompatibilities {compatible:?}, only with [\"FARGATE\"]"
        );
        return Err(AwsError::not_simulated(what));
    }
    if input.network_mode.as_deref() != Some("awsvpc") {
        return Err(client(
            "Fargate only supports network mode \u{2018}awsvpc\u{2019}.",
        ));
    }
    check_size(input.cpu.as_deref(), input.memory.as_deref())?;
    for (name, arn) in [
        ("taskRoleArn", &input.task_role_arn),
        ("executionRoleArn", &input.execution_role_arn),
    ] {
        if arn.as_ref().is_some_and(|arn| {
            !partition::of_iam(arn, crate::ACCOUNT).is_some_and(|it| it.starts_with("role/"))
        }) {
            return Err(client(format!(
                "Invalid '{name}': it must be the ARN of a role"
            )));
        }
    }
    if input.container_definitions.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    if !input
        .container_definitions
        .iter()
        .any(|container| container.essential != Some(false))
    {
        return Err(client(
            "A task definition must have at least one essential container.",
        ));
    }
    definition_fargate::check(input)?;
    let mut names = BTreeSet::new();
    for container in &input.container_definitions {
        let name = container.name.as_deref().unwrap_or_default();
        if name.is_empty() || !names.insert(name) {
            return Err(client(format!(
                "Container.name should not be null, empty or used twice: '{name}'"
            )));
        }
        check_container(input, container)?;
    }
    Ok(())
}

/// Bytes of a task definition (ECS service quotas, "Task definition size limit").
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
const LONGEST: usize = 65_536;

/// Whether the definition is short enough. AWS does not say what it counts; this is the request as compact JSON, which holds
/// the tags as well.
pub(super) fn check_length(request: &Value) -> Result<(), AwsError> {
    let length = request.to_string().len();
    if length <= LONGEST {
        return Ok(());
    }
    Err(client(format!(
        "Actual length: '{length}'. Max allowed length is '{LONGEST}' bytes."
    )))
}

fn check_container(
    input: &RegisterTaskDefinitionRequest,
    container: &ContainerDefinition,
) -> Result<(), AwsError> {
    let name = container.name.as_deref().unwrap_or_default();
    let image = container.image.as_deref().unwrap_or_default();
    if image.is_empty() {
        return Err(client("Container.image should not be null or empty."));
    }
    if container.privileged == Some(true) {
        return Err(client("Fargate does not support privileged containers."));
    }
    let volumes: BTreeSet<&str> = input
        .volumes
        .iter()
        .flatten()
        .filter_map(|volume| volume.name.as_deref())
        .collect();
    for mount in container.mount_points.iter().flatten() {
        let volume = mount.source_volume.as_deref().unwrap_or_default();
        if !volumes.contains(volume) {
            return Err(client(format!("Unknown volume '{volume}'.")));
        }
    }
    for port in container.port_mappings.iter().flatten() {
        if port
            .host_port
            .is_some_and(|host| Some(host) != port.container_port)
        {
            return Err(client(
                "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
            ));
        }
    }
    if input.execution_role_arn.is_some() {
        return Ok(());
    }
    if image.contains(".dkr.ecr.") {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ));
    }
    if container
        .log_configuration
        .as_ref()
        .is_some_and(|log| log.log_driver == "awslogs")
    {
        return Err(client(
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ));
    }
    if container.secrets.iter().flatten().next().is_some() {
        return Err(client(format!(
            "Fargate requires task definition to have execution role ARN to support the secrets of '{name}'."
        )));
    }
    Ok(())
}

/// The sizes that Fargate has (Developer Guide, "Task CPU and memory").
fn check_size(cpu: Option<&str>, memory: Option<&str>) -> Result<(), AwsError> {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u32>().ok());
    let (Some(cpu), Some(memory)) = (number(cpu), number(memory)) else {
        return Err(client(
            "Fargate requires that 'cpu' and 'memory' be defined at the task level, here in CPU units and MiB.",
        ));
    };
    let gib = |from: u32, to: u32, step: u32| {
        (from * 1024..=to * 1024).contains(&memory)
            && (memory - from * 1024).is_multiple_of(step * 1024)
    };
    let there = match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => gib(1, 4, 1),
        1024 => gib(2, 8, 1),
        2048 => gib(4, 16, 1),
        4096 => gib(8, 30, 1),
        8192 => gib(16, 60, 4),
        16_384 => gib(32, 120, 8),
        _ => false,
    };
    if there {
        return Ok(());
    }
    Err(client(format!(
        "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory."
    )))
}
