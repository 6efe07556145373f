//! Whether requests reach the tasks that are there.
//!
//! The weights between two target groups are ECS's, which moves them while it deploys. Between deployments they should lead
//! to the group in which the tasks are. Which one that is, neither a rule nor a service says: ECS goes on naming the group
//! that it began with. So the group that is *live* is the one with healthy targets, and a rule whose weights all lie on
//! groups without any is an outage that a write of the weights ends. Where no group has a healthy target although tasks are
//! wanted, it is one that no weights end.
//!
//! ECS registers each task with its group before the task counts as running, and takes it out before it stops. So where the
//! groups hold another number of targets than tasks run, or one that is not well or on another port, somebody may have been
//! at them: what is no task's gets requests that no task answers, and a task whose target was taken out gets none.
//!
//! What it costs: one DescribeTargetHealth per target group of a service of which tasks are wanted, asked as soon as the
//! services are known, so that a look takes no further round. A service that deploys, or waits for its first image, costs
//! nothing: there, nothing can be told yet. The tasks are asked about only where the targets are not as they should be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_ecs::types::{DeploymentRolloutState, Service};
use aws_sdk_elasticloadbalancingv2::types::{
    Rule, TargetDescription, TargetHealthDescription, TargetHealthStateEnum,
};
use hcctl_engine::{Class, Fault};
use serde::{Deserialize, Serialize};

use super::{listener_rule, service};
use crate::aws::{Aws, fault};

mod tasks;

/// One service of ours between two deployments, of which tasks are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The name in its address.
    pub service: String,
    /// The tasks that are wanted.
    pub wanted: u32,
    /// By target group's ARN, how many targets are healthy.
    pub healthy: BTreeMap<String, usize>,
    /// By target group's ARN, the targets that are not as ECS registers them, as `ADDRESS:PORT`.
    pub strays: BTreeMap<String, Strays>,
    /// The rule that ECS shifts test traffic with: it leads where ECS left it.
    test_rule: Option<String>,
}

/// Targets, as `ADDRESS:PORT`, that are not as ECS registers them.
pub type Strays = BTreeMap<String, Stray>;

/// What is wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stray {
    /// Somebody registered it: it is no task of the service.
    #[serde(rename = "not a task of the service")]
    Foreign,
    /// Somebody took it out, though its task runs.
    #[serde(rename = "deregistered, though its task runs")]
    Missing,
}

impl Reach {
    /// Whether no task of it answers, though tasks are wanted.
    pub fn is_silent(&self) -> bool {
        !self.healthy.is_empty() && self.healthy.values().all(|healthy| *healthy == 0)
    }
}

/// Why nobody is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The weights lead past the tasks that are there: an apply puts them back.
    Weights(String),
    /// No task takes requests, though so many are wanted: no write of hcctl's ends that.
    Silent(u32),
    /// Rules of others come first and take every request: they are theirs to remove.
    Covered(String),
}

impl Outage {
    /// What it is, without a full stop.
    pub fn text(&self) -> String {
        match self {
            Self::Weights(how) | Self::Covered(how) => how.clone(),
            Self::Silent(wanted) => format!(
                "no target is healthy, though {wanted} {} wanted: no request is answered",
                if *wanted == 1 { "task is" } else { "tasks are" }
            ),
        }
    }
}

/// By service, what keeps requests from being answered between two deployments.
pub async fn outages(aws: &Aws) -> Result<BTreeMap<String, Outage>, Fault> {
    let all = Box::pin(all(aws)).await?;
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let silent = all.iter().filter(|reach| reach.is_silent());
    let mut found: BTreeMap<String, Outage> = silent
        .map(|reach| (reach.service.clone(), Outage::Silent(reach.wanted)))
        .collect();
    let rules = Box::pin(listener_rule::of_ours(aws)).await?;
    let leads_to = |rule: &Rule| {
        let weights = listener_rule::groups(rule);
        let (first, _) = weights.first()?;
        all.iter().find(|reach| reach.healthy.contains_key(first))
    };
    for (rule, listener) in rules.iter() {
        let Some(of) = leads_to(rule) else { continue };
        let arn = rule.rule_arn().unwrap_or_default();
        if let Some(how) = astray(&all, arn, &listener_rule::groups(rule)) {
            found.insert(of.service.clone(), Outage::Weights(how));
            continue;
        }
        let mut others = rules.iter().filter(|(other, on)| {
            on == listener && leads_to(other).is_none() && covers(other, rule)
        });
        if let Some((other, _)) = others.next() {
            let how = format!(
                "rule {} on the same listener, which hcctl did not make, comes first and takes every request: {}",
                other.priority().unwrap_or_default(),
                other.rule_arn().unwrap_or_default()
            );
            found
                .entry(of.service.clone())
                .or_insert(Outage::Covered(how));
        }
    }
    Ok(found)
}

