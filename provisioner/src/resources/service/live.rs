//! The services of our cluster as they are: one read for all kinds that need them.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_ecs::types::{
    AssignPublicIp, AvailabilityZoneRebalancing, PropagateTags, Service as Seen, ServiceField,
};
use hcctl_engine::{Class, Fault, Kind, Link};

use super::{Service, Spec, connect, deployment, load_balancer, other};
use crate::aws::tag_lists::read_tags;
use crate::aws::{Aws, Tags, Theirs, fault};
use crate::resources::cluster;

/// As many services as one DescribeServices takes.
const TEN: usize = 10;

/// The ARNs of the active services in our cluster, read once; ECS does not list those that drain.
async fn arns(aws: &Aws) -> Result<Arc<Vec<String>>, Fault> {
    let read = async {
        let call = aws
            .ecs
            .list_services()
            .cluster(cluster::name(aws))
            .max_results(100);
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        match all.map_err(fault("ecs:ListServices")) {
            Err(fault) if fault.class == Class::NotFound => Ok(Vec::new()),
            outcome => outcome,
        }
    };
    aws.once("service arns", read).await
}

/// The active services in our cluster, strangers included, with their tags; read once.
pub async fn live(aws: &Aws) -> Result<Arc<Vec<Seen>>, Fault> {
    let read = async {
        let arns = arns(aws).await?;
        let tens: Vec<Vec<String>> = arns.chunks(TEN).map(<[String]>::to_vec).collect();
        let name = cluster::name(aws);
        let services = aws.crowd(tens, |ten| describe(aws, &name, ten)).await?;
        let mut services: Vec<Seen> = services.into_iter().flatten().collect();
        services.retain(|seen| seen.status() == Some("ACTIVE"));
        Ok(services)
    };
    aws.once("services", read).await
}

/// One service that is there, by name or ARN; one that is `INACTIVE` is not.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html>
pub(super) async fn look(aws: &Aws, cluster: &str, service: &str) -> Result<Option<Seen>, Fault> {
    match describe(aws, cluster, vec![service.to_owned()]).await {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => Ok(outcome?
            .into_iter()
            .find(|seen| seen.status() != Some("INACTIVE"))),
    }
}

async fn describe(aws: &Aws, cluster: &str, which: Vec<String>) -> Result<Vec<Seen>, Fault> {
    let call = aws
        .ecs
        .describe_services()
        .cluster(cluster)
        .set_services(Some(which))
        .include(ServiceField::Tags);
    // What is missing comes as a failure beside the rest.
    let answer = call.send().await.map_err(fault("ecs:DescribeServices"))?;
    Ok(answer.services.unwrap_or_default())
}

/// Whose a service is.
pub(super) fn theirs(aws: &Aws, seen: &Seen) -> Theirs {
    aws.theirs(Service::NAME, read_tags(seen.tags.clone()))
}

/// The name of a service's address, where it is ours.
pub fn address(aws: &Aws, seen: &Seen) -> Option<String> {
    match theirs(aws, seen) {
        Theirs::Ours(address, _) => Some(address),
        Theirs::Lost(_) | Theirs::Not(_) => None,
    }
}

/// The address and the tags of an active service of this name, where it is ours.
pub(in crate::resources) async fn ours(
    aws: &Aws,
    name: &str,
) -> Result<Option<(String, Tags)>, Fault> {
    let live = live(aws).await?;
    let seen = live.iter().find(|seen| seen.service_name() == Some(name));
    Ok(match seen.map(|seen| theirs(aws, seen)) {
        Some(Theirs::Ours(address, tags)) => Some((address, tags)),
        _ => None,
    })
}

/// Cluster and service in a service's ARN, `...:service/CLUSTER/SERVICE`, or in a scalable target's resource.
pub fn place(arn: &str) -> (&str, &str) {
    let path = arn.split_once("service/").map_or(arn, |(_, path)| path);
    path.split_once('/').unwrap_or(("default", path))
}

/// A service's spec.
pub(super) fn read(seen: &Seen, tags: Tags) -> Spec {
    let network = seen
        .network_configuration()
        .and_then(|network| network.awsvpc_configuration());
    let links = |ids: &[String]| -> BTreeSet<Link> { ids.iter().map(Link::id).collect() };
    let rebalancing = seen.availability_zone_rebalancing();
    Spec {
        cluster: Link::id(seen.cluster_arn().unwrap_or_default()),
        name: seen.service_name().unwrap_or_default().to_owned(),
        task_definition: Link::id(seen.task_definition().unwrap_or_default()),
        desired_count: seen.desired_count.unsigned_abs(),
        subnets: network.map(|on| links(on.subnets())).unwrap_or_default(),
        security_groups: network
            .map(|on| links(on.security_groups()))
            .unwrap_or_default(),
        public_ip: network.and_then(|on| on.assign_public_ip()) == Some(&AssignPublicIp::Enabled),
        load_balancer: seen.load_balancers().first().map(load_balancer::read),
        connect: connect::read(seen),
        calls: BTreeSet::new(),
        deployment: deployment::read(seen.deployment_configuration()),
        grace_seconds: seen
            .health_check_grace_period_seconds
            .map_or(0, i32::unsigned_abs),
        platform_version: match seen.platform_version() {
            None | Some("LATEST" | "1.4.0") => "LATEST".to_owned(),
            Some(version) => version.to_owned(),
        },
        exec: seen.enable_execute_command,
        managed_tags: seen.enable_ecs_managed_tags,
        propagate_tags: seen
            .propagate_tags()
            .unwrap_or(&PropagateTags::None)
            .as_str()
            .to_owned(),
        zone_rebalancing: rebalancing
            .unwrap_or(&AvailabilityZoneRebalancing::Disabled)
            .as_str()
            .to_owned(),
        other: other::find(seen),
        tags,
    }
}
