//! Whose each member of the answers is that [`Subnet`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Subnet;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned, Unread};

impl Covered for Subnet {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeSubnets",
        at: "Subnets[]",
        members: &[
            (Identity, &["SubnetId"]),
            (Fixed("vpc"), &["VpcId"]),
            (Fixed("cidr"), &["CidrBlock"]),
            (Fixed("zone"), &["AvailabilityZone"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (Owned("public_ip"), &["MapPublicIpOnLaunch"]),
            (
                Owned("other"),
                &[
                    "EnableDns64",
                    "PrivateDnsNameOptionsOnLaunch.HostnameType",
                    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
                    "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsAAAARecord",
                ],
            ),
            (
                Left(
                    By::Account,
                    "IPv6 is added to a network as a whole; nothing of ours has such addresses",
                ),
                &["Ipv6CidrBlockAssociationSet", "AssignIpv6AddressOnCreation"],
            ),
            (
                Constant("made without IPv6 addresses only, for good"),
                &["Ipv6Native"],
            ),
            (
                Constant("for Outposts only"),
                &[
                    "MapCustomerOwnedIpOnLaunch",
                    "CustomerOwnedIpv4Pool",
                    "OutpostArn",
                    "EnableLniAtDeviceIndex",
                ],
            ),
            (
                Left(By::Account, "an organisation's rule for all its networks"),
                &["BlockPublicAccessStates"],
            ),
            (
                Derived("its range, its zone and what stands in it"),
                &[
                    "AvailabilityZoneId",
                    "AvailableIpAddressCount",
                    "DefaultForAz",
                    "OwnerId",
                    "State",
                    "SubnetArn",
                    "Type",
                ],
            ),
            (Unread, &["NetworkFirewallConnectivityType"]),
        ],
    }];
    const UNASKED: &'static [Unasked] = &[unasked(
        "ec2",
        "DescribeNetworkAcls",
        By::Account,
        "network ACLs are resources of their own, shared by subnets",
    )];
}
