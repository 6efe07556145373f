//! How a deployment is given up, and how a service goes back to the last revision that completed.

use super::traffic::{Side, Which, give, has_traffic, place, place_rolling};
use super::{alarms, change, change_record, healthy, hooks, outcome, own_tasks, say, scale};
use crate::ecs::{self, Record, RecordStatus, Rollback, RolloutState, Service, Stage};
use crate::world::World;

/// Why a deployment is given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// The circuit breaker counted too many tasks that failed.
    Breaker,
    /// These alarms went off.
    Alarms(Vec<String>),
    /// `StopServiceDeployment`.
    Asked,
    /// Somebody decided against it at this stage, or nobody decided in time.
    Hook(Stage),
    /// Rules, target groups or their role are not as they must be.
    Network(String),
}

impl Why {
    /// Whether the service goes back by itself.
    fn goes_back(&self, record: &Record) -> bool {
        let configured = |of: &str| record.configuration[of]["rollback"] == true;
        match self {
            Self::Breaker => configured("deploymentCircuitBreaker"),
            Self::Alarms(_) => configured("alarms"),
            Self::Asked | Self::Hook(_) | Self::Network(_) => true,
        }
    }

    /// After "because".
    fn because(&self) -> String {
        match self {
            Self::Breaker => "the circuit breaker threshold was exceeded.".to_owned(),
            Self::Alarms(names) => format!("of alarms in the ALARM state: {}.", names.join(", ")),
            Self::Asked => "it was asked to stop.".to_owned(),
            Self::Hook(stage) => format!(
                "{} lifecycle hook(s) failed. It was not continued.",
                stage.name()
            ),
            Self::Network(what) => format!("of invalid networking configuration. {what}"),
        }
    }

    /// What the service's event says of the deployment.
    fn event(&self, sentence: &str) -> String {
        match self {
            Self::Breaker => "tasks failed to start.".to_owned(),
            Self::Alarms(_) => "alarm detected.".to_owned(),
            Self::Asked | Self::Hook(_) | Self::Network(_) => sentence.to_owned(),
        }
    }

    /// Who says so in `rolloutStateReason`.
    fn judge(&self) -> &'static str {
        match self {
            Self::Breaker => "ECS deployment circuit breaker",
            Self::Alarms(_) => "ECS deployment alarms",
            Self::Asked | Self::Hook(_) | Self::Network(_) => "ECS deployment",
        }
    }
}

/// Why an open deployment must be given up now.
pub(super) fn failure(
    world: &World,
    region: &str,
    service: &Service,
    record: &Record,
) -> Option<Why> {
    if record.status == RecordStatus::StopRequested {
        return (record.until <= world.now()).then_some(Why::Asked);
    }
    let primary = service.deployments.first()?;
    if record.has_breaker() && primary.failures >= super::threshold(service.desired) {
        return Some(Why::Breaker);
    }
    if record.status == RecordStatus::RollbackInProgress {
        return None;
    }
    let triggered = alarms::triggered(world, region, record);
    if !triggered.is_empty() {
        return Some(Why::Alarms(triggered));
    }
    hooks::refused(record).map(Why::Hook)
}

/// Gives a deployment up: it fails, and the service goes back to the last revision that completed, if it may and there is one.
pub(super) fn give_up(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    why: &Why,
) {
    let now = world.now();
    let Some(primary) = service.deployments.first() else {
        return;
    };
    let good = candidate(service, record).filter(|_| why.goes_back(record));
    let going_back = record.status == RecordStatus::RollbackInProgress;
    let verb = match (going_back, &good) {
        (false, Some(_)) => "rolled back",
        _ => "stopped",
    };
    let sentence = format!("Service deployment {verb} because {}", why.because());
    let event = why.event(&sentence);
    change(world, region, service, |service| {
        if let Some(deployment) = service.deployments.first_mut() {
            deployment.state = RolloutState::Failed;
            deployment.reason = format!("{}: {event}", why.judge());
            deployment.updated = now;
        }
    });
    let failed = format!("(deployment {}) deployment failed: {event}", primary.id);
    say(world, region, &service.key(), &failed);
    if let Why::Alarms(names) = why {
        let names = names.clone();
        change_record(world, region, service, &record.arn, |record| {
            record.triggered = names;
        });
    }
    match good {
        _ if going_back => {
            let reason = "Service deployment rollback failed because its tasks failed to start.";
            close(world, region, service, RecordStatus::RollbackFailed, reason);
        }
        Some(revision) => go_back(world, region, service, record, &revision, why, sentence),
        None => close(world, region, service, RecordStatus::Stopped, &sentence),
    }
}

