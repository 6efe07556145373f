//! Virtual private gateways and their attachment: what somebody else's VPN holds in a VPC.
//!
//! Owns: virtual private gateways. Must not know: VPN connections, which are not simulated.

use std::fmt::Write as _;

use winterbaume_core::protocol::xml_escape;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{State, VpnGateway};
use crate::ec2::request::{Listed, TAG_SPEC, list, new_tags};
use crate::ec2::shape::done;
use crate::ec2::vpc;
use crate::tags::Tags;
use crate::world::World;

impl Listed for VpnGateway {
    const ID: &'static str = "VpnGatewayId";
    const FILTERS: &'static [&'static str] =
        &["attachment.vpc-id", "attachment.state", "vpn-gateway-id"];

    fn absent(id: &str) -> AwsError {
        errors::no_vpn_gateway(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        match filter {
            "vpn-gateway-id" => vec![self.id.clone()],
            "attachment.state" => self.vpc.iter().map(|_| "attached".to_owned()).collect(),
            _ => self.vpc.iter().cloned().collect(),
        }
    }
}

/// [CreateVpnGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpnGateway.html): `ipsec.1` is the one type.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["Type"], TAG_SPEC])?;
    let kind = call.need("Type")?;
    if kind != "ipsec.1" {
        return Err(invalid(format!(
            "Value ({kind}) for parameter type is invalid."
        )));
    }
    let tags = new_tags(call, "vpn-gateway")?;
    let id = world.id("vgw");
    let gateway = VpnGateway {
        id: id.clone(),
        vpc: None,
        tags,
    };
    let answer = Answer::ec2(
        &call.operation,
        &format!("<vpnGateway>{}</vpnGateway>", shape(&gateway)),
    );
    let gateways = &mut world.region(&call.region).ec2.vpn_gateways;
    gateways.insert(id, gateway);
    Ok(answer)
}

/// [DescribeVpnGateways](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpnGateways.html): in one page. The
/// generated types for it are left out of this build, so the answer is written by hand.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (gateways, _) = list(call, &world.region(&call.region).ec2.vpn_gateways)?;
    let mut items = String::new();
    for gateway in gateways {
        let _ = write!(items, "<item>{}</item>", shape(gateway));
    }
    let set = format!("<vpnGatewaySet>{items}</vpnGatewaySet>");
    Ok(Answer::ec2(&call.operation, &set))
}

/// [AttachVpnGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html): one VPC per gateway and one
/// gateway per VPC.
pub(crate) fn attach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpnGatewayId", "VpcId"]])?;
    let (id, vpc) = (call.need("VpnGatewayId")?, call.need("VpcId")?);
    let ec2 = &mut world.region(&call.region).ec2;
    vpc::find(ec2, vpc)?;
    let mut others = ec2.vpn_gateways.values();
    if others.any(|gateway| gateway.vpc.as_deref() == Some(vpc) && gateway.id != id) {
        return Err(AwsError::new(
            "VpnGatewayAttachmentLimitExceeded",
            format!("The vpc {vpc} already has a virtual private gateway attached"),
        ));
    }
    let gateway = find(ec2, id)?;
    if gateway.vpc.as_deref().is_some_and(|holder| holder != vpc) {
        return Err(invalid(format!(
            "The vpnGateway {id} is already attached to another VPC"
        )));
    }
    gateway.vpc = Some(vpc.to_owned());
    let inner = format!("<attachment><state>attached</state><vpcId>{vpc}</vpcId></attachment>");
    Ok(Answer::ec2(&call.operation, &inner))
}

/// [DetachVpnGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVpnGateway.html).
pub(crate) fn detach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpnGatewayId", "VpcId"]])?;
    let (id, vpc) = (call.need("VpnGatewayId")?, call.need("VpcId")?);
    let ec2 = &mut world.region(&call.region).ec2;
    let gateway = find(ec2, id)?;
    if gateway.vpc.as_deref() != Some(vpc) {
        return Err(AwsError::new(
            "InvalidVpnGatewayAttachment.NotFound",
            format!("The attachment with vpn gateway ID '{id}' and vpc ID '{vpc}' does not exist."),
        ));
    }
    gateway.vpc = None;
    Ok(done(call))
}

/// [DeleteVpnGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpnGateway.html): refused while attached.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpnGatewayId"]])?;
    let id = call.need("VpnGatewayId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    if find(ec2, id)?.vpc.is_some() {
        return Err(AwsError::new(
            "IncorrectState",
            format!("The vpnGateway '{id}' is in use."),
        ));
    }
    ec2.vpn_gateways.remove(id);
    Ok(done(call))
}

fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut VpnGateway, AwsError> {
    let gateway = ec2.vpn_gateways.get_mut(id);
    gateway.ok_or_else(|| errors::no_vpn_gateway(id))
}

fn shape(gateway: &VpnGateway) -> String {
    let attachments = gateway
        .vpc
        .iter()
        .map(|vpc| format!("<item><state>attached</state><vpcId>{vpc}</vpcId></item>"));
    let tags = gateway.tags.iter().map(|(key, value)| {
        let (key, value) = (xml_escape(key), xml_escape(value));
        format!("<item><key>{key}</key><value>{value}</value></item>")
    });
    format!(
        "<vpnGatewayId>{}</vpnGatewayId><state>available</state><type>ipsec.1</type><amazonSideAsn>64512</amazonSideAsn>\
         <attachments>{}</attachments><tagSet>{}</tagSet>",
        gateway.id,
        attachments.collect::<String>(),
        tags.collect::<String>()
    )
}
