//! IAM: roles with their trust, inline and attached policies; managed policies; OpenID Connect providers (Query XML, version
//! 2010-05-08).
//!
//! Owns: these. IAM is global: one state for all regions. Must not know: who assumes a role. Nothing here refuses a call for want
//! of a permission: what a role's policies allow is judged in a simulation only.

mod details;
mod document;
mod judge;
mod linked;
mod managed;
mod of_aws;
mod policy;
mod provider;
mod role;
mod simulate;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging::{self, Page};
use crate::tags::Tags;
use crate::world::World;

/// Every role by name, every policy and provider by ARN.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    roles: BTreeMap<String, Role>,
    /// A world's file of before there were any has none.
    #[serde(default)]
    policies: BTreeMap<String, Policy>,
    #[serde(default)]
    providers: BTreeMap<String, Provider>,
    /// Sessions of roles: by access key, the ARN of whoever has it.
    #[serde(default)]
    pub(crate) sessions: BTreeMap<String, String>,
}

/// A managed policy of the account's.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Policy {
    name: String,
    id: String,
    path: String,
    arn: String,
    description: Option<String>,
    created: u64,
    updated: u64,
    versions: Vec<Version>,
    /// The number of the version in force.
    default: u32,
    /// The number of the youngest version that there ever was.
    last: u32,
    tags: Tags,
}

/// One version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    number: u32,
    document: String,
    created: u64,
}

/// An OpenID Connect provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Provider {
    /// Without `https://`.
    url: String,
    clients: Vec<String>,
    thumbprints: Vec<String>,
    created: u64,
    tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Role {
    name: String,
    id: String,
    path: String,
    arn: String,
    created: u64,
    /// When other services see the role: IAM is eventually consistent.
    usable_at: u64,
    trust: String,
    description: Option<String>,
    max_session: i32,
    boundary: Option<String>,
    inline: BTreeMap<String, String>,
    attached: BTreeSet<String>,
    tags: Tags,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateRole" => role::create(world, call),
        "GetRole" => role::get(world, call),
        "ListRoles" => role::list(world, call),
        "UpdateRole" => role::update(world, call),
        "UpdateAssumeRolePolicy" => role::update_trust(world, call),
        "PutRolePermissionsBoundary" => role::put_boundary(world, call),
        "DeleteRolePermissionsBoundary" => role::delete_boundary(world, call),
        "DeleteRole" => role::delete(world, call),
        "ListInstanceProfilesForRole" => role::list_instance_profiles(world, call),
        "PutRolePolicy" => policy::put(world, call),
        "GetRolePolicy" => policy::get(world, call),
        "ListRolePolicies" => policy::list(world, call),
        "DeleteRolePolicy" => policy::delete(world, call),
        "AttachRolePolicy" => policy::attach(world, call),
        "DetachRolePolicy" => policy::detach(world, call),
        "ListAttachedRolePolicies" => policy::list_attached(world, call),
        "TagRole" => tags::add(world, call),
        "UntagRole" => tags::remove(world, call),
        "ListRoleTags" => tags::list(world, call),
        "GetAccountAuthorizationDetails" => details::get(world, call),
        "CreatePolicy" => managed::create(world, call),
        "GetPolicy" => managed::get(world, call),
        "ListPolicies" => managed::list(world, call),
        "DeletePolicy" => managed::delete(world, call),
        "CreatePolicyVersion" => managed::create_version(world, call),
        "GetPolicyVersion" => managed::get_version(world, call),
        "ListPolicyVersions" => managed::list_versions(world, call),
        "DeletePolicyVersion" => managed::delete_version(world, call),
        "TagPolicy" => managed::tag(world, call),
        "UntagPolicy" => managed::untag(world, call),
        "CreateOpenIDConnectProvider" => provider::create(world, call),
        "GetOpenIDConnectProvider" => provider::get(world, call),
        "AddClientIDToOpenIDConnectProvider" => provider::add_client(world, call),
        "CreateServiceLinkedRole" => linked::create(world, call),
        "SimulatePrincipalPolicy" => simulate::principal(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    vec![
        ("role", world.iam.roles.len()),
        ("policy", world.iam.policies.len()),
        ("oidc provider", world.iam.providers.len()),
    ]
}

/// Whether another service can assume a role by now: it exists, has propagated, and its trust names the service.
pub(crate) fn can_assume(world: &World, arn: &str, service: &str) -> bool {
    let role = world.iam.roles.values().find(|role| role.arn == arn);
    role.is_some_and(|role| role.usable_at <= world.now() && document::trusts(&role.trust, service))
}

/// The name of a role that the account's own users may assume, if it is there and its trust policy says so.
pub(crate) fn assumable(world: &World, arn: &str, mfa: bool) -> Option<String> {
    let role = world.iam.roles.values().find(|role| role.arn == arn)?;
    let usable = role.usable_at <= world.now() && document::trusts_account(&role.trust, mfa);
    usable.then(|| role.name.clone())
}

fn find<'w>(world: &'w mut World, name: &str) -> Result<&'w mut Role, AwsError> {
    world.iam.roles.get_mut(name).ok_or_else(|| no_role(name))
}

/// A role that may be changed: a service-linked one may not.
fn find_own<'w>(world: &'w mut World, name: &str) -> Result<&'w mut Role, AwsError> {
    let role = find(world, name)?;
    if role.path.starts_with(linked::PATH) {
        let message = format!(
            "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
        );
        return Err(AwsError::new("UnmodifiableEntity", message));
    }
    Ok(role)
}

fn no_role(name: &str) -> AwsError {
    no_such(format!("The role with name {name} cannot be found."))
}

fn no_such(message: String) -> AwsError {
    AwsError::new("NoSuchEntity", message).status(404)
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationError", message)
}

/// IAM's pages: 100 items unless `MaxItems` says otherwise.
fn page<T>(items: Vec<T>, marker: Option<&str>, max: Option<i32>) -> Result<Page<T>, AwsError> {
    let size = max.unwrap_or(100);
    if !(1..=1000).contains(&size) {
        return Err(invalid(format!(
            "MaxItems '{size}' must be between 1 and 1000"
        )));
    }
    paging::page(items, marker, size as usize).ok_or_else(|| invalid("The marker is not valid"))
}
