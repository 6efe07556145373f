//! Tags on tables.

use serde_json::json;
use winterbaume_dynamodb::model;

use super::Table;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags;
use crate::world::World;

/// `TagResource`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagResourceInput = shape::json(call, &[])?;
    let added = tags::from_list(call.json.get("Tags"), "Key", "Value")?;
    by_arn(world, call, &input.resource_arn)?.tags.extend(added);
    Ok(Answer::empty())
}

/// `UntagResource`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagResourceInput = shape::json(call, &[])?;
    by_arn(world, call, &input.resource_arn)?
        .tags
        .retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

/// `ListTagsOfResource`: all tags in one page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTagsOfResourceInput = shape::json(call, &[])?;
    shape::refuse(call, &["NextToken"])?;
    let tags = tags::to_list(
        &by_arn(world, call, &input.resource_arn)?.tags,
        "Key",
        "Value",
    );
    Ok(Answer::Json(json!({ "Tags": tags })))
}

fn by_arn<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut Table, AwsError> {
    let mut tables = world.region(&call.region).dynamodb.tables.values_mut();
    tables.find(|table| table.arn == arn).ok_or_else(|| {
        let message = format!("Requested resource not found: ResourcArn: {arn} not found");
        AwsError::new("ResourceNotFoundException", message)
    })
}
