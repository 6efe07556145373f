//! Where a service's images are kept.

mod members;

use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutability,
    Repository as Seen,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::others::Note;
use super::take_up::take_up;
use super::{Others, example_tags, gone_is_fine, incomplete, names};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, Tags, Theirs, fault, read_document};

pub use super::image::{Image, images};

/// The type's name in the tagging index.
const TYPE: &str = "ecr:repository";

/// In the field `other`: the tags that another rule holds for.
const EXCLUSIONS: &str = "imageTagMutabilityExclusionFilters";

/// A private ECR repository. Its address is the name of its service.
pub struct Repository;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// A tag, once pushed, stays with its image (Security Hub ECR.2).
    pub immutable_tags: bool,
    /// Images are scanned when they are pushed (Security Hub ECR.1).
    pub scan_on_push: bool,
    /// `AES256`, `KMS` or `KMS_DSSE`; set for good when it is made.
    pub encryption: String,
    /// Which images go (Security Hub ECR.3): a lifecycle policy in canonical form, rules by priority and lists of tags
    /// sorted; nothing where all stay.
    pub lifecycle: Option<Value>,
    /// Who else may use it, as a policy of its own says. Wanted empty: roles say what they may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// What else was set on it: tags that may be moved though the others may not. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Repository {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "repository";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("immutable_tags", Rule::Update),
        ("scan_on_push", Rule::Update),
        ("encryption", Rule::Replace),
        ("lifecycle", Rule::Update),
        ("policy", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    const DELETE_RISK: Risk = Risk::DataLoss;
    const TEXT: &'static [&'static str] = &["lifecycle", "policy"];

    fn example() -> Spec {
        Spec {
            name: "shop-dev-cart-service".to_owned(),
            immutable_tags: true,
            scan_on_push: true,
            encryption: "KMS".to_owned(),
            lifecycle: Some(serde_json::json!({
                "rules": [{
                    "rulePriority": 1,
                    "description": "Keep the last 5 tagged images",
                    "selection": {
                        "tagStatus": "tagged",
                        "tagPatternList": ["*"],
                        "countType": "imageCountMoreThan",
                        "countNumber": 5
                    },
                    "action": { "type": "expire" }
                }]
            })),
            policy: Some(serde_json::json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "AWS": "210987654321" },
                    "Action": "ecr:BatchGetImage"
                }]
            })),
            other: Others::from([(EXCLUSIONS.to_owned(), "latest".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (all, ()) = tokio::join!(list(aws), aws.expect_tags(TYPE));
        let ours = all?
            .into_iter()
            .filter(|seen| names::rest(aws, seen.repository_name().unwrap_or_default()).is_some());
        aws.crowd(ours, |seen| read(aws, seen)).await
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let encryption = EncryptionConfiguration::builder()
            .encryption_type(EncryptionType::from(spec.encryption.as_str()))
            .build()
            .map_err(|error| Fault::own("ecr:CreateRepository", error.to_string()))?;
        let call = aws
            .ecr
            .create_repository()
            .repository_name(&spec.name)
            .image_tag_mutability(mutability(spec))
            .image_scanning_configuration(scanning(spec))
            .encryption_configuration(encryption)
            .set_tags(Some(write_tags(&aws.tags(Self::NAME, name, &spec.tags))));
        let made = match call.send().await.map_err(fault("ecr:CreateRepository")) {
            Err(met) if met.is("RepositoryAlreadyExistsException") => {
                let seen = look(aws, &spec.name).await?;
                return take_up::<Self>(aws, name, spec, met, seen).await;
            }
            outcome => outcome?.repository,
        };
        let arn = made
            .and_then(|made| made.repository_arn)
            .ok_or_else(|| incomplete("ecr:CreateRepository", "ARN"))?;
        if spec.lifecycle.is_some() {
            expire(aws, spec).await?;
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let after = change.after;
        if change.has("immutable_tags") || change.has("other") {
            let call = aws
                .ecr
                .put_image_tag_mutability()
                .repository_name(&after.name)
                .image_tag_mutability(mutability(after));
            call.send()
                .await
                .map_err(fault("ecr:PutImageTagMutability"))?;
        }
        if change.has("scan_on_push") {
            let call = aws
                .ecr
                .put_image_scanning_configuration()
                .repository_name(&after.name)
                .image_scanning_configuration(scanning(after));
            call.send()
                .await
                .map_err(fault("ecr:PutImageScanningConfiguration"))?;
        }
        if change.has("lifecycle") {
            expire(aws, after).await?;
        }
        if change.has("policy") {
            let call = aws.ecr.delete_repository_policy();
            let answer = call.repository_name(&after.name).send().await;
            gone_is_fine(
                answer
                    .map(drop)
                    .map_err(fault("ecr:DeleteRepositoryPolicy")),
            )?;
        }
        aws.retag_ecr(change.id, &change.before.tags, &after.tags)
            .await?;
        Ok(None)
    }

    /// Deletes the images as well: whoever asks the person has counted them with [`images`].
    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let call = aws
            .ecr
            .delete_repository()
            .repository_name(&seen.name)
            .force(true);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ecr:DeleteRepository")),
        )
    }
}

/// Every repository of the account: a call with names fails as a whole where one of them is missing
/// (`RepositoryNotFoundException`).
async fn list(aws: &Aws) -> Result<Vec<Seen>, Fault> {
    let call = aws.ecr.describe_repositories().max_results(1000);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("ecr:DescribeRepositories"))
}

