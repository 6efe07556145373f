//! Which images a lifecycle policy would remove. Pure: ECR's rules, applied to images that were read.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::image::short;
use crate::aws::names::fits;
use crate::resources::image::Image;

/// The digests that the policy removes when it is next applied, in the images' order.
///
/// A rule that cannot be read removes nothing: it is somebody else's, and of a sort that this does not know. What an index
/// lists stays as long as that, and what is attached to an image as long as that one: neither is counted.
pub fn expiring<'a>(policy: &Value, images: &'a [Image], now: SystemTime) -> Vec<&'a Image> {
    let mut rules: Vec<&Value> = policy["rules"].as_array().into_iter().flatten().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_u64());
    let there: BTreeSet<&str> = images.iter().map(|image| image.digest.as_str()).collect();
    let follows = |image: &Image| {
        let subject = image.subject().filter(|_| image.tags.is_empty());
        let mut owners = image.part_of.iter().map(String::as_str).chain(subject);
        owners.any(|owner| there.contains(owner))
    };
    let mut latest_first: Vec<&Image> = images.iter().filter(|image| !follows(image)).collect();
    latest_first.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    for rule in rules {
        let selection = &rule["selection"];
        let selected: Vec<&Image> = latest_first
            .iter()
            .copied()
            .filter(|image| selects(selection, image))
            .collect();
        let count = selection["countNumber"].as_u64();
        let expired: Vec<&Image> = match (selection["countType"].as_str(), count) {
            // What is selected counts, also where a rule of higher priority has taken it.
            (Some("imageCountMoreThan"), Some(count)) => selected
                .iter()
                .copied()
                .skip(usize::try_from(count).unwrap_or(usize::MAX))
                .collect(),
            (Some("sinceImagePushed"), Some(days)) => {
                let limit = Duration::from_secs(days.saturating_mul(24 * 60 * 60));
                let old = |image: &&Image| {
                    image
                        .pushed_at
                        .and_then(|at| now.duration_since(at).ok())
                        .is_some_and(|age| age > limit)
                };
                selected.iter().copied().filter(old).collect()
            }
            _ => Vec::new(),
        };
        for image in expired {
            if !taken.contains(image.digest.as_str()) {
                gone.insert(&image.digest);
            }
        }
        taken.extend(selected.iter().map(|image| image.digest.as_str()));
    }
    images
        .iter()
        .filter(|image| gone.contains(image.digest.as_str()))
        .collect()
}

/// How a person calls an image: by its first tag that is not hcctl's own, or the beginning of its digest.
pub fn name(image: &Image) -> String {
    let tag = image.names().next();
    tag.cloned().unwrap_or_else(|| short(&image.digest))
}

