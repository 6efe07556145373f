//! What keeps a number of tasks running behind the load balancer.

mod connect;
mod deployment;
mod live;
mod load_balancer;
mod members;
mod other;
mod steady;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hcctl_engine::kind::Wait;
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::take_up::take_up;
use super::{example_tags, gone_is_fine, incomplete, names};
use crate::aws::{Aws, Tags, Theirs, fault};

pub(super) use connect::connected;
pub use connect::{Connect, Offer};
pub use deployment::{Deployment, Hook, Shift, Strategy};
pub(super) use live::ours;
pub use live::{address, live, place};
pub use load_balancer::{Alternate, LoadBalancer};
pub use write::{answer, stop};

/// How long the last tasks of a service may take to stop, and a running deployment to be stopped.
const DRAINING: Duration = Duration::from_mins(10);

/// A Fargate service. Its address is the name that the environment file gives it.
pub struct Service;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its cluster.
    pub cluster: Link,
    /// Its name, unique in the cluster.
    pub name: String,
    /// The revision that its tasks are made of.
    pub task_definition: Link,
    /// Tasks at the start; afterwards the autoscaler's.
    pub desired_count: u32,
    /// The subnets that its tasks run in.
    pub subnets: BTreeSet<Link>,
    /// The groups of its tasks' network interfaces.
    pub security_groups: BTreeSet<Link>,
    /// Whether its tasks get public addresses (Security Hub ECS.2 wants none).
    pub public_ip: bool,
    /// Where its tasks are registered.
    pub load_balancer: Option<LoadBalancer>,
    /// How others reach it by name, and it others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<Connect>,
    /// The services that it calls by name. A task knows the names that are there when it starts, so they come first.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<Link>,
    /// How a new revision takes the place of an old one.
    pub deployment: Deployment,
    /// Seconds in which a new task's failed health checks do not count.
    pub grace_seconds: u32,
    /// Fargate's version; `LATEST` also reads back as the number that it stands for (Security Hub ECS.10).
    pub platform_version: String,
    /// Whether a person may open a shell in a task.
    pub exec: bool,
    /// Whether ECS tags tasks with cluster and service.
    pub managed_tags: bool,
    /// Whose tags a task gets: `SERVICE`, `TASK_DEFINITION` or `NONE`.
    pub propagate_tags: String,
    /// Whether tasks are moved when one zone has more than another: `ENABLED` or `DISABLED`.
    pub zone_rebalancing: String,
    /// What else was found on it: further load balancers, registries, capacity providers, another controller, odd terms of
    /// a deployment or of Service Connect, volumes. Wanted empty.
    pub other: BTreeSet<String>,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Service {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "service";
    const RULES: Rules = &[
        ("cluster", Rule::Replace),
        ("name", Rule::Replace),
        ("task_definition", Rule::Update),
        ("desired_count", Rule::CreateOnly),
        ("subnets", Rule::Update),
        ("security_groups", Rule::Update),
        ("public_ip", Rule::Update),
        // Rules and target groups can go while a service still names them; tasks are then registered nowhere.
        ("load_balancer", Rule::Mention),
        ("connect", Rule::Update),
        ("calls", Rule::CreateOnly),
        ("deployment", Rule::Update),
        ("grace_seconds", Rule::Update),
        ("platform_version", Rule::Update),
        ("exec", Rule::Update),
        ("managed_tags", Rule::Update),
        ("propagate_tags", Rule::Update),
        ("zone_rebalancing", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    // A target group needs a rule before a service takes it, a task its way to the registry, its roles and its log, and a
    // deployment the alarms that it watches.
    const AFTER: &'static [&'static str] = &[
        "listener_rule",
        "route_table",
        "security_group_rule",
        "role",
        "log_group",
        "queue",
        "vpc_endpoint",
        "alarm",
    ];
    const DELETE_RISK: Risk = Risk::Brief;
    const BRIEF: &'static [&'static str] = &["subnets", "security_groups"];
    // A canary with its bake times takes longest.
    const WAIT: Wait = Wait::of(1_000, 10_000, 3_600, 150);

    fn example() -> Spec {
        Spec {
            cluster: Link::to("cluster", "main"),
            name: "shop-dev-cart-service".to_owned(),
            task_definition: Link::to("task_definition", "cart"),
            desired_count: 2,
            subnets: BTreeSet::from([Link::to("subnet", "private-a")]),
            security_groups: BTreeSet::from([Link::to("security_group", "tasks")]),
            public_ip: true,
            load_balancer: Some(LoadBalancer {
                target_group: Link::to("target_group", "cart"),
                container: "cart-service".to_owned(),
                port: 3000,
                alternate: Some(Alternate {
                    target_group: Link::to("target_group", "cart-green"),
                    rule: Link::to("listener_rule", "cart"),
                    test_rule: Some(Link::to("listener_rule", "cart-test")),
                    role: Link::to("role", "ecs-infrastructure"),
                }),
            }),
            connect: Some(Connect {
                namespace: Link::to("namespace", "main"),
                offers: BTreeMap::from([(
                    "cart".to_owned(),
                    Offer {
                        name: "cart".to_owned(),
                        port: 3000,
                    },
                )]),
            }),
            calls: BTreeSet::from([Link::to("service", "orders")]),
            deployment: Deployment {
                strategy: Strategy::Canary,
                minimum_percent: 100,
                maximum_percent: 200,
                circuit_breaker: true,
                rollback: true,
                bake_minutes: 15,
                shift: Some(Shift {
                    percent: 10.0,
                    bake_minutes: 5,
                }),
                alarms: BTreeSet::from(["shop-dev-cart-errors".to_owned()]),
                rollback_on_alarm: true,
                hooks: BTreeSet::from([Hook {
                    target: "PAUSE".to_owned(),
                    stages: BTreeSet::from(["POST_TEST_TRAFFIC_SHIFT".to_owned()]),
                    timeout_minutes: 60,
                    on_timeout: "ROLLBACK".to_owned(),
                }]),
            },
            grace_seconds: 60,
            platform_version: "LATEST".to_owned(),
            exec: true,
            managed_tags: true,
            propagate_tags: "SERVICE".to_owned(),
            zone_rebalancing: "ENABLED".to_owned(),
            other: BTreeSet::from(["service registries".to_owned()]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let mut found = Vec::new();
        for seen in live(aws).await?.iter() {
            let id = seen.service_arn().unwrap_or_default();
            let name = seen.service_name().unwrap_or_default();
            match live::theirs(aws, seen) {
                Theirs::Ours(address, tags) => {
                    found.push(Found::ours(address, id, live::read(seen, tags)));
                }
                Theirs::Lost(tags) => {
                    let address = names::service(aws, name).unwrap_or(name);
                    found.push(aws.lost(Self::NAME, address, id, &tags));
                }
                Theirs::Not(why) => {
                    found.push(Found::Extra {
                        id: id.to_owned(),
                        what: format!("service {name} in our cluster: {why}"),
                    });
                    found.extend(names::service(aws, name).map(|address| Found::Taken {
                        name: address.to_owned(),
                        id: id.to_owned(),
                        why,
                    }));
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        if spec.desired_count > 0 {
            write::roles_settled(aws, spec).await?;
        }
        let answer = match write::create(aws, name, spec).await {
            Err(met) if write::is_there(&met) => {
                let seen = live::look(aws, spec.cluster.resolved(), &spec.name).await?;
                let seen = seen.map(|seen| found(aws, &seen));
                return take_up::<Self>(aws, name, spec, met, seen).await;
            }
            outcome => outcome?,
        };
        answer
            .and_then(|service| service.service_arn)
            .ok_or_else(|| incomplete("ecs:CreateService", "ARN"))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        write::update(aws, &change).await?;
        aws.retag_ecs(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let (cluster, _) = place(id);
        let call = aws
            .ecs
            .update_service()
            .cluster(cluster)
            .service(id)
            .desired_count(0);
        // What drains already takes no update any more.
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ecs:UpdateService")),
        )?;
        let active = |fault: &Fault| {
            fault.message.contains("deployments are active")
                || fault.message.contains("scaled above 0")
        };
        let delete = || async {
            let call = aws
                .ecs
                .delete_service()
                .cluster(cluster)
                .service(id)
                .force(true);
            let outcome = call.send().await.map(drop);
            let outcome = outcome.map_err(fault("ecs:DeleteService"));
            if outcome.as_ref().is_err_and(active) {
                write::stop_deployment(aws, id).await?;
            }
            outcome
        };
        gone_is_fine(aws.patiently_for(DRAINING, active, delete).await)
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        steady::readiness(aws, id).await
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let (cluster, _) = place(id);
        let seen = live::look(aws, cluster, id).await?;
        Ok(seen.map_or(Readiness::Ready, |seen| {
            let status = seen.status().unwrap_or_default().to_lowercase();
            Readiness::NotYet(format!("{status}, {} tasks left", seen.running_count))
        }))
    }
}

/// What hcctl owns of a live service, with the ids that it names.
pub fn spec(aws: &Aws, seen: &aws_sdk_ecs::types::Service) -> Spec {
    let tags = match live::theirs(aws, seen) {
        Theirs::Ours(_, tags) => tags,
        Theirs::Not(_) | Theirs::Lost(_) => Tags::new(),
    };
    live::read(seen, tags)
}

/// A service of our name, for a create that meets it.
fn found(aws: &Aws, seen: &aws_sdk_ecs::types::Service) -> Found<Spec> {
    let id = seen.service_arn().unwrap_or_default().to_owned();
    match live::theirs(aws, seen) {
        Theirs::Ours(address, tags) => Found::ours(address, id, live::read(seen, tags)),
        Theirs::Lost(tags) => {
            let name = seen.service_name().unwrap_or_default();
            let address = names::service(aws, name).unwrap_or(name);
            aws.lost(Service::NAME, address, id, &tags)
        }
        Theirs::Not(why) => Found::Taken {
            name: seen.service_name().unwrap_or_default().to_owned(),
            id,
            why,
        },
    }
}
