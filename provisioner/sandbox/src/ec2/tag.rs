//! Tags on EC2's resources, after they were created.
//!
//! Owns: finding a resource's tags by its id, and listing all tags. Must not know: what else a resource has.

use winterbaume_core::protocol::xml_escape;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors;
use crate::ec2::model::{NatState, State};
use crate::ec2::request::{Filters, NO_TAGS, page, read_tags, tag_keys};
use crate::ec2::shape::done;
use crate::partition;
use crate::tags::{Tagged, Tags};
use crate::world::World;

/// Every kind of EC2 resource that has tags: `DescribeTags`' and the tagging API's name for it, and the tags by id.
fn all(ec2: &State) -> Vec<(&'static str, &'static str, &String, &Tags)> {
    let mut all = Vec::new();
    all.extend(
        ec2.vpcs
            .values()
            .map(|it| ("vpc", "ec2:vpc", &it.id, &it.tags)),
    );
    all.extend(
        ec2.subnets
            .values()
            .map(|it| ("subnet", "ec2:subnet", &it.id, &it.tags)),
    );
    let gateways = ec2.internet_gateways.values();
    all.extend(gateways.map(|it| ("internet-gateway", "ec2:internet-gateway", &it.id, &it.tags)));
    all.extend(
        ec2.addresses
            .values()
            .map(|it| ("elastic-ip", "ec2:elastic-ip", &it.id, &it.tags)),
    );
    let gateways = ec2.vpn_gateways.values();
    all.extend(gateways.map(|it| ("vpn-gateway", "ec2:vpn-gateway", &it.id, &it.tags)));
    let acls = ec2.network_acls.values();
    all.extend(acls.map(|it| ("network-acl", "ec2:network-acl", &it.id, &it.tags)));
    let gateways = ec2
        .nat_gateways
        .values()
        .filter(|it| it.state != NatState::Deleted);
    all.extend(gateways.map(|it| ("natgateway", "ec2:natgateway", &it.id, &it.tags)));
    all.extend(
        ec2.route_tables
            .values()
            .map(|it| ("route-table", "ec2:route-table", &it.id, &it.tags)),
    );
    let groups = ec2.security_groups.values();
    all.extend(groups.map(|it| ("security-group", "ec2:security-group", &it.id, &it.tags)));
    let rules = ec2.rules.values();
    all.extend(rules.map(|it| {
        (
            "security-group-rule",
            "ec2:security-group-rule",
            &it.id,
            &it.tags,
        )
    }));
    all.extend(
        ec2.endpoints
            .values()
            .map(|it| ("vpc-endpoint", "ec2:vpc-endpoint", &it.id, &it.tags)),
    );
    all
}

fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut Tags, AwsError> {
    let kind = id.split('-').next().unwrap_or_default();
    match kind {
        "vpc" => ec2
            .vpcs
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_vpc(id)),
        "subnet" => ec2
            .subnets
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_subnet(id)),
        "igw" => {
            let found = ec2.internet_gateways.get_mut(id).map(|it| &mut it.tags);
            found.ok_or_else(|| errors::no_internet_gateway(id))
        }
        "vgw" => {
            let found = ec2.vpn_gateways.get_mut(id).map(|it| &mut it.tags);
            found.ok_or_else(|| errors::no_vpn_gateway(id))
        }
        "acl" => {
            let found = ec2.network_acls.get_mut(id).map(|it| &mut it.tags);
            found.ok_or_else(|| errors::no_network_acl(id))
        }
        "eipalloc" => ec2
            .addresses
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_address(id)),
        "nat" => {
            let found = ec2.nat_gateways.get_mut(id).map(|it| &mut it.tags);
            found.ok_or_else(|| errors::no_nat_gateway(id))
        }
        "rtb" => {
            let found = ec2.route_tables.get_mut(id).map(|it| &mut it.tags);
            found.ok_or_else(|| errors::no_route_table(id))
        }
        "sg" => ec2
            .security_groups
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_group(id)),
        "sgr" => ec2
            .rules
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_rule(id)),
        "vpce" => ec2
            .endpoints
            .get_mut(id)
            .map(|it| &mut it.tags)
            .ok_or_else(|| errors::no_endpoint(id)),
        _ => Err(AwsError::new(
            "InvalidID",
            format!("The ID '{id}' is not valid"),
        )),
    }
}

