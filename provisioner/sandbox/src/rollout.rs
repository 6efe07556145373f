//! ECS's control loop, as a pure step over the world.
//!
//! Owns: how a service comes to its desired state, one step after the other: tasks start, register as targets, get healthy; old ones
//! drain and stop; traffic moves; a deployment completes, fails, rolls back. Must not know: HTTP, files, hcctl.
//!
//! Not simulated: hooks that call functions (they are taken to have succeeded), `earlySuccessCriteria`, and the circuit breaker's
//! `thresholdConfiguration` and `resetOnHealthyTask`.
//!
//! Reading order: [`settle`] and [`step`], then for a rolling deployment [`schedule`] (how many tasks start and stop) and [`outcome`]
//! (how it ends), for one that shifts traffic [`shift`] (its stages), [`traffic`] and [`hooks`]; [`back`] for how either is given up, and
//! [`start`], [`tasks`], [`network`], [`image`], [`told`], [`speech`] for one task's life. [`due`] says when anything happens next.

mod alarms;
mod back;
mod due;
mod hooks;
mod image;
mod network;
mod outcome;
mod schedule;
pub(crate) mod secret;
mod shift;
mod speech;
mod start;
mod tasks;
#[cfg(test)]
mod tests;
mod told;
mod traffic;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::ecs::{Deployment, Event, Life, Record, RolloutState, Service, Task};
use crate::elbv2::{self, Health};
use crate::scaling;
use crate::world::World;
use schedule::{Counts, Moves};

pub(crate) use due::next_due;
pub(crate) use speech::log;
pub(crate) use start::{Launch, Refusal, launch};
pub(crate) use tasks::stop_by_hand;
pub(crate) use told::Told;
pub use traffic::Serving;
pub(crate) use traffic::serving;

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
        note_lowest(world, region, &keys);
        if !moved {
            break;
        }
    }
}

/// Keeps the fewest healthy tasks that a service had behind its production traffic.
fn note_lowest(world: &mut World, region: &str, keys: &[String]) {
    let Some(ecs) = world.regions.get(region).map(|region| &region.ecs) else {
        return;
    };
    let alive = ecs.tasks.values().filter(|task| task.is_running());
    let alive: BTreeSet<String> = alive
        .map(|task| format!("{}/{}", task.cluster, task.service))
        .collect();
    let of_service = |key: &String| {
        let service = ecs.services.get(key)?;
        let healthy = if alive.contains(key) {
            serving(world, region, service).healthy_under_traffic
        } else {
            0
        };
        (service.life == Life::Active).then(|| (key.clone(), healthy))
    };
    let now: Vec<(String, u32)> = keys.iter().filter_map(of_service).collect();
    for (key, healthy) in now {
        let lowest = world.lowest.entry(key).or_insert(healthy);
        *lowest = healthy.min(*lowest);
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
    if alarms::smoke(world, region, &service) || tasks::kill_unhealthy(world, region, &service) {
        return true;
    }
    let Some(primary) = service.deployments.first() else {
        return false;
    };
    let record = service
        .records
        .iter()
        .find(|record| record.arn == primary.record && record.status.is_open());
    if let Some(record) = record
        && (record.shifts() || shift::is_torn(world, region, &service, record))
    {
        return shift::step(world, region, &service, record);
    }
    let revision = service.revision(&primary.revision);
    if revision.is_some_and(|it| it.groups.is_empty() && !traffic::balancers(&it.shape).is_empty())
    {
        traffic::place_rolling(world, region, &service, &primary.revision);
        return true;
    }
    if outcome::judge(world, region, &service, record) {
        return true;
    }
    let own = own_tasks(world, region, &service);
    let moves = plan(world, region, &service, &own);
    let stopped = stop_some(world, region, &service, &own, moves);
    let started = start::start(world, region, &service, primary, moves.start);
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
///
/// Without a load balancer ECS waits a while after a task has started before it counts it (API reference, `DeploymentConfiguration`).
fn is_healthy(world: &World, region: &str, service: &Service, task: &Task) -> bool {
    let stays = task.is_running() && task.exits_at.is_none();
    let Some(place) = task.place.as_ref().filter(|_| stays) else {
        return false;
    };
    let targets = targets(service, &task.revision);
    if targets.is_empty() {
        let started = task.started.unwrap_or(u64::MAX);
        return started.saturating_add(world.delays.target_healthy) <= world.now();
    }
    targets.iter().all(|(group, port)| {
        elbv2::health_of(world, region, group, &place.ip, *port) == Some(Health::Healthy)
    })
}

/// How many tasks of a revision are healthy.
fn healthy(world: &mut World, region: &str, service: &Service, revision: &str) -> u64 {
    let own = own_tasks(world, region, service);
    let of_it = own.iter().filter(|task| task.revision == revision);
    of_it
        .filter(|task| is_healthy(world, region, service, task))
        .count() as u64
}

/// Target group and port for every load balancer of a revision.
fn targets(service: &Service, revision: &str) -> Vec<(String, i32)> {
    let Some(revision) = service.revision(revision) else {
        return Vec::new();
    };
    let balancers = revision.shape.get("loadBalancers");
    let balancers = balancers.and_then(Value::as_array);
    let target = |(index, balancer): (usize, &Value)| {
        let port = i32::try_from(balancer["containerPort"].as_i64()?).ok()?;
        let named = balancer["targetGroupArn"].as_str()?;
        let group = revision.groups.get(index).map_or(named, String::as_str);
        Some((group.to_owned(), port))
    };
    let balancers = balancers.into_iter().flatten().enumerate();
    balancers.filter_map(target).collect()
}

/// Starts or stops tasks of a deployment until there are as many as wanted; whether any.
fn scale(
    world: &mut World,
    region: &str,
    service: &Service,
    deployment: &Deployment,
    wanted: u64,
) -> bool {
    let own = own_tasks(world, region, service);
    let mut there: Vec<&Task> = own
        .iter()
        .filter(|task| task.is_wanted() && task.deployment == deployment.id)
        .collect();
    let count = there.len() as u64;
    if count < wanted {
        let may_start = service.retry_at <= world.now();
        return may_start && start::start(world, region, service, deployment, wanted - count);
    }
    there.sort_by_key(|task| (is_healthy(world, region, service, task), task.created));
    let stopping: Vec<String> = there
        .into_iter()
        .take((count - wanted) as usize)
        .map(|task| task.arn.clone())
        .collect();
    let reason = format!(
        "Scaling activity initiated by (deployment {})",
        deployment.id
    );
    tasks::stop(world, region, service, &stopping, &reason)
}

/// Changes a service in the world.
fn change(world: &mut World, region: &str, service: &Service, with: impl FnOnce(&mut Service)) {
    if let Some(service) = world.region(region).ecs.services.get_mut(&service.key()) {
        with(service);
    }
}

/// Changes one of a service's records in the world.
fn change_record(
    world: &mut World,
    region: &str,
    service: &Service,
    arn: &str,
    with: impl FnOnce(&mut Record),
) {
    change(world, region, service, |service| {
        if let Some(record) = service.records.iter_mut().find(|it| it.arn == arn) {
            with(record);
        }
    });
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
