//! CloudWatch: alarms and dashboards (version 2010-08-01), in the three protocols that its clients speak.
//!
//! Owns: metric alarms, which are kept and never evaluated but can be set, and dashboards. Must not know: what the metrics measure.

mod alarm;
mod dashboard;
mod reply;
mod state;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;

pub(crate) use alarm::{delete_alarms_of, put_alarm_of};
pub(crate) use state::{is_alarmed, set_state};

/// The alarms of one region and, in one region for all, the dashboards.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    alarms: BTreeMap<String, alarm::Alarm>,
    dashboards: BTreeMap<String, dashboard::Dashboard>,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "PutMetricAlarm" => alarm::put(world, call),
        "DescribeAlarms" => alarm::describe(world, call),
        "DeleteAlarms" => alarm::delete(world, call),
        "EnableAlarmActions" => alarm::switch_actions(world, call, true),
        "DisableAlarmActions" => alarm::switch_actions(world, call, false),
        "SetAlarmState" => state::set(world, call),
        "PutDashboard" => dashboard::put(world, call),
        "GetDashboard" => dashboard::get(world, call),
        "ListDashboards" => dashboard::list(world, call),
        "DeleteDashboards" => dashboard::delete(world, call),
        "TagResource" => tags::add(world, call),
        "UntagResource" => tags::remove(world, call),
        "ListTagsForResource" => tags::list(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let Some(state) = world.regions.get(region).map(|region| &region.cloudwatch) else {
        return Vec::new();
    };
    let alarms = state
        .alarms
        .values()
        .map(|alarm| (alarm.arn.clone(), "cloudwatch:alarm", alarm.tags.clone()));
    let dashboards = state
        .dashboards
        .values()
        .map(|it| (it.arn.clone(), "cloudwatch:dashboard", it.tags.clone()));
    alarms
        .chain(dashboards)
        .map(|(arn, kind, tags)| Tagged { arn, kind, tags })
        .collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let states = || world.regions.values().map(|region| &region.cloudwatch);
    vec![
        ("alarm", states().map(|state| state.alarms.len()).sum()),
        (
            "dashboard",
            states().map(|state| state.dashboards.len()).sum(),
        ),
    ]
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationError", message)
}
