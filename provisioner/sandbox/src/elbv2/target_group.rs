//! Target groups: found by name, held by the listeners and rules that forward to them.

use winterbaume_elasticloadbalancingv2::{model, wire};

use super::attributes::TARGET_GROUP;
use super::{State, TargetGroup, action, bad_marker, load_balancer, network, state, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::shape;
use crate::world::World;

/// `CreateTargetGroup`: the same name with the same settings answers the one that is there; with others it is
/// `DuplicateTargetGroupName`. What is not sent gets AWS's default (API reference).
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateTargetGroupInput = shape::form(call)?;
    shape::refuse(call, &["TargetControlPort"])?;
    super::check_name("target group", &input.name)?;
    let target_type = input
        .target_type
        .clone()
        .unwrap_or_else(|| "instance".to_owned());
    if target_type != "ip" {
        return Err(AwsError::not_simulated(format!(
            "target groups of type {target_type}"
        )));
    }
    let protocol = check_protocol(input.protocol.clone(), "Protocol")?;
    let Some(port) = input.port.filter(|port| (1..=65_535).contains(port)) else {
        return Err(invalid("A port between 1 and 65535 must be specified"));
    };
    let Some(vpc) = input.vpc_id.clone() else {
        return Err(invalid("A VPC ID must be specified"));
    };
    network::check_vpc(world, &call.region, &vpc)?;
    let tags = tags::given(input.tags.clone())?;
    let mut shape = model::TargetGroup {
        health_check_enabled: Some(true),
        health_check_interval_seconds: Some(30),
        health_check_path: Some("/".to_owned()),
        health_check_port: Some("traffic-port".to_owned()),
        health_check_protocol: Some("HTTP".to_owned()),
        health_check_timeout_seconds: Some(5),
        healthy_threshold_count: Some(5),
        unhealthy_threshold_count: Some(2),
        ip_address_type: Some(
            input
                .ip_address_type
                .clone()
                .unwrap_or_else(|| "ipv4".to_owned()),
        ),
        matcher: Some(model::Matcher {
            http_code: Some("200".to_owned()),
            grpc_code: None,
        }),
        port: Some(port),
        protocol: Some(protocol),
        protocol_version: Some(
            input
                .protocol_version
                .clone()
                .unwrap_or_else(|| "HTTP1".to_owned()),
        ),
        target_group_name: Some(input.name.clone()),
        target_type: Some(target_type),
        vpc_id: Some(vpc),
        ..Default::default()
    };
    set_health_check(&mut shape, health_check_of(input.clone()))?;
    let there = state(world, call)
        .target_groups
        .values()
        .find(|it| it.shape.target_group_name == shape.target_group_name);
    if let Some(there) = there {
        let arn = there.shape.target_group_arn.clone();
        let same = same(&there.shape, &shape) && there.tags == tags;
        let answer = seen(state(world, call), &arn.unwrap_or_default());
        return if same {
            Ok(created(answer))
        } else {
            Err(duplicate(&input.name))
        };
    }
    let quota = world.quotas.target_groups;
    if state(world, call).target_groups.len() >= quota {
        return Err(AwsError::new(
            "TooManyTargetGroups",
            "The maximum number of target groups has been reached",
        ));
    }
    let arn = call.arn(
        "elasticloadbalancing",
        &format!("targetgroup/{}/{}", input.name, world.hex(16)),
    );
    shape.target_group_arn = Some(arn.clone());
    let new = TargetGroup {
        shape,
        attributes: TARGET_GROUP.defaults(),
        tags,
        targets: Vec::new(),
    };
    state(world, call).target_groups.insert(arn.clone(), new);
    Ok(created(seen(state(world, call), &arn)))
}

/// `DescribeTargetGroups`: a name or ARN that is not there fails the whole call (`TargetGroupNotFound`).
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTargetGroupsInput = shape::form(call)?;
    let state = state(world, call);
    let all = &state.target_groups;
    let arns: Vec<String> = match (
        input.names,
        input.target_group_arns,
        input.load_balancer_arn,
    ) {
        (Some(names), None, None) => names
            .items
            .iter()
            .map(|name| {
                let found = all
                    .iter()
                    .find(|(_, it)| it.shape.target_group_name.as_ref() == Some(name));
                found.map(|(arn, _)| arn.clone()).ok_or_else(not_found)
            })
            .collect::<Result<_, _>>()?,
        (None, Some(arns), None) => {
            let missing = arns.items.iter().any(|arn| !all.contains_key(arn));
            if missing {
                return Err(not_found());
            }
            arns.items
        }
        (None, None, Some(load_balancer)) => {
            load_balancer::find(state, &load_balancer)?;
            let used = |arn: &&String| holders(state, arn).contains(&load_balancer);
            state.target_groups.keys().filter(used).cloned().collect()
        }
        (None, None, None) => all.keys().cloned().collect(),
        _ => {
            return Err(invalid(
                "Only one of load balancer ARN, target group ARNs and names can be specified",
            ));
        }
    };
    let size = input.page_size.unwrap_or(400).max(1) as usize;
    let (arns, next_marker) =
        paging::page(arns, input.marker.as_deref(), size).ok_or_else(bad_marker)?;
    let groups: Vec<_> = arns.iter().map(|arn| seen(state, arn)).collect();
    let output = model::DescribeTargetGroupsOutput {
        next_marker,
        target_groups: Some(groups.into()),
    };
    Ok(wire::serialize_describe_target_groups_response(&output).into())
}

