//! VPCs and their DNS attributes.
//!
//! Owns: VPCs, and what comes and goes with each: its default security group and its main route table.
//! Must not know: what else lives in a VPC beyond whether it is there.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::cidr::Cidr;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{NetworkAcl, RouteTable, SecurityGroup, State, Vpc};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::rule::{allow_all_egress, allow_own_ingress};
use crate::ec2::shape::{boolean, done, tag_list};
use crate::tags::Tags;
use crate::world::World;

impl Listed for Vpc {
    const ID: &'static str = "VpcId";
    const FILTERS: &'static [&'static str] = &["vpc-id", "state", "cidr", "is-default"];

    fn absent(id: &str) -> AwsError {
        errors::no_vpc(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.id,
            "cidr" => &self.cidr,
            "is-default" => "false",
            _ => "available",
        };
        vec![value.to_owned()]
    }
}

/// [CreateVpc](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html): it comes with a default security
/// group, a main route table, DNS support on and DNS hostnames off. There is no token: calling twice makes two.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["CidrBlock", "InstanceTenancy"], TAG_SPEC])?;
    let tags = new_tags(call, "vpc")?;
    let text = call.need("CidrBlock")?;
    let cidr = parse_block(text)?;
    if call
        .params
        .get("InstanceTenancy")
        .is_some_and(|tenancy| tenancy != "default")
    {
        return Err(AwsError::not_simulated(
            "an instance tenancy other than default",
        ));
    }
    if !(16..=28).contains(&cidr.prefix()) {
        return Err(AwsError::new(
            "InvalidVpc.Range",
            format!("The CIDR '{text}' is invalid."),
        ));
    }
    let quota = world.quotas.vpcs;
    if world.region(&call.region).ec2.vpcs.len() >= quota {
        return Err(AwsError::new(
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
        ));
    }
    let (id, group, table, main) = (
        world.id("vpc"),
        world.id("sg"),
        world.id("rtb"),
        world.id("rtbassoc"),
    );
    let rules = [world.id("sgr"), world.id("sgr")];
    let ec2 = &mut world.region(&call.region).ec2;
    let vpc = Vpc {
        id: id.clone(),
        cidr: cidr.to_string(),
        dns_support: true,
        dns_hostnames: false,
        tags,
    };
    let [ingress, egress] = rules;
    ec2.rules
        .insert(ingress.clone(), allow_own_ingress(ingress, &group));
    ec2.rules
        .insert(egress.clone(), allow_all_egress(egress, &group));
    ec2.security_groups.insert(
        group.clone(),
        SecurityGroup {
            id: group,
            name: "default".to_owned(),
            description: "default VPC security group".to_owned(),
            vpc: id.clone(),
            tags: Tags::new(),
        },
    );
    let acl = id.replacen("vpc", "acl", 1);
    ec2.network_acls.insert(
        acl.clone(),
        NetworkAcl {
            id: acl,
            vpc: id.clone(),
            default: true,
            tags: Tags::new(),
        },
    );
    ec2.route_tables.insert(
        table.clone(),
        RouteTable {
            id: table,
            vpc: id.clone(),
            routes: std::collections::BTreeMap::new(),
            propagated: std::collections::BTreeMap::new(),
            associations: [(main, None)].into(),
            tags: Tags::new(),
        },
    );
    let result = wire::CreateVpcResult {
        vpc: Some(shape(call, &vpc)),
    };
    ec2.vpcs.insert(id, vpc);
    Ok(wire::serialize_create_vpc_response(&result).into())
}

/// [DescribeVpcs](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (vpcs, next_token) = list(call, &world.region(&call.region).ec2.vpcs)?;
    let items = vpcs.into_iter().map(|vpc| shape(call, vpc)).collect();
    let result = wire::DescribeVpcsResult {
        vpcs: Some(model::VpcList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_vpcs_response(&result).into())
}

/// [DescribeVpcAttribute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html).
pub(crate) fn describe_attribute(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpcId", "Attribute"]])?;
    let vpc = find(&mut world.region(&call.region).ec2, call.need("VpcId")?)?;
    let mut result = wire::DescribeVpcAttributeResult {
        vpc_id: Some(vpc.id.clone()),
        ..Default::default()
    };
    match call.need("Attribute")? {
        "enableDnsSupport" => result.enable_dns_support = boolean(vpc.dns_support),
        "enableDnsHostnames" => result.enable_dns_hostnames = boolean(vpc.dns_hostnames),
        "enableNetworkAddressUsageMetrics" => {
            result.enable_network_address_usage_metrics = boolean(false);
        }
        other => {
            return Err(invalid(format!(
                "Value ({other}) for parameter attribute is invalid. Unknown attribute."
            )));
        }
    }
    Ok(wire::serialize_describe_vpc_attribute_response(&result).into())
}

