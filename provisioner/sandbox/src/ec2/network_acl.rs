//! Network ACLs: the one that comes with every VPC, and others that somebody made.
//!
//! Owns: the ACLs. Their entries and what they let through are not simulated, nor can a subnet be given another one.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::NetworkAcl;
use crate::ec2::request::{Listed, TAG_SPEC, list, made_before, new_tags, remember};
use crate::ec2::shape::{done, tag_list};
use crate::ec2::vpc;
use crate::tags::Tags;
use crate::world::World;

impl Listed for NetworkAcl {
    const ID: &'static str = "NetworkAclId";
    const FILTERS: &'static [&'static str] = &["vpc-id", "default", "network-acl-id"];

    fn absent(id: &str) -> AwsError {
        errors::no_network_acl(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        vec![match filter {
            "vpc-id" => self.vpc.clone(),
            "default" => self.default.to_string(),
            _ => self.id.clone(),
        }]
    }
}

/// [CreateNetworkAcl](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html).
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpcId", "ClientToken"], TAG_SPEC])?;
    let made = made_before(&world.region(&call.region).ec2, call)?;
    if let Some(made) = made.and_then(|id| world.region(&call.region).ec2.network_acls.get(&id)) {
        return Ok(created(call, made));
    }
    let vpc = call.need("VpcId")?.to_owned();
    let tags = new_tags(call, "network-acl")?;
    vpc::find(&mut world.region(&call.region).ec2, &vpc)?;
    let id = world.id("acl");
    let acl = NetworkAcl {
        id: id.clone(),
        vpc,
        default: false,
        tags,
    };
    let answer = created(call, &acl);
    let ec2 = &mut world.region(&call.region).ec2;
    remember(ec2, call, &id);
    ec2.network_acls.insert(id, acl);
    Ok(answer)
}

fn created(call: &Call, acl: &NetworkAcl) -> Answer {
    let result = wire::CreateNetworkAclResult {
        network_acl: Some(shape(call, acl)),
        client_token: call.params.get("ClientToken").map(str::to_owned),
    };
    wire::serialize_create_network_acl_response(&result).into()
}

/// [DescribeNetworkAcls](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (acls, next_token) = list(call, &world.region(&call.region).ec2.network_acls)?;
    let items = acls.into_iter().map(|acl| shape(call, acl)).collect();
    let result = wire::DescribeNetworkAclsResult {
        network_acls: Some(model::NetworkAclList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_network_acls_response(&result).into())
}

/// [DeleteNetworkAcl](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html): never a VPC's own.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["NetworkAclId"]])?;
    let id = call.need("NetworkAclId")?;
    let acls = &mut world.region(&call.region).ec2.network_acls;
    let acl = acls.get(id).ok_or_else(|| errors::no_network_acl(id))?;
    if acl.default {
        return Err(invalid(format!("cannot delete default network ACL {id}")));
    }
    acls.remove(id);
    Ok(done(call))
}

fn shape(call: &Call, acl: &NetworkAcl) -> model::NetworkAcl {
    model::NetworkAcl {
        network_acl_id: Some(acl.id.clone()),
        vpc_id: Some(acl.vpc.clone()),
        is_default: Some(acl.default),
        owner_id: Some(call.account.clone()),
        tags: tag_list(&acl.tags),
        ..Default::default()
    }
}
