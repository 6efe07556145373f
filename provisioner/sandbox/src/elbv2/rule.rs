//! Listener rules: found by listener and priority; the default rule is the listener's own action.

use winterbaume_elasticloadbalancingv2::{model, wire};

use super::listener::{check_forwards, listener};
use super::{Rule, State, action, state, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::shape;
use crate::world::World;

/// `CreateRule`: a priority holds one rule per listener (`PriorityInUse`).
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateRuleInput = shape::form(call)?;
    if !(1..=50_000).contains(&input.priority) {
        return Err(AwsError::new(
            "ValidationError",
            format!("Priority '{}' must be between 1 and 50000", input.priority),
        ));
    }
    let parent = listener(state(world, call), &input.listener_arn)?;
    let load_balancer = parent.shape.load_balancer_arn.clone().unwrap_or_default();
    if occupied(
        state(world, call),
        &input.listener_arn,
        input.priority,
        None,
    ) {
        return Err(in_use(input.priority));
    }
    let most = world.quotas.rules_per_load_balancer;
    let on_it = |rule: &&Rule| balancer_of(&rule.listener_arn) == balancer_of(&input.listener_arn);
    if state(world, call).rules.values().filter(on_it).count() >= most {
        return Err(AwsError::new(
            "TooManyRules",
            "The maximum number of rules on the load balancer has been reached",
        ));
    }
    let actions = action::complete_actions(input.actions.items)?;
    let conditions = action::complete_conditions(input.conditions.items)?;
    check_forwards(state(world, call), &load_balancer, &actions)?;
    let protocol = parent_protocol(state(world, call), &input.listener_arn)?;
    action::check_protocol(&actions, &protocol)?;
    let transforms = input.transforms.filter(|list| !list.items.is_empty());
    if let Some(transforms) = &transforms {
        action::check_transforms(&transforms.items)?;
    }
    let id = world.hex(16);
    let arn = format!(
        "{}/{id}",
        input
            .listener_arn
            .replacen(":listener/", ":listener-rule/", 1)
    );
    let shape = model::Rule {
        actions: Some(actions.into()),
        conditions: Some(conditions.into()),
        is_default: Some(false),
        priority: Some(input.priority.to_string()),
        rule_arn: Some(arn.clone()),
        transforms,
    };
    let tags = tags::given(input.tags)?;
    let rule = Rule {
        shape: shape.clone(),
        listener_arn: input.listener_arn,
        tags,
    };
    state(world, call).rules.insert(arn, rule);
    let output = model::CreateRuleOutput {
        rules: Some(vec![shape].into()),
    };
    Ok(wire::serialize_create_rule_response(&output).into())
}

/// `DescribeRules`, of one listener or by ARN; the default rule comes last with priority `default`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeRulesInput = shape::form(call)?;
    let state = state(world, call);
    let found = match (&input.listener_arn, &input.rule_arns) {
        (Some(arn), None) => {
            let parent = listener(state, arn)?;
            let mut rules: Vec<model::Rule> = of_listener(state, arn)
                .map(|rule| rule.shape.clone())
                .collect();
            rules.sort_by_key(|rule| {
                rule.priority
                    .as_deref()
                    .and_then(|text| text.parse::<i32>().ok())
            });
            rules.push(default_rule(&parent.shape));
            rules
        }
        (None, Some(arns)) => arns
            .items
            .iter()
            .map(|arn| shape_of(state, arn))
            .collect::<Result<_, _>>()?,
        _ => {
            return Err(AwsError::new(
                "ValidationError",
                "You must specify either listener ARN or rule ARNs, and not both",
            ));
        }
    };
    let size = input.page_size.unwrap_or(400).max(1) as usize;
    let (rules, next_marker) =
        paging::page(found, input.marker.as_deref(), size).ok_or_else(super::bad_marker)?;
    let output = model::DescribeRulesOutput {
        next_marker,
        rules: Some(rules.into()),
    };
    Ok(wire::serialize_describe_rules_response(&output).into())
}

