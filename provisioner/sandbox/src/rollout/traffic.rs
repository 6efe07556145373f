//! Where a service's production traffic goes: which target group is live, and how ECS moves it to the other.
//!
//! The two groups of a load balancer take turns: new tasks register in the one that the production rule does not forward to (ECS
//! Developer Guide, "Blue/green deployment resources"). Must not know: stages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::ecs::{Record, Service};
use crate::elbv2::{self, Health};
use crate::world::World;

/// The two target groups of a load balancer, and the rules in front of them.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    groups: [String; 2],
    rule: String,
    test_rule: Option<String>,
    pub(super) role: String,
}

impl Pair {
    fn other(&self, group: &str) -> String {
        let [first, second] = &self.groups;
        if group == first { second } else { first }.clone()
    }
}

/// Which group new tasks register in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Live,
    Idle,
}

/// Which rule is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Production,
    Test,
}

/// The load balancers of a revision: the group that it names, and the pair if it has two.
pub(super) fn balancers(shape: &Map<String, Value>) -> Vec<(String, Option<Pair>)> {
    let list = shape.get("loadBalancers").and_then(Value::as_array);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of_balancer = |balancer: &Value| {
        let group = text(&balancer["targetGroupArn"])?;
        let advanced = &balancer["advancedConfiguration"];
        let pair = text(&advanced["alternateTargetGroupArn"])
            .zip(text(&advanced["productionListenerRule"]))
            .map(|(alternate, rule)| Pair {
                groups: [group.clone(), alternate],
                rule,
                test_rule: text(&advanced["testListenerRule"]),
                role: text(&advanced["roleArn"]).unwrap_or_default(),
            });
        Some((group, pair))
    };
    list.into_iter().flatten().filter_map(of_balancer).collect()
}

/// Settles the groups that a revision's tasks register in. The error is a sentence for people.
pub(super) fn place(
    world: &mut World,
    region: &str,
    service: &Service,
    revision: &str,
    side: Side,
) -> Result<(), String> {
    let Some(found) = service.revision(revision) else {
        return Ok(());
    };
    let mut groups = Vec::new();
    for (group, pair) in balancers(&found.shape) {
        let Some(pair) = pair else {
            groups.push(group);
            continue;
        };
        let live = live(world, region, &pair)?;
        groups.push(match side {
            Side::Live => live,
            Side::Idle => pair.other(&live),
        });
    }
    put_groups(world, region, service, revision, groups);
    Ok(())
}

/// The same for a rolling deployment, which goes to the live group if that can be told, and else to the one that is named.
pub(super) fn place_rolling(world: &mut World, region: &str, service: &Service, revision: &str) {
    let placed = place(world, region, service, revision, Side::Live);
    if let (Err(_), Some(found)) = (placed, service.revision(revision)) {
        let named = balancers(&found.shape).into_iter().map(|(group, _)| group);
        let named = named.collect();
        put_groups(world, region, service, revision, named);
    }
}

fn put_groups(
    world: &mut World,
    region: &str,
    service: &Service,
    revision: &str,
    groups: Vec<String>,
) {
    let services = &mut world.region(region).ecs.services;
    let revisions = services
        .get_mut(&service.key())
        .map(|service| &mut service.revisions);
    let mut revisions = revisions.into_iter().flatten();
    if let Some(found) = revisions.find(|it| it.arn == revision) {
        found.groups = groups;
    }
}

/// The group that a production rule forwards to. The sentences are AWS's (ECS Developer Guide, "Troubleshooting Amazon ECS blue/green
/// deployments").
fn live(world: &World, region: &str, pair: &Pair) -> Result<String, String> {
    let Some(weights) = elbv2::forwards(world, region, &pair.rule) else {
        return Err("One or more rules not found".to_owned());
    };
    let serving: Vec<&String> = weights
        .iter()
        .filter(|(_, weight)| *weight > 0)
        .map(|(group, _)| group)
        .collect();
    if let Some(strange) = serving.iter().find(|group| !pair.groups.contains(group)) {
        return Err(format!(
            "Production listener rule is forwarding traffic to unexpected target group {strange}. Expected traffic to be forwarded \
             to either targetGroupArn: {} or alternateTargetGroupArn: {}",
            pair.groups[0], pair.groups[1]
        ));
    }
    match serving.as_slice() {
        [one] => Ok((*one).clone()),
        other => Err(format!(
            "productionListenerRule {} should have exactly one target group serving traffic but found {} target groups which are \
             serving traffic",
            pair.rule,
            other.len()
        )),
    }
}

