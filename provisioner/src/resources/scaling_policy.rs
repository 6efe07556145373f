//! When a service is scaled.

mod backlog;
mod members;

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension,
    ScalingPolicy as Seen, ServiceNamespace, TargetTrackingScalingPolicyConfiguration as Config,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::others::Note;
use super::scalable_target::{self, busy};
use super::{Others, gone_is_fine, names, service};
use crate::aws::{Aws, fault};

/// As many names as one answer has room for policies.
const PAGE: usize = 10;

/// What the names of our policies end in, after the service's.
const ENDINGS: [&str; 3] = ["backlog", "cpu", "memory"];

/// The metric that hcctl itself makes: messages that wait in a queue, for each task.
pub const BACKLOG: &str = "BacklogPerTask";

/// A target-tracking policy. It has no tags: what is ours is told by its name, `{project}-{environment}-` and the name
/// of its address, which is `{service}-cpu`. A policy of another name on a target of ours was added by somebody.
pub struct ScalingPolicy;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// What it scales.
    pub target: Link,
    /// Its name.
    pub name: String,
    /// The metric that it holds, such as `ECSServiceAverageCPUUtilization`, or [`BACKLOG`].
    pub metric: String,
    /// The queue whose messages are counted for [`BACKLOG`], by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The value that it holds it at, in percent, or in messages.
    pub target_value: f64,
    /// Seconds between two steps down.
    pub scale_in_cooldown: u32,
    /// Seconds between two steps up.
    pub scale_out_cooldown: u32,
    /// What else was set on it: that it never scales in, a metric of one target group. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
}

impl Kind for ScalingPolicy {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "scaling_policy";
    const RULES: Rules = &[
        ("target", Rule::Replace),
        ("name", Rule::Replace),
        ("metric", Rule::Update),
        ("queue", Rule::Update),
        ("target_value", Rule::Update),
        ("scale_in_cooldown", Rule::Update),
        ("scale_out_cooldown", Rule::Update),
        ("other", Rule::Update),
    ];

    fn example() -> Spec {
        Spec {
            target: Link::to("scalable_target", "cart"),
            name: "shop-dev-cart-cpu".to_owned(),
            metric: "ECSServiceAverageCPUUtilization".to_owned(),
            queue: Some("shop-dev-cart-queue".to_owned()),
            target_value: 70.0,
            scale_in_cooldown: 300,
            scale_out_cooldown: 60,
            other: Others::from([("DisableScaleIn".to_owned(), "true".to_owned())]),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (targets, page) = tokio::join!(scalable_target::live(aws), page(aws, None));
        let (targets, page) = (targets?, page?);
        let by_resource: BTreeMap<&str, &str> = targets
            .iter()
            .map(|seen| (seen.resource_id.as_str(), scalable_target::id_of(seen)))
            .collect();
        let seen = match page {
            Page::Whole(all) => all,
            // A page has ten policies and the next one waits for it, so ours are asked for by name, all at once.
            Page::Cut => {
                let wanted: Vec<String> = by_resource
                    .keys()
                    .filter_map(|resource| names::service(aws, service::place(resource).1))
                    .flat_map(|service| {
                        ENDINGS.map(|end| aws.scope.name(&format!("{service}-{end}")))
                    })
                    .collect();
                let pages = wanted.chunks(PAGE).map(<[String]>::to_vec).map(Some);
                let pages: Vec<_> = pages.collect();
                let all = aws.crowd(pages, |names| by_name(aws, names)).await?;
                all.into_iter().flatten().collect()
            }
        };
        let prefix = scalable_target::prefix(aws);
        let ours = seen
            .into_iter()
            .filter(|seen| seen.resource_id.starts_with(&prefix));
        Ok(ours.map(|seen| read(aws, seen, &by_resource)).collect())
    }

    async fn create(aws: &Aws, _name: &str, spec: &Spec) -> Result<String, Fault> {
        let target = spec.target.resolved();
        let resource = scalable_target::resource(aws, target).await?;
        let resource = resource.ok_or_else(|| {
            Fault::own(
                "application-autoscaling:PutScalingPolicy",
                format!("{target} is not registered any more"),
            )
        })?;
        put(aws, &resource, spec).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (resource, _) = parts(change.id);
        put(aws, resource, change.after).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, seen: &Spec) -> Result<(), Fault> {
        let (resource, _) = parts(id);
        let delete = || {
            let call = aws
                .scaling
                .delete_scaling_policy()
                .service_namespace(ServiceNamespace::Ecs)
                .resource_id(resource)
                .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
                .policy_name(&seen.name);
            async move {
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("application-autoscaling:DeleteScalingPolicy"))
            }
        };
        gone_is_fine(aws.patiently(busy, delete).await)
    }
}

/// What one answer holds.
enum Page {
    /// All that was asked for.
    Whole(Vec<Seen>),
    /// A part of it.
    Cut,
}

async fn page(aws: &Aws, names: Option<Vec<String>>) -> Result<Page, Fault> {
    let call = aws
        .scaling
        .describe_scaling_policies()
        .service_namespace(ServiceNamespace::Ecs)
        .set_policy_names(names);
    let answer = call.send().await;
    let answer = answer.map_err(fault("application-autoscaling:DescribeScalingPolicies"))?;
    Ok(match answer.next_token {
        None => Page::Whole(answer.scaling_policies.unwrap_or_default()),
        Some(_) => Page::Cut,
    })
}

/// Policies by name, to the last page.
async fn by_name(aws: &Aws, names: Option<Vec<String>>) -> Result<Vec<Seen>, Fault> {
    let call = aws
        .scaling
        .describe_scaling_policies()
        .service_namespace(ServiceNamespace::Ecs)
        .set_policy_names(names);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("application-autoscaling:DescribeScalingPolicies"))
}