/// `ModifyTargetGroup`: the health check; what is not sent stays.
pub(super) fn modify(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyTargetGroupInput = shape::form(call)?;
    let found = find(state(world, call), &input.target_group_arn)?;
    let arn = input.target_group_arn.clone();
    let mut shape = found.shape.clone();
    set_health_check(&mut shape, input)?;
    found.shape = shape;
    let output = model::ModifyTargetGroupOutput {
        target_groups: Some(vec![seen(state(world, call), &arn)].into()),
    };
    Ok(wire::serialize_modify_target_group_response(&output).into())
}

/// `DescribeTargetGroupAttributes`: every attribute, set or not.
pub(super) fn describe_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTargetGroupAttributesInput = shape::form(call)?;
    let found = find(state(world, call), &input.target_group_arn)?;
    let output = model::DescribeTargetGroupAttributesOutput {
        attributes: Some(attributes(found)),
    };
    Ok(wire::serialize_describe_target_group_attributes_response(&output).into())
}

/// `ModifyTargetGroupAttributes`: what is not sent stays.
pub(super) fn modify_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyTargetGroupAttributesInput = shape::form(call)?;
    let found = find(state(world, call), &input.target_group_arn)?;
    let sent = input
        .attributes
        .items
        .into_iter()
        .map(|attribute| (attribute.key, attribute.value));
    TARGET_GROUP.modify(&mut found.attributes, sent)?;
    let output = model::ModifyTargetGroupAttributesOutput {
        attributes: Some(attributes(found)),
    };
    Ok(wire::serialize_modify_target_group_attributes_response(&output).into())
}

/// `DeleteTargetGroup`: `ResourceInUse` while a listener or rule forwards to it; a missing one is a success, as for load
/// balancers.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteTargetGroupInput = shape::form(call)?;
    let state = state(world, call);
    if !holders(state, &input.target_group_arn).is_empty() {
        let message = format!(
            "Target group '{}' is currently in use by a listener or a rule",
            input.target_group_arn
        );
        return Err(AwsError::new("ResourceInUse", message));
    }
    state.target_groups.remove(&input.target_group_arn);
    Ok(wire::serialize_delete_target_group_response(&model::DeleteTargetGroupOutput {}).into())
}

/// The load balancers whose listeners or rules forward to a group.
pub(super) fn holders(state: &State, arn: &str) -> Vec<String> {
    let mut found = Vec::new();
    for listener in state.listeners.values() {
        let listener_arn = listener.shape.listener_arn.as_deref();
        let rules = state
            .rules
            .values()
            .filter(|rule| Some(rule.listener_arn.as_str()) == listener_arn);
        let of_rules = rules.filter_map(|rule| rule.shape.actions.as_ref());
        let mut actions = listener.shape.default_actions.iter().chain(of_rules);
        if actions.any(|actions| action::target_groups(&actions.items).any(|group| group == arn)) {
            found.extend(listener.shape.load_balancer_arn.clone());
        }
    }
    found.sort();
    found.dedup();
    found
}

pub(super) fn find<'s>(state: &'s mut State, arn: &str) -> Result<&'s mut TargetGroup, AwsError> {
    state.target_groups.get_mut(arn).ok_or_else(not_found)
}

pub(super) fn not_found() -> AwsError {
    AwsError::new("TargetGroupNotFound", "One or more target groups not found")
}

/// A group as it looks now, with the load balancers that use it.
fn seen(state: &State, arn: &str) -> model::TargetGroup {
    let shape = state
        .target_groups
        .get(arn)
        .map(|it| it.shape.clone())
        .unwrap_or_default();
    model::TargetGroup {
        load_balancer_arns: Some(holders(state, arn).into()),
        ..shape
    }
}

fn created(shape: model::TargetGroup) -> Answer {
    let output = model::CreateTargetGroupOutput {
        target_groups: Some(vec![shape].into()),
    };
    wire::serialize_create_target_group_response(&output).into()
}