/// Whether a rule comes before another on its listener, and takes all that the other would: by paths only, because whether its
/// other conditions hold only a request tells.
fn covers(first: &Rule, then: &Rule) -> bool {
    let priority = |rule: &Rule| rule.priority().and_then(|text| text.parse::<u32>().ok());
    let (Some(before), Some(after)) = (priority(first), priority(then)) else {
        return false;
    };
    let paths = |rule: &Rule| -> Vec<String> {
        let conditions = rule.conditions().iter();
        let of_paths = conditions.filter_map(|one| one.path_pattern_config());
        of_paths
            .flat_map(|config| config.values().to_vec())
            .collect()
    };
    let only_paths = first
        .conditions()
        .iter()
        .all(|one| one.path_pattern_config().is_some());
    let (theirs, ours) = (paths(first), paths(then));
    let taken = |path: &String| theirs.iter().any(|pattern| includes(pattern, path));
    // Several path conditions of a rule must all hold; nobody writes that, and it is not worked out here.
    before < after
        && only_paths
        && first.conditions().len() == 1
        && !ours.is_empty()
        && ours.iter().all(taken)
}

/// Whether every path that a pattern takes is taken by another, where that can be seen from a literal beginning.
fn includes(wide: &str, narrow: &str) -> bool {
    let beginning = wide.strip_suffix('*');
    let literal = beginning.filter(|start| !start.contains(['*', '?']));
    wide == narrow || literal.is_some_and(|start| narrow.starts_with(start))
}

/// Every such service, read once; nothing of a service whose targets the caller may not see.
pub async fn all(aws: &Aws) -> Result<Arc<Vec<Reach>>, Fault> {
    let read = async {
        let live = Box::pin(service::live(aws)).await?;
        let settled = live.iter().filter(|seen| is_settled(seen));
        let ours = settled.filter_map(|seen| Some((service::address(aws, seen)?, seen.clone())));
        let look = |(name, seen)| Box::pin(look(aws, name, seen));
        let found = aws.crowd(ours, look).await?;
        Ok(found.into_iter().flatten().collect())
    };
    aws.once("reach", read).await
}

/// What weights do to requests, where they keep them from every healthy target of a service.
pub(super) fn astray(all: &[Reach], rule: &str, weights: &[(String, i32)]) -> Option<String> {
    let healthy = |arn: &String| {
        let mut of = all.iter().filter_map(|reach| reach.healthy.get(arn));
        of.next().copied()
    };
    let test = |reach: &Reach| reach.test_rule.as_deref() == Some(rule);
    if all.iter().any(test) {
        return None;
    }
    let known: Option<Vec<_>> = weights
        .iter()
        .map(|(arn, weight)| Some((name(arn), *weight, healthy(arn)?)))
        .collect();
    let known = known?;
    let (live, dead): (Vec<_>, Vec<_>) = known.iter().partition(|(.., healthy)| *healthy > 0);
    if live.is_empty() || live.iter().any(|(_, weight, _)| *weight > 0) {
        return None;
    }
    let live = list(live.iter().map(|(name, ..)| *name));
    let taken = list(
        dead.iter()
            .filter(|(_, weight, _)| *weight > 0)
            .map(|(name, ..)| *name),
    );
    Some(if taken.is_empty() {
        format!("weight 0 on {live}, where the tasks are: no request is answered")
    } else {
        format!("all requests go to {taken}, where no target is healthy; the tasks are in {live}")
    })
}

/// The weights that lead to the tasks: all on the first group with healthy targets; as they are where none has any.
pub(super) async fn towards_tasks(
    aws: &Aws,
    weights: &[(String, i32)],
) -> Result<Vec<(String, i32)>, Fault> {
    let groups = weights.iter().map(|(arn, _)| arn.clone());
    let found = aws.crowd(groups, |arn| async move { targets(aws, &arn).await });
    let found = found.await?;
    let takes = |group: &Option<Targets>| group.as_ref().is_some_and(|group| group.healthy > 0);
    let Some(live) = found.iter().position(takes) else {
        return Ok(weights.to_vec());
    };
    let places = weights.iter().enumerate();
    Ok(places
        .map(|(place, (arn, _))| (arn.clone(), i32::from(place == live) * 100))
        .collect())
}

/// Between two deployments, and with tasks wanted.
fn is_settled(seen: &Service) -> bool {
    let done = |state: Option<&DeploymentRolloutState>| {
        state.is_none_or(|state| *state == DeploymentRolloutState::Completed)
    };
    seen.desired_count > 0 && matches!(seen.deployments(), [only] if done(only.rollout_state()))
}