fn read(aws: &Aws, seen: Seen, targets: &BTreeMap<&str, &str>) -> Found<Spec> {
    let target = targets.get(seen.resource_id.as_str());
    let tracking = seen.target_tracking_scaling_policy_configuration.as_ref();
    let predefined = tracking.and_then(|config| config.predefined_metric_specification());
    let custom = tracking.and_then(|config| config.customized_metric_specification());
    let metric = match (predefined, custom) {
        (Some(metric), _) => metric.predefined_metric_type.as_str().to_owned(),
        (None, Some(metric)) => format!("custom {}", metric.metric_name().unwrap_or_default()),
        (None, None) => seen.policy_type.as_str().to_owned(),
    };
    let mut other = tracking.map(others).unwrap_or_default();
    let queue = custom.and_then(|custom| backlog::queue(custom, &seen.resource_id));
    let metric = if queue.is_some() {
        other.remove("CustomizedMetricSpecification");
        BACKLOG.to_owned()
    } else {
        metric
    };
    let seconds = |value: Option<i32>| value.map_or(DEFAULT_COOLDOWN, i32::unsigned_abs);
    let spec = Spec {
        target: Link::id(*target.unwrap_or(&seen.resource_id.as_str())),
        name: seen.policy_name.clone(),
        metric,
        queue,
        target_value: tracking.map_or(0.0, |config| config.target_value),
        scale_in_cooldown: seconds(tracking.and_then(|config| config.scale_in_cooldown)),
        scale_out_cooldown: seconds(tracking.and_then(|config| config.scale_out_cooldown)),
        other,
    };
    let ours = names::rest(aws, &seen.policy_name)
        .filter(|_| seen.policy_type == PolicyType::TargetTrackingScaling);
    match ours {
        Some(address) => Found::ours(address, seen.policy_arn, spec),
        None => Found::ours(seen.policy_name, seen.policy_arn, spec).by_hand(),
    }
}

/// What else is set on it, of which a part only is the name of the metric.
fn others(config: &Config) -> Others {
    let mut others = Others::new();
    others.on("DisableScaleIn", config.disable_scale_in);
    let label = config.predefined_metric_specification();
    others.some(
        "ResourceLabel",
        label.and_then(|metric| metric.resource_label()),
    );
    others.some(
        "CustomizedMetricSpecification",
        config.customized_metric_specification(),
    );
    others
}

/// What ECS waits where nothing is said.
/// <https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>
const DEFAULT_COOLDOWN: u32 = 300;

/// Makes or changes a policy, and answers its ARN; the autoscaler makes its alarms itself.
async fn put(aws: &Aws, resource: &str, spec: &Spec) -> Result<String, Fault> {
    let own = |error: &dyn std::fmt::Display| {
        Fault::own(
            "application-autoscaling:PutScalingPolicy",
            error.to_string(),
        )
    };
    let config = if let (BACKLOG, Some(queue)) = (spec.metric.as_str(), &spec.queue) {
        let metric = backlog::metric(queue, resource).map_err(|error| own(&error))?;
        Config::builder().customized_metric_specification(metric)
    } else {
        let metric = PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::from(spec.metric.as_str()))
            .build()
            .map_err(|error| own(&error))?;
        Config::builder().predefined_metric_specification(metric)
    };
    let config = config
        .target_value(spec.target_value)
        .scale_in_cooldown(spec.scale_in_cooldown as i32)
        .scale_out_cooldown(spec.scale_out_cooldown as i32)
        .build()
        .map_err(|error| own(&error))?;
    let call = aws
        .scaling
        .put_scaling_policy()
        .policy_name(&spec.name)
        .policy_type(PolicyType::TargetTrackingScaling)
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(resource)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .target_tracking_scaling_policy_configuration(config);
    let send = || {
        let call = call.clone();
        async move {
            call.send()
                .await
                .map_err(fault("application-autoscaling:PutScalingPolicy"))
        }
    };
    Ok(aws.patiently(busy, send).await?.policy_arn)
}

/// Resource and name in a policy's ARN, `...:resource/ecs/service/CLUSTER/SERVICE:policyName/NAME`.
fn parts(arn: &str) -> (&str, &str) {
    let rest = arn
        .split_once(":resource/ecs/")
        .map_or(arn, |(_, rest)| rest);
    rest.split_once(":policyName/").unwrap_or((rest, ""))
}

#[cfg(test)]
mod tests {
    use aws_sdk_applicationautoscaling::types::CustomizedMetricSpecification;

    use super::*;

    /// What no simulation plays: it tracks the predefined metrics only.
    #[test]
    fn a_metric_of_somebodys_own_is_found() {
        let own = CustomizedMetricSpecification::builder()
            .metric_name("Queue")
            .namespace("Theirs");
        let config = Config::builder()
            .target_value(1.0)
            .customized_metric_specification(own.build());
        let found = others(&config.build().expect("complete"));
        let told = &found["CustomizedMetricSpecification"];
        assert!(told.contains("Queue") && told.contains("Theirs"), "{told}");
    }

    #[test]
    fn a_policys_arn_names_its_resource() {
        let arn = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:6d8972f3:resource/ecs/service/shop-dev-cluster/\
                   shop-dev-cart-service:policyName/shop-dev-cart-cpu";
        let (resource, name) = parts(arn);
        assert_eq!(resource, "service/shop-dev-cluster/shop-dev-cart-service");
        assert_eq!(name, "shop-dev-cart-cpu");
        assert_eq!(
            service::place(resource),
            ("shop-dev-cluster", "shop-dev-cart-service")
        );
    }
}
