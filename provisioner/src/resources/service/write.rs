//! The calls that make and change a service.

use aws_sdk_ecs::types::{
    AssignPublicIp, AvailabilityZoneRebalancing, AwsVpcConfiguration,
    DeploymentLifecycleHookAction, DeploymentRolloutState, LaunchType, NetworkConfiguration,
    PropagateTags, Service as Seen, StopServiceDeploymentStopType,
};
use hcctl_engine::{Class, Fault, Kind, KindChange, Link};
use sha2::{Digest, Sha256};

use super::{DRAINING, Service, Spec, connect, deployment, live, load_balancer, other, place};
use crate::aws::tag_lists::write_tags;
use crate::aws::{Aws, fault};
use crate::resources::{role, task_definition};

/// Makes the service.
pub(super) async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<Option<Seen>, Fault> {
    let balancer = spec.load_balancer.as_ref();
    let grace = balancer.map(|_| spec.grace_seconds as i32);
    let connect = spec.connect.as_ref().map(|it| connect::write(Some(it)));
    let call = aws
        .ecs
        .create_service()
        .cluster(spec.cluster.resolved())
        .service_name(&spec.name)
        .client_token(token(spec))
        .task_definition(spec.task_definition.resolved())
        .desired_count(spec.desired_count as i32)
        .launch_type(LaunchType::Fargate)
        .platform_version(&spec.platform_version)
        .network_configuration(network(spec)?)
        .set_load_balancers(balancer.map(|balancer| vec![load_balancer::write(balancer)]))
        .set_health_check_grace_period_seconds(grace)
        .set_service_connect_configuration(connect.transpose()?)
        .deployment_configuration(deployment::write(&spec.deployment, None, false)?)
        .enable_execute_command(spec.exec)
        .enable_ecs_managed_tags(spec.managed_tags)
        .propagate_tags(PropagateTags::from(spec.propagate_tags.as_str()))
        .availability_zone_rebalancing(rebalancing(spec))
        .set_tags(Some(write_tags(&aws.tags(Service::NAME, name, &spec.tags))));
    let send = || {
        let call = call.clone();
        async move { call.send().await.map_err(fault("ecs:CreateService")) }
    };
    let draining = |fault: &Fault| fault.message.contains("still Draining");
    // What drains may take minutes; everything else is known everywhere sooner.
    let patient = || aws.patiently(passing, send);
    let answer = aws.patiently_for(DRAINING, draining, patient).await?;
    Ok(answer.service)
}

/// There is an active service of that name already, with other settings.
pub(super) fn is_there(fault: &Fault) -> bool {
    fault.message.contains("was not idempotent")
}

/// Changes what differs, in one call: ECS takes a strategy and the load balancer that it needs together only, and a
/// field that is left out stays as it is and starts no deployment.
pub(super) async fn update(aws: &Aws, change: &KindChange<'_, Spec>) -> Result<(), Fault> {
    let (before, after) = (change.before, change.after);
    let mut call = aws
        .ecs
        .update_service()
        .cluster(after.cluster.resolved())
        .service(change.id);
    if change.has("task_definition") {
        call = call.task_definition(after.task_definition.resolved());
    }
    if ["subnets", "security_groups", "public_ip"]
        .iter()
        .any(|field| change.has(field))
    {
        call = call.network_configuration(network(after)?);
    }
    if change.has("load_balancer") || other::further_balancers(&before.other) {
        let balancers = after.load_balancer.iter().map(load_balancer::write);
        call = call.set_load_balancers(Some(balancers.collect()));
    }
    if change.has("connect") || other::odd_names(&before.other) {
        call = call.service_connect_configuration(connect::write(after.connect.as_ref())?);
    }
    let odd = other::odd_terms(&before.other);
    if change.has("deployment") || odd {
        let wanted = deployment::write(&after.deployment, Some(&before.deployment), odd)?;
        call = call.deployment_configuration(wanted);
    }
    if change.has("grace_seconds") {
        call = call.health_check_grace_period_seconds(after.grace_seconds as i32);
    }
    if change.has("platform_version") {
        call = call.platform_version(&after.platform_version);
    }
    if change.has("exec") {
        call = call.enable_execute_command(after.exec);
    }
    if change.has("managed_tags") {
        call = call.enable_ecs_managed_tags(after.managed_tags);
    }
    if change.has("propagate_tags") {
        call = call.propagate_tags(PropagateTags::from(after.propagate_tags.as_str()));
    }
    if change.has("zone_rebalancing") {
        call = call.availability_zone_rebalancing(rebalancing(after));
    }
    call = other::plain(call, &before.other)?;
    if change.fields.iter().all(|field| field == "tags") {
        return Ok(());
    }
    let send = || {
        let call = call.clone();
        async move { call.send().await.map_err(fault("ecs:UpdateService")) }
    };
    let answer = aws.patiently(passing, send).await?;
    let begun = answer.service.filter(is_deploying);
    let begun = begun.and_then(|service| service.current_service_deployment);
    aws.once(&begun_by_update(change.id), async { Ok(begun) })
        .await
        .map(drop)
}

