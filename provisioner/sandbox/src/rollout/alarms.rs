//! Deployment alarms: which ones a deployment watches, and the ones that a bad image sets off.

use serde_json::Value;

use super::{Told, change, own_tasks, speech, traffic};
use crate::cloudwatch;
use crate::ecs::{self, Record, Service};
use crate::world::World;

/// The alarms of a deployment that are in ALARM now.
pub(super) fn triggered(world: &World, region: &str, record: &Record) -> Vec<String> {
    let mut watched = record.alarms();
    watched.retain(|name| cloudwatch::is_alarmed(world, region, name));
    watched
}

/// Lets an image that is told to fail later set off the service's alarms a moment after it got production traffic, and back once it has
/// none; whether anything changed.
pub(super) fn smoke(world: &mut World, region: &str, service: &Service) -> bool {
    let now = world.now();
    let own = own_tasks(world, region, service);
    let bad: Vec<_> = own
        .iter()
        .filter(|task| task.told == Some(Told::Later))
        .filter(|task| super::is_healthy(world, region, service, task))
        .filter(|task| traffic::has_traffic(world, region, service, &task.revision))
        .collect();
    let Some(since) = service.smokes_since else {
        if bad.is_empty() {
            return false;
        }
        change(world, region, service, |service| {
            service.smokes_since = Some(now);
        });
        return true;
    };
    if bad.is_empty() {
        for name in &service.raised {
            let reason = "Threshold Crossed: no datapoint was greater than the threshold";
            cloudwatch::set_state(world, region, name, "OK", reason);
        }
        change(world, region, service, |service| {
            service.smokes_since = None;
            service.raised.clear();
        });
        return true;
    }
    if !service.raised.is_empty() || since + world.delays.alarm > now {
        return false;
    }
    let configuration = service.shape.get("deploymentConfiguration");
    let mut names = ecs::alarm_names(configuration.unwrap_or(&Value::Null));
    names.retain(|name| {
        let reason = "Threshold Crossed: 1 datapoint was greater than the threshold";
        cloudwatch::set_state(world, region, name, "ALARM", reason)
    });
    if names.is_empty() {
        return false;
    }
    for task in bad {
        speech::last_words(world, region, task);
    }
    change(world, region, service, |service| service.raised = names);
    true
}

/// When the next alarm goes off by itself.
pub(super) fn next_due(world: &World, service: &Service) -> Option<u64> {
    let since = service.smokes_since.filter(|_| service.raised.is_empty())?;
    Some(since + world.delays.alarm)
}
