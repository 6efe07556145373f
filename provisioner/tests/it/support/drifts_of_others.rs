//! What has no key in the file, and so only a script can change: one row per kind. Every single member is changed in
//! `coverage`, by another client.

use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_dynamodb::types::{StreamSpecification, StreamViewType};
use aws_sdk_ec2::types::AttributeBooleanValue;
use aws_sdk_ecr::types::{
    ImageTagMutability, ImageTagMutabilityExclusionFilter, ImageTagMutabilityExclusionFilterType,
};
use aws_sdk_elasticloadbalancingv2::types::{
    ListenerAttribute, LoadBalancerAttribute, PathPatternConditionConfig, RuleCondition,
    SourceIpConditionConfig, TargetGroupAttribute,
};
use hcctl::aws::Aws;
use hcctl_engine::Observed;
use serde_json::Value;

use super::cases::{id, spec};
use super::drifts::Drift::{Script as By, Update};
use super::drifts::Row;

/// A policy that lets another account in.
const SHARED: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"*","Resource":"*"}]}"#;

/// The name of a resource.
fn named(seen: &[Observed], kind: &str, name: &str) -> String {
    match &spec(seen, kind, name)["name"] {
        Value::String(name) => name.clone(),
        other => panic!("{kind}/{name} is called {other}"),
    }
}

async fn protect(logs: &Logs, group: String) {
    let call = logs.put_log_group_deletion_protection();
    let call = call
        .log_group_identifier(group)
        .deletion_protection_enabled(true);
    call.send().await.unwrap();
}

async fn narrow(aws: &Aws, rule: String) {
    let paths = PathPatternConditionConfig::builder().values("/api/patients*");
    let paths = RuleCondition::builder()
        .field("path-pattern")
        .path_pattern_config(paths.build());
    let from = SourceIpConditionConfig::builder().values("203.0.113.0/24");
    let from = RuleCondition::builder()
        .field("source-ip")
        .source_ip_config(from.build());
    let call = aws.elb.modify_rule().rule_arn(rule);
    let call = call.conditions(paths.build()).conditions(from.build());
    call.send().await.unwrap();
}

