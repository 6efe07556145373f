//! Whose each member of the answers is that [`LoadBalancer`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::LoadBalancer;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for LoadBalancer {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "elbv2",
            operation: "DescribeLoadBalancers",
            at: "LoadBalancers[]",
            members: &[
                (Identity, &["LoadBalancerArn"]),
                (Fixed("name"), &["LoadBalancerName"]),
                (Fixed("scheme"), &["Scheme"]),
                (Fixed("vpc"), &["VpcId"]),
                (Owned("subnets"), &["AvailabilityZones[].SubnetId"]),
                (Owned("security_groups"), &["SecurityGroups[]"]),
                (Owned("other"), &["IpAddressType"]),
                (
                    Left(By::Account, "its addresses come from a pool of theirs"),
                    &["IpamPools"],
                ),
                (
                    Derived("AWS gives it"),
                    &["DNSName", "CanonicalHostedZoneId", "CreatedTime"],
                ),
                (Derived("how far AWS is with it"), &["State"]),
                (
                    Constant("made as an application load balancer, for good"),
                    &["Type"],
                ),
                (
                    Derived("the subnets that it stands in"),
                    &["AvailabilityZones[].ZoneName"],
                ),
                (
                    Constant("for network load balancers and Outposts only"),
                    &[
                        "AvailabilityZones[].OutpostId",
                        "AvailabilityZones[].LoadBalancerAddresses[].IpAddress",
                        "AvailabilityZones[].LoadBalancerAddresses[].AllocationId",
                        "AvailabilityZones[].LoadBalancerAddresses[].PrivateIPv4Address",
                        "AvailabilityZones[].LoadBalancerAddresses[].IPv6Address",
                        "AvailabilityZones[].SourceNatIpv6Prefixes[]",
                        "CustomerOwnedIpv4Pool",
                        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
                        "EnablePrefixForIpv6SourceNat",
                    ],
                ),
            ],
        },
        Answer {
            service: "elbv2",
            operation: "DescribeLoadBalancerAttributes",
            at: "Attributes[]",
            members: &[(Identity, &["Key"]), (Owned("other"), &["Value"])],
        },
        Answer {
            service: "elbv2",
            operation: "DescribeTags",
            at: "TagDescriptions[]",
            members: &[
                (Identity, &["ResourceArn"]),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            ],
        },
    ];
    const UNASKED: &'static [Unasked] = &[
        unasked(
            "elbv2",
            "DescribeCapacityReservation",
            By::Account,
            "capacity that is reserved ahead of a campaign, and paid for",
        ),
        unasked(
            "wafv2",
            "GetWebACLForResource",
            By::Account,
            "a firewall before it is a resource of its own",
        ),
    ];
}