async fn look(aws: &Aws, name: &str) -> Result<Option<Found<Spec>>, Fault> {
    let call = aws.ecr.describe_repositories().repository_names(name);
    let answer = match call.send().await.map_err(fault("ecr:DescribeRepositories")) {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?,
    };
    match answer.repositories.unwrap_or_default().pop() {
        Some(seen) => Box::pin(read(aws, seen)).await.map(Some),
        None => Ok(None),
    }
}

async fn read(aws: &Aws, seen: Seen) -> Result<Found<Spec>, Fault> {
    let arn = seen.repository_arn.unwrap_or_default();
    let name = seen.repository_name.unwrap_or_default();
    let ask = async {
        let call = aws.ecr.list_tags_for_resource().resource_arn(&arn);
        let answer = call
            .send()
            .await
            .map_err(fault("ecr:ListTagsForResource"))?;
        Ok(read_tags(answer.tags))
    };
    let (tags, lifecycle, policy) = tokio::try_join!(
        aws.tags_of(TYPE, &arn, ask),
        lifecycle(aws, &name),
        Box::pin(policy(aws, &name))
    )?;
    Ok(match aws.theirs(Repository::NAME, tags) {
        Theirs::Lost(tags) => {
            let address = names::service(aws, &name).unwrap_or(&name);
            aws.lost(Repository::NAME, address, arn, &tags)
        }
        Theirs::Not(why) => {
            let address = names::service(aws, &name).unwrap_or(&name).to_owned();
            Found::Taken {
                name: address,
                id: arn,
                why,
            }
        }
        Theirs::Ours(address, tags) => {
            let scan = seen.image_scanning_configuration;
            let encryption = seen.encryption_configuration.map_or(
                // <https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html>
                EncryptionType::Aes256,
                |encryption| encryption.encryption_type,
            );
            let mutability = seen.image_tag_mutability;
            let mut other = Others::new();
            let exclusions = seen.image_tag_mutability_exclusion_filters;
            let exclusions = exclusions.unwrap_or_default();
            let exclusions: Vec<&str> = exclusions.iter().map(|one| one.filter.as_str()).collect();
            other.any(EXCLUSIONS, &exclusions);
            let spec = Spec {
                name,
                immutable_tags: matches!(
                    mutability,
                    Some(
                        ImageTagMutability::Immutable | ImageTagMutability::ImmutableWithExclusion
                    )
                ),
                scan_on_push: scan.is_some_and(|scan| scan.scan_on_push),
                encryption: encryption.as_str().to_owned(),
                lifecycle,
                policy,
                other,
                tags,
            };
            Found::ours(address, arn, spec)
        }
    })
}

async fn lifecycle(aws: &Aws, name: &str) -> Result<Option<Value>, Fault> {
    let call = aws.ecr.get_lifecycle_policy().repository_name(name);
    match call.send().await.map_err(fault("ecr:GetLifecyclePolicy")) {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => {
            let text = outcome?.lifecycle_policy_text;
            Ok(text.map(|text| canonical(read_document(&text))))
        }
    }
}

/// What a repository's own policy says.
async fn policy(aws: &Aws, name: &str) -> Result<Option<Value>, Fault> {
    let call = aws.ecr.get_repository_policy().repository_name(name);
    match call.send().await.map_err(fault("ecr:GetRepositoryPolicy")) {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => Ok(outcome?.policy_text.map(|text| read_document(&text))),
    }
}

/// ECR keeps rules and lists of tags in an order of its own.
fn canonical(mut policy: Value) -> Value {
    if let Some(rules) = policy.get_mut("rules").and_then(Value::as_array_mut) {
        rules.sort_by_key(|rule| rule.get("rulePriority").and_then(Value::as_i64));
        for rule in rules {
            for list in ["tagPatternList", "tagPrefixList"] {
                let tags = rule.get_mut("selection").and_then(|by| by.get_mut(list));
                if let Some(tags) = tags.and_then(Value::as_array_mut) {
                    tags.sort_by_key(ToString::to_string);
                }
            }
        }
    }
    policy
}

async fn expire(aws: &Aws, spec: &Spec) -> Result<(), Fault> {
    let Some(policy) = &spec.lifecycle else {
        let call = aws
            .ecr
            .delete_lifecycle_policy()
            .repository_name(&spec.name);
        return gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ecr:DeleteLifecyclePolicy")),
        );
    };
    let call = aws
        .ecr
        .put_lifecycle_policy()
        .repository_name(&spec.name)
        .lifecycle_policy_text(policy.to_string());
    call.send()
        .await
        .map(drop)
        .map_err(fault("ecr:PutLifecyclePolicy"))
}

fn mutability(spec: &Spec) -> ImageTagMutability {
    if spec.immutable_tags {
        ImageTagMutability::Immutable
    } else {
        ImageTagMutability::Mutable
    }
}

fn scanning(spec: &Spec) -> ImageScanningConfiguration {
    ImageScanningConfiguration::builder()
        .scan_on_push(spec.scan_on_push)
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lifecycle_policy_has_one_form() {
        let rule = |priority: u32, tags: [&str; 2]| json!({"rulePriority": priority, "selection": {"tagPatternList": tags}});
        let sent = json!({"rules": [rule(1, ["a", "b"]), rule(2, ["c", "d"])]});
        let back = json!({"rules": [rule(2, ["d", "c"]), rule(1, ["b", "a"])]});
        assert_eq!(canonical(back), sent);
        assert_eq!(canonical(sent.clone()), sent);
        let odd = json!({"rules": ["no rule"]});
        assert_eq!(canonical(odd.clone()), odd);
    }
}
