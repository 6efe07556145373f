//! The account's own managed policies and their versions: found by ARN.

use serde_json::Value;
use winterbaume_iam::{model, wire};

use super::document::{self, Purpose};
use super::{Policy, State, Version, invalid, no_such, of_aws, page, tags};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::partition::of_iam;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// Quota "Managed policy size", IAM User Guide: without white space.
const LIMIT: usize = 6_144;
/// Quota "Versions of a managed policy".
const VERSIONS: usize = 5;

/// `CreatePolicy`: `EntityAlreadyExists` for a name that is taken, whatever its path.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreatePolicyRequest = shape::form(call)?;
    let name = input.policy_name;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if !(1..=128).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'policyName' failed to satisfy constraint: Member must have 1 to 128 characters of [\\w+=,.@-]"
        )));
    }
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    if !path.starts_with('/') || !path.ends_with('/') {
        return Err(invalid(format!(
            "The specified value for path is invalid: {path}"
        )));
    }
    check(&input.policy_document)?;
    let tags = tags::given(input.tags)?;
    if world.iam.policies.values().any(|other| other.name == name) {
        let message =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(AwsError::new("EntityAlreadyExists", message).status(409));
    }
    let policy = Policy {
        id: format!("ANPA{}", world.hex(17).to_uppercase()),
        arn: call.global_arn("iam", &format!("policy{path}{name}")),
        name,
        path,
        description: input.description,
        created: world.now(),
        updated: world.now(),
        versions: vec![Version {
            number: 1,
            document: input.policy_document,
            created: world.now(),
        }],
        default: 1,
        last: 1,
        tags,
    };
    let output = model::CreatePolicyResponse {
        policy: Some(seen(&world.iam, &policy, Told::Create)),
    };
    world.iam.policies.insert(policy.arn.clone(), policy);
    Ok(wire::serialize_create_policy_response(&output).into())
}

/// `GetPolicy`: with description and tags, and without any document.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetPolicyRequest = shape::form(call)?;
    let policy = find(world, &input.policy_arn)?.clone();
    let output = model::GetPolicyResponse {
        policy: Some(seen(&world.iam, &policy, Told::Get)),
    };
    Ok(wire::serialize_get_policy_response(&output).into())
}

/// `ListPolicies`: the account's own only; answers omit descriptions and tags (API reference).
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListPoliciesRequest = shape::form(call)?;
    shape::refuse(call, &["OnlyAttached", "PolicyUsageFilter"])?;
    if input.scope.as_deref() != Some("Local") {
        return Err(AwsError::not_simulated(
            "ListPolicies with another Scope than Local",
        ));
    }
    let prefix = input.path_prefix.unwrap_or_else(|| "/".to_owned());
    let all = world.iam.policies.values();
    let policies = all
        .filter(|policy| policy.path.starts_with(&prefix))
        .map(|policy| seen(&world.iam, policy, Told::List))
        .collect();
    let (policies, marker) = page(policies, input.marker.as_deref(), input.max_items)?;
    let output = model::ListPoliciesResponse {
        is_truncated: Some(marker.is_some()),
        marker,
        policies: Some(policies.into()),
    };
    Ok(wire::serialize_list_policies_response(&output).into())
}

/// `DeletePolicy`: `DeleteConflict` while roles have it, attached or as their boundary, and while it has other versions than the one
/// in force.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeletePolicyRequest = shape::form(call)?;
    let versions = find(world, &input.policy_arn)?.versions.len();
    let conflict = |message: &str| Err(AwsError::new("DeleteConflict", message).status(409));
    if attached(&world.iam, &input.policy_arn) + bounded(&world.iam, &input.policy_arn) > 0 {
        return conflict("Cannot delete a policy attached to entities.");
    }
    if versions > 1 {
        return conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
        );
    }
    world.iam.policies.remove(&input.policy_arn);
    Ok(wire::serialize_delete_policy_response().into())
}

