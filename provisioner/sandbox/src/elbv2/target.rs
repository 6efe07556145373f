//! Targets: registered, checked, drained. ECS registers its tasks here; nothing else in the sandbox answers a health check.

use serde::{Deserialize, Serialize};
use winterbaume_elasticloadbalancingv2::{model, wire};

use super::front::Backend;
use super::{State, TargetGroup, state, target_group};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// One registered address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    id: String,
    port: i32,
    zone: Option<String>,
    /// Whether something answers at the address: a task does, an address registered by hand does not.
    answers: bool,
    /// Whether what it answers is an error: `503` where the health check wants `200`.
    #[serde(default)]
    errs: bool,
    /// When the health checks have said what they say.
    checked_at: u64,
    drained_at: Option<u64>,
    /// What real health checks have found, where there are any.
    #[serde(default)]
    probed: Option<Probe>,
}

/// What real health checks found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Probe {
    /// The first is not through.
    Waiting,
    Passing,
    /// An answer with the wrong code.
    Mismatch,
    /// No answer.
    Timeout,
}

/// How a target that answers with an error is described (API reference, `TargetHealth`).
pub(crate) const ERRING: &str = "Health checks failed with these codes: [503]";

/// A task's address, and how the task answers health checks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewTarget<'a> {
    pub(crate) ip: &'a str,
    pub(crate) port: i32,
    pub(crate) zone: &'a str,
    pub(crate) answers: Answers,
}

/// How a task answers health checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Well,
    /// Well, after ten times the usual wait.
    Slowly,
    /// With an error.
    Badly,
    /// Not at all: it is about to exit.
    Never,
    /// As real health checks find.
    Really,
}

/// What the health checks say of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// The first checks are under way.
    Initial,
    /// It gets requests.
    Healthy,
    /// It does not answer.
    Unhealthy,
    /// It answers with an error.
    Erring,
    /// No listener forwards to its group.
    Unused,
    /// It was deregistered and finishes its requests.
    Draining,
}

impl Health {
    /// State, reason and description as `TargetHealth` (API reference) has them.
    fn words(self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match self {
            Self::Healthy => ("healthy", None, None),
            Self::Initial => (
                "initial",
                Some("Elb.RegistrationInProgress"),
                Some("Target registration is in progress"),
            ),
            Self::Unhealthy => (
                "unhealthy",
                Some("Target.Timeout"),
                Some("Request timed out"),
            ),
            Self::Erring => (
                "unhealthy",
                Some("Target.ResponseCodeMismatch"),
                Some(ERRING),
            ),
            Self::Unused => (
                "unused",
                Some("Target.NotInUse"),
                Some("Target group is not configured to receive traffic from the load balancer"),
            ),
            Self::Draining => (
                "draining",
                Some("Target.DeregistrationInProgress"),
                Some("Target deregistration is in progress"),
            ),
        }
    }
}

/// Registers a task's address; `false` if the group is gone.
pub(crate) fn register_target(
    world: &mut World,
    region: &str,
    group: &str,
    new: NewTarget<'_>,
) -> bool {
    let times = if new.answers == Answers::Slowly {
        10
    } else {
        1
    };
    let checked_at = world.now() + times * world.delays.target_healthy;
    let Some(found) = world.region(region).elbv2.target_groups.get_mut(group) else {
        return false;
    };
    let target = Target {
        id: new.ip.to_owned(),
        port: new.port,
        zone: Some(new.zone.to_owned()),
        answers: new.answers != Answers::Never,
        errs: new.answers == Answers::Badly,
        checked_at,
        drained_at: None,
        probed: (new.answers == Answers::Really).then_some(Probe::Waiting),
    };
    add(found, target);
    true
}

/// Starts draining a task's address; nothing happens if it is not registered.
pub(crate) fn deregister_target(world: &mut World, region: &str, group: &str, ip: &str, port: i32) {
    let drained_at = world.now() + world.delays.target_drain;
    if let Some(found) = world.region(region).elbv2.target_groups.get_mut(group) {
        drain(found, ip, port, drained_at);
    }
}

/// Writes what a real health check found of an address.
pub(crate) fn set_probe(
    world: &mut World,
    region: &str,
    group: &str,
    (ip, port): (&str, i32),
    probe: Probe,
) {
    let groups = &mut world.region(region).elbv2.target_groups;
    let targets = groups.get_mut(group).map(|group| &mut group.targets);
    let mut targets = targets.into_iter().flatten();
    if let Some(target) = targets.find(|it| it.id == ip && it.port == port) {
        target.probed = Some(probe);
    }
}

/// Lets the targets of tasks wait for real health checks from now on, or go by what they were told.
pub(crate) fn probe_all(world: &mut World, really: bool) {
    let regions = world.regions.values_mut();
    let groups = regions.flat_map(|region| region.elbv2.target_groups.values_mut());
    for target in groups.flat_map(|group| &mut group.targets) {
        target.probed = (really && target.zone.is_some()).then_some(Probe::Waiting);
    }
}

/// What the health checks say of an address; `None` if it is not registered (any more).
pub(crate) fn health_of(
    world: &World,
    region: &str,
    group: &str,
    ip: &str,
    port: i32,
) -> Option<Health> {
    let state = &world.regions.get(region)?.elbv2;
    let target = state
        .target_groups
        .get(group)?
        .targets
        .iter()
        .find(|it| it.id == ip && it.port == port)?;
    Some(health(state, group, target, world.now()))
}

