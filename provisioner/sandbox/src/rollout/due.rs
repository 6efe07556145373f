//! When something next happens by itself, so that a clock that jumps stops at every such moment on its way.

use super::{alarms, tasks};
use crate::ecs::{HookStatus, Life, Phase, Record, Service, Task};
use crate::elbv2;
use crate::world::World;

/// The next moment, after the present one, at which a service of a region, a task or a target changes by itself.
pub(crate) fn next_due(world: &World, region: &str) -> Option<u64> {
    let now = world.now();
    let ecs = &world.regions.get(region)?.ecs;
    let of_tasks = ecs
        .tasks
        .values()
        .filter(|task| !task.is_stopped())
        .flat_map(|task| of_task(world, task, ecs.services.get(&key(task))));
    let living = ecs
        .services
        .values()
        .filter(|service| service.life != Life::Inactive);
    let of_services = living.flat_map(|service| of_service(world, service));
    let target = elbv2::next_due(world, region);
    of_tasks
        .chain(of_services)
        .chain(target)
        .filter(|at| *at > now)
        .min()
}

fn key(task: &Task) -> String {
    format!("{}/{}", task.cluster, task.service)
}

fn of_task(world: &World, task: &Task, service: Option<&Service>) -> Vec<u64> {
    let of_phase = match task.phase {
        Phase::Starting => Some(task.ready_at),
        Phase::Running => task.exits_at,
        Phase::Stopping => task.stopped_at,
        Phase::Stopped => None,
    };
    let started = task.started.filter(|_| task.is_running());
    let grace = service.map(|service| tasks::grace(world, service));
    let graced = started.zip(grace).map(|(started, grace)| started + grace);
    let counted = started.map(|started| started + world.delays.target_healthy);
    [of_phase, graced, counted].into_iter().flatten().collect()
}

fn of_service(world: &World, service: &Service) -> Vec<u64> {
    let record = service.records.iter().find(|it| it.status.is_open());
    let pauses = record.map(|record| record.hooks.as_slice());
    let expiring = pauses
        .unwrap_or_default()
        .iter()
        .filter(|hook| hook.status == HookStatus::AwaitingAction)
        .map(|hook| hook.expires);
    let until = record.map(|record: &Record| record.until);
    let alarm = alarms::next_due(world, service);
    let own = [
        Some(service.retry_at),
        Some(service.drained_at),
        until,
        alarm,
    ];
    own.into_iter().flatten().chain(expiring).collect()
}
