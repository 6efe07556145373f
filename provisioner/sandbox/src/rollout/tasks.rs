//! One task's life after its start: it runs or fails, drains, stops.

use std::collections::BTreeMap;

use super::{Told, image, network, say, secret, speech, targets, told};
use crate::ec2;
use crate::ecs::{Image, Phase, Service, Task};
use crate::elbv2::{self, Answers, NewTarget};
use crate::live::{self, Seen};
use crate::world::World;

/// Turns every task of a region that is due; whether any was.
pub(super) fn advance(world: &mut World, region: &str) -> bool {
    let now = world.now();
    let due = |task: &&Task| match (task.phase, live::seen(world, &task.arn)) {
        (Phase::Starting, seen) => {
            task.ready_at <= now && (!live::is_cleared(world, task) || seen.is_some())
        }
        (Phase::Running | Phase::Stopping, Some(Seen::Exited { .. })) => true,
        (Phase::Running | Phase::Stopping, _) if live::is_on(world) => false,
        (Phase::Stopping, _) => task.stopped_at.is_some_and(|at| at <= now),
        (Phase::Running, _) => task.exits_at.is_some_and(|at| at <= now),
        (Phase::Stopped, _) => false,
    };
    let tasks = world.regions.get(region).map(|region| &region.ecs.tasks);
    let tasks = tasks.into_iter().flat_map(|tasks| tasks.values());
    let due: Vec<Task> = tasks.filter(due).cloned().collect();
    let mut registered: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut stopped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in &due {
        let key = format!("{}/{}", task.cluster, task.service);
        let service = world.region(region).ecs.services.get(&key).cloned();
        if service.is_none() && task.lone.is_none() {
            continue;
        }
        let service = service.as_ref();
        if task.phase == Phase::Stopping {
            if let Some(Seen::Exited { code, .. }) = live::seen(world, &task.arn).cloned()
                && let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn)
            {
                task.exit_code = code;
            }
            end(world, region, task, now);
            stopped
                .entry(key)
                .or_default()
                .push(format!("(task {})", task.id()));
            continue;
        }
        if task.phase == Phase::Running {
            exit(world, region, service, task);
            continue;
        }
        let images = task.images(service);
        let told = told::of_images(world, images);
        if let Some(reason) = trouble(world, region, images, task, told) {
            fail(world, region, service, task, &reason);
            continue;
        }
        if live::is_on(world) && !is_up(world, region, service, task, told) {
            continue;
        }
        run(world, region, service, task, told);
        for (group, _) in targets_of(service, task) {
            *registered.entry((key.clone(), group)).or_default() += 1;
        }
    }
    for ((key, group), number) in registered {
        say(
            world,
            region,
            &key,
            &format!("registered {number} targets in (target-group {group})"),
        );
    }
    for (key, tasks) in stopped {
        let message = format!(
            "has stopped {} running tasks: {}.",
            tasks.len(),
            tasks.join(" ")
        );
        say(world, region, &key, &message);
    }
    !due.is_empty()
}

/// Whether a task that may start has really started; it is let start, or fails, where it has not.
fn is_up(
    world: &mut World,
    region: &str,
    service: Option<&Service>,
    task: &Task,
    told: Option<Told>,
) -> bool {
    match live::seen(world, &task.arn).cloned() {
        // An exit means that it was over before anybody looked.
        Some(Seen::Up | Seen::Exited { .. }) => true,
        Some(Seen::Failed(reason)) => {
            fail(world, region, service, task, &reason);
            false
        }
        None => {
            live::clear(world, task);
            if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
                task.told = told;
            }
            false
        }
    }
}

/// Stops tasks for their service's sake: out of the load balancers first, then, when they have drained, for good.
pub(super) fn stop(
    world: &mut World,
    region: &str,
    service: &Service,
    arns: &[String],
    reason: &str,
) -> bool {
    let why = ("ServiceSchedulerInitiated", reason);
    halt(world, region, Some(service), arns, why)
}

/// Stops a task because somebody said so.
pub(crate) fn stop_by_hand(world: &mut World, region: &str, task: &Task, reason: &str) {
    let key = format!("{}/{}", task.cluster, task.service);
    let service = world.region(region).ecs.services.get(&key).cloned();
    let arns = std::slice::from_ref(&task.arn);
    halt(
        world,
        region,
        service.as_ref(),
        arns,
        ("UserInitiated", reason),
    );
}

