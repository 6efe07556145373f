//! Roles: found by name.

use std::collections::{BTreeMap, BTreeSet};

use winterbaume_iam::{model, wire};

use super::document::{self, Purpose};
use super::{Role, find, find_own, invalid, managed, page, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// `CreateRole`: `EntityAlreadyExists` for a name that is taken, whatever its path.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateRoleRequest = shape::form(call)?;
    check_name(&input.role_name)?;
    check_trust(world, &input.assume_role_policy_document)?;
    let max_session = check_session(input.max_session_duration.unwrap_or(3600))?;
    if let Some(arn) = &input.permissions_boundary {
        check_boundary(world, arn)?;
    }
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    if !path.starts_with('/') || !path.ends_with('/') || path.starts_with(super::linked::PATH) {
        return Err(invalid(format!(
            "The specified value for path is invalid: {path}"
        )));
    }
    let tags = tags::given(input.tags)?;
    if world.iam.roles.contains_key(&input.role_name) {
        let message = format!("Role with name {} already exists.", input.role_name);
        return Err(AwsError::new("EntityAlreadyExists", message).status(409));
    }
    let role = Role {
        id: format!("AROA{}", world.hex(17).to_uppercase()),
        arn: call.global_arn("iam", &format!("role{path}{}", input.role_name)),
        path,
        created: world.now(),
        usable_at: world.now() + world.delays.role_usable,
        trust: input.assume_role_policy_document,
        description: input.description,
        max_session,
        boundary: input.permissions_boundary,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        tags,
        name: input.role_name,
    };
    let output = model::CreateRoleResponse {
        role: Some(role.seen()),
    };
    world.iam.roles.insert(role.name.clone(), role);
    Ok(wire::serialize_create_role_response(&output).into())
}

/// `GetRole`: with tags and boundary.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetRoleRequest = shape::form(call)?;
    let role = find(world, &input.role_name)?.seen();
    Ok(wire::serialize_get_role_response(&model::GetRoleResponse { role: Some(role) }).into())
}

/// `ListRoles`: answers omit tags and the permissions boundary (API reference).
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListRolesRequest = shape::form(call)?;
    let prefix = input.path_prefix.unwrap_or_else(|| "/".to_owned());
    let bare = |role: &Role| model::Role {
        tags: None,
        permissions_boundary: None,
        role_last_used: None,
        ..role.seen()
    };
    let roles = world
        .iam
        .roles
        .values()
        .filter(|role| role.path.starts_with(&prefix))
        .map(bare)
        .collect();
    let (roles, marker) = page(roles, input.marker.as_deref(), input.max_items)?;
    let output = model::ListRolesResponse {
        is_truncated: Some(marker.is_some()),
        marker,
        roles: Some(roles.into()),
    };
    Ok(wire::serialize_list_roles_response(&output).into())
}

/// `UpdateRole`: what is not sent stays.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UpdateRoleRequest = shape::form(call)?;
    let role = find_own(world, &input.role_name)?;
    if let Some(seconds) = input.max_session_duration {
        role.max_session = check_session(seconds)?;
    }
    if input.description.is_some() {
        role.description = input.description;
    }
    Ok(wire::serialize_update_role_response(&model::UpdateRoleResponse {}).into())
}

/// `UpdateAssumeRolePolicy`.
pub(super) fn update_trust(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UpdateAssumeRolePolicyRequest = shape::form(call)?;
    check_trust(world, &input.policy_document)?;
    find_own(world, &input.role_name)?.trust = input.policy_document;
    Ok(wire::serialize_update_assume_role_policy_response().into())
}

/// `PutRolePermissionsBoundary`.
pub(super) fn put_boundary(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutRolePermissionsBoundaryRequest = shape::form(call)?;
    check_boundary(world, &input.permissions_boundary)?;
    find_own(world, &input.role_name)?.boundary = Some(input.permissions_boundary);
    Ok(wire::serialize_put_role_permissions_boundary_response().into())
}

