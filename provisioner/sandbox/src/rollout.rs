//! ECS's control loop, as a pure step over the world.
//!
//! Owns: how a service comes to its desired state, one step after the other: tasks start, register as targets, get healthy; old ones
//! drain and stop; a deployment completes, fails, rolls back. Must not know: HTTP, files, hcctl.
//!
//! What is simulated is the *rolling* strategy. A service with the strategy BLUE_GREEN, LINEAR or CANARY keeps its configuration,
//! answers it and records it with its deployments, but rolls as if it were rolling: its tasks register in the first target group, no
//! listener rule is changed, nothing bakes and no hook is called. Deployment alarms are kept and never fire.
//!
//! Reading order: [`settle`], then [`schedule`] (how many tasks start and stop), [`start`], [`tasks`] (one task's life), [`network`]
//! and [`image`] (whether it can start), [`outcome`] (how a deployment ends).

mod image;
mod network;
mod outcome;
mod schedule;
mod speech;
mod start;
mod tasks;
#[cfg(test)]
mod tests;
mod told;

use serde_json::Value;

use crate::ecs::{Event, Life, RolloutState, Service, Task};
use crate::elbv2::{self, Health};
use crate::scaling;
use crate::world::World;
use schedule::{Counts, Moves};

pub(crate) use told::Told;

/// Where a region without delays ends at the latest: every task can take a few steps at once.
const MOST_STEPS: usize = 1_000;

/// How many events a service remembers (API reference, `DescribeServices`).
const MOST_EVENTS: usize = 100;

/// Brings every service of a region on, as far as it gets by now.
pub(crate) fn settle(world: &mut World, region: &str) {
    scaling::settle(world, region);
    speech::catch_up(world, region);
    for _ in 0..MOST_STEPS {
        let mut moved = tasks::advance(world, region);
        elbv2::settle(world, region);
        let services = &world.region(region).ecs.services;
        let keys: Vec<String> = services
            .iter()
            .filter(|(_, it)| it.life != Life::Inactive)
            .map(|(key, _)| key.clone())
            .collect();
        for key in &keys {
            moved |= step(world, region, key);
        }
        if !moved {
            break;
        }
    }
}

/// How many failures the circuit breaker bears: half the desired count, 3 at least and 200 at most (API reference,
/// `ServiceDeploymentCircuitBreaker`).
pub(crate) fn threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}

/// One step of one service; whether anything happened.
fn step(world: &mut World, region: &str, key: &str) -> bool {
    let Some(service) = world.region(region).ecs.services.get(key).cloned() else {
        return false;
    };
    if service.life == Life::Draining {
        return outcome::drain(world, region, &service);
    }
    if tasks::kill_unhealthy(world, region, &service) {
        return true;
    }
    if outcome::judge(world, region, &service) {
        return true;
    }
    let own = own_tasks(world, region, &service);
    let moves = plan(world, region, &service, &own);
    let stopped = stop_some(world, region, &service, &own, moves);
    let started = start::start(world, region, &service, moves.start);
    stopped || started
}

/// The service's tasks that have not stopped.
fn own_tasks(world: &mut World, region: &str, service: &Service) -> Vec<Task> {
    let tasks = world.region(region).ecs.tasks.values();
    let own = tasks.filter(|task| {
        task.cluster == service.cluster && task.service == service.name && !task.is_stopped()
    });
    own.cloned().collect()
}

fn plan(world: &World, region: &str, service: &Service, own: &[Task]) -> Moves {
    let Some(primary) = service.deployments.first() else {
        return Moves::default();
    };
    if primary.state == RolloutState::Failed {
        // A failed deployment starts nothing, and what ran before it goes on.
        return Moves::default();
    }
    let percent = |key: &str| {
        service.shape["deploymentConfiguration"][key]
            .as_u64()
            .unwrap_or(100)
    };
    let count = |of_primary: bool, healthy: bool| {
        let counted = own.iter().filter(|task| {
            task.is_wanted()
                && (task.deployment == primary.id) == of_primary
                && (!healthy || is_healthy(world, region, service, task))
        });
        counted.count() as u64
    };
    let mut moves = schedule::moves(&Counts {
        desired: u64::from(service.desired),
        maximum_percent: percent("maximumPercent"),
        minimum_healthy_percent: percent("minimumHealthyPercent"),
        primary: count(true, false),
        primary_healthy: count(true, true),
        others: count(false, false),
        others_healthy: count(false, true),
    });
    if service.retry_at > world.now() {
        moves.start = 0;
    }
    moves
}

/// Whether a task runs and all its load balancers find it healthy.
fn is_healthy(world: &World, region: &str, service: &Service, task: &Task) -> bool {
    let stays = task.is_running() && task.exits_at.is_none();
    let Some(place) = task.place.as_ref().filter(|_| stays) else {
        return false;
    };
    targets(service, &task.revision)
        .iter()
        .all(|(group, port)| {
            elbv2::health_of(world, region, group, &place.ip, *port) == Some(Health::Healthy)
        })
}

/// Target group and port for every load balancer of a revision.
fn targets(service: &Service, revision: &str) -> Vec<(String, i32)> {
    let shape = service.revision(revision).map(|revision| &revision.shape);
    let balancers = shape
        .and_then(|shape| shape.get("loadBalancers"))
        .and_then(Value::as_array);
    let target = |balancer: &Value| {
        let port = i32::try_from(balancer["containerPort"].as_i64()?).ok()?;
        Some((balancer["targetGroupArn"].as_str()?.to_owned(), port))
    };
    balancers.into_iter().flatten().filter_map(target).collect()
}

/// Stops as many as may stop: those that are not healthy first.
fn stop_some(
    world: &mut World,
    region: &str,
    service: &Service,
    own: &[Task],
    moves: Moves,
) -> bool {
    let Some(primary) = service
        .deployments
        .first()
        .map(|primary| primary.id.clone())
    else {
        return false;
    };
    let mut stopping = Vec::new();
    for (of_primary, number) in [(true, moves.stop_primary), (false, moves.stop_others)] {
        let mut candidates: Vec<&Task> = own
            .iter()
            .filter(|task| task.is_wanted() && (task.deployment == primary) == of_primary)
            .collect();
        candidates.sort_by_key(|task| (is_healthy(world, region, service, task), task.created));
        stopping.extend(
            candidates
                .into_iter()
                .take(number as usize)
                .map(|task| task.arn.clone()),
        );
    }
    let reason = format!("Scaling activity initiated by (deployment {primary})");
    tasks::stop(world, region, service, &stopping, &reason)
}

/// Stops whatever still starts or runs.
fn stop_all(world: &mut World, region: &str, service: &Service, own: &[Task]) -> bool {
    let all: Vec<String> = own
        .iter()
        .filter(|task| task.is_wanted())
        .map(|task| task.arn.clone())
        .collect();
    let primary = service
        .deployments
        .first()
        .map(|primary| primary.id.clone())
        .unwrap_or_default();
    let reason = format!("Scaling activity initiated by (deployment {primary})");
    tasks::stop(world, region, service, &all, &reason)
}

/// Writes an event of a service: `(service NAME) ...`.
fn say(world: &mut World, region: &str, key: &str, message: &str) {
    let (id, at) = (world.uuid(), world.now());
    if let Some(service) = world.region(region).ecs.services.get_mut(key) {
        let message = format!("(service {}) {message}", service.name);
        service.events.insert(0, Event { id, at, message });
        service.events.truncate(MOST_EVENTS);
    }
}