/// Under what the deployment is remembered that an update of a service began, if it began one: once it was rolled back between two
/// looks, the service is as steady as before.
pub(super) fn begun_by_update(id: &str) -> String {
    format!("the deployment that an update began of {id}")
}

fn is_deploying(seen: &Seen) -> bool {
    let mut all = seen.deployments().iter();
    let primary = all.find(|one| one.status() == Some("PRIMARY"));
    primary.and_then(|one| one.rollout_state()) == Some(&DeploymentRolloutState::InProgress)
}

/// Stops the deployment that keeps a service from being deleted.
pub(super) async fn stop_deployment(aws: &Aws, id: &str) -> Result<(), Fault> {
    let (cluster, _) = place(id);
    let seen = live::look(aws, cluster, id).await?;
    match seen.and_then(|seen| seen.current_service_deployment) {
        Some(running) => stop(aws, &running).await.map(drop),
        None => Ok(()),
    }
}

/// Stops a service deployment and rolls it back, which works also where it would not do so by itself. Whether it was
/// still there to be stopped.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html>
pub async fn stop(aws: &Aws, deployment: &str) -> Result<bool, Fault> {
    let call = aws
        .ecs
        .stop_service_deployment()
        .service_deployment_arn(deployment)
        .stop_type(StopServiceDeploymentStopType::Rollback);
    let outcome = call.send().await.map(drop);
    match outcome.map_err(fault("ecs:StopServiceDeployment")) {
        // It has come to its end meanwhile, or is being stopped already: either way the next look tells.
        Err(fault)
            if fault.is("ServiceDeploymentNotFoundException") || fault.is("ConflictException") =>
        {
            Ok(false)
        }
        outcome => outcome.map(|()| true),
    }
}

/// Answers the pause that a deployment waits at.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html>
pub async fn answer(
    aws: &Aws,
    deployment: &str,
    hook: &str,
    action: DeploymentLifecycleHookAction,
) -> Result<(), Fault> {
    let call = aws
        .ecs
        .continue_service_deployment()
        .service_deployment_arn(deployment)
        .hook_id(hook)
        .action(action);
    call.send()
        .await
        .map(drop)
        .map_err(fault("ecs:ContinueServiceDeployment"))
}

/// Waits until ECS can assume the roles that its first tasks need.
pub(super) async fn roles_settled(aws: &Aws, spec: &Spec) -> Result<(), Fault> {
    let mut roles = task_definition::roles(aws, spec.task_definition.resolved()).await?;
    let alternate = spec
        .load_balancer
        .as_ref()
        .and_then(|balancer| balancer.alternate.as_ref());
    roles.extend(alternate.map(|alternate| alternate.role.resolved().to_owned()));
    roles.sort();
    roles.dedup();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    role::settled(aws, &roles).await
}

/// What passes by itself: roles, target groups and clusters that are not known everywhere yet.
fn passing(fault: &Fault) -> bool {
    let says = |text: &str| fault.message.contains(text);
    fault.class == Class::NotYet
        || fault.is("ClusterNotFoundException")
        || fault.is("InvalidParameterException")
            && (says("verify that the ECS service role being passed has the proper permissions")
                || says("does not have an associated load balancer")
                || says("nable to assume"))
}

/// The same for every attempt at this service, and another one after it was deleted and is made of a new revision.
/// At most 36 characters.
fn token(spec: &Spec) -> String {
    let mut hash = Sha256::new();
    for part in [
        spec.cluster.resolved(),
        &spec.name,
        spec.task_definition.resolved(),
    ] {
        hash.update(part);
        hash.update([0]);
    }
    let hex = hash
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    hex.concat()
}

fn network(spec: &Spec) -> Result<NetworkConfiguration, Fault> {
    let ids = |links: &std::collections::BTreeSet<Link>| -> Vec<String> {
        links
            .iter()
            .map(|link| link.resolved().to_owned())
            .collect()
    };
    let public = if spec.public_ip {
        AssignPublicIp::Enabled
    } else {
        AssignPublicIp::Disabled
    };
    let network = AwsVpcConfiguration::builder()
        .set_subnets(Some(ids(&spec.subnets)))
        .set_security_groups(Some(ids(&spec.security_groups)))
        .assign_public_ip(public)
        .build()
        .map_err(|error| Fault::own("ecs:CreateService", error.to_string()))?;
    Ok(NetworkConfiguration::builder()
        .awsvpc_configuration(network)
        .build())
}

fn rebalancing(spec: &Spec) -> AvailabilityZoneRebalancing {
    AvailabilityZoneRebalancing::from(spec.zone_rebalancing.as_str())
}