/// [CreateTags](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html): all resources or none.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["ResourceId.N", "Tag.N.Key", "Tag.N.Value"]])?;
    let tags = read_tags(&call.params)?;
    let ids = call.params.list("ResourceId");
    let ec2 = &mut world.region(&call.region).ec2;
    if tags.is_empty() || ids.is_empty() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain resource ids and tags",
        ));
    }
    for id in &ids {
        let held = find(ec2, id)?;
        let more = tags.keys().filter(|key| !held.contains_key(*key)).count();
        if held.len() + more > 50 {
            return Err(AwsError::new(
                "TagLimitExceeded",
                format!("{id} would have more than 50 tags."),
            ));
        }
    }
    for id in &ids {
        find(ec2, id)?.extend(tags.clone());
    }
    Ok(done(call))
}

/// [DeleteTags](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html): a tag given with a value goes only if
/// the value matches. Without tags AWS removes all of the caller's; the sandbox wants them named.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["ResourceId.N", "Tag.N.Key", "Tag.N.Value"]])?;
    let keys = tag_keys(&call.params);
    if keys.is_empty() {
        return Err(AwsError::not_simulated("DeleteTags of EC2 without tags"));
    }
    let ids = call.params.list("ResourceId");
    let ec2 = &mut world.region(&call.region).ec2;
    for id in &ids {
        find(ec2, id)?;
    }
    for id in &ids {
        let held = find(ec2, id)?;
        for (key, value) in &keys {
            if value
                .as_ref()
                .is_none_or(|value| held.get(key) == Some(value))
            {
                held.remove(key);
            }
        }
    }
    Ok(done(call))
}

/// [DescribeTags](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html). The generated types for it are
/// left out of this build, so the answer is written by hand.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&[
        "Filter.N.Name",
        "Filter.N.Value.N",
        "MaxResults",
        "NextToken",
    ]])?;
    let filters = Filters::read(
        call,
        &["resource-id", "resource-type", "key", "value", NO_TAGS],
    )?;
    let mut found = Vec::new();
    for (kind, _, id, tags) in all(&world.region(&call.region).ec2) {
        for (key, value) in tags {
            let values = |filter: &str| {
                let value = match filter {
                    "resource-id" => id.as_str(),
                    "resource-type" => kind,
                    "key" => key,
                    _ => value,
                };
                vec![value.to_owned()]
            };
            if filters.hold(values) {
                found.push((kind, id, key, value));
            }
        }
    }
    let (found, next_token) = page(call, found)?;
    let items: Vec<String> = found.into_iter().map(item).collect();
    let token = next_token.map(|token| format!("<nextToken>{token}</nextToken>"));
    let inner = format!(
        "<tagSet>{}</tagSet>{}",
        items.concat(),
        token.unwrap_or_default()
    );
    Ok(Answer::ec2(&call.operation, &inner))
}

fn item((kind, id, key, value): (&str, &String, &String, &String)) -> String {
    let (key, value) = (xml_escape(key), xml_escape(value));
    format!(
        "<item><resourceId>{id}</resourceId><resourceType>{kind}</resourceType><key>{key}</key>\
         <value>{value}</value></item>"
    )
}

/// For the tagging API.
pub(crate) fn tagged(ec2: &State, region: &str) -> Vec<Tagged> {
    let tagged = |(name, kind, id, tags): (&str, &'static str, &String, &Tags)| Tagged {
        arn: partition::arn(region, "ec2", &format!("{name}/{id}")),
        kind,
        tags: tags.clone(),
    };
    all(ec2).into_iter().map(tagged).collect()
}

/// How many there are of each kind that has tags; what comes with every VPC is not counted.
pub(crate) fn count(ec2: &State) -> Vec<(&'static str, usize)> {
    vec![
        ("vpc", ec2.vpcs.len()),
        ("subnet", ec2.subnets.len()),
        ("internet gateway", ec2.internet_gateways.len()),
        ("elastic ip", ec2.addresses.len()),
        (
            "nat gateway",
            ec2.nat_gateways
                .values()
                .filter(|it| it.state != NatState::Deleted)
                .count(),
        ),
        (
            "route table",
            ec2.route_tables.values().filter(|it| !it.is_main()).count(),
        ),
        (
            "security group",
            ec2.security_groups
                .values()
                .filter(|it| it.name != "default")
                .count(),
        ),
        ("vpc endpoint", ec2.endpoints.len()),
        ("network interface", ec2.interfaces.len()),
    ]
}
