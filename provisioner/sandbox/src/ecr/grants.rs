//! A repository's own policy: who else may use it.

use serde_json::{Value, json};
use winterbaume_ecr::model;

use super::{Repository, find, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// `SetRepositoryPolicy`: a JSON document with statements, of at most 10240 characters (API reference).
pub(super) fn set(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SetRepositoryPolicyRequest = shape::json(call, &[])?;
    shape::refuse(call, &["registryId"])?;
    let text = input.policy_text;
    let document: Option<Value> = serde_json::from_str(&text).ok();
    let statements = document.as_ref().map(|document| &document["Statement"]);
    let sound = statements.is_some_and(|it| it.is_array() || it.is_object());
    if !sound || text.chars().count() > 10_240 {
        return Err(invalid(
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
        ));
    }
    let repository = find(world, call, &input.repository_name)?;
    repository.policy = Some(text);
    answer(call, repository)
}

/// `GetRepositoryPolicy`: `RepositoryPolicyNotFoundException` where there is none.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetRepositoryPolicyRequest = shape::json(call, &[])?;
    shape::refuse(call, &["registryId"])?;
    answer(call, find(world, call, &input.repository_name)?)
}

/// `DeleteRepositoryPolicy`: answers what it was.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRepositoryPolicyRequest = shape::json(call, &[])?;
    shape::refuse(call, &["registryId"])?;
    let repository = find(world, call, &input.repository_name)?;
    let answer = answer(call, repository)?;
    repository.policy = None;
    Ok(answer)
}

fn answer(call: &Call, repository: &Repository) -> Result<Answer, AwsError> {
    let Some(text) = &repository.policy else {
        let message = format!(
            "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, call.account
        );
        return Err(AwsError::new("RepositoryPolicyNotFoundException", message));
    };
    Ok(Answer::Json(json!({
        "registryId": call.account,
        "repositoryName": repository.name,
        "policyText": text,
    })))
}
