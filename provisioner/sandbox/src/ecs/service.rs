//! Services: found by cluster and name; made with everything that is sent, completed as AWS completes it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use winterbaume_ecs::model as wire;

use super::deploy::replace_deployment;
use super::model::{Life, Service};
use super::{invalid, reference, service_check, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::rollout;
use crate::shape::{self, Newer};
use crate::tags::from_list;
use crate::world::World;

/// What the SDK has and the generated types do not; it comes back as it is sent.
pub(super) const NEWER: Newer = &[
    "DeploymentConfiguration.earlySuccessCriteria",
    "DeploymentCircuitBreaker.resetOnHealthyTask",
    "DeploymentCircuitBreaker.thresholdConfiguration",
    "DeploymentLifecycleHook.targetType",
    "DeploymentLifecycleHook.timeoutConfiguration",
    "ServiceConnectConfiguration.accessLogConfiguration",
    "ServiceConnectConfiguration.containerConfigurations",
];

/// What AWS has and the sandbox does nothing with; an empty list of it is as good as none.
pub(super) const NOT_SIMULATED: [&str; 6] = [
    "serviceRegistries",
    "placementConstraints",
    "placementStrategy",
    "role",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
];

/// The members that make a new deployment when they change.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
pub(super) const OF_REVISION: [&str; 7] = [
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "launchType",
    "capacityProviderStrategy",
    CONNECT,
];

/// Which deployments alone tell of.
pub(super) const CONNECT: &str = "serviceConnectConfiguration";

/// The other members that come back as they are sent.
pub(super) const OF_SERVICE: [&str; 8] = [
    "deploymentConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
];

/// `CreateService`: an active service of that name is an error unless the client token says that it is the same call.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::CreateServiceRequest = shape::json(call, NEWER)?;
    refuse_unused(call)?;
    let cluster = reference::cluster(state(world, call), call)?.clone();
    let name = input.service_name;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=255).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(invalid(
            "Invalid service name: up to 255 letters, numbers, underscores and hyphens are allowed",
        ));
    }
    let token = input
        .client_token
        .map(|token| (token, call.json.to_string()));
    if token.as_ref().is_some_and(|(token, _)| token.len() > 36) {
        return Err(invalid("clientToken can have up to 36 characters"));
    }
    let key = format!("{}/{name}", cluster.name);
    if let Some(there) = state(world, call).services.get(&key) {
        match there.life {
            Life::Active if token.is_some() && there.token == token => {
                let seen = there.clone().seen(world, call, true);
                return Ok(Answer::Json(json!({ "service": seen })));
            }
            Life::Active => return Err(invalid("Creation of service was not idempotent.")),
            Life::Draining => {
                return Err(invalid("Unable to Start a service that is still Draining."));
            }
            Life::Inactive => {}
        }
    }
    let desired = input
        .desired_count
        .ok_or_else(|| invalid("desiredCount is required for the scheduling strategy REPLICA"))?;
    let desired =
        u32::try_from(desired).map_err(|_| invalid("desiredCount must not be negative"))?;
    let mut shape = Map::new();
    for key in OF_REVISION.iter().chain(&OF_SERVICE) {
        if !call.json[*key].is_null() {
            shape.insert((*key).to_owned(), call.json[*key].clone());
        }
    }
    complete(&mut shape, &Value::Object(cluster.shape.clone()));
    let definition = reference::runnable(
        state(world, call),
        &input.task_definition.unwrap_or_default(),
    )?
    .arn
    .clone();
    shape.insert("taskDefinition".to_owned(), definition.into());
    service_check::check(world, call, &shape)?;
    let service = Service {
        arn: call.arn("ecs", &format!("service/{key}")),
        cluster: cluster.name,
        cluster_arn: cluster.arn,
        life: Life::Active,
        desired,
        shape,
        created: world.now(),
        tags: from_list(call.json.get("tags"), "key", "value")?,
        token,
        deployments: Vec::new(),
        records: Vec::new(),
        revisions: Vec::new(),
        events: Vec::new(),
        announced_steady: false,
        retry_at: 0,
        drained_at: 0,
        smokes_since: None,
        raised: Vec::new(),
        name,
    };
    state(world, call).services.insert(key.clone(), service);
    replace_deployment(world, &call.region, &key, None, None);
    // The call answers what it made; the control loop goes on from there.
    let made = state(world, call).services[&key]
        .clone()
        .seen(world, call, true);
    rollout::settle(world, &call.region);
    Ok(Answer::Json(json!({ "service": made })))
}

