//! A role's policies: inline ones by name, managed ones by ARN.

use winterbaume_iam::{model, wire};

use super::document::{self, Purpose};
use super::{find, find_own, managed, no_such, page};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// Quota "Role policy size", IAM User Guide: the sum of all inline policies, without white space.
const INLINE_LIMIT: usize = 10_240;
/// Quota "Managed policies attached to a role".
const ATTACHED_LIMIT: usize = 10;

/// `PutRolePolicy`: adds the policy or replaces the one of that name.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutRolePolicyRequest = shape::form(call)?;
    document::check(&input.policy_document, Purpose::Permissions)?;
    let role = find_own(world, &input.role_name)?;
    let others = role
        .inline
        .iter()
        .filter(|(name, _)| **name != input.policy_name);
    let size: usize = others.map(|(_, text)| document::size(text)).sum();
    if size + document::size(&input.policy_document) > INLINE_LIMIT {
        let message = format!(
            "Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {}",
            input.role_name
        );
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    role.inline.insert(input.policy_name, input.policy_document);
    Ok(wire::serialize_put_role_policy_response().into())
}

/// `GetRolePolicy`: the document is URL-encoded.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetRolePolicyRequest = shape::form(call)?;
    let role = find(world, &input.role_name)?;
    let text = role
        .inline
        .get(&input.policy_name)
        .ok_or_else(|| no_policy(&input.policy_name))?;
    let output = model::GetRolePolicyResponse {
        policy_document: Some(document::encode(text)),
        policy_name: Some(input.policy_name),
        role_name: Some(input.role_name),
    };
    Ok(wire::serialize_get_role_policy_response(&output).into())
}

/// `ListRolePolicies`: the names of the inline policies.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListRolePoliciesRequest = shape::form(call)?;
    let names = find(world, &input.role_name)?
        .inline
        .keys()
        .cloned()
        .collect();
    let (names, marker) = page(names, input.marker.as_deref(), input.max_items)?;
    let output = model::ListRolePoliciesResponse {
        is_truncated: Some(marker.is_some()),
        marker,
        policy_names: Some(names.into()),
    };
    Ok(wire::serialize_list_role_policies_response(&output).into())
}

/// `DeleteRolePolicy`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRolePolicyRequest = shape::form(call)?;
    let role = find_own(world, &input.role_name)?;
    role.inline
        .remove(&input.policy_name)
        .ok_or_else(|| no_policy(&input.policy_name))?;
    Ok(wire::serialize_delete_role_policy_response().into())
}

/// `AttachRolePolicy`: again is a success. AWS's own policies are taken to exist.
pub(super) fn attach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::AttachRolePolicyRequest = shape::form(call)?;
    let known = managed::exists(&world.iam, &input.policy_arn);
    let role = find_own(world, &input.role_name)?;
    if !known {
        return Err(no_such(format!(
            "Policy {} does not exist or is not attachable.",
            input.policy_arn
        )));
    }
    if role.attached.len() >= ATTACHED_LIMIT && !role.attached.contains(&input.policy_arn) {
        let message = format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}");
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    role.attached.insert(input.policy_arn);
    Ok(wire::serialize_attach_role_policy_response().into())
}

/// `DetachRolePolicy`.
pub(super) fn detach(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DetachRolePolicyRequest = shape::form(call)?;
    let role = find_own(world, &input.role_name)?;
    if !role.attached.remove(&input.policy_arn) {
        return Err(no_such(format!(
            "Policy {} was not found.",
            input.policy_arn
        )));
    }
    Ok(wire::serialize_detach_role_policy_response().into())
}

/// `ListAttachedRolePolicies`.
pub(super) fn list_attached(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListAttachedRolePoliciesRequest = shape::form(call)?;
    shape::refuse(call, &["PathPrefix"])?;
    let attached = find(world, &input.role_name)?
        .attached
        .iter()
        .map(|arn| attached(arn))
        .collect();
    let (policies, marker) = page(attached, input.marker.as_deref(), input.max_items)?;
    let output = model::ListAttachedRolePoliciesResponse {
        attached_policies: Some(policies.into()),
        is_truncated: Some(marker.is_some()),
        marker,
    };
    Ok(wire::serialize_list_attached_role_policies_response(&output).into())
}

/// A managed policy as answers name it.
pub(super) fn attached(arn: &str) -> model::AttachedPolicy {
    model::AttachedPolicy {
        policy_arn: Some(arn.to_owned()),
        policy_name: arn.rsplit('/').next().map(str::to_owned),
    }
}

fn no_policy(name: &str) -> AwsError {
    no_such(format!("The role policy with name {name} cannot be found."))
}
