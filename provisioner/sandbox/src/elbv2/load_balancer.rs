//! Application load balancers: found by name, `provisioning` for a while, with an interface in every subnet.

use winterbaume_elasticloadbalancingv2::{model, wire};

use super::attributes::{DELETION_PROTECTION, LOAD_BALANCER};
use super::{Departing, LoadBalancer, State, bad_marker, network, rule, state, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::live;
use crate::paging;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// `CreateLoadBalancer`: the same name with the same settings answers the one that is there; with others it is
/// `DuplicateLoadBalancerName` (API reference: "This operation is idempotent").
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateLoadBalancerInput = shape::form(call)?;
    shape::refuse(
        call,
        &[
            "SubnetMappings",
            "CustomerOwnedIpv4Pool",
            "IpamPools",
            "EnablePrefixForIpv6SourceNat",
        ],
    )?;
    check_name(&input.name)?;
    let kind = input.r#type.as_deref().unwrap_or("application");
    if kind != "application" {
        return Err(AwsError::not_simulated(format!(
            "load balancers of type {kind}"
        )));
    }
    let scheme = one_of(
        input.scheme,
        "internet-facing",
        &["internet-facing", "internal"],
        "Scheme",
    )?;
    let ip_address_type = one_of(input.ip_address_type, "ipv4", &["ipv4"], "IpAddressType")?;
    let subnets = input.subnets.unwrap_or_default().items;
    let place = network::place(world, &call.region, &subnets, scheme == "internet-facing")?;
    let mut groups = input.security_groups.unwrap_or_default().items;
    network::check_groups(world, &call.region, &place.vpc, &groups)?;
    if groups.is_empty() {
        groups.extend(network::default_group(world, &call.region, &place.vpc));
    }
    groups.sort();
    let tags = tags::given(input.tags)?;
    if let Some(there) = by_name(state(world, call), &input.name).cloned() {
        let same = zones_of(&there.shape) == zones_of_place(&place)
            && groups_of(&there.shape) == groups
            && there.shape.scheme.as_deref() == Some(scheme.as_str())
            && there.shape.ip_address_type.as_deref() == Some(ip_address_type.as_str())
            && there.tags == tags;
        return if same {
            Ok(created(seen(world, there)))
        } else {
            Err(duplicate(&input.name))
        };
    }
    let quota = world.quotas.load_balancers;
    if state(world, call).load_balancers.len() >= quota {
        return Err(AwsError::new(
            "TooManyLoadBalancers",
            "The maximum number of load balancers has been reached",
        ));
    }
    let id = world.hex(16);
    let number = u64::from_str_radix(&world.hex(8), 16).unwrap_or_default();
    let arn = call.arn(
        "elasticloadbalancing",
        &format!("loadbalancer/app/{}/{id}", input.name),
    );
    let prefix = if scheme == "internal" {
        "internal-"
    } else {
        ""
    };
    let shape = model::LoadBalancer {
        availability_zones: Some(place.zones().into()),
        canonical_hosted_zone_id: Some(hosted_zone(&call.region).to_owned()),
        created_time: Some(iso(world.now())),
        d_n_s_name: Some(format!(
            "{prefix}{}-{number}.{}.elb.{}",
            input.name,
            call.region,
            call.partition().dns_suffix
        )),
        ip_address_type: Some(ip_address_type),
        load_balancer_arn: Some(arn.clone()),
        load_balancer_name: Some(input.name.clone()),
        scheme: Some(scheme.clone()),
        security_groups: Some(groups.clone().into()),
        r#type: Some("application".to_owned()),
        vpc_id: Some(place.vpc.clone()),
        ..Default::default()
    };
    let description = format!("ELB app/{}/{id}", input.name);
    let public = scheme == "internet-facing";
    let interfaces = network::occupy(world, &call.region, &place, &groups, &description, public)?;
    let active_at = world.now() + world.delays.load_balancer_create;
    let new = LoadBalancer {
        shape,
        attributes: LOAD_BALANCER.defaults(),
        tags,
        active_at,
        interfaces,
    };
    state(world, call).load_balancers.insert(arn, new.clone());
    Ok(created(seen(world, new)))
}

