//! Whose each member of the answers is that [`VpcEndpoint`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::VpcEndpoint;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for VpcEndpoint {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeVpcEndpoints",
        at: "VpcEndpoints[]",
        members: &[
            (Identity, &["VpcEndpointId"]),
            (Fixed("vpc"), &["VpcId"]),
            (Fixed("service"), &["ServiceName"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (Owned("route_tables"), &["RouteTableIds[]"]),
            (Owned("policy"), &["PolicyDocument"]),
            (
                Constant("made as a gateway endpoint, for good"),
                &["VpcEndpointType"],
            ),
            (
                Constant("for endpoints of other types only"),
                &[
                    "SubnetIds",
                    "Groups",
                    "PrivateDnsEnabled",
                    "NetworkInterfaceIds",
                    "DnsEntries",
                    "Ipv4Prefixes",
                    "Ipv6Prefixes",
                    "ServiceNetworkArn",
                    "ResourceConfigurationArn",
                    "PayerResponsibilities",
                ],
            ),
            (
                Left(
                    By::Account,
                    "IPv6 is added to a network as a whole; nothing of ours has such addresses",
                ),
                &["IpAddressType", "DnsOptions"],
            ),
            (
                Derived("its service and its state"),
                &[
                    "State",
                    "RequesterManaged",
                    "CreationTimestamp",
                    "OwnerId",
                    "LastError",
                    "FailureReason",
                    "ServiceRegion",
                ],
            ),
        ],
    }];
}
