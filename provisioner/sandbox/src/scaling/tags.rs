//! Tags on scalable targets.

use serde_json::json;
use winterbaume_applicationautoscaling::model;

use super::{Target, targets};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// `TagResource`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagResourceRequest = shape::json(call, &[])?;
    by_arn(world, call, &input.resource_a_r_n)?
        .tags
        .extend(input.tags);
    Ok(Answer::empty())
}

/// `UntagResource`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagResourceRequest = shape::json(call, &[])?;
    let tags = &mut by_arn(world, call, &input.resource_a_r_n)?.tags;
    tags.retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

/// `ListTagsForResource`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTagsForResourceRequest = shape::json(call, &[])?;
    let target = by_arn(world, call, &input.resource_a_r_n)?;
    Ok(Answer::Json(json!({ "Tags": target.tags })))
}

fn by_arn<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut Target, AwsError> {
    let missing = || {
        AwsError::new(
            "ResourceNotFoundException",
            format!("The resource {arn} is not found"),
        )
    };
    targets(world, call)
        .values_mut()
        .find(|target| target.arn == arn)
        .ok_or_else(missing)
}
