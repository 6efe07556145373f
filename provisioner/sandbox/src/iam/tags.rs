//! Tags on roles.

use winterbaume_iam::{model, wire};

use super::{find, find_own, page};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::Tags;
use crate::world::World;

/// `TagRole`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagRoleRequest = shape::form(call)?;
    let added = given(Some(input.tags))?;
    find_own(world, &input.role_name)?.tags.extend(added);
    Ok(wire::serialize_tag_role_response().into())
}

/// `UntagRole`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagRoleRequest = shape::form(call)?;
    find_own(world, &input.role_name)?
        .tags
        .retain(|key, _| !input.tag_keys.items.contains(key));
    Ok(wire::serialize_untag_role_response().into())
}

/// `ListRoleTags`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListRoleTagsRequest = shape::form(call)?;
    let tags = list_of(&find(world, &input.role_name)?.tags);
    let (tags, marker) = page(tags, input.marker.as_deref(), input.max_items)?;
    let output = model::ListRoleTagsResponse {
        is_truncated: Some(marker.is_some()),
        marker,
        tags: Some(tags.into()),
    };
    Ok(wire::serialize_list_role_tags_response(&output).into())
}

/// The tags of a create call. IAM User Guide: "tag keys are case-insensitive", so two that differ in case only are a duplicate.
pub(super) fn given(sent: Option<model::tagListType>) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for tag in sent.into_iter().flat_map(|list| list.items) {
        if tags
            .keys()
            .any(|key: &String| key.eq_ignore_ascii_case(&tag.key))
        {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return Err(AwsError::new("InvalidInput", message));
        }
        tags.insert(tag.key, tag.value);
    }
    Ok(tags)
}

pub(super) fn list_of(tags: &Tags) -> Vec<model::Tag> {
    tags.iter()
        .map(|(key, value)| model::Tag {
            key: key.clone(),
            value: value.clone(),
        })
        .collect()
}
