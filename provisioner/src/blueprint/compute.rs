//! Compute: a cluster, and per service a task definition and the service that runs it.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;

use super::Plot;
use super::edge::{Edge, ServiceEdge};
use super::identity::Roles;
use super::network::Network;
use crate::aws::names::image_uri;
use crate::environment::{Service as Planned, ServiceName, Strategy as PlannedStrategy};
use crate::resources::service::{
    self, Alternate, Deployment, Hook, LoadBalancer, Service, Shift, Strategy,
};
use crate::resources::task_definition::{self, Logs, PLACEHOLDER, TaskDefinition};
use crate::resources::{Others, cluster};

/// The processors that tasks run on, as ECS names them.
pub const ARCHITECTURE: &str = "X86_64";

/// Nobody on the host: Security Hub ECS.20 wants a user that is not root.
const USER: &str = "65532:65532";

/// Answers the services, by name.
pub(super) fn draw(
    plot: &mut Plot<'_>,
    network: &Network,
    edge: &Edge,
    logs: &BTreeMap<String, Link>,
    roles: &Roles,
) -> BTreeMap<String, Link> {
    let spec = cluster::Spec {
        name: plot.cluster_name(),
        container_insights: "enabled".to_owned(),
        other: Others::new(),
        tags: plot.tags(),
    };
    let cluster = plot.builder.want::<cluster::Cluster>("main", &spec);
    let mut services = BTreeMap::new();
    for (name, planned) in plot.services() {
        let parts = (
            edge.services.get(name.as_str()),
            logs.get(name.as_str()),
            roles.tasks.get(name.as_str()),
        );
        let (Some(parts), Some(logs), Some(task_role)) = parts else {
            continue;
        };
        let definition = definition(plot, name, planned, logs, (&roles.execution, task_role));
        let waiting = !plot.inputs.images.contains_key(name.as_str());
        let spec = service::Spec {
            cluster: cluster.clone(),
            name: plot.service_name(name),
            task_definition: definition,
            // Without an image its tasks could only fail.
            desired_count: if waiting { 0 } else { planned.count.get() },
            subnets: network.private.clone(),
            security_groups: BTreeSet::from([network.tasks_group.clone()]),
            public_ip: false,
            load_balancer: Some(load_balancer(name, planned, parts, roles)),
            deployment: deployment(plot, name),
            grace_seconds: planned.grace_seconds.get(),
            platform_version: "LATEST".to_owned(),
            exec: false,
            managed_tags: true,
            propagate_tags: "SERVICE".to_owned(),
            zone_rebalancing: "ENABLED".to_owned(),
            other: BTreeSet::new(),
            tags: plot.tags(),
        };
        services.insert(
            name.to_string(),
            plot.builder.want::<Service>(name.as_str(), &spec),
        );
    }
    services
}

fn definition(
    plot: &mut Plot<'_>,
    name: &ServiceName,
    planned: &Planned,
    logs: &Link,
    (execution, task): (&Link, &Link),
) -> Link {
    let repository = image_uri(
        &plot.inputs.account,
        &plot.scope.region,
        &plot.service_name(name),
    );
    let image = plot.inputs.images.get(name.as_str()).cloned();
    let spec = task_definition::Spec {
        family: plot.service_name(name),
        cpu: planned.cpu.get(),
        memory: planned.memory.get(),
        architecture: ARCHITECTURE.to_owned(),
        execution_role: execution.clone(),
        task_role: task.clone(),
        container: container_name(name),
        image: image.unwrap_or_else(|| format!("{repository}:{PLACEHOLDER}")),
        port: planned.port.get(),
        environment: variables(plot, planned),
        secrets: planned
            .secrets
            .iter()
            .map(|(name, arn)| (name.to_string(), arn.to_string()))
            .collect(),
        user: USER.to_owned(),
        read_only_root: true,
        drop_capabilities: BTreeSet::from(["ALL".to_owned()]),
        init: true,
        logs: Some(Logs {
            group: logs.clone(),
            stream_prefix: "ecs".to_owned(),
            mode: "non-blocking".to_owned(),
            max_buffer: "25m".to_owned(),
        }),
        stop_timeout: 30,
        tmp: true,
        // The load balancer asks; a second opinion would need a client in the image.
        health_check: None,
        other: BTreeSet::new(),
        tags: plot.tags(),
    };
    plot.builder.want::<TaskDefinition>(name.as_str(), &spec)
}

