//! Between which numbers of tasks a service may be scaled.

mod members;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_applicationautoscaling::config::retry::RetryConfig;
use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ScalableTarget as Seen, ServiceNamespace, SuspendedState,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::take_up::take_up;
use super::{Others, cluster, example_tags, gone_is_fine, names, service};
use crate::aws::tag_lists::map;
use crate::aws::{Aws, Tags, Theirs, fault};

/// The type's name in the tagging index.
const TYPE: &str = "application-autoscaling:scalable-target";

/// A service's desired count as Application Auto Scaling knows it. Its address is the name of the service.
pub struct ScalableTarget;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The service.
    pub service: Link,
    /// Tasks at least. More than run now are started at once, unless it is suspended.
    pub min: u32,
    /// Tasks at most.
    pub max: u32,
    /// Nothing is scaled, neither by a policy nor because of `min`: as long as there is no image to start.
    pub suspended: bool,
    /// Where a part of scaling only is suspended, which part. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for ScalableTarget {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "scalable_target";
    const RULES: Rules = &[
        ("service", Rule::Replace),
        ("min", Rule::Update),
        ("max", Rule::Update),
        ("suspended", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];

    fn example() -> Spec {
        Spec {
            service: Link::to("service", "cart"),
            min: 1,
            max: 4,
            suspended: true,
            other: Others::from([("ScheduledScalingSuspended".to_owned(), "true".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (all, ()) = tokio::join!(live(aws), aws.expect_tags(TYPE));
        let all = all?.iter().cloned().collect::<Vec<_>>();
        aws.crowd(all, |seen| async move { read(aws, &seen).await })
            .await
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let resource = resource_of(spec.service.resolved());
        // Registering changes what is there, whosever it is, and its tags not at all.
        if let Some(seen) = look(aws, &resource).await? {
            let what = format!("{resource} is registered already");
            let met = Fault::own("application-autoscaling:RegisterScalableTarget", what);
            let seen = read(aws, &seen).await?;
            return take_up::<Self>(aws, name, spec, met, Some(seen)).await;
        }
        let tags = aws.tags(Self::NAME, name, &spec.tags);
        let arn = register(aws, &resource, spec, Some(&tags)).await?;
        Ok(arn.unwrap_or(resource))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.fields.iter().any(|field| field != "tags") {
            let resource = resource_of(change.after.service.resolved());
            register(aws, &resource, change.after, None).await?;
        }
        aws.retag_target(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let resource = resource_of(seen.service.resolved());
        let delete = || {
            let call = aws
                .scaling
                .deregister_scalable_target()
                .service_namespace(ServiceNamespace::Ecs)
                .resource_id(&resource)
                .scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
            async move {
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("application-autoscaling:DeregisterScalableTarget"))
            }
        };
        gone_is_fine(aws.patiently(busy, delete).await)
    }
}

/// Lets the autoscaler work on a service that has an image now; nothing where it has no target of ours.
pub async fn resume(aws: &Aws, service: &str) -> Result<(), Fault> {
    set_suspended(aws, service, false).await
}

/// Keeps the autoscaler from a service that has no image.
pub async fn suspend(aws: &Aws, service: &str) -> Result<(), Fault> {
    set_suspended(aws, service, true).await
}

async fn set_suspended(aws: &Aws, service: &str, suspended: bool) -> Result<(), Fault> {
    let resource = resource_of(service);
    let live = live(aws).await?;
    let Some(seen) = live.iter().find(|seen| seen.resource_id == resource) else {
        return Ok(());
    };
    let spec = Spec {
        service: Link::id(service),
        min: seen.min_capacity.unsigned_abs(),
        max: seen.max_capacity.unsigned_abs(),
        suspended,
        other: Others::new(),
        tags: Tags::new(),
    };
    register(aws, &resource, &spec, None).await.map(drop)
}

/// By service's ARN, between how many tasks it is scaled; without those where scaling is suspended.
pub async fn ranges(aws: &Aws) -> Result<BTreeMap<String, (u32, u32)>, Fault> {
    let mut ranges = BTreeMap::new();
    for seen in live(aws).await?.iter() {
        let suspended = seen
            .suspended_state()
            .is_some_and(|state| state.dynamic_scaling_out_suspended == Some(true));
        if !suspended {
            let range = (
                seen.min_capacity.unsigned_abs(),
                seen.max_capacity.unsigned_abs(),
            );
            ranges.insert(aws.arn("ecs", &seen.resource_id).await?, range);
        }
    }
    Ok(ranges)
}

/// The targets in our cluster, read once.
pub(super) async fn live(aws: &Aws) -> Result<Arc<Vec<Seen>>, Fault> {
    aws.once("scalable targets", list(aws)).await
}

/// The resource behind a target's id, `service/CLUSTER/SERVICE`.
pub(super) async fn resource(aws: &Aws, id: &str) -> Result<Option<String>, Fault> {
    if id.starts_with("service/") {
        return Ok(Some(id.to_owned()));
    }
    let all = list(aws).await?;
    let target = all
        .into_iter()
        .find(|seen| seen.scalable_target_arn() == Some(id));
    Ok(target.map(|seen| seen.resource_id))
}

/// A target's id: its ARN, or its resource where it has none.
pub(super) fn id_of(seen: &Seen) -> &str {
    seen.scalable_target_arn().unwrap_or(&seen.resource_id)
}

/// How the resources of our cluster begin.
pub(super) fn prefix(aws: &Aws) -> String {
    format!("service/{}/", cluster::name(aws))
}

async fn list(aws: &Aws) -> Result<Vec<Seen>, Fault> {
    let call = aws
        .scaling
        .describe_scalable_targets()
        // No dimension: AWS takes one only together with resource ids.
        .service_namespace(ServiceNamespace::Ecs)
        .max_results(50);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let mut all = all.map_err(fault("application-autoscaling:DescribeScalableTargets"))?;
    let prefix = prefix(aws);
    all.retain(|seen| {
        seen.resource_id.starts_with(&prefix)
            && seen.scalable_dimension == ScalableDimension::EcsServiceDesiredCount
    });
    Ok(all)
}

async fn look(aws: &Aws, resource: &str) -> Result<Option<Seen>, Fault> {
    let call = aws
        .scaling
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_ids(resource);
    let answer = call.send().await;
    let answer = answer.map_err(fault("application-autoscaling:DescribeScalableTargets"))?;
    let mut targets = answer.scalable_targets.unwrap_or_default().into_iter();
    Ok(targets.find(|seen| seen.resource_id == resource))
}

/// A target's tags.
///
/// There is one target of a service at most, so where its tags cannot be read (a caller without the permission, an
/// emulator without the call) they are taken to be those of its service.
async fn tags(aws: &Aws, seen: &Seen) -> Result<Tags, Fault> {
    let id = id_of(seen);
    let ask = async {
        let once = aws_sdk_applicationautoscaling::config::Config::builder()
            .retry_config(RetryConfig::standard().with_max_attempts(2));
        let call = aws.scaling.list_tags_for_resource().resource_arn(id);
        let answer = call.customize().config_override(once).send().await;
        let tags = answer
            .map_err(fault("application-autoscaling:ListTagsForResource"))?
            .tags;
        Ok(tags.unwrap_or_default().into_iter().collect())
    };
    match aws.tags_of(TYPE, id, ask).await {
        Err(fault) if fault.class != Class::Credentials => {
            let (_, name) = service::place(&seen.resource_id);
            let inherited = service::ours(aws, name).await?;
            tracing::debug!(%fault, ?inherited, "taken to be tagged as its service");
            inherited
                .map(|(address, tags)| aws.tags(ScalableTarget::NAME, &address, &tags))
                .ok_or(fault)
        }
        outcome => outcome,
    }
}

async fn read(aws: &Aws, seen: &Seen) -> Result<Found<Spec>, Fault> {
    let id = id_of(seen).to_owned();
    let tags = tags(aws, seen).await?;
    Ok(match aws.theirs(ScalableTarget::NAME, tags) {
        Theirs::Ours(address, tags) => {
            let (suspended, other) = suspensions(seen.suspended_state());
            let service = aws.arn("ecs", &seen.resource_id).await?;
            let spec = Spec {
                service: Link::Id(service),
                min: seen.min_capacity.unsigned_abs(),
                max: seen.max_capacity.unsigned_abs(),
                suspended,
                other,
                tags,
            };
            Found::ours(address, id, spec)
        }
        Theirs::Not(why) => Found::Taken {
            name: address_of(aws, &seen.resource_id).to_owned(),
            id,
            why,
        },
        Theirs::Lost(tags) => {
            let name = address_of(aws, &seen.resource_id);
            aws.lost(ScalableTarget::NAME, name, id, &tags)
        }
    })
}

/// Whether all scaling is suspended, and what is where it is a part only.
fn suspensions(seen: Option<&SuspendedState>) -> (bool, Others) {
    let part = |of: fn(&SuspendedState) -> Option<bool>| seen.and_then(of) == Some(true);
    let parts = [
        (
            "DynamicScalingInSuspended",
            part(SuspendedState::dynamic_scaling_in_suspended),
        ),
        (
            "DynamicScalingOutSuspended",
            part(SuspendedState::dynamic_scaling_out_suspended),
        ),
        (
            "ScheduledScalingSuspended",
            part(SuspendedState::scheduled_scaling_suspended),
        ),
    ];
    let all = parts.iter().all(|(_, on)| *on);
    let some = parts.into_iter().filter(|(_, on)| *on && !all);
    let some = some.map(|(name, _)| (name.to_owned(), "true".to_owned()));
    (all, some.collect())
}

/// Makes or changes a target; tags count only where it is made.
async fn register(
    aws: &Aws,
    resource: &str,
    spec: &Spec,
    tags: Option<&Tags>,
) -> Result<Option<String>, Fault> {
    let suspended = SuspendedState::builder()
        .dynamic_scaling_in_suspended(spec.suspended)
        .dynamic_scaling_out_suspended(spec.suspended)
        .scheduled_scaling_suspended(spec.suspended)
        .build();
    let call = aws
        .scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(resource)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .min_capacity(spec.min as i32)
        .max_capacity(spec.max as i32)
        .suspended_state(suspended)
        .set_tags(tags.map(map));
    let send = || {
        let call = call.clone();
        async move {
            call.send()
                .await
                .map_err(fault("application-autoscaling:RegisterScalableTarget"))
        }
    };
    // A service made a moment ago is not known to the autoscaler yet.
    let passing =
        |fault: &Fault| busy(fault) || fault.message.contains("ECS service doesn't exist");
    Ok(aws.patiently(passing, send).await?.scalable_target_arn)
}

/// The resource of a service, by the service's ARN.
fn resource_of(service: &str) -> String {
    let (cluster, name) = service::place(service);
    format!("service/{cluster}/{name}")
}

/// Somebody, or the autoscaler itself, changes it at the same time.
pub(super) fn busy(fault: &Fault) -> bool {
    fault.class == Class::Conflict && fault.is("ConcurrentUpdateException")
}

/// The name of the address that a target of this service has.
fn address_of<'a>(aws: &Aws, resource: &'a str) -> &'a str {
    let (_, name) = service::place(resource);
    names::service(aws, name).unwrap_or(name)
}