/// The revision of the last deployment that succeeded.
fn candidate(service: &Service, record: &Record) -> Option<String> {
    let good = service
        .records
        .iter()
        .find(|it| it.status == RecordStatus::Successful)?;
    (good.target != record.target).then(|| good.target.clone())
}

fn go_back(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    revision: &str,
    why: &Why,
    reason: String,
) {
    let now = world.now();
    let key = service.key();
    let present = service
        .deployments
        .iter()
        .position(|it| it.revision == revision);
    change(world, region, service, |service| {
        if let Some(revision) = service.revisions.iter().find(|it| it.arn == revision) {
            service.shape.extend(revision.shape.clone());
        }
        service.announced_steady = false;
        service.retry_at = 0;
        if let Some(index) = present {
            let mut old = service.deployments.remove(index);
            old.state = RolloutState::InProgress;
            (old.failures, old.updated) = (0, now);
            old.record.clone_from(&record.arn);
            service.deployments.insert(0, old);
        }
    });
    change_record(world, region, service, &record.arn, |record| {
        record.status = RecordStatus::RollbackInProgress;
        record.reason = Some(reason.clone());
        (record.updated, record.until) = (now, now);
        record.stage = record.shifts().then_some(Stage::ScaleUp);
        record.rollback = Some(Rollback {
            reason,
            started: now,
            revision: revision.to_owned(),
        });
    });
    if present.is_none() {
        let (again, under) = (revision.to_owned(), record.arn.clone());
        ecs::replace_deployment(world, region, &key, Some(again), Some(under));
        // Its tasks are gone, and its target group may be another's by now.
        if !record.shifts() {
            place_rolling(world, region, service, revision);
        } else if let Err(error) = place(world, region, service, revision, Side::Idle) {
            tracing::debug!(%error, "a revision that is rolled back to keeps its target groups");
        }
    }
    let mut id = String::new();
    change(world, region, service, |service| {
        if let Some(primary) = service.deployments.first_mut() {
            id.clone_from(&primary.id);
            primary.reason = format!("{}: rolling back to deploymentId {id}.", why.judge());
        }
    });
    let message = format!("rolling back to deployment {id}.");
    say(world, region, &key, &message);
}

/// One step of a rollback that moves traffic: the old tasks are all there and healthy before they get it, and only then do the others go.
pub(super) fn step(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    if let Some(why) = failure(world, region, service, record) {
        give_up(world, region, service, record, &why);
        return true;
    }
    let Some(old) = service.deployments.first() else {
        return false;
    };
    let mut moved = scale(world, region, service, old, u64::from(service.desired));
    let up = healthy(world, region, service, &old.revision) >= u64::from(service.desired);
    if up && record.stage < Some(Stage::CleanUp) {
        for which in [Which::Production, Which::Test] {
            if let Err(why) = give(world, region, service, record, &old.revision, which, 100.0) {
                let why = Why::Network(why);
                give_up(world, region, service, record, &why);
                return true;
            }
        }
        let now = world.now();
        change_record(world, region, service, &record.arn, |record| {
            record.stage = Some(Stage::CleanUp);
            (record.production, record.test) = (0.0, 0.0);
            record.updated = now;
        });
        return true;
    }
    for other in service.deployments.iter().skip(1) {
        let serves = has_traffic(world, region, service, &other.revision);
        if record.stage == Some(Stage::CleanUp) || !serves {
            moved |= scale(world, region, service, other, 0);
        }
    }
    let own = own_tasks(world, region, service);
    let alone = own.iter().all(|task| task.deployment == old.id);
    if up && alone && !moved && record.stage == Some(Stage::CleanUp) {
        outcome::complete(world, region, service);
        return true;
    }
    moved
}

/// Ends the open deployments of a service.
pub(super) fn close(
    world: &mut World,
    region: &str,
    service: &Service,
    status: RecordStatus,
    why: &str,
) {
    let now = world.now();
    change(world, region, service, |service| {
        for record in service.records.iter_mut().filter(|it| it.status.is_open()) {
            record.status = status;
            record.reason = Some(why.to_owned());
            (record.updated, record.finished) = (now, Some(now));
            if status == RecordStatus::Stopped {
                record.stopped = Some(now);
            }
        }
    });
}
