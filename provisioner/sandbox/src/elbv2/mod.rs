//! Elastic Load Balancing v2: application load balancers, target groups, listeners and rules (Query XML, version 2015-12-01).
//!
//! Owns what stands between the internet and a task: who forwards to what, and which targets are healthy. The objects are stored in the
//! shapes AWS answers them in, so that every field sent comes back. Knows EC2 for subnets, groups and interfaces; must not know ECS,
//! which registers its tasks here.

mod action;
mod attributes;
mod forward;
mod front;
mod listener;
mod load_balancer;
mod network;
mod rule;
mod tags;
mod target;
mod target_group;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use winterbaume_elasticloadbalancingv2::model;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::{Tagged, Tags};
use crate::world::World;

pub(crate) use forward::{forwards, is_reached, set_forwards};
#[cfg(test)]
pub(crate) use front::Way;
pub(crate) use front::{Check, Front, Group, Step, fronts, groups};
pub(crate) use target::{
    Answers, ERRING, Health, NewTarget, Probe, deregister_target, health_of, probe_all,
    register_target, set_probe,
};

/// The objects of one region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    load_balancers: BTreeMap<String, LoadBalancer>,
    target_groups: BTreeMap<String, TargetGroup>,
    listeners: BTreeMap<String, Listener>,
    rules: BTreeMap<String, Rule>,
    /// Interfaces of deleted load balancers, which AWS releases some time later.
    departing: Vec<Departing>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct LoadBalancer {
    shape: model::LoadBalancer,
    attributes: BTreeMap<String, String>,
    tags: Tags,
    active_at: u64,
    interfaces: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct TargetGroup {
    shape: model::TargetGroup,
    attributes: BTreeMap<String, String>,
    tags: Tags,
    targets: Vec<target::Target>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Listener {
    shape: model::Listener,
    attributes: BTreeMap<String, String>,
    tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rule {
    shape: model::Rule,
    listener_arn: String,
    tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Departing {
    interfaces: Vec<String>,
    due: u64,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateLoadBalancer" => load_balancer::create(world, call),
        "DescribeLoadBalancers" => load_balancer::describe(world, call),
        "DescribeLoadBalancerAttributes" => load_balancer::describe_attributes(world, call),
        "ModifyLoadBalancerAttributes" => load_balancer::modify_attributes(world, call),
        "SetSubnets" => load_balancer::set_subnets(world, call),
        "SetSecurityGroups" => load_balancer::set_security_groups(world, call),
        "SetIpAddressType" => load_balancer::set_ip_address_type(world, call),
        "DeleteLoadBalancer" => load_balancer::delete(world, call),
        "CreateTargetGroup" => target_group::create(world, call),
        "DescribeTargetGroups" => target_group::describe(world, call),
        "ModifyTargetGroup" => target_group::modify(world, call),
        "DescribeTargetGroupAttributes" => target_group::describe_attributes(world, call),
        "ModifyTargetGroupAttributes" => target_group::modify_attributes(world, call),
        "DeleteTargetGroup" => target_group::delete(world, call),
        "RegisterTargets" => target::register(world, call),
        "DeregisterTargets" => target::deregister(world, call),
        "DescribeTargetHealth" => target::describe_health(world, call),
        "CreateListener" => listener::create(world, call),
        "DescribeListeners" => listener::describe(world, call),
        "ModifyListener" => listener::modify(world, call),
        "DeleteListener" => listener::delete(world, call),
        "DescribeListenerAttributes" => listener::describe_attributes(world, call),
        "ModifyListenerAttributes" => listener::modify_attributes(world, call),
        "DescribeListenerCertificates" => listener::describe_certificates(world, call),
        "CreateRule" => rule::create(world, call),
        "DescribeAccountLimits" => rule::limits(world, call),
        "DescribeRules" => rule::describe(world, call),
        "ModifyRule" => rule::modify(world, call),
        "SetRulePriorities" => rule::set_priorities(world, call),
        "DeleteRule" => rule::delete(world, call),
        "AddTags" => tags::add(world, call),
        "RemoveTags" => tags::remove(world, call),
        "DescribeTags" => tags::describe(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Turns what is due: interfaces of deleted load balancers, drained targets.
pub(crate) fn settle(world: &mut World, region: &str) {
    load_balancer::settle(world, region);
    target::settle(world, region);
}

/// When something of a region changes by itself, after the present moment.
pub(crate) fn next_due(world: &World, region: &str) -> Option<u64> {
    target::next_due(&world.regions.get(region)?.elbv2, world.now())
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let Some(state) = world.regions.get(region).map(|region| &region.elbv2) else {
        return Vec::new();
    };
    let load_balancers = state
        .load_balancers
        .iter()
        .map(|(arn, it)| (arn, LOAD_BALANCER_KIND, &it.tags));
    let target_groups = state
        .target_groups
        .iter()
        .map(|(arn, it)| (arn, "elasticloadbalancing:targetgroup", &it.tags));
    let listeners = state
        .listeners
        .iter()
        .map(|(arn, it)| (arn, "elasticloadbalancing:listener", &it.tags));
    let rules = state
        .rules
        .iter()
        .map(|(arn, it)| (arn, "elasticloadbalancing:listener-rule", &it.tags));
    load_balancers
        .chain(target_groups)
        .chain(listeners)
        .chain(rules)
        .map(|(arn, kind, tags)| Tagged {
            arn: arn.clone(),
            kind,
            tags: tags.clone(),
        })
        .collect()
}

const LOAD_BALANCER_KIND: &str = "elasticloadbalancing:loadbalancer";

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let of_region = |state: &State| {
        [
            ("load balancer", state.load_balancers.len()),
            ("target group", state.target_groups.len()),
            ("listener", state.listeners.len()),
            ("listener rule", state.rules.len()),
        ]
    };
    world
        .regions
        .values()
        .flat_map(|region| of_region(&region.elbv2))
        .collect()
}

/// The load balancers that forward to a target group; none if the group is not there either.
pub(crate) fn load_balancers_of(world: &World, region: &str, group: &str) -> Vec<String> {
    world
        .regions
        .get(region)
        .map(|region| target_group::holders(&region.elbv2, group))
        .unwrap_or_default()
}

/// The type of target and the VPC of a target group.
pub(crate) fn target_group_place(
    world: &World,
    region: &str,
    group: &str,
) -> Option<(String, String)> {
    let shape = &world
        .regions
        .get(region)?
        .elbv2
        .target_groups
        .get(group)?
        .shape;
    Some((shape.target_type.clone()?, shape.vpc_id.clone()?))
}

fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.region(&call.region).elbv2
}

/// Names of load balancers and target groups (API reference).
fn check_name(what: &str, name: &str) -> Result<(), AwsError> {
    let fits = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if fits {
        return Ok(());
    }
    let message = format!(
        "The {what} name '{name}' must have 1 to 32 alphanumeric characters or hyphens and not begin or end with a hyphen"
    );
    Err(AwsError::new("ValidationError", message))
}

fn bad_marker() -> AwsError {
    AwsError::new("ValidationError", "The marker is not valid")
}

/// Whether a listener rule is there, default rules included.
pub(crate) fn has_rule(world: &World, region: &str, arn: &str) -> bool {
    world
        .regions
        .get(region)
        .is_some_and(|region| rule::shape_of(&region.elbv2, arn).is_ok())
}
