//! How a rolling deployment ends, and how any deployment completes; and how a deleted service ends.

use super::{back, change, change_record, is_healthy, own_tasks, say, stop_all};
use crate::ecs::{Deployment, Life, Record, RecordStatus, RolloutState, Service, Stage};
use crate::world::World;

/// For how many minutes a rolling deployment bakes that watches alarms and has no time set ("less than 5 minutes", ECS Developer Guide,
/// "How CloudWatch alarms detect deployment failures").
const DEFAULT_BAKE: u64 = 3;

/// Judges a service that does not shift traffic now; whether anything changed.
pub(super) fn judge(
    world: &mut World,
    region: &str,
    service: &Service,
    record: Option<&Record>,
) -> bool {
    let Some(primary) = service.deployments.first() else {
        return false;
    };
    let in_progress = primary.state == RolloutState::InProgress;
    if let Some(record) = record.filter(|_| in_progress)
        && let Some(why) = back::failure(world, region, service, record)
    {
        back::give_up(world, region, service, record, &why);
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
        match record {
            Some(record) if bakes(world, service, record) => {
                return bake(world, region, service, record);
            }
            _ => complete(world, region, service),
        }
        return true;
    }
    if steady && !service.announced_steady {
        announce(world, region, service);
        return true;
    }
    // A deployment whose last task has stopped is over, but for one that a bake may yet call back.
    if record.is_some_and(|record| record.stage == Some(Stage::BakeTime)) {
        return false;
    }
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

/// Whether a rolling deployment is watched for a while after its last task is healthy.
fn bakes(world: &World, service: &Service, record: &Record) -> bool {
    let rolls = record.status == RecordStatus::InProgress && service.desired > 0;
    let over = record.stage == Some(Stage::BakeTime) && record.until <= world.now();
    rolls && bake_minutes(record) > 0 && !over
}

fn bake_minutes(record: &Record) -> u64 {
    let set = record.configuration["bakeTimeInMinutes"].as_u64();
    let default = if record.alarms().is_empty() {
        0
    } else {
        DEFAULT_BAKE
    };
    set.filter(|minutes| *minutes > 0).unwrap_or(default)
}

fn bake(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if record.stage == Some(Stage::BakeTime) {
        return false;
    }
    let now = world.now();
    let until = now + bake_minutes(record) * world.delays.minute;
    change_record(world, region, service, &record.arn, |record| {
        record.stage = Some(Stage::BakeTime);
        (record.until, record.updated) = (until, now);
    });
    true
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
    change(world, region, service, |service| {
        service.life = Life::Inactive;
        service.deployments.clear();
    });
    let why = "The service was deleted.";
    back::close(world, region, service, RecordStatus::Stopped, why);
    true
}

/// The primary deployment is all there is, and all of it is healthy.
pub(super) fn complete(world: &mut World, region: &str, service: &Service) {
    let now = world.now();
    let Some(id) = service.deployments.first().map(|it| it.id.clone()) else {
        return;
    };
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
