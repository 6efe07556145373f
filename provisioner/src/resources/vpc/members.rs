//! Whose each member of the answers is that [`Vpc`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Vpc;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned, Unread};

impl Covered for Vpc {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "ec2",
            operation: "DescribeVpcs",
            at: "Vpcs[]",
            members: &[
                (Identity, &["VpcId"]),
                (Fixed("cidr"), &["CidrBlock"]),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (
                    Constant(
                        "made with the default tenancy, and ModifyVpcTenancy only leads back to it",
                    ),
                    &["InstanceTenancy"],
                ),
                (
                    Derived("what AWS knows of it"),
                    &["OwnerId", "IsDefault", "State"],
                ),
                (
                    Left(
                        By::Account,
                        "further ranges hold subnets of others; nothing of ours changes",
                    ),
                    &["CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet"],
                ),
                (
                    Left(
                        By::Account,
                        "the name servers that an organisation gives its networks",
                    ),
                    &["DhcpOptionsId"],
                ),
                (
                    Left(By::Account, "an organisation's rule for all its networks"),
                    &["EncryptionControl", "BlockPublicAccessStates"],
                ),
                (Unread, &["NetworkFirewallAssociations"]),
            ],
        },
        Answer {
            service: "ec2",
            operation: "DescribeVpcAttribute",
            at: "",
            members: &[
                (Identity, &["VpcId"]),
                (Owned("dns_support"), &["EnableDnsSupport.Value"]),
                (Owned("dns_hostnames"), &["EnableDnsHostnames.Value"]),
                (
                    Left(
                        By::Account,
                        "a metric about addresses, which changes nothing and takes another call",
                    ),
                    &["EnableNetworkAddressUsageMetrics"],
                ),
            ],
        },
    ];
    const UNASKED: &'static [Unasked] = &[unasked(
        "ec2",
        "DescribeFlowLogs",
        By::Account,
        "what is recorded of the traffic is a resource of its own",
    )];
}
