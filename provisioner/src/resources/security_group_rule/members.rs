//! Whose each member of the answers is that [`SecurityGroupRule`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::SecurityGroupRule;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for SecurityGroupRule {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeSecurityGroupRules",
        at: "SecurityGroupRules[]",
        members: &[
            (Identity, &["SecurityGroupRuleId"]),
            (Fixed("group"), &["GroupId"]),
            (Fixed("direction"), &["IsEgress"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (Owned("protocol"), &["IpProtocol"]),
            (Owned("from_port"), &["FromPort"]),
            (Owned("to_port"), &["ToPort"]),
            (
                Owned("peer"),
                &[
                    "CidrIpv4",
                    "CidrIpv6",
                    "PrefixListId",
                    "ReferencedGroupInfo.GroupId",
                ],
            ),
            (Owned("description"), &["Description"]),
            (
                Derived("the group that it names"),
                &[
                    "ReferencedGroupInfo.PeeringStatus",
                    "ReferencedGroupInfo.UserId",
                    "ReferencedGroupInfo.VpcId",
                    "ReferencedGroupInfo.VpcPeeringConnectionId",
                ],
            ),
            (
                Derived("the account"),
                &["GroupOwnerId", "SecurityGroupRuleArn"],
            ),
        ],
    }];
}
