//! EC2: the network.
//!
//! Owns: VPCs, subnets, gateways, addresses, route tables, security groups, endpoints and the network interfaces that other
//! services hold in them. Must not know: what load balancers and tasks are; they take interfaces with [`create_interface`].

mod address;
mod cidr;
mod endpoint;
mod errors;
mod group;
mod interface;
mod internet_gateway;
mod model;
mod nat_gateway;
mod network_acl;
mod prefix_list;
mod request;
mod route;
mod route_table;
mod rule;
mod rule_change;
mod shape;
mod subnet;
mod tag;
mod terms;
mod vpc;
mod vpn_gateway;
mod zone;

#[cfg(test)]
mod tests;

pub(crate) use interface::{NewInterface, create_interface, release_interface};
pub(crate) use model::{NatState, Peer, State, Target as Route};
pub use zone::Zone;
pub(crate) use zone::is_served;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "DescribeAvailabilityZones" => zone::describe(world, call),
        "CreateVpc" => vpc::create(world, call),
        "DescribeVpcs" => vpc::describe(world, call),
        "DescribeVpcAttribute" => vpc::describe_attribute(world, call),
        "ModifyVpcAttribute" => vpc::modify_attribute(world, call),
        "DeleteVpc" => vpc::delete(world, call),
        "CreateSubnet" => subnet::create(world, call),
        "DescribeSubnets" => subnet::describe(world, call),
        "ModifySubnetAttribute" => subnet::modify_attribute(world, call),
        "DeleteSubnet" => subnet::delete(world, call),
        "CreateInternetGateway" => internet_gateway::create(world, call),
        "DescribeInternetGateways" => internet_gateway::describe(world, call),
        "AttachInternetGateway" => internet_gateway::attach(world, call),
        "DetachInternetGateway" => internet_gateway::detach(world, call),
        "DeleteInternetGateway" => internet_gateway::delete(world, call),
        "CreateVpnGateway" => vpn_gateway::create(world, call),
        "DescribeVpnGateways" => vpn_gateway::describe(world, call),
        "AttachVpnGateway" => vpn_gateway::attach(world, call),
        "DetachVpnGateway" => vpn_gateway::detach(world, call),
        "DeleteVpnGateway" => vpn_gateway::delete(world, call),
        "CreateNetworkAcl" => network_acl::create(world, call),
        "DescribeNetworkAcls" => network_acl::describe(world, call),
        "DeleteNetworkAcl" => network_acl::delete(world, call),
        "AllocateAddress" => address::allocate(world, call),
        "DescribeAddresses" => address::describe(world, call),
        "ReleaseAddress" => address::release(world, call),
        "CreateNatGateway" => nat_gateway::create(world, call),
        "DescribeNatGateways" => nat_gateway::describe(world, call),
        "DeleteNatGateway" => nat_gateway::delete(world, call),
        "CreateRouteTable" => route_table::create(world, call),
        "DescribeRouteTables" => route_table::describe(world, call),
        "AssociateRouteTable" => route_table::associate(world, call),
        "ReplaceRouteTableAssociation" => route_table::replace_association(world, call),
        "DisassociateRouteTable" => route_table::disassociate(world, call),
        "DeleteRouteTable" => route_table::delete(world, call),
        "CreateRoute" => route::create(world, call),
        "ReplaceRoute" => route::replace(world, call),
        "DeleteRoute" => route::delete(world, call),
        "CreateVpcEndpoint" => endpoint::create(world, call),
        "DescribeVpcEndpoints" => endpoint::describe(world, call),
        "ModifyVpcEndpoint" => endpoint::modify(world, call),
        "DeleteVpcEndpoints" => endpoint::delete(world, call),
        "CreateSecurityGroup" => group::create(world, call),
        "DescribeSecurityGroups" => group::describe(world, call),
        "DeleteSecurityGroup" => group::delete(world, call),
        "DescribeSecurityGroupRules" => rule::describe(world, call),
        "AuthorizeSecurityGroupIngress" => rule_change::authorize(world, call, false),
        "AuthorizeSecurityGroupEgress" => rule_change::authorize(world, call, true),
        "RevokeSecurityGroupIngress" => rule_change::revoke(world, call, false),
        "RevokeSecurityGroupEgress" => rule_change::revoke(world, call, true),
        "ModifySecurityGroupRules" => rule_change::modify(world, call),
        "UpdateSecurityGroupRuleDescriptionsIngress" => {
            rule_change::update_descriptions(world, call, false)
        }
        "UpdateSecurityGroupRuleDescriptionsEgress" => {
            rule_change::update_descriptions(world, call, true)
        }
        "DescribeManagedPrefixLists" => prefix_list::describe(call),
        "DescribeNetworkInterfaces" => interface::describe(world, call),
        "CreateTags" => tag::create(world, call),
        "DeleteTags" => tag::delete(world, call),
        "DescribeTags" => tag::describe(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Turns the gateways and endpoints that are due.
pub(crate) fn settle(world: &mut World, region: &str) {
    let (now, forget) = (world.now(), world.delays.nat_forget);
    let ec2 = &mut world.region(region).ec2;
    nat_gateway::settle(ec2, now, forget);
    endpoint::settle(ec2, now);
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let region_state = world.regions.get(region);
    region_state
        .map(|state| tag::tagged(&state.ec2, region))
        .unwrap_or_default()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    world
        .regions
        .values()
        .flat_map(|region| tag::count(&region.ec2))
        .collect()
}

impl State {
    /// The next public address, out of the block that RFC 2544 sets aside for benches.
    fn next_public_address(&mut self) -> String {
        self.public_addresses += 1;
        let number = self.public_addresses;
        format!(
            "198.{}.{}.{}",
            18 + (number >> 16 & 1),
            number >> 8 & 255,
            number & 255
        )
    }
}
