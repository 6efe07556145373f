//! Public NAT gateways.
//!
//! Owns: their life from `pending` over `available` or `failed` to `deleted`. Must not know: routes that lead to them.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::interface::{NewInterface, create_interface};
use crate::ec2::model::{Association, NatGateway, NatState, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, made_before, new_tags, remember};
use crate::ec2::shape::tag_list;
use crate::tags::Tags;
use crate::time::iso;
use crate::world::World;

impl Listed for NatGateway {
    const ID: &'static str = "NatGatewayId";
    const FILTERS: &'static [&'static str] = &["vpc-id", "state", "subnet-id", "nat-gateway-id"];

    fn absent(id: &str) -> AwsError {
        errors::no_nat_gateway(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.vpc,
            "subnet-id" => &self.subnet,
            "nat-gateway-id" => &self.id,
            _ => self.state.name(),
        };
        vec![value.to_owned()]
    }
}

/// [CreateNatGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html): idempotent by client
/// token. A VPC without an internet gateway and an address already taken do not fail the call: the gateway turns `failed`
/// with a `failureCode`.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[
        &[
            "SubnetId",
            "AllocationId",
            "ClientToken",
            "ConnectivityType",
        ],
        TAG_SPEC,
    ])?;
    if let Some(kind) = call
        .params
        .get("ConnectivityType")
        .filter(|kind| *kind != "public")
    {
        return Err(AwsError::not_simulated(format!(
            "a NAT gateway of connectivity type {kind}"
        )));
    }
    let tags = new_tags(call, "natgateway")?;
    let (subnet, allocation) = (call.need("SubnetId")?, call.need("AllocationId")?);
    let per_zone = world.quotas.nat_gateways_per_zone;
    let (now, delay) = (world.now(), world.delays.nat_create);
    let ec2 = &world.region(&call.region).ec2;
    if let Some(made) = made_before(ec2, call)?.and_then(|id| ec2.nat_gateways.get(&id)) {
        return Ok(created(call, made));
    }
    let subnet = ec2
        .subnets
        .get(subnet)
        .ok_or_else(|| errors::no_subnet(subnet))?
        .clone();
    let address = ec2
        .addresses
        .get(allocation)
        .ok_or_else(|| errors::no_address(allocation))?
        .clone();
    let live = |gateway: &&NatGateway| {
        matches!(
            gateway.state,
            NatState::Pending | NatState::Available | NatState::Deleting
        )
    };
    let in_zone = |gateway: &&NatGateway| {
        ec2.subnets
            .get(&gateway.subnet)
            .is_some_and(|held| held.zone == subnet.zone)
    };
    if ec2
        .nat_gateways
        .values()
        .filter(live)
        .filter(in_zone)
        .count()
        >= per_zone
    {
        return Err(AwsError::new(
            "NatGatewayLimitExceeded",
            format!(
                "The maximum number of NAT gateways has been reached in {}.",
                subnet.zone
            ),
        ));
    }
    let attached = ec2
        .internet_gateways
        .values()
        .any(|gateway| gateway.vpc.as_ref() == Some(&subnet.vpc));
    let failure = if !attached {
        let message = format!("Network {} has no Internet gateway attached", subnet.vpc);
        Some(("Gateway.NotAttached".to_owned(), message))
    } else if address.association.is_some() {
        let message = format!("Elastic IP address [{allocation}] is already associated");
        Some(("Resource.AlreadyAssociated".to_owned(), message))
    } else {
        None
    };
    let mut gateway = NatGateway {
        id: world.id("nat"),
        vpc: subnet.vpc,
        subnet: subnet.id,
        allocation: allocation.to_owned(),
        association: None,
        interface: None,
        public_ip: address.ip,
        private_ip: None,
        state: NatState::Pending,
        due: Some(now + delay),
        failure,
        created: now,
        deleted: None,
        tags,
    };
    if gateway.failure.is_none() {
        connect(world, call, &mut gateway)?;
    }
    let ec2 = &mut world.region(&call.region).ec2;
    remember(ec2, call, &gateway.id);
    let answer = created(call, &gateway);
    ec2.nat_gateways.insert(gateway.id.clone(), gateway);
    Ok(answer)
}

/// Gives a new gateway its interface and its address.
fn connect(world: &mut World, call: &Call, gateway: &mut NatGateway) -> Result<(), AwsError> {
    let new = NewInterface {
        subnet: &gateway.subnet,
        description: &format!("Interface for NAT Gateway {}", gateway.id),
        kind: "nat_gateway",
        requester: &call.account,
        ..NewInterface::default()
    };
    let interface = create_interface(world, &call.region, &new)?;
    let association = world.id("eipassoc");
    let ec2 = &mut world.region(&call.region).ec2;
    if let Some(held) = ec2.interfaces.get_mut(&interface) {
        held.public_ip = Some(gateway.public_ip.clone());
        gateway.private_ip = Some(held.private_ip.clone());
    }
    if let Some(address) = ec2.addresses.get_mut(&gateway.allocation) {
        address.association = Some(Association {
            id: association.clone(),
            interface: interface.clone(),
        });
    }
    gateway.interface = Some(interface);
    gateway.association = Some(association);
    Ok(())
}

