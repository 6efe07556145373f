//! The start of a rollout: a task definition with the image, and the service told to run it.

use std::collections::BTreeSet;

use hcctl_engine::Fault;

use super::follow::Followed;
use super::image::Release;
use super::live::Live;
use super::{before, keep};
use crate::aws::{Aws, fault};
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
    /// The deployments that there are already, so that the new one is known by not being among them.
    pub known: BTreeSet<String>,
}

/// Starts a rollout. Every part of it bears being repeated, so that a run that was killed is made good by the next one.
pub async fn start(aws: &Aws, start: &Start) -> Result<Followed, Fault> {
    let live = &start.live;
    keep::protect(aws, &start.release).await?;
    let wanted = task_definition::Spec {
        image: start.image.clone(),
        ..live.definition.clone()
    };
    let definition = task_definition::register(aws, &live.name, &wanted).await?;
    let first = live.is_waiting();
    let call = aws
        .ecs
        .update_service()
        .cluster(&live.cluster)
        .service(&live.arn)
        .task_definition(&definition)
        .set_desired_count(first.then_some(start.count as i32));
    let answer = call.send().await.map_err(fault("ecs:UpdateService"))?;
    if first {
        // Only now: a minimum above the count starts tasks at once, and until now there was no image for them.
        scalable_target::resume(aws, &live.arn).await?;
    }
    let current = answer
        .service
        .and_then(|service| service.current_service_deployment)
        .filter(|arn| !start.known.contains(arn));
    Ok(Followed {
        live: live.clone(),
        definition,
        deployment: current,
        known: start.known.clone(),
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

/// The images that must stay once `digest` runs: what ran before it, two of them, for a rollback and its rollback.
pub async fn needed(
    aws: &Aws,
    live: &Live,
    digest: &str,
) -> Result<(BTreeSet<String>, BTreeSet<String>), Fault> {
    let deployments = before::deployments(aws, live).await?;
    let known = deployments
        .iter()
        .filter_map(|one| one.service_deployment_arn.clone())
        .collect();
    let earlier = before::digests(aws, &deployments).await?;
    let needed = earlier
        .into_iter()
        .filter(|earlier| earlier != digest)
        .take(2)
        .chain([digest.to_owned()])
        .chain(live.digest().map(str::to_owned))
        .collect();
    Ok((needed, known))
}