fn halt(
    world: &mut World,
    region: &str,
    service: Option<&Service>,
    arns: &[String],
    (code, reason): (&str, &str),
) -> bool {
    let now = world.now();
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for arn in arns {
        let Some(task) = world.region(region).ecs.tasks.get(arn).cloned() else {
            continue;
        };
        let groups = if task.is_running() {
            targets_of(service, &task)
        } else {
            Vec::new()
        };
        let ip = task
            .place
            .as_ref()
            .map(|place| place.ip.clone())
            .unwrap_or_default();
        for (group, port) in &groups {
            elbv2::deregister_target(world, region, group, &ip, *port);
            *left.entry(group.clone()).or_default() += 1;
        }
        if task.is_running() {
            speech::farewell(world, region, &task);
        }
        let drain = if groups.is_empty() {
            0
        } else {
            world.delays.target_drain
        };
        let stopped_at = now + drain + world.delays.task_stop;
        if let Some(task) = world.region(region).ecs.tasks.get_mut(arn) {
            if task.is_running() {
                // It stops of its own accord when it is told to.
                task.exit_code = Some(0);
            }
            task.phase = Phase::Stopping;
            (task.stopping, task.stopped_at) = (Some(now), Some(stopped_at));
            task.stop_code = Some(code.to_owned());
            task.stop_reason = Some(reason.to_owned());
        }
    }
    for (group, number) in left {
        let Some(service) = service else { break };
        say(
            world,
            region,
            &service.key(),
            &format!("has begun draining connections on {number} tasks."),
        );
        say(
            world,
            region,
            &service.key(),
            &format!("deregistered {number} targets in (target-group {group})"),
        );
    }
    !arns.is_empty()
}

/// Counts a task that could not start against its deployment, and lets the scheduler wait a little before the next.
pub(super) fn count_failure(
    world: &mut World,
    region: &str,
    service: &Service,
    deployment: Option<&str>,
) {
    let now = world.now();
    let usual = world.delays.task_start.max(1);
    let Some(service) = world.region(region).ecs.services.get_mut(&service.key()) else {
        return;
    };
    service.retry_at = now + usual;
    let of_it = |id: &str| deployment.is_none_or(|deployment| deployment == id);
    let Some(deployment) = service
        .deployments
        .iter_mut()
        .find(|deployment| of_it(&deployment.id))
    else {
        return;
    };
    deployment.failed_tasks += 1;
    deployment.failures += 1;
    deployment.updated = now;
    let (record, failures) = (deployment.record.clone(), deployment.failures);
    service.retry_at = now + pause(usual, failures);
    if let Some(record) = service
        .records
        .iter_mut()
        .find(|it| it.arn == record && it.rollback.is_none())
    {
        (record.failures, record.updated) = (failures, now);
    }
}

/// How long the scheduler waits after so many tasks of a deployment have failed: without a circuit breaker it goes on for
/// ever, and waits longer and longer, 27 minutes at most. Where the waits begin to grow is not told.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html>
fn pause(usual: u64, failures: u32) -> u64 {
    const PATIENT: u32 = 10;
    const LONGEST: u64 = 27 * 60 * 1_000;
    let doubled = failures.saturating_sub(PATIENT).min(30);
    (usual << doubled).min(LONGEST.max(usual))
}

/// Why a task cannot run, in the words of its `stoppedReason`.
fn trouble(
    world: &mut World,
    region: &str,
    images: &[Image],
    task: &Task,
    told: Option<Told>,
) -> Option<String> {
    network::trouble(world, region, task)
        .or_else(|| image::trouble(world, region, images, task, told))
        .or_else(|| secret::trouble(world, region, task, told))
        .or_else(|| image::log_trouble(world, region, task))
}

/// The targets that a task is; a task without a service is none.
fn targets_of(service: Option<&Service>, task: &Task) -> Vec<(String, i32)> {
    service.map_or_else(Vec::new, |service| targets(service, &task.revision))
}

/// Exit code and the container's reason, if its container ends by itself.
fn exits(task: &Task, told: Option<Told>) -> Option<(i32, Option<&'static str>)> {
    let by_command = task.lone.as_ref().and_then(|lone| lone.command_exits);
    if by_command.is_some() && told == Some(Told::Before) {
        return Some((1, None));
    }
    told.and_then(Told::exit)
        .or_else(|| by_command.map(|code| (code, None)))
}

