//! What the sandbox gets in an image's stead: a manifest without an image behind it.
//!
//! An index, because it says by itself what it is for; a plain manifest leaves that to a blob that nobody uploads here.
//! ECR would refuse it, since the manifest that it names is not there.

use aws_sdk_ecr::types::Image;
use hcctl_engine::Fault;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::order::{Event, Failure, How, Job, Landed, Order, Outcome};
use super::registry;
use crate::aws::{Aws, fault};

/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Publishes a record for every image. For the sandbox only.
pub async fn record(
    aws: &Aws,
    order: &Order,
    tell: &(dyn Fn(&Job, &Event<'_>) + Sync),
) -> Vec<Outcome> {
    let one = async |job: &Job| {
        let mut uri = None;
        let result = publish(aws, job, &order.tag, &mut uri, tell).await;
        if let Err(failure) = &result {
            tell(job, &Event::Failed(failure));
        }
        Outcome {
            job: job.clone(),
            uri,
            result,
        }
    };
    futures_util::future::join_all(order.jobs.iter().map(one)).await
}

async fn publish(
    aws: &Aws,
    job: &Job,
    tag: &str,
    uri: &mut Option<String>,
    tell: &(dyn Fn(&Job, &Event<'_>) + Sync),
) -> Result<Landed, Failure> {
    let began = tokio::time::Instant::now();
    if let Some(landed) = super::work::look(aws, job, tag, uri, tell).await? {
        return Ok(landed);
    }
    let call = aws.ecr.put_image().repository_name(&job.repository);
    let call = call.image_tag(tag).image_manifest(manifest(job, tag));
    let answer = call.image_manifest_media_type(INDEX).send().await;
    let image = answer.map_err(fault("ecr:PutImage"))?.image;
    let digest = match digest(image) {
        Some(digest) => Some(digest),
        None => registry::digest(aws, &job.repository, tag).await?,
    };
    let digest = digest.ok_or_else(|| Fault::own("ecr:PutImage", "the answer has no digest"))?;
    let took = began.elapsed();
    tell(job, &Event::Pushed { took });
    Ok(Landed {
        digest,
        how: How::Pushed,
    })
}

fn digest(image: Option<Image>) -> Option<String> {
    image?.image_id?.image_digest
}

/// Of no two tags and no two repositories the same: two pushes are two images.
fn manifest(job: &Job, tag: &str) -> String {
    let name = format!("{}:{tag}", job.repository);
    let hex: Vec<String> = Sha256::digest(&name)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let platform = json!({ "architecture": job.platform.architecture(), "os": "linux" });
    let image = json!({
        "mediaType": MANIFEST,
        "digest": format!("sha256:{}", hex.concat()),
        "size": name.len(),
        "platform": platform,
    });
    let notes = json!({
        "org.opencontainers.image.title": job.repository,
        "org.opencontainers.image.version": tag,
    });
    json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [image],
        "annotations": notes,
    })
    .to_string()
}