/// `DescribeLoadBalancers`: a name or ARN that is not there fails the whole call (`LoadBalancerNotFound`).
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeLoadBalancersInput = shape::form(call)?;
    let all = &state(world, call).load_balancers;
    let found: Vec<LoadBalancer> = match (input.names, input.load_balancer_arns) {
        (Some(names), None) => names
            .items
            .iter()
            .map(|name| {
                let found = all
                    .values()
                    .find(|it| it.shape.load_balancer_name.as_ref() == Some(name))
                    .cloned();
                let error = || {
                    AwsError::new(
                        "LoadBalancerNotFound",
                        format!("Load balancers '[{name}]' not found"),
                    )
                };
                found.ok_or_else(error)
            })
            .collect::<Result<_, _>>()?,
        (None, Some(arns)) => arns
            .items
            .iter()
            .map(|arn| all.get(arn).cloned().ok_or_else(not_found))
            .collect::<Result<_, _>>()?,
        (None, None) => all.values().cloned().collect(),
        (Some(_), Some(_)) => {
            let message =
                "Load balancer names and load balancer ARNs cannot be specified at the same time";
            return Err(AwsError::new("ValidationError", message));
        }
    };
    let size = input.page_size.unwrap_or(400).max(1) as usize;
    let (found, next_marker) =
        paging::page(found, input.marker.as_deref(), size).ok_or_else(bad_marker)?;
    let load_balancers: Vec<_> = found.into_iter().map(|it| seen(world, it)).collect();
    let output = model::DescribeLoadBalancersOutput {
        load_balancers: Some(load_balancers.into()),
        next_marker,
    };
    Ok(wire::serialize_describe_load_balancers_response(&output).into())
}

/// `DescribeLoadBalancerAttributes`: every attribute, set or not.
pub(super) fn describe_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeLoadBalancerAttributesInput = shape::form(call)?;
    let found = find(state(world, call), &input.load_balancer_arn)?;
    let output = model::DescribeLoadBalancerAttributesOutput {
        attributes: Some(attributes(found)),
    };
    Ok(wire::serialize_describe_load_balancer_attributes_response(&output).into())
}

/// `ModifyLoadBalancerAttributes`: what is not sent stays.
pub(super) fn modify_attributes(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ModifyLoadBalancerAttributesInput = shape::form(call)?;
    let found = find(state(world, call), &input.load_balancer_arn)?;
    let sent = input
        .attributes
        .items
        .into_iter()
        .map(|attribute| (attribute.key, attribute.value));
    LOAD_BALANCER.modify(&mut found.attributes, sent)?;
    let output = model::ModifyLoadBalancerAttributesOutput {
        attributes: Some(attributes(found)),
    };
    Ok(wire::serialize_modify_load_balancer_attributes_response(&output).into())
}

/// `SetSubnets`: the subnets replace the ones there; the interfaces move along.
pub(super) fn set_subnets(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetSubnetsInput = shape::form(call)?;
    shape::refuse(
        call,
        &[
            "SubnetMappings",
            "IpAddressType",
            "EnablePrefixForIpv6SourceNat",
        ],
    )?;
    let there = find(state(world, call), &input.load_balancer_arn)?.clone();
    let public = there.shape.scheme.as_deref() == Some("internet-facing");
    let subnets = input.subnets.unwrap_or_default().items;
    let place = network::place(world, &call.region, &subnets, public)?;
    if there.shape.vpc_id.as_ref() != Some(&place.vpc) {
        let message = "The subnets must be in the VPC of the load balancer";
        return Err(AwsError::new("InvalidConfigurationRequest", message));
    }
    let description = description(&input.load_balancer_arn);
    let groups = groups_of(&there.shape);
    let interfaces = network::occupy(world, &call.region, &place, &groups, &description, public)?;
    network::leave(world, &call.region, &there.interfaces);
    let found = find(state(world, call), &input.load_balancer_arn)?;
    found.interfaces = interfaces;
    found.shape.availability_zones = Some(place.zones().into());
    let output = model::SetSubnetsOutput {
        availability_zones: found.shape.availability_zones.clone(),
        ip_address_type: found.shape.ip_address_type.clone(),
        ..Default::default()
    };
    Ok(wire::serialize_set_subnets_response(&output).into())
}

