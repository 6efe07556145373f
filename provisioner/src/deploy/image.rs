//! What a release is: an image of one repository, by its digest.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::{ImageFailureCode, ImageIdentifier};
use hcctl_engine::{Class, Fault};
use serde_json::Value;

use crate::aws::{Aws, fault};
use crate::resources::repository;

/// An image that can be rolled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The repository's name.
    pub repository: String,
    /// The tag that it was asked for by; none where it was found by its digest.
    pub tag: Option<String>,
    /// `sha256:...`. A tag may move where tags are not immutable; a digest says what runs.
    pub digest: String,
    /// The manifest, for another tag on the same image.
    pub manifest: String,
    /// The manifest's media type.
    pub media_type: Option<String>,
}

/// The manifests that are understood. Without the list ECR translates an OCI manifest, whose digest is then another one.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

impl Release {
    /// The image of a repository with a tag, or a digest (`sha256:...`); nothing where there is none.
    pub async fn find(aws: &Aws, repository: &str, which: &str) -> Result<Option<Self>, Fault> {
        let by_digest = which.starts_with("sha256:");
        let id = ImageIdentifier::builder();
        let id = if by_digest {
            id.image_digest(which)
        } else {
            id.image_tag(which)
        };
        let call = aws
            .ecr
            .batch_get_image()
            .repository_name(repository)
            .image_ids(id.build())
            .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()));
        let answer = call.send().await.map_err(fault("ecr:BatchGetImage"))?;
        // What is not there comes as a failure in an answer that says success; everything else there is an error.
        if let Some(failure) = answer.failures().iter().find(|failure| {
            !matches!(
                failure.failure_code(),
                Some(ImageFailureCode::ImageNotFound | ImageFailureCode::InvalidImageTag)
            )
        }) {
            let reason = failure.failure_reason().unwrap_or("no reason given");
            return Err(Fault::own(
                "ecr:BatchGetImage",
                format!("{repository}, {which}: {reason}"),
            ));
        }
        let image = answer.images.unwrap_or_default().into_iter().next();
        Ok(image.map(|image| Self {
            repository: repository.to_owned(),
            tag: (!by_digest).then(|| which.to_owned()),
            digest: image
                .image_id
                .and_then(|id| id.image_digest)
                .unwrap_or_default(),
            manifest: image.image_manifest.unwrap_or_default(),
            media_type: image.image_manifest_media_type,
        }))
    }

    /// The platforms of an image for several, such as `linux/amd64`; empty where the manifest is of one platform, which
    /// tells its own in a part that only a pull reads.
    /// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
    pub fn platforms(&self) -> BTreeSet<String> {
        let Ok(manifest) = serde_json::from_str::<Value>(&self.manifest) else {
            return BTreeSet::new();
        };
        let manifests = manifest["manifests"].as_array().cloned();
        manifests
            .unwrap_or_default()
            .iter()
            .filter_map(|one| {
                let platform = &one["platform"];
                let (os, architecture) =
                    (platform["os"].as_str()?, platform["architecture"].as_str()?);
                // Attestations stand in an index under a platform of their own.
                (os != "unknown").then(|| format!("{os}/{architecture}"))
            })
            .collect()
    }

    /// How a person calls it: by its tag, or the beginning of its digest.
    pub fn name(&self) -> String {
        self.tag.clone().unwrap_or_else(|| short(&self.digest))
    }
}

/// The platform of a task definition's architecture (`X86_64`, `ARM64`), as images name it.
pub fn platform(architecture: &str) -> &'static str {
    match architecture {
        "ARM64" => "linux/arm64",
        _ => "linux/amd64",
    }
}

/// The digest in an image's reference, `REPOSITORY@sha256:...`.
pub fn digest_of(reference: &str) -> Option<&str> {
    reference.split_once('@').map(|(_, digest)| digest)
}

/// The tag in an image's reference, `REPOSITORY:TAG`; a registry's port is none.
pub fn tag_of(reference: &str) -> Option<&str> {
    let bare = reference.split('@').next().unwrap_or(reference);
    bare.rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'))
}

/// The beginning of a digest: enough to tell images apart.
pub fn short(digest: &str) -> String {
    digest
        .trim_start_matches("sha256:")
        .chars()
        .take(12)
        .collect()
}

/// The tags of a repository, latest first, for a person who typed another one.
pub async fn tags(aws: &Aws, name: &str) -> Result<Vec<String>, Fault> {
    let images = match repository::images(aws, name).await {
        Err(fault) if fault.class == Class::NotFound => Vec::new(),
        outcome => outcome?,
    };
    Ok(images
        .into_iter()
        .flat_map(|image| image.tags)
        .filter(|tag| !super::keep::is_keep(tag))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let with = |tail: &str| format!("localhost:5000/shop/cart{tail}");
        assert_eq!(tag_of(&with(":v1")), Some("v1"));
        assert_eq!(tag_of(&with("")), None);
        assert_eq!(tag_of(&with("@sha256:ab")), None);
        assert_eq!(tag_of(&with(":v1@sha256:ab")), Some("v1"));
        assert_eq!(digest_of(&with(":v1@sha256:ab")), Some("sha256:ab"));
        assert_eq!(digest_of(&with(":v1")), None);
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
    }

    #[test]
    fn platforms_are_told_by_an_index_only() {
        let release = |manifest: &str| Release {
            repository: String::new(),
            tag: None,
            digest: String::new(),
            manifest: manifest.to_owned(),
            media_type: None,
        };
        let index = r#"{"manifests": [
            {"platform": {"os": "linux", "architecture": "arm64"}},
            {"platform": {"os": "unknown", "architecture": "unknown"}}]}"#;
        assert_eq!(
            release(index).platforms(),
            BTreeSet::from(["linux/arm64".to_owned()])
        );
        assert!(release(r#"{"config": {}}"#).platforms().is_empty());
        assert!(release("no JSON").platforms().is_empty());
        assert_eq!(platform("X86_64"), "linux/amd64");
    }
}
