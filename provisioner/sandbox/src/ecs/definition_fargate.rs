//! What Fargate refuses of a task definition beside its size.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>. AWS documents the rules and not its
//! words: the messages name the member and the rule.

use std::collections::{BTreeMap, BTreeSet};

use winterbaume_ecs::model::{ContainerDefinition, RegisterTaskDefinitionRequest};

use super::client;
use crate::answer::AwsError;

pub(super) fn check(input: &RegisterTaskDefinitionRequest) -> Result<(), AwsError> {
    let storage = input.ephemeral_storage.as_ref();
    if storage.is_some_and(|storage| !(21..=200).contains(&storage.size_in_gi_b)) {
        return Err(client(
            "Invalid 'ephemeralStorage' setting: the size must be between 21 GiB and 200 GiB.",
        ));
    }
    let platform = input.runtime_platform.as_ref();
    let processor = platform.and_then(|platform| platform.cpu_architecture.as_deref());
    if processor.is_some_and(|name| !["X86_64", "ARM64"].contains(&name)) {
        return Err(client(
            "Invalid 'cpuArchitecture' setting for runtimePlatform.",
        ));
    }
    if input.pid_mode.as_deref().is_some_and(|mode| mode != "task") {
        return Err(client(
            "Fargate only supports pidMode \u{2018}task\u{2019}.",
        ));
    }
    for container in &input.container_definitions {
        limits(container)?;
    }
    sums(input)?;
    dependencies(&input.container_definitions)?;
    logs(&input.container_definitions)
}

fn limits(container: &ContainerDefinition) -> Result<(), AwsError> {
    let name = container.name.as_deref().unwrap_or_default();
    let wrong = |what: &str| {
        Err(client(format!(
            "Invalid setting for container '{name}'. {what}"
        )))
    };
    if container
        .stop_timeout
        .is_some_and(|seconds| !(0..=120).contains(&seconds))
    {
        return wrong("On Fargate, stopTimeout is 120 seconds at most.");
    }
    if container
        .start_timeout
        .is_some_and(|seconds| !(2..=120).contains(&seconds))
    {
        return wrong("On Fargate, startTimeout is between 2 and 120 seconds.");
    }
    let linux = container.linux_parameters.as_ref();
    let added = linux.and_then(|linux| linux.capabilities.as_ref()?.add.as_ref());
    if added.into_iter().flatten().any(|one| one != "SYS_PTRACE") {
        return wrong("Fargate only supports adding the SYS_PTRACE kernel capability.");
    }
    if let Some(check) = &container.health_check {
        let within = |value: Option<i32>, range: std::ops::RangeInclusive<i32>| {
            value.is_none_or(|value| range.contains(&value))
        };
        if check.command.is_empty() {
            return wrong("HealthCheck.command should not be null or empty.");
        }
        let good = within(check.interval, 5..=300)
            && within(check.timeout, 2..=60)
            && within(check.retries, 1..=10)
            && within(check.start_period, 0..=300);
        if !good {
            return wrong(
                "HealthCheck: interval 5 to 300, timeout 2 to 60, retries 1 to 10, startPeriod 0 to 300.",
            );
        }
    }
    let period = container.restart_policy.as_ref();
    let period = period.and_then(|policy| policy.restart_attempt_period);
    if period.is_some_and(|seconds| !(60..=1800).contains(&seconds)) {
        return wrong("restartPolicy.restartAttemptPeriod is between 60 and 1800 seconds.");
    }
    let hard = container.memory;
    let soft = container.memory_reservation;
    if hard.zip(soft).is_some_and(|(hard, soft)| soft > hard) {
        return wrong("memoryReservation must be less than memory.");
    }
    if [hard, soft].into_iter().flatten().any(|memory| memory < 4) {
        return wrong("A container needs 4 MiB of memory at least.");
    }
    Ok(())
}

/// What containers reserve must fit into their task.
fn sums(input: &RegisterTaskDefinitionRequest) -> Result<(), AwsError> {
    let task = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let all = || input.container_definitions.iter();
    let cpu: i64 = all().filter_map(|one| one.cpu).map(i64::from).sum();
    if task(input.cpu.as_deref()).is_some_and(|most| cpu > most) {
        return Err(client(
            "The total CPU units of the containers are more than the task's.",
        ));
    }
    let memory: i64 = all()
        .filter_map(|one| one.memory_reservation.or(one.memory))
        .map(i64::from)
        .sum();
    let most = task(input.memory.as_deref());
    let above = |memory: i64| most.is_some_and(|most| memory > most);
    if above(memory)
        || all()
            .filter_map(|one| one.memory)
            .any(|one| above(one.into()))
    {
        return Err(client(
            "The memory of the containers is more than the task's.",
        ));
    }
    Ok(())
}

/// Containers wait for others of the same definition, not in a circle, and for health only where there is a check.
fn dependencies(containers: &[ContainerDefinition]) -> Result<(), AwsError> {
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for container in containers {
        let name = container.name.as_deref().unwrap_or_default();
        let awaited = waits.entry(name).or_default();
        for one in container.depends_on.iter().flatten() {
            let other = containers
                .iter()
                .find(|other| other.name.as_deref() == Some(&one.container_name));
            let Some(other) = other else {
                return Err(client(format!(
                    "Invalid dependsOn of container '{name}': there is no container '{}'.",
                    one.container_name
                )));
            };
            if one.condition == "HEALTHY" && other.health_check.is_none() {
                return Err(client(format!(
                    "Invalid dependsOn of container '{name}': '{}' has no health check.",
                    one.container_name
                )));
            }
            if ["COMPLETE", "SUCCESS"].contains(&one.condition.as_str())
                && other.essential != Some(false)
            {
                return Err(client(format!(
                    "Invalid dependsOn of container '{name}': '{}' is essential, and its end would end the task.",
                    one.container_name
                )));
            }
            awaited.insert(&one.container_name);
        }
    }
    while !waits.is_empty() {
        let names: BTreeSet<&str> = waits.keys().copied().collect();
        let free = |awaited: &BTreeSet<&str>| awaited.is_disjoint(&names);
        let before = waits.len();
        waits.retain(|_, awaited| !free(awaited));
        if waits.len() == before {
            return Err(client(
                "Invalid dependsOn: the containers wait for one another in a circle.",
            ));
        }
    }
    Ok(())
}

