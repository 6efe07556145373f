//! Repositories: found by name.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use winterbaume_ecr::model;

use super::{Repository, find, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::registry;
use crate::shape;
use crate::tags;
use crate::time::epoch;
use crate::world::World;

/// `CreateRepository`: `RepositoryAlreadyExistsException` for a name that is taken.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateRepositoryRequest = shape::json(call, &[])?;
    shape::refuse(call, &["registryId"])?;
    let name = input.repository_name;
    check_name(&name)?;
    let mutability = check_mutability(input.image_tag_mutability, call)?;
    let repository = Repository {
        arn: call.arn("ecr", &format!("repository/{name}")),
        uri: format!("{}/{name}", host(call)),
        created: world.now(),
        mutability,
        exclusions: call.json["imageTagMutabilityExclusionFilters"].clone(),
        scan_on_push: input
            .image_scanning_configuration
            .and_then(|it| it.scan_on_push)
            .unwrap_or(false),
        encryption: encryption(input.encryption_configuration, call)?,
        lifecycle: None,
        evaluated: 0,
        preview: None,
        policy: None,
        images: BTreeMap::new(),
        layers: BTreeMap::new(),
        tags: tags::from_list(call.json.get("tags"), "Key", "Value")?,
        name: name.clone(),
    };
    let quota = world.quotas.repositories;
    let repositories = &mut world.region(&call.region).ecr.repositories;
    if repositories.contains_key(&name) {
        let message = format!(
            "The repository with name '{name}' already exists in the registry with id '{}'",
            call.account
        );
        return Err(AwsError::new("RepositoryAlreadyExistsException", message));
    }
    if repositories.len() >= quota {
        let message = format!(
            "The repository with name '{name}' would exceed the maximum number of repositories: {quota}"
        );
        return Err(AwsError::new("LimitExceededException", message));
    }
    let seen = repository.seen(call);
    repositories.insert(name, repository);
    Ok(Answer::Json(json!({ "repository": seen })))
}

/// `DescribeRepositories`: a name that is not there fails the whole call.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeRepositoriesRequest = shape::json(call, &[])?;
    if let Some(names) = input.repository_names {
        shape::refuse(call, &["maxResults", "nextToken"])?;
        let seen = names
            .iter()
            .map(|name| Ok(find(world, call, name)?.seen(call)));
        let seen = seen.collect::<Result<Vec<Value>, AwsError>>()?;
        return Ok(Answer::Json(json!({ "repositories": seen })));
    }
    let size = input.max_results.unwrap_or(100).clamp(1, 1000) as usize;
    let all = world
        .region(&call.region)
        .ecr
        .repositories
        .values()
        .map(|it| it.seen(call))
        .collect();
    let (found, next) = paging::page(all, input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("Invalid parameter at 'nextToken'"))?;
    let mut answer = json!({ "repositories": found });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

/// `PutImageTagMutability`.
pub(super) fn put_mutability(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutImageTagMutabilityRequest = shape::json(call, &[])?;
    let mutability = check_mutability(Some(input.image_tag_mutability), call)?;
    let repository = find(world, call, &input.repository_name)?;
    repository.mutability.clone_from(&mutability);
    repository.exclusions = call.json["imageTagMutabilityExclusionFilters"].clone();
    let mut answer = json!({
        "registryId": call.account,
        "repositoryName": repository.name,
        "imageTagMutability": mutability,
    });
    if !repository.exclusions.is_null() {
        answer["imageTagMutabilityExclusionFilters"] = repository.exclusions.clone();
    }
    Ok(Answer::Json(answer))
}

/// `PutImageScanningConfiguration`.
pub(super) fn put_scanning(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutImageScanningConfigurationRequest = shape::json(call, &[])?;
    let repository = find(world, call, &input.repository_name)?;
    repository.scan_on_push = input
        .image_scanning_configuration
        .scan_on_push
        .unwrap_or(false);
    Ok(Answer::Json(json!({
        "registryId": call.account,
        "repositoryName": repository.name,
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
    })))
}

