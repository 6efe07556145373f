//! Lifecycle policies: kept as sent, checked for their form.

use serde_json::{Value, json};
use winterbaume_ecr::model;

use super::{find, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// `PutLifecyclePolicy`: adds or replaces.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutLifecyclePolicyRequest = shape::json(call, &[])?;
    check(&input.lifecycle_policy_text)?;
    let repository = find(world, call, &input.repository_name)?;
    repository.lifecycle = Some(input.lifecycle_policy_text);
    Ok(answer(
        call,
        &repository.name,
        repository.lifecycle.as_deref(),
    ))
}

/// `GetLifecyclePolicy`: `LifecyclePolicyNotFoundException` if there is none.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetLifecyclePolicyRequest = shape::json(call, &[])?;
    let now = world.now();
    let repository = find(world, call, &input.repository_name)?;
    let text = repository
        .lifecycle
        .clone()
        .ok_or_else(|| none(call, &repository.name))?;
    let Answer::Json(mut answer) = answer(call, &repository.name, Some(&text)) else {
        return Err(none(call, &repository.name));
    };
    answer["lastEvaluatedAt"] = epoch(now).into();
    Ok(Answer::Json(answer))
}

/// `DeleteLifecyclePolicy`: `LifecyclePolicyNotFoundException` if there is none.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteLifecyclePolicyRequest = shape::json(call, &[])?;
    let repository = find(world, call, &input.repository_name)?;
    let text = repository
        .lifecycle
        .take()
        .ok_or_else(|| none(call, &repository.name))?;
    Ok(answer(call, &repository.name, Some(&text)))
}

fn answer(call: &Call, name: &str, text: Option<&str>) -> Answer {
    Answer::Json(
        json!({ "registryId": call.account, "repositoryName": name, "lifecyclePolicyText": text }),
    )
}

/// The form of a policy: ECR User Guide, "Lifecycle policy parameters".
fn check(text: &str) -> Result<(), AwsError> {
    let failure = |why: &str| {
        invalid(format!(
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: {why}'"
        ))
    };
    let policy: Value = serde_json::from_str(text).map_err(|_| failure("it is not JSON"))?;
    let rules = policy["rules"]
        .as_array()
        .filter(|rules| !rules.is_empty())
        .ok_or_else(|| failure("it has no rules"))?;
    let mut priorities = Vec::new();
    for rule in rules {
        let priority = rule["rulePriority"].as_u64().filter(|number| *number > 0);
        let priority = priority.ok_or_else(|| failure("a rule has no rulePriority"))?;
        if priorities.contains(&priority) {
            return Err(failure("two rules have the same rulePriority"));
        }
        priorities.push(priority);
        let selection = &rule["selection"];
        if !["tagged", "untagged", "any"]
            .contains(&selection["tagStatus"].as_str().unwrap_or_default())
        {
            return Err(failure(
                "a rule's tagStatus must be tagged, untagged or any",
            ));
        }
        let lists = selection["tagPrefixList"].is_array() || selection["tagPatternList"].is_array();
        if (selection["tagStatus"] == "tagged") != lists {
            return Err(failure(
                "tagPrefixList or tagPatternList belongs to the tagStatus tagged",
            ));
        }
        let count = selection["countType"].as_str().unwrap_or_default();
        let unit = selection["countUnit"].as_str();
        if !matches!(
            (count, unit),
            ("imageCountMoreThan", None) | ("sinceImagePushed", Some("days"))
        ) {
            return Err(failure(
                "countType must be imageCountMoreThan, or sinceImagePushed with the countUnit days",
            ));
        }
        if selection["countNumber"].as_u64().unwrap_or(0) == 0 {
            return Err(failure("countNumber must be a positive number"));
        }
        if rule["action"]["type"] != "expire" {
            return Err(failure("the action's type must be expire"));
        }
    }
    Ok(())
}

fn none(call: &Call, name: &str) -> AwsError {
    let message = format!(
        "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{}'",
        call.account
    );
    AwsError::new("LifecyclePolicyNotFoundException", message)
}