/// `ModifyRule`: what is not sent stays; the default rule is modified through its listener.
pub(super) fn modify(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyRuleInput = shape::form(call)?;
    let reset = input.reset_transforms == Some(true);
    if reset && input.transforms.is_some() {
        return Err(AwsError::new(
            "ValidationError",
            "You cannot specify both Transforms and ResetTransforms",
        ));
    }
    let state = state(world, call);
    let listener_arn = rule(state, &input.rule_arn)?.listener_arn.clone();
    let load_balancer = listener(state, &listener_arn)?
        .shape
        .load_balancer_arn
        .clone()
        .unwrap_or_default();
    let actions = input
        .actions
        .map(|actions| action::complete_actions(actions.items))
        .transpose()?;
    let conditions = input
        .conditions
        .map(|conditions| action::complete_conditions(conditions.items))
        .transpose()?;
    if let Some(actions) = &actions {
        check_forwards(state, &load_balancer, actions)?;
        action::check_protocol(actions, &parent_protocol(state, &listener_arn)?)?;
    }
    if let Some(transforms) = &input.transforms {
        action::check_transforms(&transforms.items)?;
    }
    let rule = rule_mut(state, &input.rule_arn)?;
    if let Some(actions) = actions {
        rule.shape.actions = Some(actions.into());
    }
    if let Some(conditions) = conditions {
        rule.shape.conditions = Some(conditions.into());
    }
    if input.transforms.is_some() || reset {
        rule.shape.transforms = input.transforms.filter(|list| !list.items.is_empty());
    }
    let output = model::ModifyRuleOutput {
        rules: Some(vec![rule.shape.clone()].into()),
    };
    Ok(wire::serialize_modify_rule_response(&output).into())
}

/// The protocol of a rule's listener.
fn parent_protocol(state: &State, arn: &str) -> Result<String, AwsError> {
    let parent = listener(state, arn)?;
    Ok(parent.shape.protocol.clone().unwrap_or_default())
}

/// What the ARNs of a load balancer's listeners have in common: `app/NAME/ID`.
fn balancer_of(listener: &str) -> Vec<&str> {
    listener.split('/').skip(1).take(3).collect()
}

/// `DescribeAccountLimits`: of the limits, those that the sandbox enforces.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html>
pub(super) fn limits(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["Marker", "PageSize"]])?;
    let quotas = &world.quotas;
    let limits = [
        ("application-load-balancers", quotas.load_balancers),
        (
            "rules-per-application-load-balancer",
            quotas.rules_per_load_balancer,
        ),
        ("target-groups", quotas.target_groups),
    ];
    let limit = |(name, most): (&str, usize)| model::Limit {
        name: Some(name.to_owned()),
        max: Some(most.to_string()),
    };
    let output = model::DescribeAccountLimitsOutput {
        limits: Some(limits.map(limit).to_vec().into()),
        next_marker: None,
    };
    Ok(wire::serialize_describe_account_limits_response(&output).into())
}

/// `SetRulePriorities`: all or nothing, checked against the rules that are not moved.
pub(super) fn set_priorities(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetRulePrioritiesInput = shape::form(call)?;
    let state = state(world, call);
    let pairs: Vec<(String, i32)> = input
        .rule_priorities
        .items
        .into_iter()
        .map(|pair| {
            (
                pair.rule_arn.unwrap_or_default(),
                pair.priority.unwrap_or_default(),
            )
        })
        .collect();
    let moved: Vec<&str> = pairs.iter().map(|(arn, _)| arn.as_str()).collect();
    for (arn, priority) in &pairs {
        let listener_arn = rule(state, arn)?.listener_arn.clone();
        let twice = pairs.iter().filter(|(other, number)| {
            number == priority
                && state
                    .rules
                    .get(other)
                    .is_some_and(|rule| rule.listener_arn == listener_arn)
        });
        if twice.count() > 1 || occupied(state, &listener_arn, *priority, Some(&moved)) {
            return Err(in_use(*priority));
        }
    }
    let mut rules = Vec::new();
    for (arn, priority) in &pairs {
        let rule = rule_mut(state, arn)?;
        rule.shape.priority = Some(priority.to_string());
        rules.push(rule.shape.clone());
    }
    let output = model::SetRulePrioritiesOutput {
        rules: Some(rules.into()),
    };
    Ok(wire::serialize_set_rule_priorities_response(&output).into())
}

