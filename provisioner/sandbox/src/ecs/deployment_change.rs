//! What a caller does to a running service deployment: stop it, or let a paused one go on.

use serde_json::json;
use winterbaume_ecs::model as wire;

use super::model::Service;
use super::record::{HookStatus, Record, RecordStatus};
use super::{invalid, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::rollout;
use crate::shape;
use crate::world::World;

/// `StopServiceDeployment`: it is rolled back, also where nothing rolls back by itself; a first deployment has nothing to go back to, and
/// is stopped.
pub(super) fn stop(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::StopServiceDeploymentRequest = shape::json(call, &[])?;
    // "The valid values are ROLLBACK" (API reference), although the model has ABORT too.
    match input.stop_type.as_deref() {
        None | Some("ROLLBACK") => {}
        Some(other) => {
            return Err(invalid(format!(
                "stopType {other} is not valid; the valid value is ROLLBACK"
            )));
        }
    }
    let now = world.now();
    let until = now + world.delays.stage;
    let record = find(world, call, &input.service_deployment_arn)?;
    if record.status != RecordStatus::InProgress {
        let message = format!(
            "The service deployment cannot be stopped because its status is {}",
            record.status.name()
        );
        return Err(AwsError::new("ConflictException", message));
    }
    record.status = RecordStatus::StopRequested;
    record.reason = Some("The service deployment was asked to stop.".to_owned());
    (record.updated, record.until) = (now, until);
    let answer = json!({ "serviceDeploymentArn": record.arn });
    rollout::settle(world, &call.region);
    Ok(Answer::Json(answer))
}

/// `ContinueServiceDeployment`: somebody's word for a pause.
pub(super) fn go_on(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["serviceDeploymentArn", "hookId", "action"])?;
    let needed = |key: &str| {
        call.text(key)
            .ok_or_else(|| invalid(format!("{key} is required")))
    };
    let (arn, id) = (needed("serviceDeploymentArn")?, needed("hookId")?);
    let status = match call.text("action") {
        None | Some("CONTINUE") => HookStatus::Succeeded,
        Some("ROLLBACK") => HookStatus::Failed,
        Some(other) => {
            return Err(invalid(format!(
                "Invalid action {other}. Valid values are: CONTINUE, ROLLBACK"
            )));
        }
    };
    let now = world.now();
    let record = find(world, call, arn)?;
    let waits = record.status == RecordStatus::InProgress;
    let hook = record.hooks.iter_mut().find(|hook| hook.id == id);
    let hook = hook.filter(|hook| waits && hook.status == HookStatus::AwaitingAction);
    let Some(hook) = hook else {
        return Err(invalid(format!(
            "The lifecycle hook {id} is not waiting for an action"
        )));
    };
    hook.status = status;
    record.updated = now;
    let answer = json!({ "serviceDeploymentArn": record.arn });
    rollout::settle(world, &call.region);
    Ok(Answer::Json(answer))
}

fn find<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut Record, AwsError> {
    let services = state(world, call).services.values_mut();
    let records = services.flat_map(|service: &mut Service| &mut service.records);
    let mut found = records.filter(|record| record.arn == arn);
    found.next().ok_or_else(|| {
        AwsError::new(
            "ServiceDeploymentNotFoundException",
            "The specified service deployment does not exist.",
        )
    })
}