/// Gives a revision this share of the traffic, in percent, and the rest to the other group of each pair. The pairs are those of the
/// deployment's target revision, or its own: one of the two may have only one group.
pub(super) fn give(
    world: &mut World,
    region: &str,
    service: &Service,
    record: &Record,
    revision: &str,
    which: Which,
    percent: f64,
) -> Result<(), String> {
    let (Some(target), Some(given)) =
        (service.revision(&record.target), service.revision(revision))
    else {
        return Ok(());
    };
    let own = balancers(&given.shape);
    for (index, (_, pair)) in balancers(&target.shape).into_iter().enumerate() {
        let pair = pair.or_else(|| own.get(index)?.1.clone());
        let (Some(pair), Some(group)) = (pair, given.groups.get(index)) else {
            continue;
        };
        let rule = match which {
            Which::Production => Some(&pair.rule),
            Which::Test => pair.test_rule.as_ref(),
        };
        let Some(rule) = rule.filter(|_| pair.groups.contains(group)) else {
            continue;
        };
        let (share, rest) = weights(percent);
        let mut both = [(group.clone(), share), (pair.other(group), rest)];
        both.sort_by_key(|(group, _)| *group != pair.groups[0]);
        if !elbv2::set_forwards(world, region, rule, &both) {
            return Err("One or more rules not found".to_owned());
        }
    }
    Ok(())
}

/// A share as two weights, which are whole numbers up to 999 (API reference, `TargetGroupTuple`).
fn weights(percent: f64) -> (i32, i32) {
    if percent.fract() == 0.0 {
        return (percent as i32, 100 - percent as i32);
    }
    let share = (percent * 10.0).round() as i32;
    (share, 1_000 - share)
}

/// Whether a revision's tasks get production requests.
pub(super) fn has_traffic(world: &World, region: &str, service: &Service, revision: &str) -> bool {
    let Some(found) = service.revision(revision) else {
        return false;
    };
    let all = Weights::of(world, region, service);
    found.groups.is_empty() || found.groups.iter().any(|group| all.weight(group) > 0)
}

/// How a service stands in its production traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// How many healthy tasks there are to be: `minimumHealthyPercent` of the desired count while rolling, the desired count where
    /// traffic is shifted.
    pub wanted: u32,
    /// How many healthy tasks stand behind production traffic; where it goes to two target groups, in the one that has fewer.
    pub healthy_under_traffic: u32,
    /// The production weight of every target group of the service.
    pub weights: BTreeMap<String, u32>,
}

/// The production weights of the groups that a service's revisions may register in.
struct Weights(BTreeMap<String, i32>);

impl Weights {
    fn of(world: &World, region: &str, service: &Service) -> Self {
        let mut weights = BTreeMap::new();
        let mut single = BTreeSet::new();
        let present: BTreeSet<&str> = service
            .deployments
            .iter()
            .map(|deployment| deployment.revision.as_str())
            .collect();
        for revision in present.iter().filter_map(|arn| service.revision(arn)) {
            for (group, pair) in balancers(&revision.shape) {
                let Some(pair) = pair else {
                    single.insert(group);
                    continue;
                };
                let now = elbv2::forwards(world, region, &pair.rule).unwrap_or_default();
                for group in &pair.groups {
                    let weight = now.iter().find(|(it, _)| it == group);
                    weights.insert(group.clone(), weight.map_or(0, |(_, weight)| *weight));
                }
            }
        }
        for group in single {
            let reached = elbv2::is_reached(world, region, &group);
            weights
                .entry(group)
                .or_insert(if reached { 100 } else { 0 });
        }
        Self(weights)
    }

    fn weight(&self, group: &str) -> i32 {
        self.0.get(group).copied().unwrap_or(0)
    }
}

/// How a service stands.
pub(crate) fn serving(world: &World, region: &str, service: &Service) -> Serving {
    let configuration = &service.shape["deploymentConfiguration"];
    let least = match configuration["strategy"].as_str() {
        None | Some("ROLLING") => configuration["minimumHealthyPercent"].as_u64(),
        Some(_) => None,
    };
    let wanted = (u64::from(service.desired) * least.unwrap_or(100)).div_ceil(100) as u32;
    let weights = Weights::of(world, region, service);
    let tasks = world.regions.get(region).map(|region| &region.ecs.tasks);
    let own = || {
        let all = tasks.into_iter().flat_map(BTreeMap::values);
        all.filter(|task| task.cluster == service.cluster && task.service == service.name)
    };
    let healthy_in = |group: &str| {
        own()
            .filter(|task| {
                let targets = super::targets(service, &task.revision);
                let port = targets.iter().find(|(it, _)| it == group);
                let place = task.place.as_ref().filter(|_| !task.is_stopped());
                place.zip(port).is_some_and(|(place, (_, port))| {
                    elbv2::health_of(world, region, group, &place.ip, *port)
                        == Some(Health::Healthy)
                })
            })
            .count() as u32
    };
    let healthy = if weights.0.is_empty() {
        own()
            .filter(|task| super::is_healthy(world, region, service, task))
            .count() as u32
    } else {
        let reached = weights.0.iter().filter(|(_, weight)| **weight > 0);
        reached
            .map(|(group, _)| healthy_in(group))
            .min()
            .unwrap_or(0)
    };
    Serving {
        wanted,
        healthy_under_traffic: healthy,
        weights: weights
            .0
            .into_iter()
            .map(|(group, weight)| (group, weight.unsigned_abs()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_becomes_two_whole_weights() {
        assert_eq!(weights(10.0), (10, 90));
        assert_eq!(weights(12.5), (125, 875));
        assert_eq!(weights(0.1), (1, 999));
        assert_eq!(weights(100.0), (100, 0));
    }
}
