//! Compute: a cluster, and per service a task definition and the service that runs it.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;
use serde_json::Value;

use super::Plot;
use super::edge::{Edge, ServiceEdge};
use super::identity::Roles;
use super::network::Network;
use crate::aws::names::image_uri;
use crate::definition::{TASK, canonical, empty_volumes, trim};
use crate::environment::{
    Capabilities, ContainerHealth, Root, Service as Planned, ServiceName, StorageGib,
    Strategy as PlannedStrategy, Word,
};
use crate::resources::service::{
    self, Alternate, Deployment, Hook, LoadBalancer, Service, Shift, Strategy,
};
use crate::resources::task_definition::{self, HealthCheck, Logs, PLACEHOLDER, TaskDefinition};
use crate::resources::{Others, cluster};

/// What services stand on.
pub(super) struct Base<'a> {
    pub network: &'a Network,
    pub edge: &'a Edge,
    /// By service, its log group.
    pub logs: &'a BTreeMap<String, Link>,
    pub roles: &'a Roles,
    /// Where some service calls another.
    pub namespace: Option<&'a Link>,
}

/// Answers the services, by name.
pub(super) fn draw(plot: &mut Plot<'_>, base: &Base<'_>) -> BTreeMap<String, Link> {
    let (network, roles) = (base.network, base.roles);
    let spec = cluster::Spec {
        name: plot.cluster_name(),
        container_insights: "enabled".to_owned(),
        other: Others::new(),
        tags: plot.tags(),
    };
    let cluster = plot.builder.want::<cluster::Cluster>("main", &spec);
    let mut services = BTreeMap::new();
    let mut order = super::names::order(plot.environment);
    for (name, planned) in plot.services() {
        let parts = (base.logs.get(name.as_str()), roles.tasks.get(name.as_str()));
        let (Some(logs), Some(task_role)) = parts else {
            continue;
        };
        let balancer = base.edge.services.get(name.as_str());
        let definition = definition(plot, name, planned, logs, (&roles.execution, task_role));
        let waiting = plot.waits(name, planned);
        let spec = service::Spec {
            cluster: cluster.clone(),
            name: plot.service_name(name),
            task_definition: definition,
            // Without an image its tasks could only fail.
            desired_count: if waiting { 0 } else { planned.count.get() },
            subnets: network.private.clone(),
            security_groups: groups(network, name, planned),
            public_ip: false,
            load_balancer: balancer.map(|parts| load_balancer(name, planned, parts, roles)),
            connect: super::names::connect(plot, base.namespace, name, planned),
            calls: order.remove(name.as_str()).unwrap_or_default(),
            deployment: deployment(plot, name, planned),
            // ECS takes it with a load balancer only.
            grace_seconds: balancer.map_or(0, |_| planned.grace_seconds.get()),
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

/// The groups of a service's tasks: that of all tasks, that of its own ways out, and those that the file names.
fn groups(network: &Network, name: &ServiceName, planned: &Planned) -> BTreeSet<Link> {
    let own = network.service_groups.get(name.as_str());
    let named = planned.security_groups.iter();
    let named = named.map(|id| Link::id(id.to_string()));
    [Some(&network.tasks_group), own]
        .into_iter()
        .flatten()
        .cloned()
        .chain(named)
        .collect()
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
    // What the file names runs; else what `deploy` has brought.
    let image = planned.image.as_ref().map(ToString::to_string);
    let image = image.or_else(|| plot.inputs.images.get(name.as_str()).cloned());
    let mut said = Value::Object(planned.task.members().clone());
    if !planned.depends_on.is_empty() {
        said["container"]["dependsOn"] = super::sidecars::depends_on(&planned.depends_on).into();
    }
    super::names::name_port(plot, name, planned, &mut said);
    let mut other = canonical(&said, TASK, false);
    let mut volumes = empty_volumes(&mut other);
    trim(&mut other, planned.port.get(), &plot.scope.region);
    let own = planned.volumes.iter();
    volumes.extend(own.map(|(name, path)| (name.to_string(), path.to_string())));
    if planned.root == Root::ReadOnly {
        volumes.insert("tmp".to_owned(), "/tmp".to_owned());
    }
    let words = |words: &[Word]| words.iter().map(ToString::to_string).collect();
    let mut spec = task_definition::Spec {
        family: plot.service_name(name),
        cpu: planned.cpu.get(),
        memory: planned.memory.get(),
        architecture: planned.architecture.name().to_owned(),
        storage: planned.storage_gib.map(StorageGib::get),
        execution_role: execution.clone(),
        task_role: task.clone(),
        container: container_name(name),
        image: image.unwrap_or_else(|| format!("{repository}:{PLACEHOLDER}")),
        entrypoint: words(&planned.entrypoint),
        command: words(&planned.command),
        port: planned.port.get(),
        environment: variables(plot, name, planned),
        secrets: planned
            .secrets
            .iter()
            .map(|(name, source)| (name.to_string(), plot.value_from(source)))
            .collect(),
        user: planned.user.given().unwrap_or_default().to_owned(),
        read_only_root: planned.root == Root::ReadOnly,
        drop_capabilities: match planned.capabilities {
            Capabilities::None => BTreeSet::from(["ALL".to_owned()]),
            Capabilities::Default => BTreeSet::new(),
        },
        init: planned.init,
        logs: Some(Logs {
            group: logs.clone(),
            stream_prefix: "ecs".to_owned(),
            mode: "non-blocking".to_owned(),
            max_buffer: "25m".to_owned(),
        }),
        stop_timeout: planned.stop_seconds.get(),
        volumes,
        health_check: planned.container_health.as_ref().map(health_check),
        other,
        sidecars: super::sidecars::draw(plot, name, planned),
        tags: plot.tags(),
    };
    if spec.log_driver().is_some() {
        spec.logs = None;
    }
    plot.builder.want::<TaskDefinition>(name.as_str(), &spec)
}

fn health_check(planned: &ContainerHealth) -> HealthCheck {
    HealthCheck {
        command: planned.command.words(),
        interval: planned.interval_seconds.get(),
        timeout: planned.timeout_seconds.get(),
        retries: planned.retries.get(),
        start_period: planned.start_seconds.get(),
    }
}

/// What a container gets beside the file's own settings.
fn variables(plot: &Plot<'_>, name: &ServiceName, planned: &Planned) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = planned
        .env
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    let mut set = |name: &str, value: String| drop(variables.insert(name.to_owned(), value));
    set("PORT", planned.port.to_string());
    set("APP_ENV", plot.scope.environment.clone());
    set("AWS_REGION", plot.scope.region.clone());
    for (name, url) in super::queues::variables(plot, name, &planned.sends_to) {
        set(&name, url);
    }
    for callee in &planned.calls {
        let Some(service) = plot.environment.services.get(callee) else {
            continue;
        };
        let url = callee.url_variable();
        // What the file says of it is right; a new name needs new tasks either way, and a new variable brings them.
        if !planned.env.keys().any(|name| name.as_str() == url) {
            set(&url, format!("http://{callee}:{}", service.port));
        }
    }
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

fn deployment(plot: &Plot<'_>, name: &ServiceName, planned: &Planned) -> Deployment {
    let wanted = &plot.environment.deployment;
    let shifts = plot.shifts_traffic(planned);
    let strategy = if shifts {
        wanted.strategy
    } else {
        PlannedStrategy::Rolling
    };
    let (strategy, bake, shift) = match strategy {
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
            super::alarms::rollback_alarms(plot, name, planned)
        } else {
            BTreeSet::new()
        },
        rollback_on_alarm: shifts,
        hooks: if wanted.approve && shifts {
            BTreeSet::from([pause])
        } else {
            BTreeSet::new()
        },
    }
}

fn container_name(service: &ServiceName) -> String {
    format!("{service}-service")
}