/// [DescribeNatGateways](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html): deleted ones stay
/// listed for about an hour.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (gateways, next_token) = list(call, &world.region(&call.region).ec2.nat_gateways)?;
    let items = gateways.into_iter().map(shape).collect();
    let result = wire::DescribeNatGatewaysResult {
        nat_gateways: Some(model::NatGatewayList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_nat_gateways_response(&result).into())
}

/// [DeleteNatGateway](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html): the address stays taken
/// until the gateway is `deleted`.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["NatGatewayId"]])?;
    let id = call.need("NatGatewayId")?;
    let due = world.now() + world.delays.nat_delete;
    let ec2 = &mut world.region(&call.region).ec2;
    let gateway = ec2
        .nat_gateways
        .get_mut(id)
        .ok_or_else(|| errors::no_nat_gateway(id))?;
    match gateway.state {
        NatState::Deleted => return Err(errors::no_nat_gateway(id)),
        NatState::Deleting => {}
        NatState::Pending | NatState::Available | NatState::Failed => {
            gateway.state = NatState::Deleting;
            gateway.due = Some(due);
        }
    }
    let result = wire::DeleteNatGatewayResult {
        nat_gateway_id: Some(id.to_owned()),
    };
    Ok(wire::serialize_delete_nat_gateway_response(&result).into())
}

/// Turns the gateways that are due; `forget` is how long a deleted one stays listed.
pub(crate) fn settle(ec2: &mut State, now: u64, forget: u64) {
    let mut gone = Vec::new();
    for gateway in ec2.nat_gateways.values_mut() {
        let Some(due) = gateway.due.filter(|due| *due <= now) else {
            continue;
        };
        match gateway.state {
            NatState::Pending => {
                gateway.state = if gateway.failure.is_some() {
                    NatState::Failed
                } else {
                    NatState::Available
                };
                gateway.due = None;
            }
            NatState::Deleting => {
                gateway.state = NatState::Deleted;
                gateway.deleted = Some(due);
                gateway.due = Some(due + forget);
                if let Some(interface) = gateway.interface.take() {
                    ec2.interfaces.remove(&interface);
                    if let Some(address) = ec2.addresses.get_mut(&gateway.allocation) {
                        address.association = None;
                    }
                }
            }
            NatState::Deleted => gone.push(gateway.id.clone()),
            NatState::Available | NatState::Failed => gateway.due = None,
        }
    }
    for id in gone {
        ec2.nat_gateways.remove(&id);
    }
}

/// The gateway that a route may lead to: neither failed nor deleted, in this VPC.
pub(crate) fn route_target<'a>(
    ec2: &'a State,
    id: &str,
    vpc: &str,
) -> Result<&'a NatGateway, AwsError> {
    let live =
        |gateway: &&NatGateway| matches!(gateway.state, NatState::Pending | NatState::Available);
    let gateway = ec2.nat_gateways.get(id).filter(live).ok_or_else(|| {
        AwsError::new(
            "InvalidNatGatewayID.NotFound",
            format!("The natGateway ID '{id}' does not exist"),
        )
    })?;
    if gateway.vpc == vpc {
        Ok(gateway)
    } else {
        Err(invalid(format!(
            "the NAT gateway {id} belongs to another network than the route table"
        )))
    }
}

fn created(call: &Call, gateway: &NatGateway) -> Answer {
    let result = wire::CreateNatGatewayResult {
        client_token: call.params.get("ClientToken").map(str::to_owned),
        nat_gateway: Some(shape(gateway)),
    };
    wire::serialize_create_nat_gateway_response(&result).into()
}

fn shape(gateway: &NatGateway) -> model::NatGateway {
    let failure = gateway
        .failure
        .as_ref()
        .filter(|_| gateway.state == NatState::Failed);
    let address = model::NatGatewayAddress {
        allocation_id: Some(gateway.allocation.clone()),
        association_id: gateway.association.clone(),
        is_primary: Some(true),
        network_interface_id: gateway.interface.clone(),
        private_ip: gateway.private_ip.clone(),
        public_ip: Some(gateway.public_ip.clone()),
        status: Some(
            if failure.is_some() {
                "failed"
            } else {
                "succeeded"
            }
            .to_owned(),
        ),
        ..Default::default()
    };
    model::NatGateway {
        nat_gateway_id: Some(gateway.id.clone()),
        vpc_id: Some(gateway.vpc.clone()),
        subnet_id: Some(gateway.subnet.clone()),
        availability_mode: Some("zonal".to_owned()),
        connectivity_type: Some("public".to_owned()),
        create_time: Some(iso(gateway.created)),
        delete_time: gateway.deleted.map(iso),
        failure_code: failure.map(|(code, _)| code.clone()),
        failure_message: failure.map(|(_, message)| message.clone()),
        nat_gateway_addresses: Some(model::NatGatewayAddressList {
            items: vec![address],
        }),
        state: Some(gateway.state.name().to_owned()),
        tags: tag_list(&gateway.tags),
        ..Default::default()
    }
}
