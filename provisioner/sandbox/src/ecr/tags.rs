//! Tags on repositories.

use serde_json::json;
use winterbaume_ecr::model;

use super::Repository;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags;
use crate::world::World;

/// `TagResource`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagResourceRequest = shape::json(call, &[])?;
    let added = tags::from_list(call.json.get("tags"), "Key", "Value")?;
    by_arn(world, call, &input.resource_arn)?.tags.extend(added);
    Ok(Answer::empty())
}

/// `UntagResource`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagResourceRequest = shape::json(call, &[])?;
    by_arn(world, call, &input.resource_arn)?
        .tags
        .retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

/// `ListTagsForResource`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTagsForResourceRequest = shape::json(call, &[])?;
    let tags = tags::to_list(
        &by_arn(world, call, &input.resource_arn)?.tags,
        "Key",
        "Value",
    );
    Ok(Answer::Json(json!({ "tags": tags })))
}

fn by_arn<'w>(
    world: &'w mut World,
    call: &Call,
    arn: &str,
) -> Result<&'w mut Repository, AwsError> {
    let repositories = &mut world.region(&call.region).ecr.repositories;
    repositories
        .values_mut()
        .find(|repository| repository.arn == arn)
        .ok_or_else(|| {
            let name = arn.split_once("repository/").map_or(arn, |(_, name)| name);
            let message = format!(
                "The repository with name '{name}' does not exist in the registry with id '{}'",
                call.account
            );
            AwsError::new("RepositoryNotFoundException", message)
        })
}
