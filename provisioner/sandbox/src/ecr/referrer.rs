//! What is attached to an image: OCI's referrers.

use serde_json::{Value, json};
use winterbaume_ecr::model;

use super::image::paged;
use super::{Image, find};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// `ListImageReferrers`: twenty a page, fifty at most. Everything is `ACTIVE`, for nothing is archived here.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListImageReferrersRequest = shape::json(call, &[])?;
    let filter = input.filter.unwrap_or_default();
    if filter.artifact_status.is_some() {
        return Err(call.unknown_parameter("filter.artifactStatus"));
    }
    let repository = find(world, call, &input.repository_name)?;
    let subject = Some(input.subject_id.image_digest);
    let wanted = |image: &Image| {
        let kind = image.artifact_type();
        image.subject() == subject
            && filter
                .artifact_types
                .as_ref()
                .is_none_or(|kinds| kind.is_some_and(|kind| kinds.contains(&kind)))
    };
    let found = repository
        .images
        .iter()
        .filter(|(_, image)| wanted(image))
        .map(|(digest, image)| seen(digest, image));
    let size = input.max_results.unwrap_or(20).clamp(1, 50);
    paged(
        "referrers",
        found.collect(),
        input.next_token.as_deref(),
        Some(size),
    )
}

/// As `ListImageReferrers` and the registry list it.
pub(super) fn seen(digest: &str, image: &Image) -> Value {
    let mut seen = json!({
        "digest": digest,
        "mediaType": image.media_type,
        "size": image.manifest.len(),
        "artifactStatus": "ACTIVE",
    });
    if let Some(kind) = image.artifact_type() {
        seen["artifactType"] = kind.into();
    }
    let notes = image.parsed()["annotations"].take();
    if notes.is_object() {
        seen["annotations"] = notes;
    }
    seen
}
