//! Whose each member of the answers is that [`NatGateway`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::NatGateway;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for NatGateway {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeNatGateways",
        at: "NatGateways[]",
        members: &[
            (Identity, &["NatGatewayId"]),
            (Fixed("subnet"), &["SubnetId"]),
            (Fixed("address"), &["NatGatewayAddresses[].AllocationId"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (
                Left(
                    By::Account,
                    "further addresses give more ports towards one place; the primary one stays",
                ),
                &["NatGatewayAddresses[].IsPrimary"],
            ),
            (
                Derived("its subnet and its addresses"),
                &[
                    "NatGatewayAddresses[].NetworkInterfaceId",
                    "NatGatewayAddresses[].PrivateIp",
                    "NatGatewayAddresses[].PublicIp",
                    "NatGatewayAddresses[].AssociationId",
                    "NatGatewayAddresses[].FailureMessage",
                    "NatGatewayAddresses[].Status",
                    "NatGatewayAddresses[].AvailabilityZone",
                    "NatGatewayAddresses[].AvailabilityZoneId",
                    "VpcId",
                ],
            ),
            (
                Derived("how far AWS is with it"),
                &[
                    "CreateTime",
                    "DeleteTime",
                    "FailureCode",
                    "FailureMessage",
                    "State",
                ],
            ),
            (
                Constant("made zonal and public, for good"),
                &[
                    "ConnectivityType",
                    "AvailabilityMode",
                    "AutoScalingIps",
                    "AutoProvisionZones",
                    "RouteTableId",
                ],
            ),
            (
                Left(By::Aws, "on request to AWS only"),
                &["ProvisionedBandwidth"],
            ),
            (
                Left(By::Account, "a firewall before it is a resource of its own"),
                &["AttachedAppliances"],
            ),
        ],
    }];
}