fn run(
    world: &mut World,
    region: &str,
    service: Option<&Service>,
    task: &Task,
    told: Option<Told>,
) {
    let now = world.now();
    if let Some(place) = &task.place {
        for (group, port) in targets_of(service, task) {
            let new = NewTarget {
                ip: &place.ip,
                port,
                zone: &place.zone,
                answers: if live::is_on(world) {
                    Answers::Really
                } else {
                    Told::answers(told)
                },
            };
            elbv2::register_target(world, region, &group, new);
        }
    }
    let crash = world.delays.task_crash;
    let really = live::is_on(world);
    let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) else {
        return;
    };
    (task.phase, task.started, task.told) = (Phase::Running, Some(now), told);
    task.exits_at = exits(task, told).filter(|_| !really).map(|_| now + crash);
    let task = task.clone();
    speech::start(world, region, &task);
}

/// A container ends by itself, and its task with it: every container is taken for an essential one.
fn exit(world: &mut World, region: &str, service: Option<&Service>, task: &Task) {
    let now = world.now();
    let told = exits(task, task.told).unwrap_or((1, None));
    let (code, reason) = match live::seen(world, &task.arn).cloned() {
        Some(Seen::Exited { code, reason }) => (code, reason),
        _ => (Some(told.0), told.1.map(str::to_owned)),
    };
    speech::last_words(world, region, task);
    if let Some(place) = &task.place {
        for (group, port) in targets_of(service, task) {
            elbv2::deregister_target(world, region, &group, &place.ip, port);
        }
    }
    if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
        task.stop_code = Some("EssentialContainerExited".to_owned());
        task.stop_reason = Some("Essential container in task exited".to_owned());
        task.stopping = Some(now);
        task.exit_code = code;
        task.container_reason = reason;
    }
    end(world, region, task, now);
    if let Some(service) = service {
        count_failure(world, region, service, Some(&task.deployment));
    }
}

/// Kills the service's tasks that their load balancer finds unhealthy, once the grace period is over; whether there were any.
pub(super) fn kill_unhealthy(world: &mut World, region: &str, service: &Service) -> bool {
    let now = world.now();
    let grace = grace(world, service);
    let own = super::own_tasks(world, region, service);
    let mut killed = false;
    for task in own.iter().filter(|task| task.is_running()) {
        let late = task.started.is_some_and(|started| started + grace <= now);
        let Some(place) = task.place.as_ref().filter(|_| late) else {
            continue;
        };
        let sick = targets(service, &task.revision)
            .into_iter()
            .find(|(group, port)| {
                let health = elbv2::health_of(world, region, group, &place.ip, *port);
                let silent = health == Some(elbv2::Health::Unhealthy) && live::is_on(world);
                health == Some(elbv2::Health::Erring) || silent
            });
        let Some((group, port)) = sick else {
            continue;
        };
        let message = format!(
            "(task {}) (port {port}) is unhealthy in (target-group {group}) due to (reason {})",
            task.id(),
            elbv2::ERRING
        );
        say(world, region, &service.key(), &message);
        let reason = format!("Task failed ELB health checks in (target-group {group})");
        stop(
            world,
            region,
            service,
            std::slice::from_ref(&task.arn),
            &reason,
        );
        speech::last_words(world, region, task);
        count_failure(world, region, service, Some(&task.deployment));
        killed = true;
    }
    killed
}

/// `healthCheckGracePeriodSeconds`, in the sandbox's time.
pub(super) fn grace(world: &World, service: &Service) -> u64 {
    let seconds = service.shape.get("healthCheckGracePeriodSeconds");
    let seconds = seconds.and_then(serde_json::Value::as_u64).unwrap_or(0);
    if live::is_on(world) {
        // What really starts takes real time.
        return seconds * 1_000;
    }
    seconds * world.delays.minute / 60
}

fn fail(world: &mut World, region: &str, service: Option<&Service>, task: &Task, reason: &str) {
    let now = world.now();
    if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
        task.stop_code = Some("TaskFailedToStart".to_owned());
        task.stop_reason = Some(reason.to_owned());
        task.container_reason = Some(reason.to_owned());
        task.stopping = Some(now);
    }
    end(world, region, task, now);
    if let Some(service) = service {
        count_failure(world, region, service, Some(&task.deployment));
    }
}

fn end(world: &mut World, region: &str, task: &Task, now: u64) {
    if let Some(place) = &task.place {
        ec2::release_interface(world, region, &place.interface);
    }
    if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
        (task.phase, task.stopped_at) = (Phase::Stopped, Some(now));
    }
}
