//! What AWS documents beyond its models.

use super::Member;

/// A member, least, most, and what it is made of.
pub(super) const DOCUMENTED: &[(Member, i128, i128, Option<&str>)] = &[
    // Elastic Load Balancing API, `Name` of both.
    (
        ("elasticloadbalancing", "CreateLoadBalancer", "Name"),
        1,
        32,
        Some("[A-Za-z0-9]+(-+[A-Za-z0-9]+)*"),
    ),
    (
        ("elasticloadbalancing", "CreateTargetGroup", "Name"),
        1,
        32,
        Some("[A-Za-z0-9]+(-+[A-Za-z0-9]+)*"),
    ),
    // The same, `PathPatternConditionConfig`.
    (
        (
            "elasticloadbalancing",
            "*",
            "Conditions[].PathPatternConfig.Values[]",
        ),
        1,
        128,
        Some("[A-Za-z0-9_.$/~\"'@:+&*?-]+"),
    ),
    // The same, `HostHeaderConditionConfig`.
    (
        (
            "elasticloadbalancing",
            "*",
            "Conditions[].HostHeaderConfig.Values[]",
        ),
        1,
        128,
        Some("[A-Za-z0-9.*?-]+"),
    ),
    // ECS API, the members' own descriptions.
    (
        ("ecs", "CreateCluster", "clusterName"),
        1,
        255,
        Some("[A-Za-z0-9_-]+"),
    ),
    (
        ("ecs", "CreateService", "serviceName"),
        1,
        255,
        Some("[A-Za-z0-9_-]+"),
    ),
    (
        ("ecs", "RegisterTaskDefinition", "family"),
        1,
        255,
        Some("[A-Za-z0-9_-]+"),
    ),
    (
        (
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].name",
        ),
        1,
        255,
        Some("[A-Za-z0-9_-]+"),
    ),
    (
        (
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].portMappings[].containerPort",
        ),
        1,
        65_535,
        None,
    ),
    (
        ("ecs", "*", "loadBalancers[].containerPort"),
        1,
        65_535,
        None,
    ),
    (
        ("ecs", "*", "healthCheckGracePeriodSeconds"),
        0,
        2_147_483_647,
        None,
    ),
    (
        ("ecs", "*", "deploymentConfiguration.bakeTimeInMinutes"),
        0,
        1_440,
        None,
    ),
    (
        (
            "ecs",
            "*",
            "deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes",
        ),
        0,
        1_440,
        None,
    ),
    (
        (
            "ecs",
            "*",
            "deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes",
        ),
        0,
        1_440,
        None,
    ),
    (
        ("ecs", "*", "deploymentConfiguration.alarms.alarmNames[]"),
        1,
        255,
        None,
    ),
    // ECS: "Container.image should be 255 characters or less."
    (
        (
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].image",
        ),
        1,
        255,
        None,
    ),
    // What a shell and Docker take for the name of a variable.
    (
        (
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].environment[].name",
        ),
        1,
        255,
        Some("[A-Za-z_][A-Za-z0-9_]*"),
    ),
    (
        (
            "ecs",
            "RegisterTaskDefinition",
            "containerDefinitions[].secrets[].name",
        ),
        1,
        255,
        Some("[A-Za-z_][A-Za-z0-9_]*"),
    ),
    // ECS service quotas: tasks per service.
    (("ecs", "*", "desiredCount"), 0, 5_000, None),
    (
        (
            "application-autoscaling",
            "RegisterScalableTarget",
            "MinCapacity",
        ),
        0,
        5_000,
        None,
    ),
    (
        (
            "application-autoscaling",
            "RegisterScalableTarget",
            "MaxCapacity",
        ),
        0,
        5_000,
        None,
    ),
    (
        (
            "application-autoscaling",
            "PutScalingPolicy",
            "TargetTrackingScalingPolicyConfiguration.TargetValue",
        ),
        1,
        100,
        None,
    ),
    // CloudWatch API: the dashboard's name.
    (
        ("cloudwatch", "PutDashboard", "DashboardName"),
        1,
        255,
        Some("[A-Za-z0-9_-]+"),
    ),
    // DynamoDB API, "Naming rules".
    (
        ("dynamodb", "*", "TableName"),
        3,
        255,
        Some("[A-Za-z0-9_.-]+"),
    ),
    (
        ("logs", "PutRetentionPolicy", "retentionInDays"),
        1,
        3_653,
        None,
    ),
    // Secrets Manager CreateSecret and Systems Manager PutParameter, `Name`.
    (
        ("secretsmanager", "GetSecretValue", "SecretId"),
        1,
        2_048,
        Some("arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]{1,519}"),
    ),
    (
        ("ssm", "GetParameters", "Names[]"),
        1,
        1_011,
        Some("arn:[a-z-]+:ssm:[a-z0-9-]+:\\d{12}:parameter(/[\\w.-]+){1,15}"),
    ),
];