/// Logs that a container routes need one that does, and there is one at most.
fn logs(containers: &[ContainerDefinition]) -> Result<(), AwsError> {
    let driver = |one: &&ContainerDefinition| {
        one.log_configuration
            .as_ref()
            .is_some_and(|logs| logs.log_driver == "awsfirelens")
    };
    let routers = containers
        .iter()
        .filter(|one| one.firelens_configuration.is_some())
        .count();
    if routers > 1 {
        return Err(client(
            "Only one container of a task definition can have a firelensConfiguration.",
        ));
    }
    match containers.iter().find(driver) {
        Some(one) if routers == 0 => Err(client(format!(
            "Container '{}' uses the log driver awsfirelens, and no container has a firelensConfiguration.",
            one.name.as_deref().unwrap_or_default()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is said of a definition of two containers, `web` and `agent`, with these members more.
    fn refused(task: &Value, web: &Value, agent: &Value) -> Option<String> {
        let with = |base: Value, more: &Value| {
            let mut base = base.as_object().unwrap().clone();
            base.extend(more.as_object().unwrap().clone());
            Value::Object(base)
        };
        let containers = [
            with(json!({ "name": "web", "image": "web:1" }), web),
            with(json!({ "name": "agent", "image": "agent:1" }), agent),
        ];
        let whole = json!({ "family": "web", "cpu": "256", "memory": "512", "containerDefinitions": containers });
        let input = serde_json::from_value(with(whole, task)).unwrap();
        check(&input).err().map(|error| error.message)
    }

    #[test]
    fn what_fargate_does_not_take_is_refused() {
        let none = json!({});
        assert_eq!(refused(&none, &none, &none), None);
        let wait = |condition: &str| json!({ "dependsOn": [{ "containerName": "agent", "condition": condition }] });
        let back = json!({ "dependsOn": [{ "containerName": "web", "condition": "START" }] });
        let healthy = json!({ "healthCheck": { "command": ["CMD", "true"] } });
        let to_firelens = json!({ "logConfiguration": { "logDriver": "awsfirelens" } });
        let router = json!({ "firelensConfiguration": { "type": "fluentbit" } });
        for (task, web, agent, part) in [
            (
                json!({ "ephemeralStorage": { "sizeInGiB": 20 } }),
                &none,
                &none,
                "21 GiB",
            ),
            (json!({ "pidMode": "host" }), &none, &none, "pidMode"),
            (
                json!({ "runtimePlatform": { "cpuArchitecture": "arm64" } }),
                &none,
                &none,
                "cpuArchitecture",
            ),
            (
                json!({}),
                &json!({ "stopTimeout": 121 }),
                &none,
                "stopTimeout",
            ),
            (
                json!({}),
                &json!({ "startTimeout": 1 }),
                &none,
                "startTimeout",
            ),
            (
                json!({}),
                &json!({ "linuxParameters": { "capabilities": { "add": ["NET_ADMIN"] } } }),
                &none,
                "SYS_PTRACE",
            ),
            (
                json!({}),
                &json!({ "healthCheck": { "command": [] } }),
                &none,
                "null or empty",
            ),
            (
                json!({}),
                &json!({ "healthCheck": { "command": ["CMD", "x"], "retries": 11 } }),
                &none,
                "retries",
            ),
            (
                json!({}),
                &json!({ "restartPolicy": { "enabled": true, "restartAttemptPeriod": 59 } }),
                &none,
                "restartAttemptPeriod",
            ),
            (
                json!({}),
                &json!({ "memory": 64, "memoryReservation": 65 }),
                &none,
                "memoryReservation",
            ),
            (
                json!({}),
                &json!({ "cpu": 200 }),
                &json!({ "cpu": 100 }),
                "CPU units",
            ),
            (
                json!({}),
                &json!({ "memory": 500 }),
                &json!({ "memory": 500 }),
                "more than the task's",
            ),
            (
                json!({}),
                &json!({ "dependsOn": [{ "containerName": "x", "condition": "START" }] }),
                &none,
                "no container 'x'",
            ),
            (json!({}), &wait("HEALTHY"), &none, "no health check"),
            (json!({}), &wait("SUCCESS"), &none, "essential"),
            (json!({}), &wait("START"), &back, "circle"),
            (json!({}), &to_firelens, &none, "awsfirelens"),
            (json!({}), &router, &router, "Only one"),
        ] {
            let said = refused(&task, web, agent).unwrap_or_default();
            assert!(said.contains(part), "{part}: {said:?}");
        }
        assert_eq!(refused(&none, &wait("HEALTHY"), &healthy), None);
        assert_eq!(
            refused(&none, &wait("SUCCESS"), &json!({ "essential": false })),
            None
        );
        assert_eq!(refused(&none, &to_firelens, &router), None);
        let most = json!({ "ephemeralStorage": { "sizeInGiB": 200 } });
        assert_eq!(refused(&most, &json!({ "stopTimeout": 120 }), &none), None);
    }
}
