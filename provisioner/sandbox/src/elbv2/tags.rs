//! Tags on load balancers, target groups, listeners and rules.

use winterbaume_elasticloadbalancingv2::{model, wire};

use super::{State, listener, load_balancer, rule, state, target_group};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::Tags;
use crate::world::World;

/// `AddTags`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::AddTagsInput = shape::form(call)?;
    let added = given(Some(input.tags))?;
    let state = state(world, call);
    for arn in &input.resource_arns.items {
        tags_of(state, arn)?;
    }
    for arn in &input.resource_arns.items {
        tags_of(state, arn)?.extend(added.clone());
    }
    Ok(wire::serialize_add_tags_response(&model::AddTagsOutput {}).into())
}

/// `RemoveTags`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::RemoveTagsInput = shape::form(call)?;
    let state = state(world, call);
    for arn in &input.resource_arns.items {
        tags_of(state, arn)?;
    }
    for arn in &input.resource_arns.items {
        tags_of(state, arn)?.retain(|key, _| !input.tag_keys.items.contains(key));
    }
    Ok(wire::serialize_remove_tags_response(&model::RemoveTagsOutput {}).into())
}

/// `DescribeTags`: "You can specify up to 20 resources in a single call" (API reference).
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTagsInput = shape::form(call)?;
    let arns = input.resource_arns.items;
    if arns.is_empty() || arns.len() > 20 {
        let message = format!(
            "You must specify between 1 and 20 resource ARNs, not {}",
            arns.len()
        );
        return Err(AwsError::new("ValidationError", message));
    }
    let state = state(world, call);
    let mut descriptions = Vec::with_capacity(arns.len());
    for arn in arns {
        let tags = tags_of(state, &arn)?
            .iter()
            .map(|(key, value)| tag(key, value))
            .collect::<Vec<_>>();
        descriptions.push(model::TagDescription {
            resource_arn: Some(arn),
            tags: Some(tags.into()),
        });
    }
    let output = model::DescribeTagsOutput {
        tag_descriptions: Some(descriptions.into()),
    };
    Ok(wire::serialize_describe_tags_response(&output).into())
}

/// The tags of a create call; a key twice is `DuplicateTagKeys`.
pub(super) fn given(sent: Option<model::TagList>) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for tag in sent.into_iter().flat_map(|list| list.items) {
        if tags
            .insert(tag.key.clone(), tag.value.unwrap_or_default())
            .is_some()
        {
            return Err(AwsError::new(
                "DuplicateTagKeys",
                format!("The tag key '{}' is specified twice", tag.key),
            ));
        }
    }
    if tags.len() > 50 {
        return Err(AwsError::new(
            "TooManyTags",
            "You can have up to 50 tags per resource",
        ));
    }
    Ok(tags)
}

fn tag(key: &str, value: &str) -> model::Tag {
    model::Tag {
        key: key.to_owned(),
        value: Some(value.to_owned()),
    }
}

fn tags_of<'s>(state: &'s mut State, arn: &str) -> Result<&'s mut Tags, AwsError> {
    let kind = arn
        .split(':')
        .nth(5)
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    match kind {
        "loadbalancer" => state
            .load_balancers
            .get_mut(arn)
            .map(|it| &mut it.tags)
            .ok_or_else(load_balancer::not_found),
        "targetgroup" => state
            .target_groups
            .get_mut(arn)
            .map(|it| &mut it.tags)
            .ok_or_else(target_group::not_found),
        "listener" => state
            .listeners
            .get_mut(arn)
            .map(|it| &mut it.tags)
            .ok_or_else(listener::not_found),
        "listener-rule" => state
            .rules
            .get_mut(arn)
            .map(|it| &mut it.tags)
            .ok_or_else(rule::not_found),
        _ => Err(AwsError::new(
            "ValidationError",
            format!("'{arn}' is not a valid resource ARN"),
        )),
    }
}
