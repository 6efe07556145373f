//! What of a service can change, and its end.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::deploy::replace_deployment;
use super::model::Life;
use super::service::{NEWER, OF_REVISION, OF_SERVICE, complete, refuse_unused};
use super::{invalid, reference, service_check, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::rollout;
use crate::shape;
use crate::world::World;

/// `UpdateService`: what is not sent stays. A new deployment begins if what makes a revision changes, or if it is forced.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::UpdateServiceRequest = shape::json(call, NEWER)?;
    refuse_unused(call)?;
    let there = reference::service(state(world, call), call, &input.service)?.clone();
    if there.life != Life::Active {
        return Err(AwsError::new(
            "ServiceNotActiveException",
            "Service was not ACTIVE.",
        ));
    }
    let mut shape = there.shape.clone();
    for key in OF_REVISION.iter().chain(&OF_SERVICE) {
        if *key != "launchType" && !call.json[*key].is_null() {
            shape.insert((*key).to_owned(), call.json[*key].clone());
        }
    }
    // An empty strategy leads back to the launch type; a service here was made with Fargate's.
    match call.json["capacityProviderStrategy"].as_array() {
        Some(none) if none.is_empty() => {
            shape.insert("launchType".to_owned(), "FARGATE".into());
        }
        Some(_) => drop(shape.remove("launchType")),
        None => {}
    }
    complete(&mut shape, &Value::Null);
    let definition = shape["taskDefinition"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    // The present task definition may have been deregistered since; only a new one must be active.
    if call.text("taskDefinition").is_some() {
        let arn = reference::runnable(state(world, call), &definition)?
            .arn
            .clone();
        shape.insert("taskDefinition".to_owned(), arn.into());
    }
    let changes = |key: &str| shape.get(key) != there.shape.get(key);
    let checked = ["deploymentConfiguration", "healthCheckGracePeriodSeconds"];
    if OF_REVISION.iter().chain(&checked).any(|key| changes(key)) {
        service_check::check(world, call, &shape)?;
    }
    // Changing the capacity provider strategy does not start a deployment by itself.
    let rolls = OF_REVISION
        .iter()
        .filter(|key| **key != "capacityProviderStrategy" && **key != "launchType")
        .any(|key| changes(key));
    let key = there.key();
    let Some(service) = state(world, call).services.get_mut(&key) else {
        return Err(reference::no_service());
    };
    service.shape = shape;
    if let Some(desired) = input.desired_count {
        let desired =
            u32::try_from(desired).map_err(|_| invalid("desiredCount must not be negative"))?;
        service.announced_steady &= service.desired == desired;
        service.desired = desired;
    }
    if rolls || input.force_new_deployment == Some(true) {
        replace_deployment(world, &call.region, &key, None, None);
    }
    let seen = state(world, call).services[&key]
        .clone()
        .seen(world, call, true);
    rollout::settle(world, &call.region);
    Ok(Answer::Json(json!({ "service": seen })))
}

/// `DeleteService`: only at a count of zero and without a rollout under way, unless forced; then `DRAINING`, then `INACTIVE`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DeleteServiceRequest = shape::json(call, &[])?;
    let drained_at = world.now() + world.delays.service_drain;
    let there = reference::service(state(world, call), call, &input.service)?.clone();
    if there.life == Life::Inactive {
        return Err(reference::no_service());
    }
    let key = there.key();
    if there.life == Life::Active {
        if input.force != Some(true) {
            if there.desired > 0 {
                return Err(invalid(
                    "The service cannot be stopped while it is scaled above 0.",
                ));
            }
            if there.deployments.len() > 1 {
                return Err(invalid(
                    "The service cannot be stopped while deployments are active.",
                ));
            }
        }
        if let Some(service) = state(world, call).services.get_mut(&key) {
            service.life = Life::Draining;
            service.desired = 0;
            service.drained_at = drained_at;
        }
    }
    let seen = state(world, call).services[&key]
        .clone()
        .seen(world, call, true);
    rollout::settle(world, &call.region);
    Ok(Answer::Json(json!({ "service": seen })))
}