/// `DeleteRepository`: `RepositoryNotEmptyException` while it holds images, unless forced.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRepositoryRequest = shape::json(call, &[])?;
    let name = input.repository_name;
    let repository = find(world, call, &name)?;
    if !repository.images.is_empty() && input.force != Some(true) {
        let message = format!(
            "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
            call.account
        );
        return Err(AwsError::new("RepositoryNotEmptyException", message));
    }
    let seen = repository.seen(call);
    world.region(&call.region).ecr.repositories.remove(&name);
    Ok(Answer::Json(json!({ "repository": seen })))
}

/// `GetAuthorizationToken`: for the registry of the region, which opens while the sandbox is served; valid for twelve hours.
pub(super) fn authorize(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: model::GetAuthorizationTokenRequest = shape::json(call, &[])?;
    shape::refuse(call, &["registryIds"])?;
    let until = world.now() + 12 * 3_600_000;
    let password = registry::password(&call.region, call.user(), until);
    let own = || format!("https://{}", host(call));
    Ok(Answer::Json(json!({ "authorizationData": [{
        "authorizationToken": STANDARD.encode(format!("AWS:{password}")),
        "expiresAt": epoch(until),
        "proxyEndpoint": world.endpoint.clone().unwrap_or_else(own),
    }] })))
}

impl Repository {
    fn seen(&self, call: &Call) -> Value {
        let mut seen = json!({
            "registryId": call.account,
            "repositoryName": self.name,
            "repositoryArn": self.arn,
            "repositoryUri": self.uri,
            "createdAt": epoch(self.created),
            "imageTagMutability": self.mutability,
            "imageScanningConfiguration": { "scanOnPush": self.scan_on_push },
            "encryptionConfiguration": self.encryption,
        });
        if !self.exclusions.is_null() {
            seen["imageTagMutabilityExclusionFilters"] = self.exclusions.clone();
        }
        seen
    }
}

fn host(call: &Call) -> String {
    super::registry(&call.region)
}

/// AES256 unless asked otherwise; KMS without a key uses AWS's own key for ECR (API reference, `EncryptionConfiguration`).
fn encryption(
    sent: Option<model::EncryptionConfiguration>,
    call: &Call,
) -> Result<Value, AwsError> {
    let Some(sent) = sent else {
        return Ok(json!({ "encryptionType": "AES256" }));
    };
    match (sent.encryption_type.as_str(), sent.kms_key) {
        ("AES256", None) => Ok(json!({ "encryptionType": "AES256" })),
        (kind @ ("KMS" | "KMS_DSSE"), key) => {
            let key = key.unwrap_or_else(|| call.arn("kms", "alias/aws/ecr"));
            Ok(json!({ "encryptionType": kind, "kmsKey": key }))
        }
        (kind, _) => Err(invalid(format!(
            "Invalid parameter at 'encryptionConfiguration': '{kind}'"
        ))),
    }
}

fn check_mutability(sent: Option<String>, call: &Call) -> Result<String, AwsError> {
    let value = sent.unwrap_or_else(|| "MUTABLE".to_owned());
    let excluding = value.ends_with("_WITH_EXCLUSION");
    if ![
        "MUTABLE",
        "IMMUTABLE",
        "MUTABLE_WITH_EXCLUSION",
        "IMMUTABLE_WITH_EXCLUSION",
    ]
    .contains(&value.as_str())
    {
        let message = format!(
            "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: '{value}'"
        );
        return Err(invalid(message));
    }
    if excluding == call.json["imageTagMutabilityExclusionFilters"].is_null() {
        return Err(invalid(
            "Invalid parameter at 'imageTagMutabilityExclusionFilters': they belong to a mutability with exclusion",
        ));
    }
    Ok(value)
}

/// `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`, 2 to 256 characters (API reference).
fn check_name(name: &str) -> Result<(), AwsError> {
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let part = |text: &str| text.split(['.', '_', '-']).all(word);
    if (2..=256).contains(&name.len()) && name.split('/').all(part) {
        return Ok(());
    }
    Err(invalid(format!(
        "Invalid parameter at 'repositoryName' failed to satisfy constraint: '{name}'"
    )))
}
