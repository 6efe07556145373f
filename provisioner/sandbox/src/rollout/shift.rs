//! A deployment that moves traffic between two target groups, stage by stage (API reference, `ServiceDeployment.lifecycleStage`).
//!
//! The old tasks keep running, and keep their number, until CLEAN_UP; the new ones get traffic only while they are all there and
//! healthy. Blue/green moves everything at once, canary in two shifts, linear in equal ones.

use std::collections::BTreeSet;

use super::back::{self, Why};
use super::traffic::{Side, Which, give, place};
use super::{change_record, healthy, hooks, outcome, own_tasks, scale};
use crate::ecs::{Deployment, Record, RecordStatus, RolloutState, Service, Stage, Task};
use crate::iam;
use crate::world::World;

/// One step; whether anything happened.
pub(super) fn step(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if record.status == RecordStatus::RollbackInProgress {
        return back::step(world, region, service, record);
    }
    if hooks::expire(world, region, service, record) {
        return true;
    }
    if let Some(why) = back::failure(world, region, service, record) {
        back::give_up(world, region, service, record, &why);
        return true;
    }
    let Some(stage) = record.stage else {
        return begin(world, region, service, record);
    };
    if keep_up(world, region, service, record, stage) {
        return true;
    }
    let waits = record.until > world.now() || record.is_paused();
    if waits || record.status != RecordStatus::InProgress {
        return false;
    }
    leave(world, region, service, record, stage)
}

/// Whether a rolling deployment has overtaken one that was shifting traffic: tasks in both target groups, which are brought together
/// before it rolls.
pub(super) fn is_torn(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if record.stage == Some(Stage::ReconcileService) {
        return true;
    }
    if record.stage.is_some() || record.status == RecordStatus::RollbackInProgress {
        return false;
    }
    let own = own_tasks(world, region, service);
    let before = own.iter().filter(|task| task.revision != record.target);
    let groups: BTreeSet<&[String]> = before
        .filter_map(|task| service.revision(&task.revision))
        .map(|revision| revision.groups.as_slice())
        .collect();
    groups.len() > 1
}

/// Finds out who serves now, and whether there is something to clear away first.
fn begin(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    let own = own_tasks(world, region, service);
    let others = service.deployments.get(1..).unwrap_or_default();
    let count = |deployment: &Deployment| {
        let of_it = own.iter().filter(|task| task.deployment == deployment.id);
        let served = of_it.filter(|task| super::is_healthy(world, region, service, task));
        let reached = super::traffic::has_traffic(world, region, service, &deployment.revision);
        if reached { served.count() } else { 0 }
    };
    let completed = |deployment: &Deployment| deployment.state == RolloutState::Completed;
    let serving = others
        .iter()
        .map(|it| (count(it), completed(it), it))
        .filter(|(count, completed, _)| *count > 0 || *completed)
        .max_by_key(|(count, completed, it)| (*count, *completed, it.created))
        .map(|(.., it)| it.clone());
    let left_over = own.iter().any(|task| {
        task.revision != record.target
            && serving
                .as_ref()
                .is_none_or(|it| it.revision != task.revision)
    });
    let runs = serving
        .as_ref()
        .is_some_and(|it| own.iter().any(|task| task.deployment == it.id));
    let serving = serving.map(|it| it.revision);
    change_record(world, region, service, &record.arn, |record| {
        record.serving = serving;
        record.source_runs = runs;
    });
    // "only happens when you start a new service deployment with more than 1 service revision in an ACTIVE state" (API reference).
    let first = if left_over {
        Stage::ReconcileService
    } else {
        Stage::PreScaleUp
    };
    enter(world, region, service, record, first, None);
    true
}

/// Starts and stops tasks as the stage has it; whether any.
fn keep_up(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    stage: Stage,
) -> bool {
    let desired = u64::from(service.desired);
    let mut moved = false;
    for deployment in &service.deployments {
        let wanted = if deployment.revision == record.target {
            (stage >= Stage::ScaleUp).then_some(desired)
        } else if record.serving.as_ref() == Some(&deployment.revision) {
            match stage {
                Stage::CleanUp => Some(0),
                _ => record.source_runs.then_some(desired),
            }
        } else {
            (stage > Stage::ReconcileService).then_some(0)
        };
        if let Some(wanted) = wanted {
            moved |= scale(world, region, service, deployment, wanted);
        }
    }
    moved
}

