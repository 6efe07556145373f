//! Security groups.
//!
//! Owns: groups. Must not know: how their rules are changed.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{Peer, SecurityGroup, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::rule::{allow_all_egress, permissions};
use crate::ec2::shape::tag_list;
use crate::ec2::terms::is_plain;
use crate::ec2::vpc;
use crate::tags::Tags;
use crate::world::World;

impl Listed for SecurityGroup {
    const ID: &'static str = "GroupId";
    const FILTERS: &'static [&'static str] = &["vpc-id", "group-id", "group-name", "description"];

    fn absent(id: &str) -> AwsError {
        errors::no_group(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.vpc,
            "group-id" => &self.id,
            "group-name" => &self.name,
            _ => &self.description,
        };
        vec![value.clone()]
    }
}

/// [CreateSecurityGroup](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html): names are unique
/// in a VPC (`InvalidGroup.Duplicate`); a new group lets everything out.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["GroupName", "GroupDescription", "VpcId"], TAG_SPEC])?;
    let tags = new_tags(call, "security-group")?;
    let (name, description) = (call.need("GroupName")?, call.need("GroupDescription")?);
    let vpc = call.need("VpcId")?;
    if name == "default" || name.starts_with("sg-") {
        return Err(invalid(format!(
            "Cannot use reserved security group name: {name}"
        )));
    }
    for (what, text) in [
        ("group name", name),
        ("security group description", description),
    ] {
        if !is_plain(text) || text.is_empty() {
            return Err(invalid(format!(
                "Invalid {what}. Valid values are strings less than 256 characters from the following set: \
                 a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
            )));
        }
    }
    let (id, rule) = (world.id("sg"), world.id("sgr"));
    let ec2 = &mut world.region(&call.region).ec2;
    vpc::find(ec2, vpc)?;
    if ec2
        .security_groups
        .values()
        .any(|group| group.vpc == vpc && group.name == name)
    {
        return Err(AwsError::new(
            "InvalidGroup.Duplicate",
            format!("The security group '{name}' already exists for VPC '{vpc}'"),
        ));
    }
    let result = wire::CreateSecurityGroupResult {
        group_id: Some(id.clone()),
        security_group_arn: Some(call.arn("ec2", &format!("security-group/{id}"))),
        tags: tag_list(&tags),
    };
    ec2.rules.insert(rule.clone(), allow_all_egress(rule, &id));
    ec2.security_groups.insert(
        id.clone(),
        SecurityGroup {
            id,
            name: name.to_owned(),
            description: description.to_owned(),
            vpc: vpc.to_owned(),
            tags,
        },
    );
    Ok(wire::serialize_create_security_group_response(&result).into())
}

/// [DescribeSecurityGroups](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let ec2 = &world.region(&call.region).ec2;
    let (groups, next_token) = list(call, &ec2.security_groups)?;
    let items = groups
        .into_iter()
        .map(|group| shape(call, ec2, group))
        .collect();
    let result = wire::DescribeSecurityGroupsResult {
        security_groups: Some(model::SecurityGroupList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_security_groups_response(&result).into())
}

/// [DeleteSecurityGroup](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html): refused while an
/// interface carries it or another group's rule names it.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["GroupId"]])?;
    let id = call.need("GroupId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    let group = find(ec2, id)?;
    if group.name == "default" {
        return Err(AwsError::new(
            "CannotDelete",
            format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user"),
        ));
    }
    let named = |peer: &Peer| *peer == Peer::Group(id.to_owned());
    let held = ec2
        .interfaces
        .values()
        .any(|interface| interface.groups.iter().any(|held| held == id))
        || ec2
            .rules
            .values()
            .any(|rule| rule.group != id && named(&rule.terms.peer));
    if held {
        return Err(AwsError::new(
            "DependencyViolation",
            format!("resource {id} has a dependent object"),
        ));
    }
    ec2.security_groups.remove(id);
    ec2.rules.retain(|_, rule| rule.group != id);
    let result = wire::DeleteSecurityGroupResult {
        group_id: Some(id.to_owned()),
        r#return: Some(true),
    };
    Ok(wire::serialize_delete_security_group_response(&result).into())
}

/// A group by id, or the refusal.
pub(crate) fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut SecurityGroup, AwsError> {
    ec2.security_groups
        .get_mut(id)
        .ok_or_else(|| errors::no_group(id))
}

fn shape(call: &Call, ec2: &State, group: &SecurityGroup) -> model::SecurityGroup {
    model::SecurityGroup {
        group_id: Some(group.id.clone()),
        group_name: Some(group.name.clone()),
        description: Some(group.description.clone()),
        vpc_id: Some(group.vpc.clone()),
        owner_id: Some(call.account.clone()),
        security_group_arn: Some(call.arn("ec2", &format!("security-group/{}", group.id))),
        ip_permissions: Some(permissions(call, ec2, group, false)),
        ip_permissions_egress: Some(permissions(call, ec2, group, true)),
        tags: tag_list(&group.tags),
    }
}
