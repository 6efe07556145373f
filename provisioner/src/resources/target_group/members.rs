//! Whose each member of the answers is that [`TargetGroup`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::TargetGroup;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

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
            operation: "DescribeTargetHealth",
            at: "TargetHealthDescriptions[]",
            members: &[
                (Owned("targets"), &["Target.Id", "Target.Port"]),
                (
                    Derived("what a target answers; where none is healthy, listener_rule says so"),
                    &["TargetHealth", "HealthCheckPort"],
                ),
                (
                    Derived("the target's address"),
                    &["Target.AvailabilityZone"],
                ),
                (Constant("for QUIC only"), &["Target.QuicServerId"]),
                (
                    Left(By::Aws, "it works out which targets are anomalous"),
                    &["AnomalyDetection"],
                ),
                (
                    Left(By::Account, "a zonal shift"),
                    &["AdministrativeOverride"],
                ),
            ],
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
}