/// `DeleteRolePermissionsBoundary`.
pub(super) fn delete_boundary(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRolePermissionsBoundaryRequest = shape::form(call)?;
    find_own(world, &input.role_name)?.boundary = None;
    Ok(wire::serialize_delete_role_permissions_boundary_response().into())
}

/// `DeleteRole`: `DeleteConflict` while policies are attached or embedded.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRoleRequest = shape::form(call)?;
    let role = find_own(world, &input.role_name)?;
    let conflict = |what| {
        AwsError::new(
            "DeleteConflict",
            format!("Cannot delete entity, must {what} first."),
        )
        .status(409)
    };
    if !role.attached.is_empty() {
        return Err(conflict("detach all policies"));
    }
    if !role.inline.is_empty() {
        return Err(conflict("delete policies"));
    }
    world.iam.roles.remove(&input.role_name);
    Ok(wire::serialize_delete_role_response().into())
}

/// `ListInstanceProfilesForRole`: there are none, as there are no instances.
pub(super) fn list_instance_profiles(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListInstanceProfilesForRoleRequest = shape::form(call)?;
    find(world, &input.role_name)?;
    let output = model::ListInstanceProfilesForRoleResponse {
        instance_profiles: Some(Vec::new().into()),
        is_truncated: Some(false),
        marker: None,
    };
    Ok(wire::serialize_list_instance_profiles_for_role_response(&output).into())
}

impl Role {
    pub(super) fn seen(&self) -> model::Role {
        model::Role {
            arn: Some(self.arn.clone()),
            assume_role_policy_document: Some(document::encode(&self.trust)),
            create_date: Some(iso(self.created)),
            description: self.description.clone(),
            max_session_duration: Some(self.max_session),
            path: Some(self.path.clone()),
            permissions_boundary: self.boundary(),
            role_id: Some(self.id.clone()),
            role_last_used: Some(model::RoleLastUsed::default()),
            role_name: Some(self.name.clone()),
            tags: (!self.tags.is_empty()).then(|| tags::list_of(&self.tags).into()),
        }
    }

    pub(super) fn boundary(&self) -> Option<model::AttachedPermissionsBoundary> {
        let arn = self.boundary.clone()?;
        Some(model::AttachedPermissionsBoundary {
            permissions_boundary_arn: Some(arn),
            permissions_boundary_type: Some("Policy".to_owned()),
        })
    }
}

/// Quota "Role trust policy size", IAM User Guide: without white space, unless it was raised.
const TRUST_LIMIT: usize = 2_048;

/// A provider must be there before a role trusts it: IAM User Guide, "Create a role for OpenID Connect federation".
fn check_trust(world: &World, text: &str) -> Result<(), AwsError> {
    document::check(text, Purpose::Trust)?;
    for arn in document::federated(text)? {
        if arn.contains(":oidc-provider/") && !world.iam.providers.contains_key(&arn) {
            let message = format!("Invalid principal in policy: \"FEDERATED\":\"{arn}\"");
            return Err(AwsError::new("MalformedPolicyDocument", message));
        }
    }
    if document::size(text) > TRUST_LIMIT {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}");
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    Ok(())
}

/// A boundary is one of AWS's policies or one of the account's.
fn check_boundary(world: &World, arn: &str) -> Result<(), AwsError> {
    if managed::exists(&world.iam, arn) {
        return Ok(());
    }
    Err(super::no_such(format!(
        "Scope ARN: {arn} does not exist or is not attachable."
    )))
}

fn check_session(seconds: i32) -> Result<i32, AwsError> {
    if (3600..=43_200).contains(&seconds) {
        return Ok(seconds);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must be between 3600 and 43200"
    )))
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'roleName' failed to satisfy constraint: Member must have 1 to 64 characters of [\\w+=,.@-]"
    )))
}