/// Whether a rule's tag condition takes an image: every pattern or prefix must meet one of its tags.
fn selects(selection: &Value, image: &Image) -> bool {
    let list = |name: &str| -> Option<Vec<&str>> {
        let list = selection[name].as_array()?;
        list.iter().map(Value::as_str).collect()
    };
    match selection["tagStatus"].as_str() {
        Some("any") => true,
        Some("untagged") => image.tags.is_empty(),
        Some("tagged") => {
            let (patterns, prefixes) = (list("tagPatternList"), list("tagPrefixList"));
            let all = |wanted: &[&str], fits: fn(&str, &str) -> bool| {
                wanted
                    .iter()
                    .all(|wanted| image.tags.iter().any(|tag| fits(wanted, tag)))
            };
            match (patterns, prefixes) {
                (Some(patterns), _) if !patterns.is_empty() => all(&patterns, fits),
                (_, Some(prefixes)) if !prefixes.is_empty() => {
                    all(&prefixes, |prefix, tag| tag.starts_with(prefix))
                }
                _ => false,
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::resources::image::Role;

    const DAY: u64 = 86_400;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 * DAY)
    }

    /// Pushed on the day; the digest is the first tag, or the day.
    fn image(day: u64, tags: &[&str]) -> Image {
        Image {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            digest: tags
                .first()
                .map_or_else(|| format!("day-{day}"), |tag| (*tag).to_owned()),
            pushed_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(day * DAY)),
            role: Role::Runnable,
            part_of: BTreeSet::new(),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a literal at every call")]
    fn rule(priority: u32, selection: Value) -> Value {
        json!({ "rulePriority": priority, "selection": selection, "action": { "type": "expire" } })
    }

    fn policy(keep: u32) -> Value {
        json!({ "rules": [
            rule(1, json!({ "tagStatus": "tagged", "tagPatternList": ["hcctl-keep-*"], "countType": "imageCountMoreThan", "countNumber": 1000 })),
            rule(2, json!({ "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 })),
            rule(3, json!({ "tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": keep })),
        ] })
    }

    fn gone(policy: &Value, images: &[Image]) -> Vec<String> {
        expiring(policy, images, now())
            .into_iter()
            .map(|image| image.digest.clone())
            .collect()
    }

    #[test]
    fn the_oldest_go_and_what_is_protected_stays() {
        let images = [
            image(990, &["v1", "hcctl-keep-v1"]),
            image(991, &["v2"]),
            image(992, &["v3"]),
            image(993, &["v4"]),
        ];
        // The protected one counts among the last two, were it one of them; it is not, and stays all the same.
        assert_eq!(gone(&policy(2), &images), ["v2"]);
        assert_eq!(gone(&policy(4), &images), [""; 0]);
        let protected = [
            image(993, &["v4", "hcctl-keep-v4"]),
            image(992, &["v3"]),
            image(991, &["v2"]),
        ];
        assert_eq!(gone(&policy(1), &protected), ["v3", "v2"]);
    }

    #[test]
    fn untagged_images_go_by_age() {
        let images = [image(1_000, &[]), image(998, &[]), image(1, &["v1"])];
        assert_eq!(gone(&policy(5), &images), ["day-998"]);
    }

    #[test]
    fn what_belongs_to_an_image_stays_with_it_and_is_not_counted() {
        let mut images = [
            image(1, &["v1"]),
            image(2, &["v2"]),
            image(3, &["v2-amd64"]),
            image(4, &[]),
            image(5, &[]),
        ];
        images[2].part_of.insert("v2".to_owned());
        images[3].part_of.insert("v2".to_owned());
        images[4].role = Role::Attached {
            what: crate::resources::image::Attachment::Signature,
            subject: Some("v2".to_owned()),
        };
        let any =
            json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1 });
        assert_eq!(gone(&json!({ "rules": [rule(1, any)] }), &images), ["v1"]);
        assert_eq!(gone(&policy(1), &images), ["v1"]);
    }

    #[test]
    fn rules_of_others_are_understood_or_left_alone() {
        let prefix = json!({ "rules": [rule(1, json!({ "tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 1 }))] });
        let images = [image(1, &["v1"]), image(2, &["v2"]), image(3, &["w1"])];
        assert_eq!(gone(&prefix, &images), ["v1"]);
        let odd = json!({ "rules": [rule(1, json!({ "tagStatus": "any", "countType": "sinceImagePulled", "countNumber": 1 }))] });
        assert_eq!(gone(&odd, &images), [""; 0]);
        assert_eq!(gone(&json!("no policy"), &images), [""; 0]);
    }

    proptest! {
        /// Whatever was pushed when: our policy never removes a protected image, nor one of the last `keep`.
        #[test]
        fn what_is_needed_stays(
            days in proptest::collection::vec((0_u64..1_000, any::<bool>(), any::<bool>()), 0..20),
            keep in 1_u32..6,
        ) {
            let images: Vec<Image> = days.iter().enumerate().map(|(at, (day, tagged, kept))| {
                let (version, protection) = (format!("v{at}"), format!("hcctl-keep-{at}"));
                let mut tags = Vec::new();
                if *tagged { tags.push(version.as_str()); }
                if *tagged && *kept { tags.push(protection.as_str()); }
                let mut image = image(*day, &tags);
                image.digest = format!("digest-{at}");
                image
            }).collect();
            let gone = gone(&policy(keep), &images);
            let mut tagged: Vec<&Image> = images.iter().filter(|image| !image.tags.is_empty()).collect();
            tagged.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
            for (at, image) in tagged.iter().enumerate() {
                let protected = image.tags.iter().any(|tag| tag.starts_with("hcctl-keep-"));
                let removed = gone.contains(&image.digest);
                prop_assert_eq!(removed, !protected && at >= keep as usize);
            }
        }
    }
}
