//! Tags on alarms and dashboards.

use serde_json::json;
use winterbaume_cloudwatch::model;

use super::reply::{read, reply};
use super::{dashboard, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::{Tags, to_list};
use crate::world::World;

/// `TagResource`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagResourceInput = read(call, &[])?;
    let added = given(Some(input.tags))?;
    by_arn(world, call, &input.resource_a_r_n)?.extend(added);
    Ok(reply(call, json!({})))
}

/// `UntagResource`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagResourceInput = read(call, &[])?;
    by_arn(world, call, &input.resource_a_r_n)?.retain(|key, _| !input.tag_keys.contains(key));
    Ok(reply(call, json!({})))
}

/// `ListTagsForResource`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTagsForResourceInput = read(call, &[])?;
    let tags = to_list(by_arn(world, call, &input.resource_a_r_n)?, "Key", "Value");
    Ok(reply(call, json!({ "Tags": tags })))
}

/// The tags of a create call.
pub(super) fn given(sent: Option<Vec<model::Tag>>) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for tag in sent.unwrap_or_default() {
        if tags.insert(tag.key.clone(), tag.value).is_some() {
            return Err(invalid(format!("the tag key '{}' is sent twice", tag.key)));
        }
    }
    Ok(tags)
}

fn by_arn<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut Tags, AwsError> {
    let missing =
        || AwsError::new("ResourceNotFoundException", format!("{arn} is not found")).status(404);
    if arn.contains(":dashboard/") {
        let mut dashboards = dashboard::state(world, call).dashboards.values_mut();
        return dashboards
            .find(|it| it.arn == arn)
            .map(|it| &mut it.tags)
            .ok_or_else(missing);
    }
    let mut alarms = world.region(&call.region).cloudwatch.alarms.values_mut();
    alarms
        .find(|it| it.arn == arn)
        .map(|it| &mut it.tags)
        .ok_or_else(missing)
}
