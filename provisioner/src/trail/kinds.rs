//! What CloudTrail records of each kind: where its events are found, and which of them can have changed what.
//!
//! Event history finds events by resource for EC2, IAM, classic load balancers and S3 only
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html>). The
//! other services' events are found by the name of the event, and say in their parameters which resource they are about.

use super::trace::{By, Trace, ec2, other};

/// What is recorded of a kind; nothing for what is no kind of ours.
pub fn trace(kind: &str) -> Option<&'static Trace> {
    KINDS.iter().find(|trace| trace.kind == kind)
}

const TAGS: &[&str] = &["tags"];

const ECS: &[&str] = &["ecs"];
const ELB: &[&str] = &["elasticloadbalancing"];
const SCALING: &[&str] = &["autoscaling", "application-autoscaling"];
/// Of a scalable target, and with it of all its policies.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html>
pub(super) const DEREGISTER: &str = "DeregisterScalableTarget";
const METRICS: &[&str] = &["monitoring"];

const GRANTS: &[&str] = &[
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
];
const REVOKES: &[&str] = &["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"];

/// Every kind's row.
pub static KINDS: &[Trace] = &[
    ec2(
        "vpc",
        &[
            ("ModifyVpcAttribute", &["dns_support", "dns_hostnames"]),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        &["CreateVpc"],
        &["DeleteVpc"],
    ),
    ec2(
        "default_security_group",
        &[
            ("AuthorizeSecurityGroupIngress", &["rules"]),
            ("AuthorizeSecurityGroupEgress", &["rules"]),
            ("RevokeSecurityGroupIngress", &["rules"]),
            ("RevokeSecurityGroupEgress", &["rules"]),
            ("ModifySecurityGroupRules", &["rules"]),
        ],
        &[],
        &[],
    ),
    ec2(
        "internet_gateway",
        &[
            ("AttachInternetGateway", &["vpc", "attached"]),
            ("DetachInternetGateway", &["vpc", "attached"]),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        &["CreateInternetGateway"],
        &["DeleteInternetGateway"],
    ),
    ec2(
        "subnet",
        &[
            ("ModifySubnetAttribute", &["public_ip", "other"]),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        &["CreateSubnet"],
        &["DeleteSubnet"],
    ),
    ec2(
        "elastic_ip",
        &[("CreateTags", TAGS), ("DeleteTags", TAGS)],
        &["AllocateAddress"],
        &["ReleaseAddress"],
    ),
    ec2(
        "nat_gateway",
        &[("CreateTags", TAGS), ("DeleteTags", TAGS)],
        &["CreateNatGateway"],
        &["DeleteNatGateway"],
    ),
    ec2(
        "route_table",
        &[
            ("CreateRoute", &["routes"]),
            ("ReplaceRoute", &["routes"]),
            ("DeleteRoute", &["routes"]),
            ("AssociateRouteTable", &["subnets"]),
            ("DisassociateRouteTable", &["subnets"]),
            ("ReplaceRouteTableAssociation", &["subnets"]),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        &["CreateRouteTable"],
        &["DeleteRouteTable"],
    ),
    ec2(
        "vpc_endpoint",
        &[
            ("ModifyVpcEndpoint", &["route_tables", "policy"]),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        &["CreateVpcEndpoint"],
        &["DeleteVpcEndpoints"],
    ),
    ec2(
        "security_group",
        &[("CreateTags", TAGS), ("DeleteTags", TAGS)],
        &["CreateSecurityGroup"],
        &["DeleteSecurityGroup"],
    ),
    Trace {
        kind: "security_group_rule",
        sources: &["ec2"],
        by: By::Owner,
        name: None,
        owner: Some("group"),
        writes: &[
            (
                "ModifySecurityGroupRules",
                &["protocol", "from_port", "to_port", "peer", "description"],
            ),
            (
                "UpdateSecurityGroupRuleDescriptionsIngress",
                &["description"],
            ),
            (
                "UpdateSecurityGroupRuleDescriptionsEgress",
                &["description"],
            ),
            ("CreateTags", TAGS),
            ("DeleteTags", TAGS),
        ],
        puts: &[],
        made: GRANTS,
        gone: REVOKES,
    },
    other(
        "load_balancer",
        ELB,
        Some("name"),
        None,
        &[
            ("SetSecurityGroups", &["security_groups"]),
            ("SetSubnets", &["subnets"]),
            (
                "ModifyLoadBalancerAttributes",
                &[
                    "drop_invalid_headers",
                    "desync_mitigation",
                    "deletion_protection",
                    "other",
                ],
            ),
            ("SetIpAddressType", &["other"]),
            ("AddTags", TAGS),
            ("RemoveTags", TAGS),
        ],
        &["CreateLoadBalancer"],
        &["DeleteLoadBalancer"],
    ),
    other(
        "target_group",
        ELB,
        Some("name"),
        None,
        &[
            ("ModifyTargetGroup", &["health"]),
            (
                "ModifyTargetGroupAttributes",
                &["deregistration_delay", "other"],
            ),
            ("RegisterTargets", &["targets"]),
            ("DeregisterTargets", &["targets"]),
            ("AddTags", TAGS),
            ("RemoveTags", TAGS),
        ],
        &["CreateTargetGroup"],
        &["DeleteTargetGroup"],
    ),
    other(
        "listener",
        ELB,
        None,
        Some("load_balancer"),
        &[
            (
                "ModifyListener",
                &[
                    "port",
                    "protocol",
                    "default",
                    "certificate",
                    "ssl_policy",
                    "other",
                ],
            ),
            ("ModifyListenerAttributes", &["other"]),
            ("AddTags", TAGS),
            ("RemoveTags", TAGS),
        ],
        &["CreateListener"],
        &["DeleteListener"],
    ),
    other(
        "listener_rule",
        ELB,
        None,
        Some("listener"),
        &[
            (
                "ModifyRule",
                &[
                    "paths",
                    "hosts",
                    "header",
                    "target_groups",
                    "weights",
                    "other",
                ],
            ),
            ("SetRulePriorities", &["priority"]),
            ("AddTags", TAGS),
            ("RemoveTags", TAGS),
        ],
        &["CreateRule"],
        &["DeleteRule"],
    ),
    Trace {
        kind: "role",
        sources: &["iam"],
        by: By::Name,
        name: Some("name"),
        owner: None,
        writes: &[
            ("UpdateRole", &["description", "max_session"]),
            ("UpdateRoleDescription", &["description"]),
            ("UpdateAssumeRolePolicy", &["trust"]),
            ("PutRolePolicy", &["policies"]),
            ("DeleteRolePolicy", &["policies"]),
            ("AttachRolePolicy", &["attached"]),
            ("DetachRolePolicy", &["attached"]),
            ("PutRolePermissionsBoundary", &["boundary"]),
            ("DeleteRolePermissionsBoundary", &["boundary"]),
            ("TagRole", TAGS),
            ("UntagRole", TAGS),
        ],
        puts: &[],
        made: &["CreateRole"],
        gone: &["DeleteRole"],
    },
    other(
        "repository",
        &["ecr"],
        Some("name"),
        None,
        &[
            ("PutImageTagMutability", &["immutable_tags", "other"]),
            ("PutImageScanningConfiguration", &["scan_on_push"]),
            ("PutLifecyclePolicy", &["lifecycle"]),
            ("DeleteLifecyclePolicy", &["lifecycle"]),
            ("SetRepositoryPolicy", &["policy"]),
            ("DeleteRepositoryPolicy", &["policy"]),
            ("TagResource", TAGS),
            ("UntagResource", TAGS),
        ],
        &["CreateRepository"],
        &["DeleteRepository"],
    ),
    other(
        "log_group",
        &["logs"],
        Some("name"),
        None,
        &[
            ("PutRetentionPolicy", &["retention_days"]),
            ("DeleteRetentionPolicy", &["retention_days"]),
            ("AssociateKmsKey", &["other"]),
            ("DisassociateKmsKey", &["other"]),
            ("PutDataProtectionPolicy", &["other"]),
            ("PutLogGroupDeletionProtection", &["other"]),
            ("PutBearerTokenAuthentication", &["other"]),
            ("TagResource", TAGS),
            ("UntagResource", TAGS),
        ],
        &["CreateLogGroup"],
        &["DeleteLogGroup"],
    ),
    other(
        "table",
        &["dynamodb"],
        Some("name"),
        None,
        &[
            (
                "UpdateTable",
                &[
                    "indexes",
                    "on_demand",
                    "encryption",
                    "deletion_protection",
                    "other",
                ],
            ),
            (
                "UpdateContinuousBackups",
                &["point_in_time_recovery", "other"],
            ),
            ("PutResourcePolicy", &["policy"]),
            ("DeleteResourcePolicy", &["policy"]),
            ("UpdateTimeToLive", &["ttl_attribute"]),
            ("TagResource", TAGS),
            ("UntagResource", TAGS),
        ],
        &["CreateTable"],
        &["DeleteTable"],
    ),
    other(
        "cluster",
        ECS,
        Some("name"),
        None,
        &[
            ("UpdateCluster", &["container_insights", "other"]),
            ("PutClusterCapacityProviders", &["other"]),
            ("UpdateClusterSettings", &["container_insights"]),
            ("TagResource", TAGS),
            ("UntagResource", TAGS),
        ],
        &["CreateCluster"],
        &["DeleteCluster"],
    ),
    other(
        "queue",
        &["sqs"],
        Some("name"),
        None,
        &[
            (
                "SetQueueAttributes",
                &[
                    "visibility",
                    "retention",
                    "wait",
                    "dead_letters",
                    "encrypted",
                    "tls_only",
                    "deletion_protection",
                    "policy",
                    "other",
                ],
            ),
            ("TagQueue", TAGS),
            ("UntagQueue", TAGS),
        ],
        &["CreateQueue"],
        &["DeleteQueue"],
    ),
    other(
        "namespace",
        &["servicediscovery"],
        Some("name"),
        None,
        &[("TagResource", TAGS), ("UntagResource", TAGS)],
        &["CreateHttpNamespace"],
        &["DeleteNamespace"],
    ),
    Trace {
        puts: &["PutMetricAlarm"],
        ..other(
            "alarm",
            METRICS,
            Some("name"),
            None,
            &[
                ("EnableAlarmActions", &["other"]),
                ("DisableAlarmActions", &["other"]),
                ("TagResource", TAGS),
                ("UntagResource", TAGS),
            ],
            &["PutMetricAlarm"],
            &["DeleteAlarms"],
        )
    },
    Trace {
        puts: &["RegisterTaskDefinition"],
        ..other(
            "task_definition",
            ECS,
            Some("family"),
            None,
            &[
                ("DeregisterTaskDefinition", &["other"]),
                ("TagResource", TAGS),
                ("UntagResource", TAGS),
            ],
            &["RegisterTaskDefinition"],
            &["DeregisterTaskDefinition", "DeleteTaskDefinitions"],
        )
    },
    other(
        "service",
        ECS,
        Some("name"),
        None,
        &[
            (
                "UpdateService",
                &[
                    "task_definition",
                    "desired_count",
                    "subnets",
                    "security_groups",
                    "public_ip",
                    "load_balancer",
                    "connect",
                    "deployment",
                    "grace_seconds",
                    "platform_version",
                    "exec",
                    "managed_tags",
                    "propagate_tags",
                    "zone_rebalancing",
                    "other",
                ],
            ),
            ("TagResource", TAGS),
            ("UntagResource", TAGS),
        ],
        &["CreateService"],
        &["DeleteService"],
    ),
    Trace {
        puts: &["RegisterScalableTarget"],
        ..other(
            "scalable_target",
            SCALING,
            None,
            Some("service"),
            &[("TagResource", TAGS), ("UntagResource", TAGS)],
            &["RegisterScalableTarget"],
            &[DEREGISTER],
        )
    },
    Trace {
        puts: &["PutScalingPolicy"],
        ..other(
            "scaling_policy",
            SCALING,
            Some("name"),
            Some("target"),
            &[],
            &["PutScalingPolicy"],
            &["DeleteScalingPolicy", DEREGISTER],
        )
    },
    Trace {
        puts: &["PutDashboard"],
        ..other(
            "dashboard",
            METRICS,
            Some("name"),
            None,
            &[("TagResource", TAGS), ("UntagResource", TAGS)],
            &["PutDashboard"],
            &["DeleteDashboards"],
        )
    },
];
