//! The registry: one repository per service, with images that stay what they are and old ones that go.

use serde_json::{Value, json};

use super::Plot;
use crate::resources::Others;
use crate::resources::image::{KEEP, OWN};
use crate::resources::repository::{Repository, Spec};

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

/// Images go when there are `keep` newer ones; but not what `deploy` has tagged because it runs or a rollback needs it: an
/// image that meets a rule's tag condition is safe from the rules after it.
///
/// What counts says so by a tag of hcctl's. A pattern cannot leave anything out, and "all tags" would count each signature
/// and let it go before its image; an untagged one may be attached to an image that stays, or a part of one. `deploy`
/// removes what belongs to nothing any more.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>
pub fn lifecycle(keep: u32) -> Value {
    let rule = |priority: u32, description: &str, pattern: &str, count: u32| {
        json!({
            "rulePriority": priority,
            "description": description,
            "selection": { "tagStatus": "tagged", "tagPatternList": [format!("{pattern}*")], "countType": "imageCountMoreThan", "countNumber": count },
            "action": { "type": "expire" },
        })
    };
    let last = format!("The last {keep} images that hcctl has counted stay");
    json!({ "rules": [
        rule(1, "What runs and what a rollback needs stays", KEEP, PROTECTED),
        rule(2, &last, OWN, keep),
    ] })
}
