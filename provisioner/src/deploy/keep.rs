//! The images that a lifecycle policy must not remove: what runs, and what a rollback needs.
//!
//! ECR counts an image's age from its push, so "the last five" may not hold what runs, and tagging it again makes it no
//! younger. What ECR does honour: an image that meets the tag condition of one rule cannot be expired by a rule of lower
//! priority (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>). So the policy's first
//! rule is for tags that begin with [`PREFIX`] and bears a thousand of them, and each image that is needed gets one such
//! tag, with its own digest in it: repositories whose tags are immutable take it too, and twice is once.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::ImageIdentifier;
use hcctl_engine::Fault;

use super::image::{Release, short};
use crate::aws::{Aws, fault};
use crate::resources::repository::{self, Image};

pub use crate::resources::repository::KEEP as PREFIX;

/// Whether a tag only protects its image.
pub fn is_keep(tag: &str) -> bool {
    tag.starts_with(PREFIX)
}

/// The tag that protects an image.
fn tag(digest: &str) -> String {
    format!("{PREFIX}{}", short(digest))
}

/// Protects an image.
pub async fn protect(aws: &Aws, release: &Release) -> Result<(), Fault> {
    let call = aws
        .ecr
        .put_image()
        .repository_name(&release.repository)
        .image_manifest(&release.manifest)
        .set_image_manifest_media_type(release.media_type.clone())
        .image_tag(tag(&release.digest));
    match call.send().await.map_err(fault("ecr:PutImage")) {
        Err(fault) if fault.is("ImageAlreadyExistsException") => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// Takes the protection from images whose digest is not in `needed`; answers the repository's images as they are then.
pub async fn release(
    aws: &Aws,
    repository: &str,
    needed: &BTreeSet<String>,
) -> Result<Vec<Image>, Fault> {
    let mut images = repository::images(aws, repository).await?;
    let mut gone = Vec::new();
    for image in images
        .iter_mut()
        .filter(|image| !needed.contains(&image.digest))
    {
        let (keep, others): (BTreeSet<String>, BTreeSet<String>) =
            image.tags.iter().cloned().partition(|tag| is_keep(tag));
        // Without any other tag the image itself would go with its last one; the policy's turn comes first.
        if !others.is_empty() {
            gone.extend(keep);
            image.tags = others;
        }
    }
    // As many as one BatchDeleteImage takes.
    for batch in gone.chunks(100) {
        let ids = batch
            .iter()
            .map(|tag| ImageIdentifier::builder().image_tag(tag).build());
        let call = aws
            .ecr
            .batch_delete_image()
            .repository_name(repository)
            .set_image_ids(Some(ids.collect()));
        call.send().await.map_err(fault("ecr:BatchDeleteImage"))?;
    }
    Ok(images)
}
