//! Whose each member of the answers is that [`ElasticIp`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::ElasticIp;
use Class::{Constant, Derived, Identity, Owned};

impl Covered for ElasticIp {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeAddresses",
        at: "Addresses[]",
        members: &[
            (Identity, &["AllocationId"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (
                Derived("AWS chooses it when it is allocated"),
                &[
                    "PublicIp",
                    "PublicIpv4Pool",
                    "NetworkBorderGroup",
                    "Domain",
                    "ServiceManaged",
                ],
            ),
            (
                Derived("the NAT gateway that speaks from it, which holds it until it is deleted"),
                &[
                    "AssociationId",
                    "NetworkInterfaceId",
                    "NetworkInterfaceOwnerId",
                    "PrivateIpAddress",
                    "SubnetId",
                    "InstanceId",
                ],
            ),
            (
                Constant("for Outposts and Wavelength only"),
                &["CustomerOwnedIp", "CustomerOwnedIpv4Pool", "CarrierIp"],
            ),
        ],
    }];
    const UNASKED: &'static [Unasked] = &[unasked(
        "ec2",
        "DescribeAddressesAttribute",
        By::Account,
        "the name that reverse look-ups answer; nothing of ours asks for it",
    )];
}