/// The rows.
pub const OTHERS: &[Row] = &[
    (
        "subnet/private-a",
        By("other", |aws, seen| {
            let subnet = id(seen, "subnet", "private-a");
            Box::pin(async move {
                let on = AttributeBooleanValue::builder().value(true).build();
                let call = aws.ec2.modify_subnet_attribute().subnet_id(subnet);
                call.enable_dns64(on).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "vpc_endpoint/s3",
        By("policy", |aws, seen| {
            let endpoint = id(seen, "vpc_endpoint", "s3");
            Box::pin(async move {
                let call = aws.ec2.modify_vpc_endpoint().vpc_endpoint_id(endpoint);
                call.policy_document(SHARED).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "load_balancer/main",
        By("other", |aws, seen| {
            let arn = id(seen, "load_balancer", "main");
            Box::pin(async move {
                let idle = LoadBalancerAttribute::builder()
                    .key("idle_timeout.timeout_seconds")
                    .value("4000");
                let call = aws
                    .elb
                    .modify_load_balancer_attributes()
                    .load_balancer_arn(arn);
                call.attributes(idle.build()).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "target_group/patient",
        By("other", |aws, seen| {
            let arn = id(seen, "target_group", "patient");
            Box::pin(async move {
                let sticky = TargetGroupAttribute::builder()
                    .key("stickiness.enabled")
                    .value("true");
                let call = aws
                    .elb
                    .modify_target_group_attributes()
                    .target_group_arn(arn);
                call.attributes(sticky.build()).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "listener/http",
        By("other", |aws, seen| {
            let arn = id(seen, "listener", "http");
            Box::pin(async move {
                let silent = ListenerAttribute::builder()
                    .key("routing.http.response.server.enabled")
                    .value("false");
                let call = aws.elb.modify_listener_attributes().listener_arn(arn);
                call.attributes(silent.build()).send().await.unwrap();
                None
            })
        }),
    ),
    ("queue/mailer", Update(&[("visibility", "7")])),
    ("queue/mailer", Update(&[("retention", "60")])),
    ("queue/mailer", Update(&[("wait", "0")])),
    ("queue/mailer", Update(&[("dead_letters", "null")])),
    ("queue/mailer", Update(&[("encrypted", "false")])),
    ("queue/mailer", Update(&[("tls_only", "false")])),
    ("queue/mailer", Update(&[("deletion_protection", "true")])),
    // A policy of somebody's stands in place of the one that demands TLS.
    (
        "queue/mailer",
        Update(&[
            ("policy", r#"{"Version":"2012-10-17","Statement":[]}"#),
            ("tls_only", "false"),
        ]),
    ),
    (
        "scaling_policy/mailer-backlog",
        Update(&[("queue", "\"healthcare-app-dev-other-queue\"")]),
    ),
    (
        "queue/mailer",
        By("other", |aws, _| {
            Box::pin(async move {
                let name = "healthcare-app-dev-mailer-queue";
                let url =
                    hcctl::aws::names::queue_url(hcctl_sandbox::ACCOUNT, &aws.scope.region, name);
                let call = aws.sqs.set_queue_attributes().queue_url(url);
                let delay = aws_sdk_sqs::types::QueueAttributeName::DelaySeconds;
                call.attributes(delay, "7").send().await.unwrap();
                None
            })
        }),
    ),
    (
        "listener_rule/patient",
        By("other", |aws, seen| {
            let arn = id(seen, "listener_rule", "patient");
            Box::pin(async move {
                narrow(&aws, arn).await;
                None
            })
        }),
    ),
    ("role/patient-task", Update(&[("max_session", "7200")])),
    (
        "repository/patient",
        By("policy", |aws, seen| {
            let name = named(seen, "repository", "patient");
            Box::pin(async move {
                let call = aws.ecr.set_repository_policy().repository_name(name);
                call.policy_text(SHARED).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "repository/patient",
        By("other", |aws, seen| {
            let name = named(seen, "repository", "patient");
            Box::pin(async move {
                let but = ImageTagMutabilityExclusionFilter::builder()
                    .filter_type(ImageTagMutabilityExclusionFilterType::Wildcard)
                    .filter("latest*");
                let call = aws.ecr.put_image_tag_mutability().repository_name(name);
                let call = call.image_tag_mutability(ImageTagMutability::ImmutableWithExclusion);
                let call = call.image_tag_mutability_exclusion_filters(but.build().unwrap());
                call.send().await.unwrap();
                None
            })
        }),
    ),
    (
        "log_group/patient",
        By("other", |aws, seen| {
            let name = named(seen, "log_group", "patient");
            Box::pin(async move {
                protect(&aws.logs, name).await;
                None
            })
        }),
    ),
    (
        "table/patients",
        By("policy", |aws, seen| {
            let arn = id(seen, "table", "patients");
            Box::pin(async move {
                let call = aws.dynamodb.put_resource_policy().resource_arn(arn);
                call.policy(SHARED).send().await.unwrap();
                None
            })
        }),
    ),
    (
        "table/patients",
        By("other", |aws, seen| {
            let name = named(seen, "table", "patients");
            Box::pin(async move {
                let stream = StreamSpecification::builder().stream_enabled(true);
                let stream = stream.stream_view_type(StreamViewType::NewImage);
                let call = aws.dynamodb.update_table().table_name(name);
                call.stream_specification(stream.build().unwrap())
                    .send()
                    .await
                    .unwrap();
                None
            })
        }),
    ),
    (
        "cluster/main",
        By("other", |aws, seen| {
            let arn = id(seen, "cluster", "main");
            Box::pin(async move {
                let call = aws.ecs.put_cluster_capacity_providers().cluster(arn);
                let call = call.capacity_providers("FARGATE_SPOT");
                let call = call.set_default_capacity_provider_strategy(Some(Vec::new()));
                call.send().await.unwrap();
                None
            })
        }),
    ),
    (
        "alarm/patient-cpu",
        By("other", |aws, seen| {
            let name = named(seen, "alarm", "patient-cpu");
            Box::pin(async move {
                let call = aws.cloudwatch.disable_alarm_actions().alarm_names(name);
                call.send().await.unwrap();
                None
            })
        }),
    ),
    (
        "scaling_policy/patient-cpu",
        By("other", |aws, seen| {
            let (cluster, service) = (
                named(seen, "cluster", "main"),
                named(seen, "service", "patient"),
            );
            let policy = spec(seen, "scaling_policy", "patient-cpu").clone();
            Box::pin(async move {
                never_in(&aws, &cluster, &service, &policy).await;
                None
            })
        }),
    ),
];

/// The same policy, but that it never scales in.
async fn never_in(aws: &Aws, cluster: &str, service: &str, policy: &Value) {
    use aws_sdk_applicationautoscaling::types::{
        MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ServiceNamespace,
        TargetTrackingScalingPolicyConfiguration,
    };
    let text = |field: &str| policy[field].as_str().unwrap().to_owned();
    let number = |field: &str| policy[field].as_i64().unwrap() as i32;
    let metric = PredefinedMetricSpecification::builder();
    let metric = metric.predefined_metric_type(MetricType::from(text("metric").as_str()));
    let config = TargetTrackingScalingPolicyConfiguration::builder()
        .predefined_metric_specification(metric.build().unwrap())
        .target_value(policy["target_value"].as_f64().unwrap())
        .scale_in_cooldown(number("scale_in_cooldown"))
        .scale_out_cooldown(number("scale_out_cooldown"))
        .disable_scale_in(true);
    let call = aws
        .scaling
        .put_scaling_policy()
        .policy_name(text("name"))
        .policy_type(PolicyType::TargetTrackingScaling)
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(format!("service/{cluster}/{service}"))
        .target_tracking_scaling_policy_configuration(config.build().unwrap());
    call.send().await.unwrap();
}
