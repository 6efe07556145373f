//! What a real listener needs to know: where its rules lead, and which targets there are.

use winterbaume_elasticloadbalancingv2::model::{Action, RedirectActionConfig, RuleCondition};

use super::{Health, State, forward, rule, target};
use crate::world::World;

/// A listener.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    pub(crate) listener: String,
    pub(crate) balancer: String,
    /// The port that it has in AWS.
    pub(crate) port: u16,
    /// Whether it is one for HTTPS.
    pub(crate) secure: bool,
    /// `idle_timeout.timeout_seconds`.
    pub(crate) idle_seconds: u64,
    /// Its rules in their order, the default one last.
    pub(crate) ways: Vec<Way>,
}

/// A rule.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) conditions: Vec<RuleCondition>,
    pub(crate) step: Step,
}

/// What a rule does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Groups with their weights.
    Forward(Vec<(String, i32)>),
    Fixed {
        status: u16,
        kind: String,
        body: String,
    },
    Redirect(RedirectActionConfig),
    /// Something that is not simulated, by its name.
    Unknown(String),
}

/// A target group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) region: String,
    pub(crate) arn: String,
    pub(crate) check: Check,
    pub(crate) backends: Vec<Backend>,
}

/// A target.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    pub(crate) ip: String,
    pub(crate) port: i32,
    pub(crate) health: Health,
}

/// A group's health checks; times in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) path: String,
    pub(crate) interval: u64,
    pub(crate) timeout: u64,
    pub(crate) healthy: u32,
    pub(crate) unhealthy: u32,
    /// `200`, `200,202` or `200-299`.
    pub(crate) codes: String,
}

/// The listeners of all regions.
pub(crate) fn fronts(world: &World) -> Vec<Front> {
    let states = world.regions.values().map(|region| &region.elbv2);
    states
        .flat_map(|state| of_state(state, world.now()))
        .collect()
}

fn of_state(state: &State, now: u64) -> Vec<Front> {
    let front = |listener: &super::Listener| {
        let shape = &listener.shape;
        let arn = shape.listener_arn.clone()?;
        let balancer = shape.load_balancer_arn.clone()?;
        let standing = state.load_balancers.get(&balancer)?;
        if standing.active_at > now {
            return None;
        }
        let idle = standing.attributes.get("idle_timeout.timeout_seconds");
        let mut rules: Vec<&super::Rule> = rule::of_listener(state, &arn).collect();
        rules.sort_by_key(|rule| {
            let priority = rule.shape.priority.as_deref();
            priority
                .and_then(|text| text.parse::<u32>().ok())
                .unwrap_or(u32::MAX)
        });
        let mut ways: Vec<Way> = rules
            .into_iter()
            .map(|rule| Way {
                conditions: rule
                    .shape
                    .conditions
                    .iter()
                    .flat_map(|it| it.items.clone())
                    .collect(),
                step: step(rule.shape.actions.iter().flat_map(|it| &it.items)),
            })
            .collect();
        ways.push(Way {
            conditions: Vec::new(),
            step: step(shape.default_actions.iter().flat_map(|it| &it.items)),
        });
        Some(Front {
            listener: arn,
            balancer,
            port: u16::try_from(shape.port?).ok()?,
            secure: shape.protocol.as_deref() == Some("HTTPS"),
            idle_seconds: idle.and_then(|text| text.parse().ok()).unwrap_or(60),
            ways,
        })
    };
    state.listeners.values().filter_map(front).collect()
}

/// The last action decides; those before it would authenticate, which is not simulated.
fn step<'a>(actions: impl Iterator<Item = &'a Action>) -> Step {
    let mut actions: Vec<&Action> = actions.collect();
    actions.sort_by_key(|action| action.order);
    let Some(action) = actions.last() else {
        return Step::Unknown("no action".to_owned());
    };
    if actions.len() > 1 {
        return Step::Unknown(actions[0].r#type.clone());
    }
    match (&action.fixed_response_config, &action.redirect_config) {
        (Some(fixed), _) => Step::Fixed {
            status: fixed.status_code.parse().unwrap_or(200),
            kind: fixed
                .content_type
                .clone()
                .unwrap_or_else(|| "text/plain".to_owned()),
            body: fixed.message_body.clone().unwrap_or_default(),
        },
        (_, Some(redirect)) => Step::Redirect(redirect.clone()),
        _ if action.r#type == "forward" => Step::Forward(forward::weights(action)),
        _ => Step::Unknown(action.r#type.clone()),
    }
}

/// The target groups of all regions.
pub(crate) fn groups(world: &World) -> Vec<Group> {
    let now = world.now();
    let regions = world.regions.iter();
    let all = regions.flat_map(|(region, state)| {
        let groups = state.elbv2.target_groups.iter();
        groups.map(move |(arn, group)| {
            let shape = &group.shape;
            let seconds = |value: Option<i32>, usual: u64| {
                value
                    .and_then(|value| u64::try_from(value).ok())
                    .unwrap_or(usual)
            };
            let count = |value: Option<i32>, usual: u32| {
                value
                    .and_then(|value| u32::try_from(value).ok())
                    .unwrap_or(usual)
            };
            let codes = shape.matcher.as_ref().and_then(|it| it.http_code.clone());
            Group {
                region: region.clone(),
                arn: arn.clone(),
                check: Check {
                    path: shape
                        .health_check_path
                        .clone()
                        .unwrap_or_else(|| "/".to_owned()),
                    interval: seconds(shape.health_check_interval_seconds, 30),
                    timeout: seconds(shape.health_check_timeout_seconds, 5),
                    healthy: count(shape.healthy_threshold_count, 5),
                    unhealthy: count(shape.unhealthy_threshold_count, 2),
                    codes: codes.unwrap_or_else(|| "200".to_owned()),
                },
                backends: target::backends(&state.elbv2, arn, group, now),
            }
        })
    });
    all.collect()
}