fn same(one: &model::TargetGroup, other: &model::TargetGroup) -> bool {
    let bare = |shape: &model::TargetGroup| {
        serde_json::to_value(model::TargetGroup {
            target_group_arn: None,
            load_balancer_arns: None,
            ..shape.clone()
        })
        .ok()
    };
    bare(one) == bare(other)
}

fn health_check_of(input: model::CreateTargetGroupInput) -> model::ModifyTargetGroupInput {
    model::ModifyTargetGroupInput {
        health_check_enabled: input.health_check_enabled,
        health_check_interval_seconds: input.health_check_interval_seconds,
        health_check_path: input.health_check_path,
        health_check_port: input.health_check_port,
        health_check_protocol: input.health_check_protocol,
        health_check_timeout_seconds: input.health_check_timeout_seconds,
        healthy_threshold_count: input.healthy_threshold_count,
        matcher: input.matcher,
        target_group_arn: String::new(),
        unhealthy_threshold_count: input.unhealthy_threshold_count,
    }
}

/// Sets what is sent, within the limits of the API reference.
fn set_health_check(
    shape: &mut model::TargetGroup,
    sent: model::ModifyTargetGroupInput,
) -> Result<(), AwsError> {
    fn set<T>(into: &mut Option<T>, sent: Option<T>) {
        if sent.is_some() {
            *into = sent;
        }
    }
    if sent.health_check_enabled == Some(false) {
        return Err(invalid(
            "Health check enabled must be true for target groups with target type 'ip'",
        ));
    }
    if let Some(port) = &sent.health_check_port
        && port != "traffic-port"
        && !port
            .parse()
            .is_ok_and(|port: u32| (1..=65_535).contains(&port))
    {
        return Err(invalid(&format!(
            "Health check port '{port}' must be 'traffic-port' or in the range 1-65535"
        )));
    }
    if let Some(protocol) = sent.health_check_protocol.clone() {
        check_protocol(Some(protocol), "Health check protocol")?;
    }
    set(
        &mut shape.health_check_interval_seconds,
        sent.health_check_interval_seconds,
    );
    set(&mut shape.health_check_path, sent.health_check_path);
    set(&mut shape.health_check_port, sent.health_check_port);
    set(&mut shape.health_check_protocol, sent.health_check_protocol);
    set(
        &mut shape.health_check_timeout_seconds,
        sent.health_check_timeout_seconds,
    );
    set(
        &mut shape.healthy_threshold_count,
        sent.healthy_threshold_count,
    );
    set(
        &mut shape.unhealthy_threshold_count,
        sent.unhealthy_threshold_count,
    );
    set(&mut shape.matcher, sent.matcher);
    let interval = shape.health_check_interval_seconds.unwrap_or_default();
    let timeout = shape.health_check_timeout_seconds.unwrap_or_default();
    within("Health check interval", interval, 5, 300)?;
    within("Health check timeout", timeout, 2, 120)?;
    within(
        "Healthy threshold count",
        shape.healthy_threshold_count.unwrap_or_default(),
        2,
        10,
    )?;
    within(
        "Unhealthy threshold count",
        shape.unhealthy_threshold_count.unwrap_or_default(),
        2,
        10,
    )?;
    if timeout >= interval {
        return Err(invalid(
            "Health check timeout must be smaller than the interval",
        ));
    }
    if !shape
        .health_check_path
        .as_deref()
        .is_some_and(|path| path.starts_with('/'))
    {
        return Err(invalid("Health check path must begin with a '/' character"));
    }
    Ok(())
}

fn within(what: &str, value: i32, from: i32, to: i32) -> Result<(), AwsError> {
    if (from..=to).contains(&value) {
        return Ok(());
    }
    Err(invalid(&format!(
        "{what} '{value}' must be between {from} and {to}"
    )))
}

fn check_protocol(sent: Option<String>, what: &str) -> Result<String, AwsError> {
    match sent {
        Some(protocol) if protocol == "HTTP" || protocol == "HTTPS" => Ok(protocol),
        Some(other) => Err(invalid(&format!(
            "{what} '{other}' must be one of HTTP, HTTPS"
        ))),
        None => Err(invalid("A protocol must be specified")),
    }
}

fn attributes(of: &TargetGroup) -> model::TargetGroupAttributes {
    of.attributes
        .iter()
        .map(|(key, value)| model::TargetGroupAttribute {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

fn duplicate(name: &str) -> AwsError {
    let message =
        format!("A target group with the same name '{name}' exists, but with different settings");
    AwsError::new("DuplicateTargetGroupName", message)
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("ValidationError", message)
}
