//! How a deployment ends: completed, failed, rolled back; and how a deleted service ends.

use super::{is_healthy, own_tasks, say, stop_all};
use crate::ecs::{self, Deployment, Life, Record, RecordStatus, Rollback, RolloutState, Service};
use crate::world::World;

/// Judges the primary deployment; whether anything changed.
pub(super) fn judge(world: &mut World, region: &str, service: &Service) -> bool {
    let Some(primary) = service.deployments.first() else {
        return false;
    };
    let breaker = &service.shape["deploymentConfiguration"]["deploymentCircuitBreaker"];
    let in_progress = primary.state == RolloutState::InProgress;
    if in_progress
        && breaker["enable"] == true
        && primary.failures >= super::threshold(service.desired)
    {
        fail(world, region, service, primary, breaker["rollback"] == true);
        return true;
    }
    let own = own_tasks(world, region, service);
    let of_primary = own
        .iter()
        .filter(|task| task.deployment == primary.id && task.is_wanted());
    let healthy = of_primary
        .clone()
        .filter(|task| is_healthy(world, region, service, task))
        .count();
    let desired = service.desired as usize;
    let steady = own.len() == desired && of_primary.count() == desired && healthy == desired;
    if steady && in_progress {
        complete(world, region, service, primary);
        return true;
    }
    if steady && !service.announced_steady {
        announce(world, region, service);
        return true;
    }
    // A deployment whose last task has stopped is over.
    let over = |index: usize, it: &Deployment| {
        index > 0 && !own.iter().any(|task| task.deployment == it.id)
    };
    if service
        .deployments
        .iter()
        .enumerate()
        .any(|(index, it)| over(index, it))
    {
        change(world, region, service, |service| {
            let mut index = 0;
            service.deployments.retain(|it| {
                index += 1;
                !over(index - 1, it)
            });
        });
        return true;
    }
    false
}

/// Stops a deleted service's tasks; once they have stopped and its time is over, it is inactive.
pub(super) fn drain(world: &mut World, region: &str, service: &Service) -> bool {
    let own = own_tasks(world, region, service);
    if stop_all(world, region, service, &own) {
        return true;
    }
    if !own.is_empty() || service.drained_at > world.now() {
        return false;
    }
    let now = world.now();
    change(world, region, service, |service| {
        service.life = Life::Inactive;
        service.deployments.clear();
        close(
            service,
            now,
            RecordStatus::Stopped,
            "The service was deleted.",
        );
    });
    true
}

fn complete(world: &mut World, region: &str, service: &Service, primary: &Deployment) {
    let now = world.now();
    let id = primary.id.clone();
    change(world, region, service, |service| {
        service.deployments.truncate(1);
        if let Some(deployment) = service.deployments.first_mut() {
            deployment.state = RolloutState::Completed;
            deployment.reason = format!("ECS deployment {id} completed.");
            deployment.updated = now;
        }
        for record in service
            .records
            .iter_mut()
            .filter(|record| record.status.is_open())
        {
            record.status = match record.status {
                RecordStatus::RollbackInProgress => RecordStatus::RollbackSuccessful,
                _ => RecordStatus::Successful,
            };
            (record.updated, record.finished) = (now, Some(now));
        }
    });
    say(
        world,
        region,
        &service.key(),
        &format!("(deployment {id}) deployment completed."),
    );
    announce(world, region, service);
}

fn announce(world: &mut World, region: &str, service: &Service) {
    say(world, region, &service.key(), "has reached a steady state.");
    change(world, region, service, |service| {
        service.announced_steady = true;
    });
}

/// The circuit breaker opens: the deployment fails, and goes back to the last one that completed if it may and there is one.
fn fail(
    world: &mut World,
    region: &str,
    service: &Service,
    primary: &Deployment,
    may_go_back: bool,
) {
    let now = world.now();
    let reason = "tasks failed to start.";
    change(world, region, service, |service| {
        if let Some(deployment) = service.deployments.first_mut() {
            deployment.state = RolloutState::Failed;
            deployment.reason = format!("ECS deployment circuit breaker: {reason}");
            deployment.updated = now;
        }
    });
    let failed = format!("(deployment {}) deployment failed: {reason}", primary.id);
    say(world, region, &service.key(), &failed);
    let is_rollback = |record: &Record| {
        record.arn == primary.record && record.status == RecordStatus::RollbackInProgress
    };
    if service.records.iter().any(is_rollback) {
        let why = "The rollback failed: its tasks failed to start.";
        change(world, region, service, |service| {
            close(service, now, RecordStatus::RollbackFailed, why);
        });
        return;
    }
    let last_good = service
        .records
        .iter()
        .find(|record| record.status == RecordStatus::Successful);
    if let Some(good) = last_good.filter(|_| may_go_back) {
        go_back(world, region, service, &primary.record, &good.target);
        return;
    }
    let why = "Service deployment stopped because the circuit breaker threshold was exceeded.";
    change(world, region, service, |service| {
        close(service, now, RecordStatus::Stopped, why);
    });
}

fn go_back(world: &mut World, region: &str, service: &Service, record: &str, revision: &str) {
    let now = world.now();
    let reason =
        "Service deployment rolled back because the circuit breaker threshold was exceeded.";
    change(world, region, service, |service| {
        if let Some(revision) = service.revisions.iter().find(|it| it.arn == revision) {
            service.shape.extend(revision.shape.clone());
        }
        if let Some(record) = service.records.iter_mut().find(|it| it.arn == record) {
            record.status = RecordStatus::RollbackInProgress;
            record.reason = Some(reason.to_owned());
            record.updated = now;
            record.rollback = Some(Rollback {
                reason: reason.to_owned(),
                started: now,
                revision: revision.to_owned(),
            });
        }
    });
    let key = service.key();
    ecs::replace_deployment(
        world,
        region,
        &key,
        Some(revision.to_owned()),
        Some(record.to_owned()),
    );
    let new = world
        .region(region)
        .ecs
        .services
        .get(&key)
        .and_then(|it| Some(it.deployments.first()?.id.clone()));
    say(
        world,
        region,
        &key,
        &format!("rolling back to deployment {}.", new.unwrap_or_default()),
    );
}

fn close(service: &mut Service, now: u64, status: RecordStatus, why: &str) {
    for record in service
        .records
        .iter_mut()
        .filter(|record| record.status.is_open())
    {
        record.status = status;
        record.reason = Some(why.to_owned());
        (record.updated, record.finished) = (now, Some(now));
        if status == RecordStatus::Stopped {
            record.stopped = Some(now);
        }
    }
}

fn change(world: &mut World, region: &str, service: &Service, with: impl FnOnce(&mut Service)) {
    if let Some(service) = world.region(region).ecs.services.get_mut(&service.key()) {
        with(service);
    }
}