/// `CreatePolicyVersion`: in force at once if that is asked for; the sixth is `LimitExceeded`.
pub(super) fn create_version(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreatePolicyVersionRequest = shape::form(call)?;
    check(&input.policy_document)?;
    let now = world.now();
    let policy = find(world, &input.policy_arn)?;
    if policy.versions.len() >= VERSIONS {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    policy.last += 1;
    let version = Version {
        number: policy.last,
        document: input.policy_document,
        created: now,
    };
    if input.set_as_default == Some(true) {
        policy.default = version.number;
        policy.updated = now;
    }
    let output = model::CreatePolicyVersionResponse {
        policy_version: Some(version.seen(policy.default, false)),
    };
    policy.versions.push(version);
    Ok(wire::serialize_create_policy_version_response(&output).into())
}

/// `GetPolicyVersion`: the document is URL-encoded.
pub(super) fn get_version(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetPolicyVersionRequest = shape::form(call)?;
    let policy = find(world, &input.policy_arn)?;
    let version = policy.version(&input.version_id)?;
    let output = model::GetPolicyVersionResponse {
        policy_version: Some(version.seen(policy.default, true)),
    };
    Ok(wire::serialize_get_policy_version_response(&output).into())
}

/// `ListPolicyVersions`: without documents, the youngest first.
pub(super) fn list_versions(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListPolicyVersionsRequest = shape::form(call)?;
    let policy = find(world, &input.policy_arn)?;
    let all = policy.versions.iter().rev();
    let versions = all.map(|one| one.seen(policy.default, false)).collect();
    let (versions, marker) = page(versions, input.marker.as_deref(), input.max_items)?;
    let output = model::ListPolicyVersionsResponse {
        is_truncated: Some(marker.is_some()),
        marker,
        versions: Some(versions.into()),
    };
    Ok(wire::serialize_list_policy_versions_response(&output).into())
}

/// `DeletePolicyVersion`: not of the version in force.
pub(super) fn delete_version(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeletePolicyVersionRequest = shape::form(call)?;
    let policy = find(world, &input.policy_arn)?;
    let number = policy.version(&input.version_id)?.number;
    if number == policy.default {
        let message = "Cannot delete the default version of a policy.";
        return Err(AwsError::new("DeleteConflict", message).status(409));
    }
    policy.versions.retain(|version| version.number != number);
    Ok(wire::serialize_delete_policy_version_response().into())
}

/// `TagPolicy`: a key that is there gets the new value.
pub(super) fn tag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagPolicyRequest = shape::form(call)?;
    let added = tags::given(Some(input.tags))?;
    find(world, &input.policy_arn)?.tags.extend(added);
    Ok(wire::serialize_tag_policy_response().into())
}

/// `UntagPolicy`: a key that is not there is no error.
pub(super) fn untag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagPolicyRequest = shape::form(call)?;
    find(world, &input.policy_arn)?
        .tags
        .retain(|key, _| !input.tag_keys.items.contains(key));
    Ok(wire::serialize_untag_policy_response().into())
}

/// Whether a role can have this policy: one of AWS's own is taken to exist.
pub(super) fn exists(state: &State, arn: &str) -> bool {
    of_iam(arn, "aws").is_some() || state.policies.contains_key(arn)
}

/// The document in force of a policy that a role has, be it the account's or one of AWS's own.
pub(super) fn in_force(state: &State, arn: &str) -> Result<Value, AwsError> {
    let Some(policy) = state.policies.get(arn) else {
        return of_aws::document(arn);
    };
    let in_force = |version: &&Version| version.number == policy.default;
    let text = policy
        .versions
        .iter()
        .find(in_force)
        .map(|one| &one.document);
    document::read(text.map_or("", String::as_str))
}

fn check(text: &str) -> Result<(), AwsError> {
    document::check(text, Purpose::Permissions)?;
    if document::size(text) > LIMIT {
        let message = format!("Cannot exceed quota for PolicySize: {LIMIT}");
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    Ok(())
}

fn find<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Policy, AwsError> {
    let policy = world.iam.policies.get_mut(arn);
    policy.ok_or_else(|| no_such(format!("Policy {arn} was not found.")))
}

fn attached(state: &State, arn: &str) -> usize {
    let roles = state.roles.values();
    roles.filter(|role| role.attached.contains(arn)).count()
}

fn bounded(state: &State, arn: &str) -> usize {
    let roles = state.roles.values();
    roles
        .filter(|role| role.boundary.as_deref() == Some(arn))
        .count()
}

/// Which call's answer a policy is in: they do not say the same of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Create,
    Get,
    List,
}

fn seen(state: &State, policy: &Policy, told: Told) -> model::Policy {
    let count = |count: usize| Some(i32::try_from(count).unwrap_or(i32::MAX));
    model::Policy {
        arn: Some(policy.arn.clone()),
        attachment_count: count(attached(state, &policy.arn)),
        create_date: Some(iso(policy.created)),
        default_version_id: Some(format!("v{}", policy.default)),
        description: policy.description.clone().filter(|_| told == Told::Get),
        is_attachable: Some(true),
        path: Some(policy.path.clone()),
        permissions_boundary_usage_count: count(bounded(state, &policy.arn)),
        policy_id: Some(policy.id.clone()),
        policy_name: Some(policy.name.clone()),
        tags: (told != Told::List && !policy.tags.is_empty())
            .then(|| tags::list_of(&policy.tags).into()),
        update_date: Some(iso(policy.updated)),
    }
}

impl Policy {
    fn version(&self, id: &str) -> Result<&Version, AwsError> {
        let mut all = self.versions.iter();
        all.find(|version| id == format!("v{}", version.number))
            .ok_or_else(|| {
                no_such(format!(
                    "Policy {} version {id} does not exist or is not attachable.",
                    self.arn
                ))
            })
    }
}

impl Version {
    fn seen(&self, default: u32, document: bool) -> model::PolicyVersion {
        model::PolicyVersion {
            create_date: Some(iso(self.created)),
            document: document.then(|| document::encode(&self.document)),
            is_default_version: Some(self.number == default),
            version_id: Some(format!("v{}", self.number)),
        }
    }
}