/// AWS's defaults (API reference, `CreateService` and `DeploymentConfiguration`).
pub(super) fn complete(shape: &mut Map<String, Value>, cluster: &Value) {
    let providers = shape
        .get("capacityProviderStrategy")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    if !providers {
        shape.remove("capacityProviderStrategy");
        let default = &cluster["defaultCapacityProviderStrategy"];
        if !shape.contains_key("launchType")
            && default.as_array().is_some_and(|list| !list.is_empty())
        {
            shape.insert("capacityProviderStrategy".to_owned(), default.clone());
        }
    }
    let balanced = shape
        .get("loadBalancers")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    let defaults: BTreeMap<&str, Value> = BTreeMap::from([
        ("loadBalancers", json!([])),
        ("platformVersion", json!("LATEST")),
        ("schedulingStrategy", json!("REPLICA")),
        ("deploymentController", json!({ "type": "ECS" })),
        ("enableECSManagedTags", json!(false)),
        ("propagateTags", json!("NONE")),
        ("enableExecuteCommand", json!(false)),
        ("availabilityZoneRebalancing", json!("ENABLED")),
    ]);
    for (key, value) in defaults {
        shape.entry(key).or_insert(value);
    }
    if balanced {
        shape
            .entry("healthCheckGracePeriodSeconds")
            .or_insert(json!(0));
    }
    if let Some(network) = shape
        .get_mut("networkConfiguration")
        .and_then(|it| it.get_mut("awsvpcConfiguration"))
    {
        fill(network, "assignPublicIp", json!("DISABLED"));
        fill(network, "securityGroups", json!([]));
    }
    let configuration = shape
        .entry("deploymentConfiguration")
        .or_insert_with(|| json!({}));
    complete_configuration(configuration);
}

fn complete_configuration(configuration: &mut Value) {
    fill(
        configuration,
        "deploymentCircuitBreaker",
        json!({ "enable": false, "rollback": false }),
    );
    fill(configuration, "maximumPercent", json!(200));
    fill(configuration, "minimumHealthyPercent", json!(100));
    fill(configuration, "strategy", json!("ROLLING"));
    fill(configuration, "bakeTimeInMinutes", json!(0));
    match configuration["strategy"].as_str() {
        Some("CANARY") => {
            fill(configuration, "canaryConfiguration", json!({}));
            fill(
                &mut configuration["canaryConfiguration"],
                "canaryPercent",
                json!(5.0),
            );
            fill(
                &mut configuration["canaryConfiguration"],
                "canaryBakeTimeInMinutes",
                json!(10),
            );
        }
        Some("LINEAR") => {
            fill(configuration, "linearConfiguration", json!({}));
            fill(
                &mut configuration["linearConfiguration"],
                "stepPercent",
                json!(10.0),
            );
            fill(
                &mut configuration["linearConfiguration"],
                "stepBakeTimeInMinutes",
                json!(6),
            );
        }
        _ => {}
    }
}

fn fill(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.entry(key).or_insert(value);
    }
}

/// Refuses the members that are not simulated, unless they are empty.
pub(super) fn refuse_unused(call: &Call) -> Result<(), AwsError> {
    let empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    match NOT_SIMULATED.iter().find(|key| !empty(&call.json[**key])) {
        Some(key) => Err(call.unknown_parameter(key)),
        None => Ok(()),
    }
}
