//! Whose each member of the answers is that [`RouteTable`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::RouteTable;
use Class::{Derived, Fixed, Identity, Left, Owned, Unread};

impl Covered for RouteTable {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeRouteTables",
        at: "RouteTables[]",
        members: &[
            (Identity, &["RouteTableId"]),
            (Fixed("vpc"), &["VpcId"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (Owned("subnets"), &["Associations[].SubnetId"]),
            (
                Left(
                    By::Account,
                    "what comes in by a gateway goes through a firewall of theirs",
                ),
                &["Associations[].GatewayId", "Associations[].PublicIpv4Pool"],
            ),
            (
                Derived("the subnet that is associated"),
                &[
                    "Associations[].Main",
                    "Associations[].RouteTableAssociationId",
                    "Associations[].RouteTableId",
                    "Associations[].AssociationState.State",
                    "Associations[].AssociationState.StatusMessage",
                ],
            ),
            (
                Left(By::Account, "a VPN gateway writes what it learns"),
                &["PropagatingVgws"],
            ),
            (Unread, &["Routes[].IgwFirewall"]),
            (
                Derived("the target of a route"),
                &["Routes[].InstanceOwnerId", "Routes[].State"],
            ),
            (
                Derived("who wrote the route; one that a VPN gateway propagates is left alone"),
                &["Routes[].Origin"],
            ),
            (
                Owned("routes"),
                &[
                    "Routes[].DestinationCidrBlock",
                    "Routes[].DestinationIpv6CidrBlock",
                    "Routes[].DestinationPrefixListId",
                    "Routes[].EgressOnlyInternetGatewayId",
                    "Routes[].GatewayId",
                    "Routes[].InstanceId",
                    "Routes[].NatGatewayId",
                    "Routes[].TransitGatewayId",
                    "Routes[].LocalGatewayId",
                    "Routes[].CarrierGatewayId",
                    "Routes[].NetworkInterfaceId",
                    "Routes[].VpcPeeringConnectionId",
                    "Routes[].CoreNetworkArn",
                    "Routes[].OdbNetworkArn",
                    "Routes[].IpAddress",
                ],
            ),
            (Derived("the account"), &["OwnerId"]),
        ],
    }];
}
