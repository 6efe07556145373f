//! The cluster, services, and how they are scaled.

use super::{Row, row};

/// An update of patient's service.
macro_rules! update {
    ($members:literal) => {
        concat!(
            r#"{"cluster":"<cluster/main>","service":"<id>","#,
            $members,
            "}"
        )
    };
}

/// Settings of its deployments, as the file has them but for what is said.
macro_rules! deployment {
    ($members:literal) => {
        update!($members)
    };
}

/// The rows.
pub(in crate::coverage) const ROWS: &[Row] = &[
    row(
        "cluster/main",
        &["settings"],
        &["disabled"],
        &[(
            "ecs",
            "UpdateClusterSettings",
            r#"{"cluster":"<id>","settings":[{"name":"containerInsights","value":"disabled"}]}"#,
        )],
    ),
    row(
        "cluster/main",
        &["configuration"],
        &[
            "key/exec",
            "Override",
            "their-group",
            "cloud_watch_encryption_enabled: true",
            "their-bucket",
            "s3_encryption_enabled: true",
            "their-prefix",
            "key/storage",
            "key/ephemeral",
        ],
        &[(
            "ecs",
            "UpdateCluster",
            r#"{"cluster":"<id>","configuration":{"executeCommandConfiguration":{"kmsKeyId":"arn:aws:kms:us-east-1:123456789012:key/exec","logging":"OVERRIDE",
                "logConfiguration":{"cloudWatchLogGroupName":"their-group","cloudWatchEncryptionEnabled":true,"s3BucketName":"their-bucket","s3EncryptionEnabled":true,"s3KeyPrefix":"their-prefix"}},
                "managedStorageConfiguration":{"kmsKeyId":"arn:aws:kms:us-east-1:123456789012:key/storage","fargateEphemeralStorageKmsKeyId":"arn:aws:kms:us-east-1:123456789012:key/ephemeral"}}}"#,
        )],
    ),
    row(
        "cluster/main",
        &["capacityProviders[]", "defaultCapacityProviderStrategy"],
        &["FARGATE_SPOT", "weight: 3", "base: 2"],
        &[(
            "ecs",
            "PutClusterCapacityProviders",
            r#"{"cluster":"<id>","capacityProviders":["FARGATE_SPOT"],"defaultCapacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":3,"base":2}]}"#,
        )],
    ),
    row(
        "cluster/main",
        &["serviceConnectDefaults"],
        &["their-namespace"],
        &[(
            "ecs",
            "UpdateCluster",
            r#"{"cluster":"<id>","serviceConnectDefaults":{"namespace":"their-namespace"}}"#,
        )],
    ),
    row(
        "service/appointment",
        &[
            "platformVersion",
            "healthCheckGracePeriodSeconds",
            "enableExecuteCommand",
            "enableECSManagedTags",
            "propagateTags",
            "availabilityZoneRebalancing",
        ],
        &["1.3.0", "7", "TASK_DEFINITION", "DISABLED", "true", "false"],
        &[(
            "ecs",
            "UpdateService",
            update!(
                r#""platformVersion":"1.3.0","healthCheckGracePeriodSeconds":7,"enableExecuteCommand":true,"enableECSManagedTags":false,"propagateTags":"TASK_DEFINITION","availabilityZoneRebalancing":"DISABLED""#
            ),
        )],
    ),
    row(
        "service/appointment",
        &["networkConfiguration"],
        &["subnet/public-a", "security_group/alb", "true"],
        &[(
            "ecs",
            "UpdateService",
            update!(
                r#""networkConfiguration":{"awsvpcConfiguration":{"subnets":["<subnet/public-a>"],"securityGroups":["<security_group/alb>"],"assignPublicIp":"ENABLED"}}"#
            ),
        )],
    ),
    row(
        "service/appointment",
        &["capacityProviderStrategy"],
        &["capacity providers"],
        &[
            (
                "ecs",
                "PutClusterCapacityProviders",
                r#"{"cluster":"<cluster/main>","capacityProviders":["FARGATE_SPOT"],"defaultCapacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":3,"base":2}]}"#,
            ),
            (
                "ecs",
                "UpdateService",
                update!(
                    r#""capacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":1,"base":1}],"forceNewDeployment":true"#
                ),
            ),
        ],
    ),
    row(
        "service/appointment",
        &[
            "loadBalancers[].targetGroupArn",
            "loadBalancers[].advancedConfiguration.alternateTargetGroupArn",
            "loadBalancers[].advancedConfiguration.productionListenerRule",
            "loadBalancers[].advancedConfiguration.testListenerRule",
            "loadBalancers[].advancedConfiguration.roleArn",
        ],
        &[
            "target_group/patient-alternate",
            "listener_rule/patient",
            "listener_rule/patient-test",
            "role/their-infrastructure",
        ],
        &[
            (
                "iam",
                "CreateRole",
                r#"{"RoleName":"their-infrastructure","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}"#,
            ),
            (
                "ecs",
                "UpdateService",
                update!(
                    r#""loadBalancers":[{"targetGroupArn":"<target_group/patient-alternate>","containerName":"appointment-service","containerPort":3000,
                   "advancedConfiguration":{"alternateTargetGroupArn":"<target_group/patient>","productionListenerRule":"<listener_rule/patient>",
                   "testListenerRule":"<listener_rule/patient-test>","roleArn":"arn:aws:iam::123456789012:role/their-infrastructure"}}]"#
                ),
            ),
        ],
    ),
    row(
        "service/appointment",
        &[
            "deploymentConfiguration.maximumPercent",
            "deploymentConfiguration.minimumHealthyPercent",
            "deploymentConfiguration.deploymentCircuitBreaker.enable",
            "deploymentConfiguration.deploymentCircuitBreaker.rollback",
            "deploymentConfiguration.strategy",
        ],
        &["150", "50", "rolling", "false"],
        &[(
            "ecs",
            "UpdateService",
            deployment!(
                r#""deploymentConfiguration":{"strategy":"ROLLING","maximumPercent":150,"minimumHealthyPercent":50,"deploymentCircuitBreaker":{"enable":false,"rollback":false}}"#
            ),
        )],
    ),
    row(
        "service/appointment",
        &[
            "deploymentConfiguration.canaryConfiguration",
            "deploymentConfiguration.bakeTimeInMinutes",
            "deploymentConfiguration.alarms",
            "deploymentConfiguration.lifecycleHooks",
        ],
        &[
            "33",
            "44",
            "55",
            "their-alarm",
            "rollback_on_alarm",
            "PAUSE",
            "POST_TEST_TRAFFIC_SHIFT",
            "66",
            "CONTINUE",
            "function:theirs",
        ],
        &[(
            "ecs",
            "UpdateService",
            deployment!(
                r#""deploymentConfiguration":{"strategy":"CANARY","canaryConfiguration":{"canaryPercent":33,"canaryBakeTimeInMinutes":44},"bakeTimeInMinutes":55,
                   "alarms":{"alarmNames":["their-alarm"],"enable":true,"rollback":true},
                   "lifecycleHooks":[{"targetType":"PAUSE","lifecycleStages":["POST_TEST_TRAFFIC_SHIFT"],"timeoutConfiguration":{"timeoutInMinutes":66,"action":"CONTINUE"}},
                     {"targetType":"AWS_LAMBDA","hookTargetArn":"arn:aws:lambda:us-east-1:123456789012:function:theirs","roleArn":"<role/execution>","lifecycleStages":["PRE_SCALE_UP"]}]}"#
            ),
        )],
    ),
    row(
        "service/appointment",
        &["deploymentConfiguration.linearConfiguration"],
        &["linear", "25", "9"],
        &[(
            "ecs",
            "UpdateService",
            deployment!(
                r#""deploymentConfiguration":{"strategy":"LINEAR","linearConfiguration":{"stepPercent":25,"stepBakeTimeInMinutes":9}}"#
            ),
        )],
    ),
    row(
        "service/appointment",
        &[
            "deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask",
            "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
            "deploymentConfiguration.earlySuccessCriteria",
        ],
        &[
            "failures count though a task was healthy since",
            "COUNT 3",
            "healthy_percent: 51",
            "Deferred",
        ],
        &[(
            "ecs",
            "UpdateService",
            deployment!(
                r#""deploymentConfiguration":{"strategy":"ROLLING","deploymentCircuitBreaker":{"enable":true,"rollback":true,"resetOnHealthyTask":false,"thresholdConfiguration":{"type":"COUNT","value":3}},
                   "earlySuccessCriteria":{"enable":true,"healthyPercent":51,"sourceServiceRevisionCleanup":"DEFERRED"}}"#
            ),
        )],
    ),
    row(
        "scalable_target/patient",
        &["MinCapacity", "MaxCapacity"],
        &["0", "99"],
        &[(
            "application-autoscaling",
            "RegisterScalableTarget",
            r#"{"ServiceNamespace":"ecs","ScalableDimension":"ecs:service:DesiredCount","ResourceId":"service/<cluster/main.name>/<service/patient.name>","MinCapacity":0,"MaxCapacity":99}"#,
        )],
    ),
    row(
        "scalable_target/patient",
        &["SuspendedState"],
        &["DynamicScalingOutSuspended", "ScheduledScalingSuspended"],
        &[(
            "application-autoscaling",
            "RegisterScalableTarget",
            r#"{"ServiceNamespace":"ecs","ScalableDimension":"ecs:service:DesiredCount","ResourceId":"service/<cluster/main.name>/<service/patient.name>","SuspendedState":{"DynamicScalingInSuspended":false,"DynamicScalingOutSuspended":true,"ScheduledScalingSuspended":true}}"#,
        )],
    ),
    row(
        "scaling_policy/patient-cpu",
        &[
            "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification",
            "TargetTrackingScalingPolicyConfiguration.TargetValue",
            "TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
            "TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown",
            "TargetTrackingScalingPolicyConfiguration.DisableScaleIn",
        ],
        &[
            "ALBRequestCountPerTarget",
            "12.5",
            "13",
            "14",
            "DisableScaleIn",
            "app/theirs",
        ],
        &[(
            "application-autoscaling",
            "PutScalingPolicy",
            r#"{"ServiceNamespace":"ecs","ScalableDimension":"ecs:service:DesiredCount","ResourceId":"service/<cluster/main.name>/<service/patient.name>",
                "PolicyName":"<id.name>","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":12.5,
                "PredefinedMetricSpecification":{"PredefinedMetricType":"ALBRequestCountPerTarget","ResourceLabel":"app/theirs/1/targetgroup/theirs/2"},
                "ScaleInCooldown":13,"ScaleOutCooldown":14,"DisableScaleIn":true}}"#,
        )],
    ),
    row(
        "service/patient",
        &[
            "loadBalancers[].containerName",
            "loadBalancers[].containerPort",
            "taskDefinition",
        ],
        &["by-hand", "3001", "task_definition/patient"],
        &[(
            "ecs",
            "Revise",
            r#"{"definition":"<task_definition/patient>","cluster":"<cluster/main>","service":"<id>",
                "set":{"family":"another","containerDefinitions.0.name":"by-hand","containerDefinitions.0.portMappings":[{"containerPort":3001,"hostPort":3001,"protocol":"tcp"}]},
                "with":{"loadBalancers":[{"targetGroupArn":"<target_group/patient>","containerName":"by-hand","containerPort":3001,
                  "advancedConfiguration":{"alternateTargetGroupArn":"<target_group/patient-alternate>","productionListenerRule":"<listener_rule/patient>",
                  "testListenerRule":"<listener_rule/patient-test>","roleArn":"<role/ecs-infrastructure>"}}]}}"#,
        )],
    ),
];
