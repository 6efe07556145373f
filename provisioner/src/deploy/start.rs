//! The start of a rollout: a task definition with the image, and the service told to run it.

use std::collections::BTreeSet;

use hcctl_engine::Fault;

use super::follow::Followed;
use super::image::Release;
use super::live::Live;
use super::{before, keep, traffic};
use crate::aws::{Aws, fault};
use crate::resources::image::{UNPROVEN, images};
use crate::resources::{scalable_target, task_definition};

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Start {
    /// The service as it runs.
    pub live: Live,
    /// The image that it is to run.
    pub release: Release,
    /// The image's reference in the task definition, by its digest.
    pub image: String,
    /// Tasks that a first deploy starts.
    pub count: u32,
    /// What was before.
    pub before: Before,
}

/// What a service ran before a rollout.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// The digests that must stay once the rollout's image runs.
    pub needed: BTreeSet<String>,
    /// The deployments that there are already, so that the new one is known by not being among them.
    pub known: BTreeSet<String>,
    /// The digests that it ran successfully.
    pub proven: BTreeSet<String>,
}

/// Starts a rollout. Every part of it bears being repeated, so that a run that was killed is made good by the next one.
pub async fn start(aws: &Aws, start: &Start) -> Result<Followed, Fault> {
    let live = &start.live;
    keep::protect(aws, &start.release).await?;
    let first = live.is_waiting();
    // Said before it is so: a run that is killed leaves no image that looks as if it had served.
    if !first && live.desired == 0 && !start.before.proven.contains(&start.release.digest) {
        keep::doubt(aws, &start.release).await?;
    }
    let definition = register(aws, start).await?;
    let call = aws
        .ecs
        .update_service()
        .cluster(&live.cluster)
        .service(&live.arn)
        .task_definition(&definition)
        .set_desired_count(first.then_some(start.count as i32));
    // What it is to run already, after a deployment that failed for another reason: without a word, ECS starts nothing.
    let again = definition == live.definition_arn;
    let call = call.set_force_new_deployment(again.then_some(true));
    let answer = call.send().await.map_err(fault("ecs:UpdateService"))?;
    if first {
        // Only now: a minimum above the count starts tasks at once, and until now there was no image for them.
        scalable_target::resume(aws, &live.arn).await?;
    }
    let current = answer
        .service
        .and_then(|service| service.current_service_deployment)
        .filter(|arn| !start.before.known.contains(arn));
    Ok(Followed {
        live: live.clone(),
        definition,
        deployment: current,
        known: start.before.known.clone(),
    })
}

/// The revision that a rollout starts tasks of, by its ARN: registered, or found where the same was asked for before.
pub async fn register(aws: &Aws, start: &Start) -> Result<String, Fault> {
    let live = &start.live;
    let wanted = task_definition::Spec {
        image: start.image.clone(),
        ..live.definition.clone()
    };
    task_definition::register(aws, &live.name, &wanted).await
}

/// Has a service replace its tasks by new ones of the same task definition, by its own strategy. New tasks read secrets again.
pub async fn restart(aws: &Aws, live: &Live, before: &Before) -> Result<Followed, Fault> {
    let call = aws
        .ecs
        .update_service()
        .cluster(&live.cluster)
        .service(&live.arn)
        .force_new_deployment(true);
    let answer = call.send().await.map_err(fault("ecs:UpdateService"))?;
    let current = answer
        .service
        .and_then(|service| service.current_service_deployment)
        .filter(|arn| !before.known.contains(arn));
    Ok(Followed {
        live: live.clone(),
        definition: live.definition_arn.clone(),
        deployment: current,
        known: before.known.clone(),
    })
}

/// Makes a service whose first deploy failed wait for its first deploy again: no tasks of any revision.
pub async fn withdraw(aws: &Aws, live: &Live) -> Result<(), Fault> {
    scalable_target::suspend(aws, &live.arn).await?;
    let call = aws
        .ecs
        .update_service()
        .cluster(&live.cluster)
        .service(&live.arn)
        .task_definition(&live.definition_arn)
        .desired_count(0);
    call.send()
        .await
        .map(drop)
        .map_err(fault("ecs:UpdateService"))
}

/// What the service ran before `digest`. Two images of that must stay, for a rollback and its rollback.
pub async fn before(aws: &Aws, live: &Live, digest: &str) -> Result<Before, Fault> {
    let read = before::deployments(aws, live);
    let (deployments, images) = tokio::try_join!(read, images(aws, &live.aws_name))?;
    let known = deployments
        .iter()
        .filter_map(|one| one.service_deployment_arn.clone())
        .collect();
    let mut earlier = before::digests(aws, &deployments, &images).await?;
    let doubted = images
        .iter()
        .any(|image| Some(image.digest.as_str()) == live.digest() && image.has(UNPROVEN));
    if doubted && serves(aws, live).await? {
        earlier.extend(live.digest().map(str::to_owned));
    }
    let needed = earlier
        .iter()
        .filter(|earlier| *earlier != digest)
        .take(2)
        .cloned()
        .chain([digest.to_owned()])
        .chain(live.digest().map(str::to_owned))
        .collect();
    Ok(Before {
        needed,
        known,
        proven: earlier.into_iter().collect(),
    })
}

/// Whether what was started at no tasks has come to run since: the load balancer finds as many tasks well as there are to
/// be. Tasks that start and fail run for a while too; where no load balancer asks, that they run is all there is to see.
async fn serves(aws: &Aws, live: &Live) -> Result<bool, Fault> {
    if live.spec.load_balancer.is_none() {
        return Ok(live.desired > 0 && live.running >= live.desired);
    }
    let balancer = live
        .spec
        .load_balancer
        .as_ref()
        .filter(|_| live.desired > 0);
    let splits = traffic::splits(aws, balancer.map(|one| (live.name.as_str(), one))).await?;
    let groups = splits.values().flat_map(|split| &split.groups);
    let healthy: usize = groups.map(traffic::Group::healthy).sum();
    Ok(healthy > 0 && healthy >= live.desired as usize)
}
