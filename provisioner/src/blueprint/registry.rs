//! The registry: one repository per service, with images that stay what they are and old ones that go.

use serde_json::{Value, json};

use super::Plot;
use crate::resources::Others;
use crate::resources::repository::{KEEP, Repository, Spec};

/// More protected images than there ever are: `deploy` protects three of a service, and releases the others.
const PROTECTED: u32 = 1000;

pub(super) fn draw(plot: &mut Plot<'_>) {
    for (name, _) in plot.services() {
        let spec = Spec {
            name: plot.service_name(name),
            immutable_tags: true,
            scan_on_push: true,
            encryption: "AES256".to_owned(),
            lifecycle: Some(lifecycle(plot.environment.registry.keep_images.get())),
            policy: None,
            other: Others::new(),
            tags: plot.tags(),
        };
        plot.builder.want::<Repository>(name.as_str(), &spec);
    }
}

/// Untagged images go after a day, tagged ones when there are `keep` newer ones; but not what `deploy` has tagged because
/// it runs or a rollback needs it: an image that meets a rule's tag condition is safe from the rules after it.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>
pub fn lifecycle(keep: u32) -> Value {
    json!({ "rules": [
        {
            "rulePriority": 1,
            "description": "What runs and what a rollback needs stays",
            "selection": { "tagStatus": "tagged", "tagPatternList": [format!("{KEEP}*")], "countType": "imageCountMoreThan", "countNumber": PROTECTED },
            "action": { "type": "expire" },
        },
        {
            "rulePriority": 2,
            "description": "Untagged images go after a day",
            "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
            "action": { "type": "expire" },
        },
        {
            "rulePriority": 3,
            "description": format!("The last {keep} tagged images stay"),
            "selection": { "tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": keep },
            "action": { "type": "expire" },
        },
    ] })
}
