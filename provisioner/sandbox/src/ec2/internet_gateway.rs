//! Internet gateways and their attachment.
//!
//! Owns: internet gateways. Must not know: who has public addresses, beyond that interfaces may.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{InternetGateway, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::shape::{done, tag_list};
use crate::ec2::vpc;
use crate::tags::Tags;
use crate::world::World;

impl Listed for InternetGateway {
    const ID: &'static str = "InternetGatewayId";
    const FILTERS: &'static [&'static str] = &[
        "attachment.vpc-id",
        "internet-gateway-id",
        "attachment.state",
    ];

    fn absent(id: &str) -> AwsError {
        errors::no_internet_gateway(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        match filter {
            "internet-gateway-id" => vec![self.id.clone()],
            "attachment.state" => self.vpc.iter().map(|_| "available".to_owned()).collect(),
            _ => self.vpc.iter().cloned().collect(),
        }
    }
}

/// [CreateInternetGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html). There is no
/// token: calling twice makes two.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[TAG_SPEC])?;
    let tags = new_tags(call, "internet-gateway")?;
    let quota = world.quotas.internet_gateways;
    if world.region(&call.region).ec2.internet_gateways.len() >= quota {
        return Err(AwsError::new(
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
        ));
    }
    let id = world.id("igw");
    let gateway = InternetGateway {
        id: id.clone(),
        vpc: None,
        tags,
    };
    let result = wire::CreateInternetGatewayResult {
        internet_gateway: Some(shape(call, &gateway)),
    };
    world
        .region(&call.region)
        .ec2
        .internet_gateways
        .insert(id, gateway);
    Ok(wire::serialize_create_internet_gateway_response(&result).into())
}

/// [DescribeInternetGateways](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (gateways, next_token) = list(call, &world.region(&call.region).ec2.internet_gateways)?;
    let items = gateways
        .into_iter()
        .map(|gateway| shape(call, gateway))
        .collect();
    let result = wire::DescribeInternetGatewaysResult {
        internet_gateways: Some(model::InternetGatewayList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_internet_gateways_response(&result).into())
}

/// [AttachInternetGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html): one VPC per
/// gateway (`Resource.AlreadyAssociated`) and one gateway per VPC.
pub(crate) fn attach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["InternetGatewayId", "VpcId"]])?;
    let (id, vpc) = (call.need("InternetGatewayId")?, call.need("VpcId")?);
    let ec2 = &mut world.region(&call.region).ec2;
    find(ec2, id)?;
    vpc::find(ec2, vpc)?;
    let other = ec2
        .internet_gateways
        .values()
        .find(|gateway| gateway.vpc.as_deref() == Some(vpc) && gateway.id != id);
    if other.is_some() {
        return Err(invalid(format!(
            "Network {vpc} already has an internet gateway attached"
        )));
    }
    let gateway = find(ec2, id)?;
    if let Some(holder) = &gateway.vpc {
        return Err(AwsError::new(
            "Resource.AlreadyAssociated",
            format!("resource {id} is already attached to network {holder}"),
        ));
    }
    gateway.vpc = Some(vpc.to_owned());
    Ok(done(call))
}

/// [DetachInternetGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html): refused while
/// anything in the VPC has a public address, a NAT gateway's or a load balancer's interface for one.
pub(crate) fn detach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["InternetGatewayId", "VpcId"]])?;
    let (id, vpc) = (call.need("InternetGatewayId")?, call.need("VpcId")?);
    let ec2 = &mut world.region(&call.region).ec2;
    vpc::find(ec2, vpc)?;
    if find(ec2, id)?.vpc.as_deref() != Some(vpc) {
        return Err(AwsError::new(
            "Gateway.NotAttached",
            format!("resource {id} is not attached to network {vpc}"),
        ));
    }
    if ec2
        .interfaces
        .values()
        .any(|interface| interface.vpc == vpc && interface.public_ip.is_some())
    {
        return Err(AwsError::new(
            "DependencyViolation",
            format!(
                "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before \
                 detaching the gateway."
            ),
        ));
    }
    find(ec2, id)?.vpc = None;
    Ok(done(call))
}

/// [DeleteInternetGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html): refused while
/// attached.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["InternetGatewayId"]])?;
    let id = call.need("InternetGatewayId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    if find(ec2, id)?.vpc.is_some() {
        return Err(errors::in_use(&format!("internetGateway '{id}'")));
    }
    ec2.internet_gateways.remove(id);
    Ok(done(call))
}

fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut InternetGateway, AwsError> {
    ec2.internet_gateways
        .get_mut(id)
        .ok_or_else(|| errors::no_internet_gateway(id))
}

fn shape(call: &Call, gateway: &InternetGateway) -> model::InternetGateway {
    let attachment = |vpc: &String| model::InternetGatewayAttachment {
        state: Some("available".to_owned()),
        vpc_id: Some(vpc.clone()),
    };
    model::InternetGateway {
        internet_gateway_id: Some(gateway.id.clone()),
        attachments: Some(model::InternetGatewayAttachmentList {
            items: gateway.vpc.iter().map(attachment).collect(),
        }),
        owner_id: Some(call.account.clone()),
        tags: tag_list(&gateway.tags),
    }
}
