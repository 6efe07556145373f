//! Values that arrive as they stand in the file.

use hcctl::aws::names::boundary_arn;
use hcctl::environment::{
    BoundaryPolicy, CertificateArn, Count, GraceSeconds, HealthInterval, HealthPath, HealthTimeout,
    HostPattern, Minutes, PathPattern, Percent, PolicyArn, Port, Priority, RetentionDays,
    SecretArn, TagKey, TagValue, Threshold, TopicArn, VariableName,
};
use hcctl_sandbox::ACCOUNT;

use super::super::drawn::{Drawn, counts, ends, least_with, of_form, texts};
use super::{Reached, row};

/// The rows.
pub(super) const ROWS: &[Reached] = &[
    row(
        "permissions_boundary",
        |_| {
            let arn = "arn:aws-us-gov:iam::123456789012:policy/";
            let drawn = [
                of_form::<BoundaryPolicy>("", "b", ""),
                of_form::<BoundaryPolicy>("arn:aws:iam::aws:policy/", "b", ""),
                of_form::<BoundaryPolicy>(arn, "p/", &"b".repeat(128)),
                of_form::<BoundaryPolicy>(arn, "p", "/b"),
            ];
            let all = drawn.into_iter().flatten();
            texts(all.map(|named| boundary_arn(ACCOUNT, "us-gov-west-1", &named)))
        },
        &[("iam", "*", "PermissionsBoundary")],
    ),
    row(
        "logs.retention_days",
        |_| {
            let days = RetentionDays::OFFERED.iter();
            days.map(|&days| Drawn::Number(days.into())).collect()
        },
        &[("logs", "PutRetentionPolicy", "retentionInDays")],
    ),
    row(
        "alarms.notify",
        |_| {
            let arn = "arn:aws:sns:us-east-1:123456789012:";
            let far = "arn:aws-iso-f:sns:us-isof-south-1:123456789012:";
            texts(
                of_form::<TopicArn>(arn, "t", "")
                    .into_iter()
                    .chain(of_form::<TopicArn>(far, "t", "")),
            )
        },
        &[
            ("cloudwatch", "PutMetricAlarm", "AlarmActions[]"),
            ("cloudwatch", "PutMetricAlarm", "OKActions[]"),
        ],
    ),
    row(
        "alarms.notify: how many",
        |_| {
            let topics = |count: usize| {
                let all: Vec<String> = (0..count)
                    .map(|n| format!("\"arn:aws:sns:us-east-1:{ACCOUNT}:t{n}\""))
                    .collect();
                least_with(&format!("alarms: {{ notify: [{}] }}\n", all.join(", ")))
            };
            counts(topics).into_iter().map(Drawn::Entries).collect()
        },
        &[
            ("cloudwatch", "PutMetricAlarm", "AlarmActions"),
            ("cloudwatch", "PutMetricAlarm", "OKActions"),
        ],
    ),
    row(
        "services.*.scale.min and max",
        |_| ends(Count::RANGE),
        &[
            (
                "application-autoscaling",
                "RegisterScalableTarget",
                "MinCapacity",
            ),
            (
                "application-autoscaling",
                "RegisterScalableTarget",
                "MaxCapacity",
            ),
            ("ecs", "*", "desiredCount"),
        ],
    ),
    row(
        "services.*.scale.cpu_percent",
        |_| ends(Percent::RANGE),
        &[(
            "application-autoscaling",
            "PutScalingPolicy",
            "TargetTrackingScalingPolicyConfiguration.TargetValue",
        )],
    ),
    row(
        "services.*.table",
        |files| files.texts("table", "name"),
        &[("dynamodb", "*", "TableName")],
    ),
    row(
        "registry.keep_images",
        |files| files.documents("repository", "lifecycle"),
        &[("ecr", "PutLifecyclePolicy", "lifecyclePolicyText")],
    ),
    row(
        "services.*.paths",
        |_| texts(of_form::<PathPattern>("/", "a", "")),
        &[(
            "elasticloadbalancing",
            "*",
            "Conditions[].PathPatternConfig.Values[]",
        )],
    ),
    row(
        "services.*.hosts",
        |_| texts(of_form::<HostPattern>("", "a", ".a")),
        &[(
            "elasticloadbalancing",
            "*",
            "Conditions[].HostHeaderConfig.Values[]",
        )],
    ),
    row(
        "services.*.priority",
        |files| {
            let automatic = files.numbers("listener_rule", "priority");
            ends(Priority::RANGE).into_iter().chain(automatic).collect()
        },
        &[
            ("elasticloadbalancing", "CreateRule", "Priority"),
            (
                "elasticloadbalancing",
                "SetRulePriorities",
                "RulePriorities[].Priority",
            ),
        ],
    ),
    row(
        "services.*.port",
        |_| ends(Port::RANGE),
        &[
            (
                "ecs",
                "RegisterTaskDefinition",
                "containerDefinitions[].portMappings[].containerPort",
            ),
            ("ecs", "*", "loadBalancers[].containerPort"),
        ],
    ),
    row(
        "deployment.test_port",
        |files| {
            let all = files.numbers("listener", "port");
            ends(Port::RANGE).into_iter().chain(all).collect()
        },
        &[
            ("elasticloadbalancing", "CreateListener", "Port"),
            ("elasticloadbalancing", "ModifyListener", "Port"),
        ],
    ),
    row(
        "services.*.health",
        |_| texts(of_form::<HealthPath>("/", "h", "")),
        &[("elasticloadbalancing", "*", "HealthCheckPath")],
    ),
    row(
        "services.*.health.interval_seconds",
        |_| ends(HealthInterval::RANGE),
        &[("elasticloadbalancing", "*", "HealthCheckIntervalSeconds")],
    ),
    row(
        "services.*.health.timeout_seconds",
        |_| ends(HealthTimeout::RANGE),
        &[("elasticloadbalancing", "*", "HealthCheckTimeoutSeconds")],
    ),
    row(
        "services.*.health.healthy and unhealthy",
        |_| ends(Threshold::RANGE),
        &[
            ("elasticloadbalancing", "*", "HealthyThresholdCount"),
            ("elasticloadbalancing", "*", "UnhealthyThresholdCount"),
        ],
    ),
    row(
        "services.*.permissions.policies",
        |_| texts(of_form::<PolicyArn>("arn:aws:iam::aws:policy/", "p/", "p")),
        &[("iam", "AttachRolePolicy", "PolicyArn")],
    ),
    row(
        "services.*.grace_seconds",
        |_| ends(GraceSeconds::RANGE),
        &[("ecs", "*", "healthCheckGracePeriodSeconds")],
    ),
    row(
        "services.*.env and services.*.secrets: names",
        |_| texts(of_form::<VariableName>("", "V", "")),
        &[
            (
                "ecs",
                "RegisterTaskDefinition",
                "containerDefinitions[].environment[].name",
            ),
            (
                "ecs",
                "RegisterTaskDefinition",
                "containerDefinitions[].secrets[].name",
            ),
        ],
    ),
    row(
        "services.*.secrets: secrets",
        |_| texts(secrets().iter().map(SecretArn::resource)),
        &[
            ("secretsmanager", "DescribeSecret", "SecretId"),
            ("secretsmanager", "GetSecretValue", "SecretId"),
        ],
    ),
    row(
        "services.*.secrets: stages of a secret",
        |_| texts(part_of_secrets(8)),
        &[("secretsmanager", "GetSecretValue", "VersionStage")],
    ),
    row(
        "services.*.secrets: versions of a secret",
        |_| texts(part_of_secrets(9)),
        &[("secretsmanager", "GetSecretValue", "VersionId")],
    ),
    row(
        "services.*.secrets: parameters",
        |_| {
            let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/";
            let levels = of_form::<SecretArn>(arn, "p/", "p");
            texts(of_form::<SecretArn>(arn, "p", "").into_iter().chain(levels))
        },
        &[
            ("ssm", "DescribeParameters", "ParameterFilters[].Values[]"),
            ("ssm", "GetParameters", "Names[]"),
        ],
    ),
    row(
        "deployment.strategy",
        |files| {
            // As the SDK's own words for them.
            let all = files.environments.iter();
            let words = all.map(|environment| {
                let word =
                    serde_json::to_value(environment).unwrap()["deployment"]["strategy"].clone();
                word.as_str().unwrap().to_uppercase()
            });
            texts(words)
        },
        &[("ecs", "*", "deploymentConfiguration.strategy")],
    ),
    row(
        "deployment.bake_minutes, canary_minutes and step_minutes",
        |_| ends(Minutes::RANGE),
        &[
            ("ecs", "*", "deploymentConfiguration.bakeTimeInMinutes"),
            (
                "ecs",
                "*",
                "deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes",
            ),
            (
                "ecs",
                "*",
                "deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes",
            ),
        ],
    ),
    row(
        "edge.certificate",
        |_| {
            let arn = "arn:aws:acm:us-east-1:123456789012:certificate/";
            let deep = of_form::<CertificateArn>(arn, "c/", "c");
            texts(
                of_form::<CertificateArn>(arn, "c", "")
                    .into_iter()
                    .chain(deep),
            )
        },
        &[("acm", "DescribeCertificate", "CertificateArn")],
    ),
    row(
        "tags: keys",
        |_| {
            let around = of_form::<TagKey>("k", " ", "k");
            texts(of_form::<TagKey>("", "k", "").into_iter().chain(around))
        },
        &[
            ("*", "*", "tags[].key"),
            ("*", "*", "Tags[].Key"),
            ("*", "*", "tags{key}"),
            ("*", "*", "Tags{key}"),
            ("*", "*", "TagKeys[]"),
            ("*", "*", "tagKeys[]"),
        ],
    ),
    row(
        "tags: values",
        |_| texts(of_form::<TagValue>("", "v", "")),
        &[
            ("*", "*", "tags[].value"),
            ("*", "*", "Tags[].Value"),
            ("*", "*", "tags{value}"),
            ("*", "*", "Tags{value}"),
        ],
    ),
    row(
        "tags: how many, with hcctl's own",
        |_| {
            let tags = |count: usize| {
                let all: Vec<String> = (0..count).map(|n| format!("t{n}: v")).collect();
                least_with(&format!("tags: {{ {} }}\n", all.join(", ")))
            };
            // Project, Environment, ManagedBy, hcctl:address and, where there is no other name, Name.
            let own = [4, 5];
            let all = counts(tags).into_iter();
            all.flat_map(|count| own.map(|own| Drawn::Entries(count + own)))
                .collect()
        },
        &[
            ("ecs", "*", "tags"),
            ("elasticloadbalancing", "*", "Tags"),
            ("iam", "*", "Tags"),
            ("ssm", "*", "Tags"),
            ("iam", "*", "TagKeys"),
            ("logs", "*", "tags"),
            ("logs", "*", "tagKeys"),
            ("servicediscovery", "*", "Tags"),
            ("servicediscovery", "*", "TagKeys"),
            ("application-autoscaling", "*", "TagKeys"),
        ],
    ),
];

/// Secrets of every form.
fn secrets() -> Vec<SecretArn> {
    let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
    let forms = [
        of_form::<SecretArn>(arn, "s", ""),
        of_form::<SecretArn>(&format!("{arn}s:"), "k", "::"),
        of_form::<SecretArn>(&format!("{arn}s::"), "S", ":"),
        of_form::<SecretArn>(&format!("{arn}s:::"), "1", ""),
    ];
    let all = forms.into_iter().flatten();
    all.map(|text| text.parse().unwrap()).collect()
}

/// A part of such ARNs, where there is one.
fn part_of_secrets(part: usize) -> impl Iterator<Item = String> {
    let all = secrets().into_iter();
    all.filter_map(move |arn| arn.as_str().split(':').nth(part).map(str::to_owned))
        .filter(|part| !part.is_empty())
}
