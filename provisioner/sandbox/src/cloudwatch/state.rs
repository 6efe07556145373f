//! The state of an alarm. There are no metrics, so it is whatever somebody last set.

use serde::{Deserialize, Serialize};
use serde_json::json;
use winterbaume_cloudwatch::model;

use super::invalid;
use super::reply::{read, reply};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// The states there are (API reference, `SetAlarmState`).
const STATES: [&str; 3] = ["OK", "ALARM", "INSUFFICIENT_DATA"];

/// What an alarm says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AlarmState {
    pub(super) value: String,
    pub(super) reason: String,
    pub(super) data: Option<String>,
    /// When it was set, and when it last changed.
    pub(super) set: u64,
    pub(super) changed: u64,
}

/// `SetAlarmState`. In AWS the next evaluation of the metric takes it back; here it stays.
pub(super) fn set(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetAlarmStateInput = read(call, &[])?;
    if !STATES.contains(&input.state_value.as_str()) {
        return Err(invalid(format!(
            "StateValue '{}' must be one of OK, ALARM, INSUFFICIENT_DATA",
            input.state_value
        )));
    }
    if input.state_reason.len() > 1_023 {
        return Err(invalid("StateReason can have up to 1023 characters"));
    }
    let (name, value) = (&input.alarm_name, &input.state_value);
    if !put(
        world,
        &call.region,
        name,
        value,
        &input.state_reason,
        input.state_reason_data,
    ) {
        let message = format!("Unable to find alarm with name {name}");
        return Err(AwsError::new("ResourceNotFound", message).status(404));
    }
    Ok(reply(call, json!({})))
}

/// Sets an alarm's state; `false` if there is no such alarm.
pub(crate) fn set_state(
    world: &mut World,
    region: &str,
    name: &str,
    value: &str,
    reason: &str,
) -> bool {
    put(world, region, name, value, reason, None)
}

/// Whether an alarm is in the state ALARM.
pub(crate) fn is_alarmed(world: &World, region: &str, name: &str) -> bool {
    let alarms = world.regions.get(region).map(|it| &it.cloudwatch.alarms);
    let alarm = alarms.and_then(|alarms| alarms.get(name));
    let state = alarm.and_then(|alarm| alarm.state.as_ref());
    state.is_some_and(|state| state.value == "ALARM")
}

fn put(
    world: &mut World,
    region: &str,
    name: &str,
    value: &str,
    reason: &str,
    data: Option<String>,
) -> bool {
    let now = world.now();
    let alarms = &mut world.region(region).cloudwatch.alarms;
    let Some(alarm) = alarms.get_mut(name) else {
        return false;
    };
    let same = alarm.state.as_ref().filter(|state| state.value == value);
    let changed = same.map_or(now, |state| state.changed);
    alarm.state = Some(AlarmState {
        value: value.to_owned(),
        reason: reason.to_owned(),
        data,
        set: now,
        changed,
    });
    true
}