/// [ModifyVpcAttribute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html): one attribute per
/// call. DNS hostnames without DNS support are refused.
pub(crate) fn modify_attribute(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&[
        "VpcId",
        "EnableDnsSupport.Value",
        "EnableDnsHostnames.Value",
    ]])?;
    let support = call.params.flag("EnableDnsSupport.Value");
    let hostnames = call.params.flag("EnableDnsHostnames.Value");
    let vpc = find(&mut world.region(&call.region).ec2, call.need("VpcId")?)?;
    match (support, hostnames) {
        (Some(_), Some(_)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "Fields for multiple attribute types specified: enableDnsHostnames, enableDnsSupport",
            ));
        }
        (None, None) => {
            return Err(AwsError::new(
                "MissingParameter",
                "No attributes specified.",
            ));
        }
        (Some(support), None) => vpc.dns_support = support,
        (None, Some(true)) if !vpc.dns_support => {
            return Err(invalid(
                "DNS hostnames need DNS support to be enabled first.",
            ));
        }
        (None, Some(hostnames)) => vpc.dns_hostnames = hostnames,
    }
    Ok(done(call))
}

/// [DeleteVpc](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html): refused while it holds anything but
/// its default security group, main route table and default network ACL, which go along.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpcId"]])?;
    let id = call.need("VpcId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    find(ec2, id)?;
    let held = ec2.subnets.values().any(|subnet| subnet.vpc == id)
        || ec2
            .internet_gateways
            .values()
            .any(|gateway| gateway.vpc.as_deref() == Some(id))
        || ec2.endpoints.values().any(|endpoint| endpoint.vpc == id)
        || ec2.interfaces.values().any(|interface| interface.vpc == id)
        || ec2
            .route_tables
            .values()
            .any(|table| table.vpc == id && !table.is_main())
        || ec2
            .security_groups
            .values()
            .any(|group| group.vpc == id && group.name != "default")
        || ec2
            .vpn_gateways
            .values()
            .any(|gateway| gateway.vpc.as_deref() == Some(id))
        || ec2
            .network_acls
            .values()
            .any(|acl| acl.vpc == id && !acl.default);
    if held {
        return Err(errors::in_use(&format!("vpc '{id}'")));
    }
    ec2.route_tables.retain(|_, table| table.vpc != id);
    ec2.network_acls.retain(|_, acl| acl.vpc != id);
    ec2.security_groups.retain(|_, group| group.vpc != id);
    let groups = &ec2.security_groups;
    ec2.rules.retain(|_, rule| groups.contains_key(&rule.group));
    ec2.vpcs.remove(id);
    Ok(done(call))
}

/// A VPC by id, or the refusal.
pub(crate) fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut Vpc, AwsError> {
    ec2.vpcs.get_mut(id).ok_or_else(|| errors::no_vpc(id))
}

/// A block as a parameter gives it.
pub(crate) fn parse_block(text: &str) -> Result<Cidr, AwsError> {
    text.parse().map_err(|()| {
        invalid(format!(
            "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ))
    })
}

fn shape(call: &Call, vpc: &Vpc) -> model::Vpc {
    let state = model::VpcCidrBlockState {
        state: Some("associated".to_owned()),
        ..Default::default()
    };
    let block = model::VpcCidrBlockAssociation {
        association_id: Some(vpc.id.replacen("vpc", "vpc-cidr-assoc", 1)),
        cidr_block: Some(vpc.cidr.clone()),
        cidr_block_state: Some(state),
    };
    model::Vpc {
        vpc_id: Some(vpc.id.clone()),
        cidr_block: Some(vpc.cidr.clone()),
        cidr_block_association_set: Some(model::VpcCidrBlockAssociationSet { items: vec![block] }),
        dhcp_options_id: Some("dopt-00000000000000000".to_owned()),
        instance_tenancy: Some("default".to_owned()),
        is_default: Some(false),
        owner_id: Some(call.account.clone()),
        state: Some("available".to_owned()),
        tags: tag_list(&vpc.tags),
        ..Default::default()
    }
}