async fn look(aws: &Aws, name: String, seen: Service) -> Result<Option<Reach>, Fault> {
    let mut groups = Vec::new();
    let mut test_rule = None;
    for balancer in seen.load_balancers() {
        groups.extend(balancer.target_group_arn.clone());
        if let Some(advanced) = balancer.advanced_configuration() {
            groups.extend(advanced.alternate_target_group_arn.clone());
            test_rule.clone_from(&advanced.test_listener_rule);
        }
    }
    let read = |arn: String| async move { Ok((targets(aws, &arn).await?, arn)) };
    let found = aws.crowd(groups, read).await?;
    let targets: Option<BTreeMap<String, Targets>> = found
        .into_iter()
        .map(|(targets, arn)| Some((arn, targets?)))
        .collect();
    let Some(targets) = targets else {
        return Ok(None);
    };
    let port = seen.load_balancers().first();
    let port = port
        .and_then(|balancer| balancer.container_port)
        .unwrap_or_default();
    let all = || targets.values().flat_map(|group| &group.registered);
    let healthy: usize = targets.values().map(|group| group.healthy).sum();
    let running = seen.running_count.max(0) as usize;
    let usual = all().count() == running
        && healthy == running
        && all().all(|(_, registered)| *registered == port);
    let strays = if targets.is_empty() || usual {
        BTreeMap::new()
    } else {
        let tasks = Box::pin(tasks::of_service(aws, &seen)).await?;
        tasks.map_or_else(BTreeMap::new, |tasks| strays(&targets, &tasks, port))
    };
    let healthy = targets.into_iter().map(|(arn, all)| (arn, all.healthy));
    Ok(Some(Reach {
        service: name,
        wanted: seen.desired_count.unsigned_abs(),
        healthy: healthy.collect(),
        strays,
        test_rule,
    }))
}

/// The targets of a group.
#[derive(Clone, Debug, Default)]
struct Targets {
    /// How many take requests.
    healthy: usize,
    /// Address and port of those that are not on their way out.
    registered: BTreeSet<(String, i32)>,
}

/// By group, the targets that are no task's, and in the group that has the service's tasks those that are missing.
fn strays(
    targets: &BTreeMap<String, Targets>,
    tasks: &tasks::Addresses,
    port: i32,
) -> BTreeMap<String, Strays> {
    let mut strays: BTreeMap<String, Strays> = BTreeMap::new();
    let mut note = |group: &str, address: &str, port: i32, what| {
        let of = strays.entry(group.to_owned()).or_default();
        of.insert(format!("{address}:{port}"), what);
    };
    let registered = |address: &String| {
        let mut all = targets.values().flat_map(|group| &group.registered);
        all.any(|(other, at)| other == address && *at == port)
    };
    for (arn, group) in targets {
        for (address, at) in &group.registered {
            let known = tasks.running.contains(address) || tasks.stopped.contains(address);
            // Nor is another port of a task's address, which nobody takes out when the task goes.
            if !known || *at != port {
                note(arn, address, *at, Stray::Foreign);
            }
        }
    }
    // Between deployments all tasks are in one group. Where none is in any, nobody can say which.
    let of_tasks = |group: &Targets| {
        let mut all = group.registered.iter();
        all.any(|(address, _)| tasks.running.contains(address))
    };
    let mut homes = targets
        .iter()
        .filter(|(_, group)| targets.len() == 1 || of_tasks(group));
    if let (Some((home, _)), None) = (homes.next(), homes.next()) {
        let missing = tasks.running.iter().filter(|address| !registered(address));
        missing.for_each(|address| note(home, address, port, Stray::Missing));
    }
    strays
}

/// A target's address and port, of its name among [`Strays`].
pub(super) fn target(name: &str) -> Option<TargetDescription> {
    let (address, port) = name.rsplit_once(':')?;
    let target = TargetDescription::builder().id(address);
    Some(target.port(port.parse().ok()?).build())
}

/// The targets of a group; nothing where they cannot be known.
async fn targets(aws: &Aws, arn: &str) -> Result<Option<Targets>, Fault> {
    let call = aws.elb.describe_target_health().target_group_arn(arn);
    let answer = call.send().await;
    match answer.map_err(fault("elasticloadbalancing:DescribeTargetHealth")) {
        // A plan without this permission is still a plan.
        Err(fault) if fault.class == Class::Denied || fault.class == Class::NotFound => {
            tracing::debug!(%fault, arn, "the health of its targets is not known");
            Ok(None)
        }
        outcome => {
            let all = outcome?.target_health_descriptions.unwrap_or_default();
            Ok(Some(Targets {
                healthy: all.iter().filter(|one| is(one, &HEALTHY)).count(),
                registered: all
                    .iter()
                    .filter(|one| !is(one, &DRAINING))
                    .filter_map(|one| {
                        let target = one.target()?;
                        Some((target.id()?.to_owned(), target.port().unwrap_or_default()))
                    })
                    .collect(),
            }))
        }
    }
}