/// `SetSecurityGroups`: the groups replace the ones there.
pub(super) fn set_security_groups(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetSecurityGroupsInput = shape::form(call)?;
    shape::refuse(
        call,
        &["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"],
    )?;
    let there = find(state(world, call), &input.load_balancer_arn)?.clone();
    let mut groups = input.security_groups.items;
    if groups.is_empty() {
        return Err(AwsError::new(
            "ValidationError",
            "At least one security group must be specified",
        ));
    }
    network::check_groups(
        world,
        &call.region,
        there.shape.vpc_id.as_deref().unwrap_or_default(),
        &groups,
    )?;
    groups.sort();
    network::regroup(world, &call.region, &there.interfaces, &groups);
    find(state(world, call), &input.load_balancer_arn)?
        .shape
        .security_groups = Some(groups.clone().into());
    let output = model::SetSecurityGroupsOutput {
        security_group_ids: Some(groups.into()),
        ..Default::default()
    };
    Ok(wire::serialize_set_security_groups_response(&output).into())
}

/// `DeleteLoadBalancer`: a missing one is a success, a protected one `OperationNotPermitted`. Listeners and rules go along, the
/// interfaces some time later.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteLoadBalancerInput = shape::form(call)?;
    let arn = input.load_balancer_arn;
    let due = world.now() + world.delays.load_balancer_release;
    let state = state(world, call);
    let done = Ok(wire::serialize_delete_load_balancer_response(
        &model::DeleteLoadBalancerOutput {},
    )
    .into());
    let Some(found) = state.load_balancers.get(&arn) else {
        return done;
    };
    if found
        .attributes
        .get(DELETION_PROTECTION)
        .is_some_and(|value| value == "true")
    {
        let message = format!(
            "Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        );
        return Err(AwsError::new("OperationNotPermitted", message));
    }
    if let Some(gone) = state.load_balancers.remove(&arn) {
        state.departing.push(Departing {
            interfaces: gone.interfaces,
            due,
        });
    }
    let of_it: Vec<String> = state
        .listeners
        .iter()
        .filter(|(_, it)| it.belongs_to(&arn))
        .map(|(arn, _)| arn.clone())
        .collect();
    for listener in of_it {
        state.listeners.remove(&listener);
        let rules: Vec<_> = rule::of_listener(state, &listener)
            .filter_map(|it| it.shape.rule_arn.clone())
            .collect();
        state.rules.retain(|arn, _| !rules.contains(arn));
    }
    super::settle(world, &call.region);
    done
}

/// Releases what deleted load balancers still held.
pub(super) fn settle(world: &mut World, region: &str) {
    let now = world.now();
    let departing = &mut world.region(region).elbv2.departing;
    let due: Vec<String> = departing
        .iter()
        .filter(|it| it.due <= now)
        .flat_map(|it| it.interfaces.clone())
        .collect();
    departing.retain(|it| it.due > now);
    network::leave(world, region, &due);
}

/// A load balancer as it looks now.
fn seen(world: &World, it: LoadBalancer) -> model::LoadBalancer {
    let code = if it.active_at <= world.now() {
        "active"
    } else {
        "provisioning"
    };
    let state = model::LoadBalancerState {
        code: Some(code.to_owned()),
        reason: None,
    };
    // Where nothing really listens, its name is AWS's.
    let arn = it.shape.load_balancer_arn.as_deref().unwrap_or_default();
    let name = live::name_of(world, arn).or_else(|| it.shape.d_n_s_name.clone());
    model::LoadBalancer {
        state: Some(state),
        d_n_s_name: name,
        ..it.shape
    }
}

fn created(shape: model::LoadBalancer) -> Answer {
    let output = model::CreateLoadBalancerOutput {
        load_balancers: Some(vec![shape].into()),
    };
    wire::serialize_create_load_balancer_response(&output).into()
}

