//! Hooks that pause a deployment until somebody says go on, or their time is over.
//!
//! A hook that calls a function is not called: no function runs in the sandbox, and it is taken to have succeeded at once.

use serde_json::Value;

use super::change_record;
use crate::ecs::{Hook, HookStatus, Record, Service, Stage};
use crate::world::World;

/// Whether a pause stands at a stage.
pub(super) fn pauses_at(record: &Record, stage: Stage) -> bool {
    configured(record, stage).next().is_some()
}

/// The pauses of a stage that a deployment comes to.
pub(super) fn raise(world: &mut World, record: &Record, stage: Stage) -> Vec<Hook> {
    let now = world.now();
    let minute = world.delays.minute;
    let timeouts: Vec<Value> = configured(record, stage)
        .map(|hook| hook["timeoutConfiguration"].clone())
        .collect();
    let hook = |timeout: Value| {
        let minutes = timeout["timeoutInMinutes"].as_u64().unwrap_or(1_440);
        let action = timeout["action"].as_str().unwrap_or("ROLLBACK");
        Hook {
            id: world.uuid(),
            stage,
            status: HookStatus::AwaitingAction,
            // A pause lasts, also where nothing else does: somebody is to answer it.
            expires: now + minutes * minute.max(1_000),
            on_timeout: action.to_owned(),
        }
    };
    timeouts.into_iter().map(hook).collect()
}

/// Ends the pauses whose time is over; whether there were any.
pub(super) fn expire(world: &mut World, region: &str, service: &Service, record: &Record) -> bool {
    let now = world.now();
    let late = |hook: &Hook| hook.status == HookStatus::AwaitingAction && hook.expires <= now;
    if !record.hooks.iter().any(late) {
        return false;
    }
    change_record(world, region, service, &record.arn, |record| {
        for hook in record.hooks.iter_mut().filter(|hook| late(hook)) {
            hook.status = HookStatus::TimedOut;
        }
        record.updated = now;
    });
    true
}

/// The stage at which somebody, or the time that passed, decided against the deployment.
pub(super) fn refused(record: &Record) -> Option<Stage> {
    let against = |hook: &&Hook| match hook.status {
        HookStatus::Failed => true,
        HookStatus::TimedOut => hook.on_timeout == "ROLLBACK",
        HookStatus::AwaitingAction | HookStatus::Succeeded => false,
    };
    record.hooks.iter().find(against).map(|hook| hook.stage)
}

fn configured(record: &Record, stage: Stage) -> impl Iterator<Item = &Value> {
    let hooks = record.configuration["lifecycleHooks"].as_array();
    let hooks = hooks.map(Vec::as_slice).unwrap_or_default();
    hooks.iter().filter(move |hook| {
        let stages = hook["lifecycleStages"].as_array();
        let mut stages = stages.into_iter().flatten();
        hook["targetType"] == "PAUSE" && stages.any(|it| *it == stage.name())
    })
}