/// Does a stage's work and goes on to the next one, if the stage can be left.
fn leave(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    stage: Stage,
) -> bool {
    let next = match stage {
        Stage::ReconcileService => return reconcile(world, region, service, record),
        Stage::PreScaleUp => {
            if let Err(why) = settle_groups(world, region, service, record) {
                back::give_up(world, region, service, record, &Why::Network(why));
                return true;
            }
            Stage::ScaleUp
        }
        Stage::ScaleUp if !is_up(world, region, service, &record.target) => return false,
        Stage::ScaleUp => Stage::PostScaleUp,
        Stage::PostScaleUp => {
            let given = give(
                world,
                region,
                service,
                record,
                &record.target,
                Which::Test,
                100.0,
            );
            if let Err(why) = given {
                back::give_up(world, region, service, record, &Why::Network(why));
                return true;
            }
            change_record(world, region, service, &record.arn, |record| {
                record.test = 100.0;
            });
            Stage::TestTrafficShift
        }
        Stage::TestTrafficShift => Stage::PostTestTrafficShift,
        Stage::PreProductionTrafficShift => return shift(world, region, service, record),
        Stage::PostTestTrafficShift => return before_shift(world, region, service, record),
        Stage::ProductionTrafficShift if record.production < 100.0 => {
            return before_shift(world, region, service, record);
        }
        Stage::ProductionTrafficShift => Stage::PostProductionTrafficShift,
        Stage::PostProductionTrafficShift => Stage::BakeTime,
        Stage::BakeTime => Stage::CleanUp,
        Stage::CleanUp => {
            let own = own_tasks(world, region, service);
            if own.iter().any(|task| task.revision != record.target) {
                return false;
            }
            outcome::complete(world, region, service);
            return true;
        }
    };
    enter(world, region, service, record, next, None);
    true
}

/// Brings a service that was left in the middle of something back to one revision.
fn reconcile(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if let Some(serving) = &record.serving {
        if record.source_runs && !is_up(world, region, service, serving) {
            return false;
        }
        for which in [Which::Production, Which::Test] {
            // A rule that is not there is found out when the new tasks are placed.
            let _ = give(world, region, service, record, serving, which, 100.0);
        }
    }
    let stays =
        |revision: &String| *revision == record.target || record.serving.as_ref() == Some(revision);
    let mut moved = false;
    for deployment in service.deployments.iter().filter(|it| !stays(&it.revision)) {
        moved |= scale(world, region, service, deployment, 0);
    }
    let own = own_tasks(world, region, service);
    if moved || own.iter().any(|task: &Task| !stays(&task.revision)) {
        return moved;
    }
    if !record.shifts() {
        change_record(world, region, service, &record.arn, |record| {
            record.stage = None;
        });
        return true;
    }
    enter(world, region, service, record, Stage::PreScaleUp, None);
    true
}

/// Chooses the groups for the new tasks: the idle ones, or where nothing runs yet the live ones.
fn settle_groups(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
) -> Result<(), String> {
    let Some(target) = service.revision(&record.target) else {
        return Ok(());
    };
    for (_, pair) in super::traffic::balancers(&target.shape) {
        let Some(pair) = pair else { continue };
        if !iam::can_assume(world, &pair.role, "ecs.amazonaws.com") {
            return Err(format!(
                "ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '{}'.",
                pair.role
            ));
        }
    }
    let side = if record.source_runs {
        Side::Idle
    } else {
        Side::Live
    };
    place(world, region, service, &record.target, side)
}

fn before_shift(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    let stage = Stage::PreProductionTrafficShift;
    if hooks::pauses_at(record, stage) {
        enter(world, region, service, record, stage, None);
        return true;
    }
    shift(world, region, service, record)
}

/// Moves the next share of the production traffic, if the new tasks can bear it.
fn shift(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if !is_up(world, region, service, &record.target) {
        return false;
    }
    let configuration = &record.configuration;
    let number = |of: &str, key: &str| configuration[of][key].as_f64().unwrap_or(0.0);
    let (percent, minutes) = match record.strategy() {
        "CANARY" if record.production == 0.0 => (
            number("canaryConfiguration", "canaryPercent"),
            number("canaryConfiguration", "canaryBakeTimeInMinutes"),
        ),
        "LINEAR" => (
            record.production + number("linearConfiguration", "stepPercent"),
            number("linearConfiguration", "stepBakeTimeInMinutes"),
        ),
        _ => (100.0, 0.0),
    };
    // Steps that do not divide a hundred end with a smaller one.
    let percent = (percent * 10.0).round().min(1_000.0) / 10.0;
    let given = give(
        world,
        region,
        service,
        record,
        &record.target,
        Which::Production,
        percent,
    );
    if let Err(why) = given {
        back::give_up(world, region, service, record, &Why::Network(why));
        return true;
    }
    change_record(world, region, service, &record.arn, |record| {
        record.production = percent;
    });
    let wait = (percent < 100.0).then(|| minutes as u64 * world.delays.minute);
    let stage = Stage::ProductionTrafficShift;
    enter(world, region, service, record, stage, wait);
    true
}

/// Whether a revision has all its tasks, healthy.
fn is_up(world: &mut World, region: &str, service: &Service, revision: &str) -> bool {
    healthy(world, region, service, revision) >= u64::from(service.desired)
}

fn enter(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    stage: Stage,
    wait: Option<u64>,
) {
    let now = world.now();
    let wait = wait.unwrap_or(match stage {
        Stage::ScaleUp | Stage::CleanUp => 0,
        // Nothing can be seen of a service without tasks.
        Stage::BakeTime if service.desired == 0 => 0,
        Stage::BakeTime => {
            let minutes = record.configuration["bakeTimeInMinutes"].as_u64();
            minutes.unwrap_or(0) * world.delays.minute
        }
        _ => world.delays.stage,
    });
    let raised = hooks::raise(world, record, stage);
    change_record(world, region, service, &record.arn, |record| {
        record.stage = Some(stage);
        record.until = now + wait;
        record.updated = now;
        record.hooks.extend(raised);
    });
}
