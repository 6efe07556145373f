//! Lifecycle policies: kept as sent, checked for their form. What they do is [`super::policy`]'s.

use std::collections::BTreeSet;

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
    let now = world.now();
    let repository = find(world, call, &input.repository_name)?;
    repository.lifecycle = Some(input.lifecycle_policy_text);
    repository.evaluated = now;
    Ok(answer(
        call,
        &repository.name,
        repository.lifecycle.as_deref(),
    ))
}

/// `GetLifecyclePolicy`: `LifecyclePolicyNotFoundException` if there is none.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetLifecyclePolicyRequest = shape::json(call, &[])?;
    let repository = find(world, call, &input.repository_name)?;
    let text = repository
        .lifecycle
        .clone()
        .ok_or_else(|| none(call, &repository.name))?;
    let Answer::Json(mut answer) = answer(call, &repository.name, Some(&text)) else {
        return Err(none(call, &repository.name));
    };
    answer["lastEvaluatedAt"] = epoch(repository.evaluated).into();
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

/// The form of a policy: ECR User Guide, "Lifecycle policy properties" and "Lifecycle policy evaluation rules".
pub(super) fn check(text: &str) -> Result<(), AwsError> {
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
    for rule in rules {
        check_rule(rule).map_err(failure)?;
    }
    check_together(rules).map_err(failure)
}

fn check_rule(rule: &Value) -> Result<(), &'static str> {
    if rule["rulePriority"]
        .as_u64()
        .is_none_or(|number| number == 0)
    {
        return Err("a rule has no rulePriority");
    }
    let selection = &rule["selection"];
    let status = selection["tagStatus"].as_str().unwrap_or_default();
    if !["tagged", "untagged", "any"].contains(&status) {
        return Err("a rule's tagStatus must be tagged, untagged or any");
    }
    let (prefixes, patterns) = (&selection["tagPrefixList"], &selection["tagPatternList"]);
    if prefixes.is_array() && patterns.is_array() {
        return Err("a rule has either a tagPrefixList or a tagPatternList");
    }
    let list = prefixes.as_array().or(patterns.as_array());
    if (status == "tagged") != list.is_some() {
        return Err("tagPrefixList or tagPatternList belongs to the tagStatus tagged");
    }
    let words = list.into_iter().flatten();
    if list.is_some_and(Vec::is_empty) || words.clone().any(|word| !word.is_string()) {
        return Err("tagPrefixList or tagPatternList must be a list of texts");
    }
    let stars = |word: &Value| word.as_str().map_or(0, |word| word.matches('*').count());
    if patterns.is_array() && words.clone().any(|word| stars(word) > 4) {
        return Err("a pattern has four wildcards at most");
    }
    let count = selection["countType"].as_str().unwrap_or_default();
    if !matches!(
        (count, selection["countUnit"].as_str()),
        ("imageCountMoreThan", None) | ("sinceImagePushed", Some("days"))
    ) {
        return Err(
            "countType must be imageCountMoreThan, or sinceImagePushed with the countUnit days",
        );
    }
    if selection["countNumber"].as_u64().unwrap_or(0) == 0 {
        return Err("countNumber must be a positive number");
    }
    if rule["action"]["type"] != "expire" {
        return Err("the action's type must be expire");
    }
    Ok(())
}

/// What rules must not be beside one another.
fn check_together(rules: &[Value]) -> Result<(), &'static str> {
    let mut priorities = BTreeSet::new();
    let mut lists = BTreeSet::new();
    let mut untagged = 0;
    let last = rules
        .iter()
        .filter_map(|rule| rule["rulePriority"].as_u64())
        .max();
    for rule in rules {
        let (priority, selection) = (rule["rulePriority"].as_u64(), &rule["selection"]);
        if !priorities.insert(priority) {
            return Err("two rules have the same rulePriority");
        }
        match selection["tagStatus"].as_str() {
            Some("any") if priority != last => {
                return Err("a rule with the tagStatus any must have the highest rulePriority");
            }
            Some("untagged") => untagged += 1,
            Some("tagged") => {
                let tags =
                    ["tagPrefixList", "tagPatternList"].map(|key| selection[key].to_string());
                if !lists.insert(tags) {
                    return Err("two rules select the same tags");
                }
            }
            _ => {}
        }
    }
    if untagged > 1 {
        return Err("only one rule may select untagged images");
    }
    Ok(())
}

pub(super) fn none(call: &Call, name: &str) -> AwsError {
    let message = format!(
        "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{}'",
        call.account
    );
    AwsError::new("LifecyclePolicyNotFoundException", message)
}