pub(super) fn find<'s>(state: &'s mut State, arn: &str) -> Result<&'s mut LoadBalancer, AwsError> {
    state.load_balancers.get_mut(arn).ok_or_else(not_found)
}

fn by_name<'s>(state: &'s State, name: &str) -> Option<&'s LoadBalancer> {
    state
        .load_balancers
        .values()
        .find(|it| it.shape.load_balancer_name.as_deref() == Some(name))
}

fn attributes(of: &LoadBalancer) -> model::LoadBalancerAttributes {
    of.attributes
        .iter()
        .map(|(key, value)| model::LoadBalancerAttribute {
            key: Some(key.clone()),
            value: Some(value.clone()),
        })
        .collect()
}

fn zones_of(shape: &model::LoadBalancer) -> Vec<Option<String>> {
    let zones = shape
        .availability_zones
        .iter()
        .flat_map(|zones| &zones.items);
    zones.map(|zone| zone.subnet_id.clone()).collect()
}

fn zones_of_place(place: &network::Place) -> Vec<Option<String>> {
    place
        .zones()
        .into_iter()
        .map(|zone| zone.subnet_id)
        .collect()
}

fn groups_of(shape: &model::LoadBalancer) -> Vec<String> {
    shape.security_groups.clone().unwrap_or_default().items
}

/// The description of a load balancer's interfaces: `ELB app/NAME/ID`.
fn description(arn: &str) -> String {
    format!(
        "ELB {}",
        arn.split_once("loadbalancer/").map_or("", |(_, rest)| rest)
    )
}

/// Names: "a maximum of 32 characters, … only alphanumeric characters or hyphens, must not begin or end with a hyphen, and must not
/// begin with internal-" (API reference).
fn check_name(name: &str) -> Result<(), AwsError> {
    super::check_name("load balancer", name)?;
    if name.starts_with("internal-") {
        let message = format!("Load balancer name '{name}' cannot begin with 'internal-'");
        return Err(AwsError::new("ValidationError", message));
    }
    Ok(())
}

fn one_of(
    sent: Option<String>,
    default: &str,
    values: &[&str],
    name: &str,
) -> Result<String, AwsError> {
    let value = sent.unwrap_or_else(|| default.to_owned());
    if values.contains(&value.as_str()) {
        return Ok(value);
    }
    let message = format!("{name} '{value}' must be one of {}", values.join(", "));
    Err(AwsError::new("InvalidConfigurationRequest", message))
}

/// The Route 53 zone of application load balancers (AWS General Reference, Elastic Load Balancing endpoints).
fn hosted_zone(region: &str) -> &'static str {
    match region {
        "us-east-2" => "Z3AADJGX6KTTL2",
        "us-west-1" => "Z368ELLRRE2KJ0",
        "us-west-2" => "Z1H1FL5HABSF5",
        "eu-west-1" => "Z32O12XQLNTSW2",
        "eu-central-1" => "Z215JYRZR1TBD5",
        _ => "Z35SXDOTRQ7X7K",
    }
}

fn duplicate(name: &str) -> AwsError {
    let message =
        format!("A load balancer with the same name '{name}' exists, but with different settings");
    AwsError::new("DuplicateLoadBalancerName", message)
}

pub(super) fn not_found() -> AwsError {
    AwsError::new(
        "LoadBalancerNotFound",
        "One or more load balancers not found",
    )
}

/// `SetIpAddressType`: only `ipv4` is simulated.
pub(super) fn set_ip_address_type(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetIpAddressTypeInput = shape::form(call)?;
    let ip_address_type = one_of(
        Some(input.ip_address_type),
        "ipv4",
        &["ipv4"],
        "IpAddressType",
    )?;
    find(state(world, call), &input.load_balancer_arn)?;
    let output = model::SetIpAddressTypeOutput {
        ip_address_type: Some(ip_address_type),
    };
    Ok(wire::serialize_set_ip_address_type_response(&output).into())
}
