//! A managed policy of the account's: here the boundary of an environment's roles.

mod members;

use aws_sdk_iam::types::{PolicyScopeType, PolicyVersion};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::take_up::take_up;
use super::{example_tags, gone_is_fine, incomplete, names};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, BOOTSTRAP_PATH, Tags, Theirs, fault, read_document};

/// Versions that a policy can have, the one in force included.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>
const VERSIONS: usize = 5;

/// A customer managed policy.
pub struct ManagedPolicy;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name, unique in the account whatever the path.
    pub name: String,
    /// Its path, such as `/hcctl-bootstrap/`.
    pub path: String,
    /// What it is for. AWS never changes it.
    pub description: String,
    /// The version in force.
    pub document: Value,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for ManagedPolicy {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "managed_policy";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("path", Rule::Replace),
        ("description", Rule::CreateOnly),
        ("document", Rule::Update),
        ("tags", Rule::Update),
    ];
    const TEXT: &'static [&'static str] = &["document"];

    fn example() -> Spec {
        Spec {
            name: "shop-dev-hcctl-boundary".to_owned(),
            path: BOOTSTRAP_PATH.to_owned(),
            description: "What roles of dev may do at most".to_owned(),
            document: serde_json::json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": "dynamodb:GetItem",
                    "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/shop-dev-*"
                }]
            }),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let call = aws.iam.list_policies().scope(PolicyScopeType::Local);
        let call = call.path_prefix(aws.scope.path()).max_items(1000);
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        let all = all.map_err(fault("iam:ListPolicies"))?;
        let arns = all
            .into_iter()
            .filter(|policy| {
                let name = policy.policy_name.as_deref().unwrap_or_default();
                names::rest(aws, name).is_some()
            })
            .filter_map(|policy| policy.arn);
        let seen = aws.crowd(arns, |arn| async move { look(aws, &arn).await });
        Ok(seen.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let call = aws.iam.create_policy().policy_name(&spec.name);
        let call = call
            .path(&spec.path)
            .description(&spec.description)
            .policy_document(spec.document.to_string())
            .set_tags(Some(write_tags(&aws.tags(Self::NAME, name, &spec.tags))));
        match call.send().await.map_err(fault("iam:CreatePolicy")) {
            Err(met) if met.is("EntityAlreadyExists") => {
                let rest = format!("policy{}{}", spec.path, spec.name);
                let seen = look(aws, &aws.iam_arn(&rest).await?).await?;
                take_up::<Self>(aws, name, spec, met, seen).await
            }
            outcome => outcome?
                .policy
                .and_then(|policy| policy.arn)
                .ok_or_else(|| incomplete("iam:CreatePolicy", "policy")),
        }
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("document") {
            make_room(aws, change.id).await?;
            let call = aws.iam.create_policy_version().policy_arn(change.id);
            let call = call
                .policy_document(change.after.document.to_string())
                .set_as_default(true);
            let answer = call.send().await;
            answer.map_err(fault("iam:CreatePolicyVersion"))?;
        }
        aws.retag_policy(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let versions = match versions(aws, id).await {
            Err(fault) if fault.class == Class::NotFound => return Ok(()),
            versions => versions?,
        };
        for version in versions {
            if !version.is_default_version {
                delete_version(aws, id, version).await?;
            }
        }
        let call = aws.iam.delete_policy().policy_arn(id).send().await;
        let outcome = gone_is_fine(call.map(drop).map_err(fault("iam:DeletePolicy")));
        outcome.map_err(held)
    }
}

/// What to do about a policy that something still has.
fn held(fault: Fault) -> Fault {
    if !fault.is("DeleteConflict") {
        return fault;
    }
    fault.remedy("roles still have it as their boundary: destroy that environment first, or take permissions_boundary out of its file and apply")
}

async fn look(aws: &Aws, arn: &str) -> Result<Option<Found<Spec>>, Fault> {
    let call = aws.iam.get_policy().policy_arn(arn).send().await;
    let policy = match call.map_err(fault("iam:GetPolicy")) {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?.policy,
    };
    let Some(policy) = policy else {
        return Ok(None);
    };
    let call = aws.iam.get_policy_version().policy_arn(arn);
    let call = call.version_id(policy.default_version_id.unwrap_or_default());
    let version = match call.send().await.map_err(fault("iam:GetPolicyVersion")) {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?.policy_version,
    };
    let document = version.and_then(|version| version.document);
    let name = policy.policy_name.unwrap_or_default();
    Ok(
        match aws.theirs(ManagedPolicy::NAME, read_tags(policy.tags)) {
            Theirs::Ours(address, tags) => {
                let spec = Spec {
                    name,
                    path: policy.path.unwrap_or_default(),
                    description: policy.description.unwrap_or_default(),
                    document: read_document(&document.unwrap_or_default()),
                    tags,
                };
                Some(Found::ours(address, arn, spec))
            }
            Theirs::Not(why) => names::rest(aws, &name).map(|rest| Found::Taken {
                name: rest.to_owned(),
                id: arn.to_owned(),
                why,
            }),
            Theirs::Lost(tags) => {
                let rest = names::rest(aws, &name).unwrap_or(&name);
                Some(aws.lost(ManagedPolicy::NAME, rest, arn, &tags))
            }
        },
    )
}

async fn versions(aws: &Aws, arn: &str) -> Result<Vec<PolicyVersion>, Fault> {
    let call = aws.iam.list_policy_versions().policy_arn(arn);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("iam:ListPolicyVersions"))
}

/// A policy that has all the versions it can have loses the oldest that is not in force.
async fn make_room(aws: &Aws, arn: &str) -> Result<(), Fault> {
    let mut versions = versions(aws, arn).await?;
    if versions.len() < VERSIONS {
        return Ok(());
    }
    versions.retain(|version| !version.is_default_version);
    // `v10` is younger than `v9`.
    let number = |version: &PolicyVersion| {
        let id = version.version_id.as_deref().unwrap_or_default();
        id.trim_start_matches('v').parse::<u64>().unwrap_or(0)
    };
    match versions.into_iter().min_by_key(number) {
        Some(oldest) => delete_version(aws, arn, oldest).await,
        None => Ok(()),
    }
}

async fn delete_version(aws: &Aws, arn: &str, version: PolicyVersion) -> Result<(), Fault> {
    let call = aws.iam.delete_policy_version().policy_arn(arn);
    let call = call.set_version_id(version.version_id).send().await;
    gone_is_fine(call.map(drop).map_err(fault("iam:DeletePolicyVersion")))
}