/// What a container gets beside the file's own settings.
fn variables(plot: &Plot<'_>, planned: &Planned) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = planned
        .env
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    let mut set = |name: &str, value: String| drop(variables.insert(name.to_owned(), value));
    set("PORT", planned.port.to_string());
    set("APP_ENV", plot.scope.environment.clone());
    set("AWS_REGION", plot.scope.region.clone());
    if let Some(table) = &planned.table {
        set("TABLE", super::data::table_name(plot, table));
    }
    if let Some(auth) = &plot.environment.auth {
        set("AUTH_ISSUER", auth.issuer.to_string());
        set("AUTH_AUDIENCE", auth.audience.to_string());
    }
    variables
}

fn load_balancer(
    name: &ServiceName,
    planned: &Planned,
    parts: &ServiceEdge,
    roles: &Roles,
) -> LoadBalancer {
    let alternate = parts.alternate.clone().zip(roles.infrastructure.clone());
    LoadBalancer {
        target_group: parts.group.clone(),
        container: container_name(name),
        port: planned.port.get(),
        alternate: alternate.map(|(target_group, role)| Alternate {
            target_group,
            rule: parts.rule.clone(),
            test_rule: parts.test_rule.clone(),
            role,
        }),
    }
}

fn deployment(plot: &Plot<'_>, name: &ServiceName) -> Deployment {
    let wanted = &plot.environment.deployment;
    let (strategy, bake, shift) = match wanted.strategy {
        PlannedStrategy::Rolling => (Strategy::Rolling, 0, None),
        PlannedStrategy::BlueGreen { bake_minutes } => {
            (Strategy::BlueGreen, bake_minutes.get(), None)
        }
        PlannedStrategy::Canary {
            percent,
            canary_minutes,
            bake_minutes,
        } => {
            let shift = Shift {
                percent: percent.get(),
                bake_minutes: canary_minutes.get(),
            };
            (Strategy::Canary, bake_minutes.get(), Some(shift))
        }
        PlannedStrategy::Linear {
            step_percent,
            step_minutes,
            bake_minutes,
        } => {
            let shift = Shift {
                percent: step_percent.get(),
                bake_minutes: step_minutes.get(),
            };
            (Strategy::Linear, bake_minutes.get(), Some(shift))
        }
    };
    let shifts = plot.shifts_traffic();
    // Documented for rolling and blue/green only; canary and linear rely on alarms.
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
    let breaker = matches!(strategy, Strategy::Rolling | Strategy::BlueGreen);
    let pause = Hook {
        target: "PAUSE".to_owned(),
        stages: BTreeSet::from(["PRE_PRODUCTION_TRAFFIC_SHIFT".to_owned()]),
        timeout_minutes: 60,
        on_timeout: "ROLLBACK".to_owned(),
    };
    Deployment {
        strategy,
        minimum_percent: 100,
        maximum_percent: 200,
        circuit_breaker: breaker,
        rollback: breaker,
        bake_minutes: bake,
        shift,
        alarms: if shifts {
            super::alarms::rollback_alarms(plot, name)
        } else {
            BTreeSet::new()
        },
        rollback_on_alarm: shifts,
        hooks: if wanted.approve {
            BTreeSet::from([pause])
        } else {
            BTreeSet::new()
        },
    }
}

fn container_name(service: &ServiceName) -> String {
    format!("{service}-service")
}
