//! Whose each member of the answers is that [`TargetGroup`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::TargetGroup;
use Class::{Constant, Derived, Fixed, Identity, Owned};

impl Covered for TargetGroup {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "elbv2",
            operation: "DescribeTargetGroups",
            at: "TargetGroups[]",
            members: &[
                (Identity, &["TargetGroupArn"]),
                (Fixed("name"), &["TargetGroupName"]),
                (Fixed("port"), &["Port"]),
                (Fixed("vpc"), &["VpcId"]),
                (
                    Constant("made for HTTP/1.1 to addresses in the VPC, for good"),
                    &["Protocol", "ProtocolVersion", "TargetType", "IpAddressType"],
                ),
                (
                    Constant("AWS checks the health of addresses always"),
                    &["HealthCheckEnabled"],
                ),
                (
                    Owned("health"),
                    &[
                        "HealthCheckProtocol",
                        "HealthCheckPort",
                        "HealthCheckIntervalSeconds",
                        "HealthCheckTimeoutSeconds",
                        "HealthyThresholdCount",
                        "UnhealthyThresholdCount",
                        "HealthCheckPath",
                        "Matcher.HttpCode",
                    ],
                ),
                (Constant("for gRPC only"), &["Matcher.GrpcCode"]),
                (
                    Constant("set when it is made, and never by hcctl"),
                    &["TargetControlPort"],
                ),
                (
                    Derived("the rules that forward to it"),
                    &["LoadBalancerArns"],
                ),
            ],
        },
        Answer {
            service: "elbv2",
            operation: "DescribeTargetGroupAttributes",
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
    const UNASKED: &'static [Unasked] = &[unasked(
        "elbv2",
        "DescribeTargetHealth",
        By::Ecs,
        "it registers its tasks; where none is healthy, listener_rule says so",
    )];
}
