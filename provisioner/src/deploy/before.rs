//! What to roll back to: the image that the service ran before, from its own revisions.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{ServiceDeploymentBrief, ServiceDeploymentStatus, ServiceRevision};
use hcctl_engine::Fault;

use super::image::digest_of;
use super::live::Live;
use crate::aws::{Aws, fault};
use crate::resources::image::{Image, UNPROVEN};

/// As many deployments as one page of ListServiceDeployments holds, and twice as many as are ever looked at.
const PAGE: i32 = 40;

/// As many revisions as one DescribeServiceRevisions takes.
const TWENTY: usize = 20;

/// The deployments of a service, latest first: one page. ECS keeps them for 90 days.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html>
pub async fn deployments(aws: &Aws, live: &Live) -> Result<Vec<ServiceDeploymentBrief>, Fault> {
    let call = aws
        .ecs
        .list_service_deployments()
        .cluster(&live.cluster)
        .service(&live.aws_name)
        .max_results(PAGE);
    let answer = call
        .send()
        .await
        .map_err(fault("ecs:ListServiceDeployments"))?;
    let mut all = answer.service_deployments.unwrap_or_default();
    all.sort_by_key(|one| std::cmp::Reverse(one.created_at));
    Ok(all)
}

/// The digests of images that the service ran successfully, latest first, each once; the present one included.
///
/// ECS also calls a deployment successful that had no task to start; [`super::keep::doubt`] has said so of its image.
pub async fn digests(
    aws: &Aws,
    deployments: &[ServiceDeploymentBrief],
    images: &[Image],
) -> Result<Vec<String>, Fault> {
    let unproven = |digest: &String| {
        let image = images.iter().find(|image| image.digest == *digest);
        image.is_some_and(|image| image.has(UNPROVEN))
    };
    let mut revisions: Vec<String> = Vec::new();
    let good = deployments
        .iter()
        .filter(|one| one.status() == Some(&ServiceDeploymentStatus::Successful))
        .filter_map(|one| one.target_service_revision_arn.clone());
    for arn in good {
        if !revisions.contains(&arn) && revisions.len() < TWENTY {
            revisions.push(arn);
        }
    }
    let found = describe(aws, &revisions).await?;
    let mut seen = BTreeSet::new();
    Ok(revisions
        .iter()
        .filter_map(|arn| {
            let of = |one: &&ServiceRevision| one.service_revision_arn() == Some(arn);
            digest(found.iter().find(of)?)
        })
        .filter(|digest| !unproven(digest) && seen.insert(digest.clone()))
        .collect())
}

/// The revisions of these ARNs, at most twenty.
pub async fn describe(aws: &Aws, arns: &[String]) -> Result<Vec<ServiceRevision>, Fault> {
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let call = aws
        .ecs
        .describe_service_revisions()
        .set_service_revision_arns(Some(arns.to_vec()));
    let answer = call.send().await;
    let answer = answer.map_err(fault("ecs:DescribeServiceRevisions"))?;
    Ok(answer.service_revisions.unwrap_or_default())
}

/// The digest of a revision's image: as ECS resolved it, or as its definition named it. Of several containers it is the one that has
/// the service's name without what stands before it in AWS.
pub fn digest(revision: &ServiceRevision) -> Option<String> {
    let service = revision.service_arn().unwrap_or_default();
    let images = revision.container_images();
    let own = |name: &str| service.ends_with(&format!("-{name}"));
    let named = images
        .iter()
        .find(|image| image.container_name().is_some_and(own));
    let image = named.or(images.first())?;
    image
        .image_digest()
        .or(image.image().and_then(digest_of))
        .map(str::to_owned)
}