/// A group's targets as a listener sees them.
pub(super) fn backends(state: &State, arn: &str, group: &TargetGroup, now: u64) -> Vec<Backend> {
    let backend = |target: &Target| Backend {
        ip: target.id.clone(),
        port: target.port,
        health: health(state, arn, target, now),
    };
    group.targets.iter().map(backend).collect()
}

/// `RegisterTargets`: an address that is there already stays as it is.
pub(super) fn register(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::RegisterTargetsInput = shape::form(call)?;
    let checked_at = world.now() + world.delays.target_healthy;
    let group = target_group::find(state(world, call), &input.target_group_arn)?;
    for sent in input.targets.items {
        if sent.id.parse::<std::net::IpAddr>().is_err() {
            let message = format!("The IP address '{}' is not a valid target", sent.id);
            return Err(AwsError::new("InvalidTarget", message));
        }
        let port = sent.port.or(group.shape.port).unwrap_or_default();
        let zone = sent.availability_zone;
        add(
            group,
            Target {
                id: sent.id,
                port,
                zone,
                answers: false,
                errs: false,
                checked_at,
                drained_at: None,
                probed: None,
            },
        );
    }
    Ok(wire::serialize_register_targets_response(&model::RegisterTargetsOutput {}).into())
}

/// `DeregisterTargets`: an address that is not there is `InvalidTarget`.
pub(super) fn deregister(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeregisterTargetsInput = shape::form(call)?;
    let drained_at = world.now() + world.delays.target_drain;
    let group = target_group::find(state(world, call), &input.target_group_arn)?;
    for sent in &input.targets.items {
        let port = sent.port.or(group.shape.port).unwrap_or_default();
        if !drain(group, &sent.id, port, drained_at) {
            let message = format!(
                "The target '{}' is not registered with the target group",
                sent.id
            );
            return Err(AwsError::new("InvalidTarget", message));
        }
    }
    Ok(wire::serialize_deregister_targets_response(&model::DeregisterTargetsOutput {}).into())
}

/// `DescribeTargetHealth`: of all targets, or of those asked for.
pub(super) fn describe_health(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTargetHealthInput = shape::form(call)?;
    shape::refuse(call, &["Include"])?;
    let now = world.now();
    let state = state(world, call);
    let group = target_group::find(state, &input.target_group_arn)?.clone();
    let wanted = input.targets.map(|targets| targets.items);
    let asked = |target: &&Target| {
        let same = |sent: &model::TargetDescription| {
            sent.id == target.id && sent.port.is_none_or(|port| port == target.port)
        };
        wanted.as_ref().is_none_or(|wanted| wanted.iter().any(same))
    };
    let descriptions: Vec<_> = group
        .targets
        .iter()
        .filter(asked)
        .map(|target| {
            let (name, reason, description) =
                health(state, &input.target_group_arn, target, now).words();
            model::TargetHealthDescription {
                health_check_port: Some(target.port.to_string()),
                target: Some(model::TargetDescription {
                    availability_zone: target.zone.clone(),
                    id: target.id.clone(),
                    port: Some(target.port),
                    quic_server_id: None,
                }),
                target_health: Some(model::TargetHealth {
                    description: description.map(str::to_owned),
                    reason: reason.map(str::to_owned),
                    state: Some(name.to_owned()),
                }),
                ..Default::default()
            }
        })
        .collect();
    let output = model::DescribeTargetHealthOutput {
        target_health_descriptions: Some(descriptions.into()),
    };
    Ok(wire::serialize_describe_target_health_response(&output).into())
}

/// When the next target of a region changes its state by itself, after the present moment.
pub(super) fn next_due(state: &State, now: u64) -> Option<u64> {
    let targets = state
        .target_groups
        .values()
        .flat_map(|group| &group.targets);
    targets
        .flat_map(|target| [Some(target.checked_at), target.drained_at])
        .flatten()
        .filter(|at| *at > now)
        .min()
}

/// Forgets the targets that have drained.
pub(super) fn settle(world: &mut World, region: &str) {
    let now = world.now();
    for group in world.region(region).elbv2.target_groups.values_mut() {
        group
            .targets
            .retain(|target| target.drained_at.is_none_or(|at| at > now));
    }
}

fn health(state: &State, group: &str, target: &Target, now: u64) -> Health {
    if target.drained_at.is_some() {
        Health::Draining
    } else if target_group::holders(state, group).is_empty() {
        Health::Unused
    } else if let Some(probed) = target.probed {
        match probed {
            Probe::Waiting => Health::Initial,
            Probe::Passing => Health::Healthy,
            Probe::Mismatch => Health::Erring,
            Probe::Timeout => Health::Unhealthy,
        }
    } else if target.checked_at > now {
        Health::Initial
    } else if target.errs {
        Health::Erring
    } else if target.answers {
        Health::Healthy
    } else {
        Health::Unhealthy
    }
}

fn add(group: &mut TargetGroup, target: Target) {
    let there = group
        .targets
        .iter_mut()
        .find(|it| it.id == target.id && it.port == target.port);
    match there {
        Some(there) if there.drained_at.is_some() => *there = target,
        Some(_) => {}
        None => group.targets.push(target),
    }
}

fn drain(group: &mut TargetGroup, id: &str, port: i32, drained_at: u64) -> bool {
    match group
        .targets
        .iter_mut()
        .find(|it| it.id == id && it.port == port)
    {
        Some(target) => {
            target.drained_at.get_or_insert(drained_at);
            true
        }
        None => false,
    }
}
