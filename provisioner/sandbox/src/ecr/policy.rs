//! Lifecycle policies at work: which images a policy expires, when it does, and the preview of it.
//!
//! ECR User Guide, "Lifecycle policy evaluation rules". What is not written there is taken the way that loses more: an artifact that is
//! attached to an image counts, and goes, as an image of its own too.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_ecr::model;

use super::manifest::listed;
use super::{Image, Repository, find, lifecycle};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::params::matches_pattern;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// A policy runs so often, in milliseconds ("within 24 hours").
const DAY: u64 = 86_400_000;

/// So many runs are made good after a clock has jumped.
const MOST_RUNS: u64 = 60;

/// The preview of a policy, as it was when it was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Preview {
    text: String,
    results: Vec<Value>,
}

/// Runs a repository's policy as often as it was due: what it expires goes, and what was attached to an image that is gone.
pub(super) fn settle(repository: &mut Repository, now: u64) {
    let Some(text) = repository.lifecycle.clone() else {
        return;
    };
    repository.evaluated = repository
        .evaluated
        .max(now.saturating_sub(MOST_RUNS * DAY));
    while repository.evaluated + DAY <= now {
        repository.evaluated += DAY;
        let images = &mut repository.images;
        let orphans: Vec<String> = images
            .iter()
            .filter(|(_, image)| {
                image
                    .subject()
                    .is_some_and(|subject| !images.contains_key(&subject))
            })
            .map(|(digest, _)| digest.clone())
            .collect();
        let gone = expiring(&text, images, repository.evaluated);
        images.retain(|digest, _| !gone.contains_key(digest) && !orphans.contains(digest));
    }
}

/// What a policy expires at one moment: digests, each with the priority of the rule that does it.
fn expiring(text: &str, images: &BTreeMap<String, Image>, now: u64) -> BTreeMap<String, u64> {
    let policy: Value = serde_json::from_str(text).unwrap_or_default();
    let mut rules: Vec<&Value> = policy["rules"].as_array().into_iter().flatten().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_u64());
    // What an index lists cannot expire before the index is gone, and is not counted beside it.
    let listed = listed(images);
    let mut youngest_first: Vec<(&String, &Image)> = images
        .iter()
        .filter(|(digest, _)| !listed.contains(*digest))
        .collect();
    youngest_first.sort_by_key(|(_, image)| Reverse(image.pushed));
    let mut matched: BTreeSet<&String> = BTreeSet::new();
    let mut gone = BTreeMap::new();
    for rule in rules {
        let selection = &rule["selection"];
        let selected: Vec<_> = youngest_first
            .iter()
            .filter(|(_, image)| selects(selection, &image.tags))
            .collect();
        let number = selection["countNumber"].as_u64().unwrap_or(u64::MAX);
        for (place, (digest, image)) in selected.iter().enumerate() {
            let meets = match selection["countType"].as_str() {
                Some("imageCountMoreThan") => place as u64 >= number,
                Some("sinceImagePushed") => now > image.pushed.saturating_add(number * DAY),
                _ => false,
            };
            if meets && !matched.contains(*digest) {
                let priority = rule["rulePriority"].as_u64().unwrap_or_default();
                gone.insert((*digest).clone(), priority);
            }
        }
        matched.extend(selected.iter().map(|(digest, _)| *digest));
    }
    gone
}

/// Whether a rule's tag condition takes an image: each pattern or prefix must meet one of its tags.
fn selects(selection: &Value, tags: &BTreeSet<String>) -> bool {
    let words = |key: &str| -> Option<Vec<&str>> {
        let list = selection[key].as_array()?;
        Some(list.iter().filter_map(Value::as_str).collect())
    };
    match selection["tagStatus"].as_str() {
        Some("any") => true,
        Some("untagged") => tags.is_empty(),
        _ => match (words("tagPatternList"), words("tagPrefixList")) {
            (Some(patterns), _) => patterns
                .iter()
                .all(|pattern| tags.iter().any(|tag| matches_pattern(pattern, tag))),
            (None, Some(prefixes)) => prefixes
                .iter()
                .all(|prefix| tags.iter().any(|tag| tag.starts_with(prefix))),
            (None, None) => false,
        },
    }
}

/// `StartLifecyclePolicyPreview`: of the policy that is sent, or of the repository's own. It is complete at once.
pub(super) fn start_preview(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::StartLifecyclePolicyPreviewRequest = shape::json(call, &[])?;
    if let Some(text) = &input.lifecycle_policy_text {
        lifecycle::check(text)?;
    }
    let now = world.now();
    let repository = find(world, call, &input.repository_name)?;
    let own = repository.lifecycle.clone();
    let text = input
        .lifecycle_policy_text
        .or(own)
        .ok_or_else(|| lifecycle::none(call, &repository.name))?;
    let gone = expiring(&text, &repository.images, now);
    let results = gone.iter().filter_map(|(digest, priority)| {
        let image = repository.images.get(digest)?;
        Some(json!({
            "imageTags": image.tags,
            "imageDigest": digest,
            "imagePushedAt": epoch(image.pushed),
            "action": { "type": "EXPIRE" },
            "appliedRulePriority": priority,
        }))
    });
    let results = results.collect();
    repository.preview = Some(Preview { text, results });
    let mut answer = preview_of(call, repository)?;
    answer["status"] = "IN_PROGRESS".into();
    Ok(Answer::Json(answer))
}

/// `GetLifecyclePolicyPreview`: `LifecyclePolicyPreviewNotFoundException` where none was started.
pub(super) fn get_preview(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetLifecyclePolicyPreviewRequest = shape::json(call, &[])?;
    shape::refuse(call, &["imageIds", "filter"])?;
    let repository = find(world, call, &input.repository_name)?;
    let mut answer = preview_of(call, repository)?;
    let results = repository
        .preview
        .as_ref()
        .map(|preview| preview.results.clone());
    let results = results.unwrap_or_default();
    answer["summary"] = json!({ "expiringImageTotalCount": results.len() });
    let size = input.max_results.unwrap_or(100).clamp(1, 100) as usize;
    let (results, next) = paging::page(results, input.next_token.as_deref(), size)
        .ok_or_else(|| super::invalid("Invalid parameter at 'nextToken'"))?;
    answer["previewResults"] = results.into();
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

fn preview_of(call: &Call, repository: &Repository) -> Result<Value, AwsError> {
    let preview = repository.preview.as_ref().ok_or_else(|| {
        let message = format!(
            "Lifecycle policy preview does not exist for the repository with name '{}' in the registry with id '{}'",
            repository.name, call.account
        );
        AwsError::new("LifecyclePolicyPreviewNotFoundException", message)
    })?;
    Ok(json!({
        "registryId": call.account,
        "repositoryName": repository.name,
        "lifecyclePolicyText": preview.text,
        "status": "COMPLETE",
    }))
}