const HEALTHY: TargetHealthStateEnum = TargetHealthStateEnum::Healthy;
const DRAINING: TargetHealthStateEnum = TargetHealthStateEnum::Draining;

fn is(one: &TargetHealthDescription, state: &TargetHealthStateEnum) -> bool {
    one.target_health().and_then(|health| health.state()) == Some(state)
}

/// The name in a target group's ARN.
fn name(arn: &str) -> &str {
    arn.rsplit('/').nth(1).unwrap_or(arn)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLUE: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/blue/1";
    const GREEN: &str = "arn:aws:elasticloadbalancing:r:1:targetgroup/green/2";

    fn reach(blue: usize, green: usize) -> Vec<Reach> {
        vec![Reach {
            service: "cart".to_owned(),
            wanted: 1,
            healthy: BTreeMap::from([(BLUE.to_owned(), blue), (GREEN.to_owned(), green)]),
            strays: BTreeMap::new(),
            test_rule: Some("test".to_owned()),
        }]
    }

    fn weights(blue: i32, green: i32) -> [(String, i32); 2] {
        [(BLUE.to_owned(), blue), (GREEN.to_owned(), green)]
    }

    #[test]
    fn weights_must_lead_to_a_healthy_target() {
        let of = |reach: &[Reach], (blue, green)| astray(reach, "rule", &weights(blue, green));
        assert_eq!(of(&reach(1, 0), (100, 0)), None);
        assert_eq!(of(&reach(1, 1), (0, 1)), None);
        assert_eq!(
            of(&reach(2, 0), (0, 100)).unwrap(),
            "all requests go to green, where no target is healthy; the tasks are in blue"
        );
        assert_eq!(
            of(&reach(0, 2), (0, 0)).unwrap(),
            "weight 0 on green, where the tasks are: no request is answered"
        );
        assert_eq!(of(&reach(0, 0), (100, 0)), None, "no weights would help");
        assert_eq!(of(&[], (0, 0)), None, "it deploys, or nothing is wanted");
        assert_eq!(astray(&reach(2, 0), "test", &weights(0, 100)), None);
        assert!(reach(0, 0)[0].is_silent() && !reach(0, 1)[0].is_silent());
    }

    #[test]
    fn targets_are_the_tasks() {
        let group = |addresses: &[&str]| Targets {
            healthy: 0,
            registered: addresses
                .iter()
                .map(|address| address.split_once(':').unwrap_or((address, "8080")))
                .map(|(address, port)| (address.to_owned(), port.parse().unwrap()))
                .collect(),
        };
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let tasks = tasks::Addresses {
            running: set(&["10.0.1.1", "10.0.1.2"]),
            stopped: set(&["10.0.1.9"]),
        };
        let found = |blue: &[&str], green: &[&str]| {
            let targets = [(BLUE, group(blue)), (GREEN, group(green))];
            let targets = targets.map(|(arn, group)| (arn.to_owned(), group));
            let found = strays(&targets.into(), &tasks, 8080);
            let each = found.iter().flat_map(|(arn, strays)| {
                let name = name(arn);
                strays
                    .iter()
                    .map(move |(target, stray)| format!("{name} {target} {stray:?}"))
            });
            each.collect::<Vec<_>>()
        };
        assert!(found(&["10.0.1.1", "10.0.1.2"], &[]).is_empty());
        assert_eq!(
            found(&["10.0.1.1", "10.0.1.2"], &["10.9.0.1"]),
            ["green 10.9.0.1:8080 Foreign"]
        );
        assert_eq!(
            found(&["10.0.1.1"], &["10.9.0.1"]),
            ["blue 10.0.1.2:8080 Missing", "green 10.9.0.1:8080 Foreign"]
        );
        // Another port of a task's address is no task's target, and stays when the task goes.
        assert_eq!(
            found(&["10.0.1.1", "10.0.1.2", "10.0.1.2:9999"], &[]),
            ["blue 10.0.1.2:9999 Foreign"]
        );
        assert_eq!(
            found(&["10.0.1.1", "10.0.1.2:9999"], &[]),
            ["blue 10.0.1.2:8080 Missing", "blue 10.0.1.2:9999 Foreign"]
        );
        // A task that has just stopped is on its way out.
        assert!(found(&["10.0.1.1", "10.0.1.2", "10.0.1.9"], &[]).is_empty());
        // In which group they belong nothing tells.
        assert!(found(&[], &[]).is_empty());
        let target = target("10.9.0.1:80").unwrap();
        assert_eq!((target.id(), target.port()), (Some("10.9.0.1"), Some(80)));
        assert!(super::target("10.9.0.1").is_none());
    }
}
