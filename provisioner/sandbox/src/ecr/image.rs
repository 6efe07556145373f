//! Images: a manifest by its digest, and the tags on it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use winterbaume_ecr::model::{self, ImageIdentifier};

use super::manifest::listed;
use super::{Image, Repository, find, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// `PutImage`: a tag moves to the new manifest, but where tags are immutable it is `ImageTagAlreadyExistsException`; the same manifest
/// under the same tag is `ImageAlreadyExistsException`.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutImageRequest = shape::json(call, &[])?;
    let now = world.now();
    let repository = find(world, call, &input.repository_name)?;
    let parsed: Value = serde_json::from_str(&input.image_manifest)
        .map_err(|_| invalid("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"))?;
    let own_type = parsed["mediaType"].as_str().map(str::to_owned);
    let media_type = input.image_manifest_media_type.or(own_type).ok_or_else(|| {
        invalid("Invalid parameter at 'ImageManifestMediaType': the manifest does not name its media type either")
    })?;
    let digest = digest_of(&input.image_manifest);
    if input
        .image_digest
        .as_ref()
        .is_some_and(|sent| *sent != digest)
    {
        let message = "Image digest does not match the digest of the image manifest";
        return Err(AwsError::new("ImageDigestDoesNotMatchException", message));
    }
    let tag = input.image_tag;
    let known = repository.images.get(&digest);
    let same = known.is_some_and(|image| tag.as_ref().is_none_or(|tag| image.tags.contains(tag)));
    if same {
        let message = format!(
            "Image with digest '{digest}' and tag '{}' already exists in the repository with name '{}' in registry with id '{}'",
            tag.as_deref().unwrap_or("null"),
            repository.name,
            call.account
        );
        return Err(AwsError::new("ImageAlreadyExistsException", message));
    }
    let taken = tag.as_ref().is_some_and(|tag| {
        repository
            .images
            .values()
            .any(|image| image.tags.contains(tag))
    });
    if let Some(tag) = tag.as_ref().filter(|tag| taken && repository.is_fixed(tag)) {
        return Err(repository.tag_is_taken(tag));
    }
    if let Some(tag) = &tag {
        repository.images.values_mut().for_each(|image| {
            image.tags.remove(tag);
        });
    }
    let manifest = input.image_manifest;
    let image = repository
        .images
        .entry(digest.clone())
        .or_insert_with(|| Image {
            manifest,
            media_type,
            pushed: now,
            tags: BTreeSet::new(),
        });
    image.tags.extend(tag.clone());
    let seen = image.seen(call, &repository.name, &digest, tag.as_deref());
    Ok(Answer::Json(json!({ "image": seen })))
}

/// `ListImages`: an entry per tag, and one per untagged image.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListImagesRequest = shape::json(call, &[])?;
    let filter = input.filter.unwrap_or_default();
    if filter.image_status.is_some() {
        return Err(call.unknown_parameter("filter.imageStatus"));
    }
    let repository = find(world, call, &input.repository_name)?;
    let mut ids = Vec::new();
    for (digest, image) in &repository.images {
        if image.tags.is_empty() {
            ids.push(json!({ "imageDigest": digest }));
        }
        ids.extend(
            image
                .tags
                .iter()
                .map(|tag| json!({ "imageDigest": digest, "imageTag": tag })),
        );
    }
    match filter.tag_status.as_deref() {
        Some("TAGGED") => ids.retain(|id| id.get("imageTag").is_some()),
        Some("UNTAGGED") => ids.retain(|id| id.get("imageTag").is_none()),
        _ => {}
    }
    paged(
        "imageIds",
        ids,
        input.next_token.as_deref(),
        input.max_results,
    )
}

/// `DescribeImages`: `ImageNotFoundException` for the whole call if one of `imageIds` is not there.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeImagesRequest = shape::json(call, &[])?;
    shape::refuse(call, &["filter"])?;
    let repository = find(world, call, &input.repository_name)?;
    let digests: Vec<String> = match &input.image_ids {
        None => repository.images.keys().cloned().collect(),
        Some(ids) => {
            let found = ids.iter().map(|id| {
                repository
                    .digest_by(id)
                    .ok_or_else(|| missing(call, repository, id))
            });
            found.collect::<Result<_, _>>()?
        }
    };
    let details = digests.iter().filter_map(|digest| {
        Some(
            repository
                .images
                .get(digest)?
                .detail(call, &repository.name, digest),
        )
    });
    paged(
        "imageDetails",
        details.collect(),
        input.next_token.as_deref(),
        input.max_results,
    )
}

/// `BatchGetImage`: manifests; what is not there is listed under `failures`.
pub(super) fn batch_get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::BatchGetImageRequest = shape::json(call, &[])?;
    let repository = find(world, call, &input.repository_name)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in &input.image_ids {
        match repository
            .digest_by(id)
            .and_then(|digest| Some((repository.images.get(&digest)?, digest)))
        {
            Some((image, digest)) => {
                images.push(image.seen(call, &repository.name, &digest, id.image_tag.as_deref()));
            }
            None => failures.push(failure(id)),
        }
    }
    Ok(Answer::Json(
        json!({ "images": images, "failures": failures }),
    ))
}

