//! Whose each member of the answers is that [`DefaultSecurityGroup`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::DefaultSecurityGroup;
use Class::{Derived, Fixed, Identity, Left, Owned};

impl Covered for DefaultSecurityGroup {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeSecurityGroups",
        at: "SecurityGroups[]",
        members: &[
            (Identity, &["GroupId", "GroupName"]),
            (Fixed("vpc"), &["VpcId"]),
            (
                Derived("the group that a rule names"),
                &[
                    "IpPermissions[].UserIdGroupPairs[].UserId",
                    "IpPermissions[].UserIdGroupPairs[].GroupName",
                    "IpPermissions[].UserIdGroupPairs[].VpcId",
                    "IpPermissions[].UserIdGroupPairs[].VpcPeeringConnectionId",
                    "IpPermissions[].UserIdGroupPairs[].PeeringStatus",
                    "IpPermissionsEgress[].UserIdGroupPairs[].UserId",
                    "IpPermissionsEgress[].UserIdGroupPairs[].GroupName",
                    "IpPermissionsEgress[].UserIdGroupPairs[].VpcId",
                    "IpPermissionsEgress[].UserIdGroupPairs[].VpcPeeringConnectionId",
                    "IpPermissionsEgress[].UserIdGroupPairs[].PeeringStatus",
                ],
            ),
            (
                Owned("rules"),
                &[
                    "IpPermissions[].IpProtocol",
                    "IpPermissions[].FromPort",
                    "IpPermissions[].ToPort",
                    "IpPermissions[].UserIdGroupPairs[].Description",
                    "IpPermissions[].UserIdGroupPairs[].GroupId",
                    "IpPermissions[].IpRanges[].Description",
                    "IpPermissions[].IpRanges[].CidrIp",
                    "IpPermissions[].Ipv6Ranges[].Description",
                    "IpPermissions[].Ipv6Ranges[].CidrIpv6",
                    "IpPermissions[].PrefixListIds[].Description",
                    "IpPermissions[].PrefixListIds[].PrefixListId",
                    "IpPermissionsEgress[].IpProtocol",
                    "IpPermissionsEgress[].FromPort",
                    "IpPermissionsEgress[].ToPort",
                    "IpPermissionsEgress[].UserIdGroupPairs[].Description",
                    "IpPermissionsEgress[].UserIdGroupPairs[].GroupId",
                    "IpPermissionsEgress[].IpRanges[].Description",
                    "IpPermissionsEgress[].IpRanges[].CidrIp",
                    "IpPermissionsEgress[].Ipv6Ranges[].Description",
                    "IpPermissionsEgress[].Ipv6Ranges[].CidrIpv6",
                    "IpPermissionsEgress[].PrefixListIds[].Description",
                    "IpPermissionsEgress[].PrefixListIds[].PrefixListId",
                ],
            ),
            (
                Derived("AWS makes it with the VPC"),
                &["Description", "OwnerId", "SecurityGroupArn"],
            ),
            (
                Left(
                    By::Account,
                    "AWS makes the group, and hcctl gives it no tags",
                ),
                &["Tags"],
            ),
        ],
    }];
}