/// `DeleteRule`; the default rule cannot be deleted (`OperationNotPermitted`).
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRuleInput = shape::form(call)?;
    let state = state(world, call);
    if default_rule_by_arn(state, &input.rule_arn).is_some() {
        return Err(default_is_fixed(&input.rule_arn, "deleted"));
    }
    state.rules.remove(&input.rule_arn).ok_or_else(not_found)?;
    Ok(wire::serialize_delete_rule_response(&model::DeleteRuleOutput {}).into())
}

/// The rules of a listener, without its default one.
pub(super) fn of_listener<'s>(state: &'s State, arn: &'s str) -> impl Iterator<Item = &'s Rule> {
    state
        .rules
        .values()
        .filter(move |rule| rule.listener_arn == arn)
}

pub(super) fn shape_of(state: &State, arn: &str) -> Result<model::Rule, AwsError> {
    if let Some(rule) = state.rules.get(arn) {
        return Ok(rule.shape.clone());
    }
    default_rule_by_arn(state, arn).ok_or_else(not_found)
}

/// A listener's own action, shown as a rule. Its ARN is the listener's with a last part of its own, derived so that it stays the same.
fn default_rule(listener: &model::Listener) -> model::Rule {
    model::Rule {
        actions: listener.default_actions.clone(),
        conditions: Some(Vec::new().into()),
        is_default: Some(true),
        priority: Some("default".to_owned()),
        rule_arn: Some(default_arn(
            listener.listener_arn.as_deref().unwrap_or_default(),
        )),
        transforms: None,
    }
}

fn default_arn(listener_arn: &str) -> String {
    let own: String = listener_arn
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .chars()
        .rev()
        .collect();
    format!(
        "{}/{own}",
        listener_arn.replacen(":listener/", ":listener-rule/", 1)
    )
}

fn default_rule_by_arn(state: &State, arn: &str) -> Option<model::Rule> {
    let listener = state.listeners.get(&listener_of_default(state, arn)?)?;
    Some(default_rule(&listener.shape))
}

/// The listener whose default action a rule is.
pub(super) fn listener_of_default(state: &State, arn: &str) -> Option<String> {
    let mut listeners = state.listeners.keys();
    listeners
        .find(|listener| default_arn(listener) == arn)
        .cloned()
}

fn occupied(state: &State, listener: &str, priority: i32, except: Option<&[&str]>) -> bool {
    of_listener(state, listener).any(|rule| {
        let own = rule.shape.rule_arn.as_deref().unwrap_or_default();
        rule.shape.priority.as_deref() == Some(priority.to_string().as_str())
            && !except.is_some_and(|moved| moved.contains(&own))
    })
}

fn rule<'s>(state: &'s State, arn: &str) -> Result<&'s Rule, AwsError> {
    if default_rule_by_arn(state, arn).is_some() {
        return Err(default_is_fixed(arn, "modified"));
    }
    state.rules.get(arn).ok_or_else(not_found)
}

fn rule_mut<'s>(state: &'s mut State, arn: &str) -> Result<&'s mut Rule, AwsError> {
    state.rules.get_mut(arn).ok_or_else(not_found)
}

fn in_use(priority: i32) -> AwsError {
    AwsError::new(
        "PriorityInUse",
        format!("Priority '{priority}' is currently in use"),
    )
}

fn default_is_fixed(arn: &str, what: &str) -> AwsError {
    AwsError::new(
        "OperationNotPermitted",
        format!("Default rule '{arn}' cannot be {what}"),
    )
}

pub(super) fn not_found() -> AwsError {
    AwsError::new("RuleNotFound", "One or more rules not found")
}
