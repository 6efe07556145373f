//! The containers beside a service's own, as ECS takes them.

use serde_json::{Map, Value, json};

use super::Plot;
use crate::definition::{CONTAINER, canonical};
use crate::environment::{
    Capabilities, Condition, ContainerHealth, ContainerName, Root, Service, ServiceName, Sidecar,
    Word,
};

/// All of a service's, by name and in canonical form. What they write goes to the service's log group.
pub(super) fn draw(plot: &Plot<'_>, name: &ServiceName, service: &Service) -> Map<String, Value> {
    let group = super::observability::group_name(plot, name);
    let region = plot.scope.region.as_str();
    let logs = json!({ "logDriver": "awslogs", "options": {
        "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "ecs",
        "mode": "non-blocking", "max-buffer-size": "25m",
    } });
    let all = service.sidecars.iter();
    all.map(|(name, sidecar)| {
        (
            name.to_string(),
            Value::Object(container(plot, sidecar, &logs)),
        )
    })
    .collect()
}

/// What a container waits for, by name.
pub(super) fn depends_on<'a>(
    all: impl IntoIterator<Item = (&'a ContainerName, &'a Condition)>,
) -> Vec<Value> {
    let one = |(name, condition): (&ContainerName, &Condition)| json!({ "containerName": name, "condition": condition.name() });
    all.into_iter().map(one).collect()
}

fn container(plot: &Plot<'_>, sidecar: &Sidecar, logs: &Value) -> Map<String, Value> {
    let words = |words: &[Word]| words.iter().map(|word| json!(word)).collect::<Vec<_>>();
    let env: Vec<Value> = sidecar
        .env
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let secrets = sidecar.secrets.iter();
    let secrets: Vec<Value> = secrets
        .map(|(name, source)| json!({ "name": name, "valueFrom": plot.value_from(source) }))
        .collect();
    let mounts = sidecar.mounts.iter();
    let mounts: Vec<Value> = mounts
        .map(|(name, path)| json!({ "sourceVolume": name, "containerPath": path }))
        .collect();
    let ports: Vec<Value> = sidecar
        .port
        .iter()
        .map(|port| json!({ "containerPort": port, "hostPort": port, "protocol": "tcp" }))
        .collect();
    let drop = match sidecar.capabilities {
        Capabilities::None => json!(["ALL"]),
        Capabilities::Default => json!([]),
    };
    let whole = json!({
        "image": sidecar.image,
        "essential": sidecar.essential,
        "entryPoint": words(&sidecar.entrypoint),
        "command": words(&sidecar.command),
        "environment": env,
        "secrets": secrets,
        "user": sidecar.user.given(),
        "readonlyRootFilesystem": sidecar.root == Root::ReadOnly,
        "linuxParameters": { "capabilities": { "drop": drop } },
        "portMappings": ports,
        "cpu": sidecar.cpu,
        "memory": sidecar.memory,
        "healthCheck": sidecar.health.as_ref().map(health),
        "dependsOn": depends_on(&sidecar.depends_on),
        "restartPolicy": { "enabled": sidecar.restart },
        "mountPoints": mounts,
        "firelensConfiguration": sidecar.firelens.map(|router| json!({ "type": router.name() })),
        "logConfiguration": logs,
    });
    canonical(&whole, CONTAINER, true)
}

fn health(check: &ContainerHealth) -> Value {
    json!({
        "command": check.command.words(),
        "interval": check.interval_seconds,
        "timeout": check.timeout_seconds,
        "retries": check.retries,
        "startPeriod": check.start_seconds,
    })
}
