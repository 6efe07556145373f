//! Application Auto Scaling for ECS services (JSON 1.1, `AnyScaleFrontendService`).
//!
//! Owns: scalable targets and their target tracking policies. Must not know: metrics; nothing but the bounds of a target moves a
//! service's desired count.

mod policy;
mod tags;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ecs;
use crate::tags::{Tagged, Tags};
use crate::world::World;

/// The scalable targets of one region, by resource id.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    targets: BTreeMap<String, Target>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Target {
    /// `service/CLUSTER/SERVICE`.
    resource: String,
    arn: String,
    min: u32,
    max: u32,
    suspended: Suspended,
    created: u64,
    tags: Tags,
    /// By name.
    policies: BTreeMap<String, Policy>,
}

/// Which kinds of scaling do not happen.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Suspended {
    dynamic_in: bool,
    dynamic_out: bool,
    scheduled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Policy {
    name: String,
    arn: String,
    created: u64,
    /// `TargetTrackingScalingPolicyConfiguration`, as sent.
    configuration: Map<String, Value>,
    /// Name and ARN of the alarms that the policy keeps for itself.
    alarms: Vec<(String, String)>,
}

/// The one kind of target that is simulated.
const NAMESPACE: &str = "ecs";
const DIMENSION: &str = "ecs:service:DesiredCount";

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "RegisterScalableTarget" => target::register(world, call),
        "DescribeScalableTargets" => target::describe(world, call),
        "DeregisterScalableTarget" => target::deregister(world, call),
        "PutScalingPolicy" => policy::put(world, call),
        "DescribeScalingPolicies" => policy::describe(world, call),
        "DeleteScalingPolicy" => policy::delete(world, call),
        "TagResource" => tags::add(world, call),
        "UntagResource" => tags::remove(world, call),
        "ListTagsForResource" => tags::list(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Brings every service's desired count between its target's bounds: a minimum above it scales out at once, unless that is suspended
/// (`RegisterScalableTarget`).
pub(crate) fn settle(world: &mut World, region: &str) {
    let targets: Vec<Target> = world
        .region(region)
        .scaling
        .targets
        .values()
        .cloned()
        .collect();
    for target in targets {
        let Some((cluster, service)) = names(&target.resource) else {
            continue;
        };
        let Some(desired) = ecs::desired_count(world, region, cluster, service) else {
            continue;
        };
        let wanted = if desired < target.min && !target.suspended.dynamic_out {
            target.min
        } else if desired > target.max && !target.suspended.dynamic_in {
            target.max
        } else {
            continue;
        };
        ecs::set_desired_count(world, region, cluster, service, wanted);
    }
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let targets = world
        .regions
        .get(region)
        .map(|region| region.scaling.targets.values());
    let tagged = |target: &Target| Tagged {
        arn: target.arn.clone(),
        kind: "application-autoscaling:scalable-target",
        tags: target.tags.clone(),
    };
    targets.into_iter().flatten().map(tagged).collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let targets = || {
        world
            .regions
            .values()
            .flat_map(|region| region.scaling.targets.values())
    };
    vec![
        ("scalable target", targets().count()),
        (
            "scaling policy",
            targets().map(|target| target.policies.len()).sum(),
        ),
    ]
}

/// Cluster and service of `service/CLUSTER/SERVICE`.
fn names(resource: &str) -> Option<(&str, &str)> {
    resource.strip_prefix("service/")?.split_once('/')
}

/// Refuses every namespace and dimension but ECS's desired count.
fn check_kind(namespace: &str, dimension: Option<&str>) -> Result<(), AwsError> {
    if namespace != NAMESPACE {
        return Err(AwsError::not_simulated(format!(
            "the service namespace '{namespace}'"
        )));
    }
    match dimension {
        Some(other) if other != DIMENSION => Err(AwsError::validation(format!(
            "Unsupported service namespace, resource type or scalable dimension: {other}"
        ))),
        _ => Ok(()),
    }
}

fn targets<'w>(world: &'w mut World, call: &Call) -> &'w mut BTreeMap<String, Target> {
    &mut world.region(&call.region).scaling.targets
}

fn not_found(what: &str, resource: &str) -> AwsError {
    let message = format!(
        "No {what} found for service namespace: {NAMESPACE}, resource ID: {resource}, scalable dimension: {DIMENSION}"
    );
    AwsError::new("ObjectNotFoundException", message)
}
