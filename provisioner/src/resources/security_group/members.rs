//! Whose each member of the answers is that [`SecurityGroup`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::SecurityGroup;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for SecurityGroup {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ec2",
        operation: "DescribeSecurityGroups",
        at: "SecurityGroups[]",
        members: &[
            (Identity, &["GroupId"]),
            (Fixed("vpc"), &["VpcId"]),
            (Fixed("name"), &["GroupName"]),
            (Fixed("description"), &["Description"]),
            (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            (
                Derived("its rules are resources of their own, compared as security_group_rule"),
                &["IpPermissions", "IpPermissionsEgress"],
            ),
            (Derived("the account"), &["OwnerId", "SecurityGroupArn"]),
        ],
    }];
    const UNASKED: &'static [Unasked] = &[unasked(
        "ec2",
        "DescribeSecurityGroupVpcAssociations",
        By::Account,
        "a use of the group in another VPC changes nothing in ours",
    )];
}