/// `BatchDeleteImage`: a tag is taken off, and an image without tags left goes; a digest goes with all its tags. What an index lists
/// stays, also where the same call deletes the index: `ImageReferencedByManifestList`.
pub(super) fn batch_delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::BatchDeleteImageRequest = shape::json(call, &[])?;
    let repository = find(world, call, &input.repository_name)?;
    let listed = listed(&repository.images);
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for id in &input.image_ids {
        let Some(digest) = repository.digest_by(id) else {
            failures.push(failure(id));
            continue;
        };
        let Some(image) = repository.images.get_mut(&digest) else {
            continue;
        };
        let gone: Vec<String> = match &id.image_tag {
            Some(tag) => vec![tag.clone()],
            None => image.tags.iter().cloned().collect(),
        };
        if gone.len() == image.tags.len() && listed.contains(&digest) {
            failures.push(json!({
                "imageId": id,
                "failureCode": "ImageReferencedByManifestList",
                "failureReason": "Requested image referenced by manifest list",
            }));
            continue;
        }
        if gone.is_empty() {
            deleted.push(json!({ "imageDigest": digest }));
        }
        for tag in gone {
            image.tags.remove(&tag);
            deleted.push(json!({ "imageDigest": digest, "imageTag": tag }));
        }
        if image.tags.is_empty() {
            repository.images.remove(&digest);
        }
    }
    Ok(Answer::Json(
        json!({ "imageIds": deleted, "failures": failures }),
    ))
}

impl Repository {
    /// The refusal to move a tag that cannot be moved.
    pub(super) fn tag_is_taken(&self, tag: &str) -> AwsError {
        let message = format!(
            "The image tag '{tag}' already exists in the '{}' repository and cannot be overwritten because the repository is immutable.",
            self.name
        );
        AwsError::new("ImageTagAlreadyExistsException", message)
    }

    fn digest_by(&self, id: &ImageIdentifier) -> Option<String> {
        self.digest_of(id.image_digest.as_deref(), id.image_tag.as_deref())
    }

    /// Whether a tag cannot be moved. An exclusion filter turns the repository's mutability around for the tags it matches.
    pub(super) fn is_fixed(&self, tag: &str) -> bool {
        let filters = self
            .exclusions
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let excluded = filters
            .iter()
            .filter_map(|filter| filter["filter"].as_str())
            .any(|pattern| crate::params::matches_pattern(pattern, tag));
        self.mutability.starts_with("IMMUTABLE") != excluded
    }
}

impl Image {
    fn seen(&self, call: &Call, repository: &str, digest: &str, tag: Option<&str>) -> Value {
        let mut id = json!({ "imageDigest": digest });
        if let Some(tag) = tag {
            id["imageTag"] = tag.into();
        }
        json!({
            "registryId": call.account,
            "repositoryName": repository,
            "imageId": id,
            "imageManifest": self.manifest,
            "imageManifestMediaType": self.media_type,
        })
    }

    fn detail(&self, call: &Call, repository: &str, digest: &str) -> Value {
        let manifest = self.parsed();
        let layers = manifest["layers"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let size: u64 = layers
            .iter()
            .filter_map(|layer| layer["size"].as_u64())
            .sum();
        let mut detail = json!({
            "registryId": call.account,
            "repositoryName": repository,
            "imageDigest": digest,
            "imagePushedAt": epoch(self.pushed),
            "imageSizeInBytes": size,
            "imageManifestMediaType": self.media_type,
        });
        if !self.tags.is_empty() {
            detail["imageTags"] = json!(self.tags);
        }
        if let Some(kind) = self.artifact_type() {
            detail["artifactMediaType"] = kind.into();
        }
        if let Some(subject) = self.subject() {
            detail["subjectManifestDigest"] = subject.into();
        }
        detail
    }
}

pub(super) fn paged(
    key: &str,
    items: Vec<Value>,
    token: Option<&str>,
    size: Option<i32>,
) -> Result<Answer, AwsError> {
    let size = size.unwrap_or(100).clamp(1, 1000) as usize;
    let (items, next) = paging::page(items, token, size)
        .ok_or_else(|| invalid("Invalid parameter at 'nextToken'"))?;
    let mut answer = json!({ key: items });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

/// The digest of a manifest.
pub(crate) fn digest_of(manifest: &str) -> String {
    let hex: Vec<String> = Sha256::digest(manifest)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{}", hex.concat())
}

fn failure(id: &ImageIdentifier) -> Value {
    json!({
        "imageId": id,
        "failureCode": "ImageNotFound",
        "failureReason": "Requested image not found",
    })
}

fn missing(call: &Call, repository: &Repository, id: &ImageIdentifier) -> AwsError {
    let message = format!(
        "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{}'",
        id.image_digest.as_deref().unwrap_or("null"),
        id.image_tag.as_deref().unwrap_or("null"),
        repository.name,
        call.account
    );
    AwsError::new("ImageNotFoundException", message)
}
