//! What a plan looks after besides its own resources: images that a policy is about to remove, and services that nobody
//! answers for.

use std::collections::BTreeMap;
use std::time::SystemTime;

use hcctl_engine::{Address, Fault, Snapshot};

use super::{Context, Note};
use crate::aws::Aws;
use crate::blueprint;
use crate::deploy::image::digest_of;
use crate::deploy::retention;
use crate::resources::reach::Outage;
use crate::resources::repository::{self, Image};

/// By service, the images of its repository.
pub(super) async fn stored(
    context: &Context,
    aws: &Aws,
) -> Result<Vec<(String, Vec<Image>)>, Fault> {
    let names: Vec<String> = context
        .environment
        .services
        .keys()
        .map(ToString::to_string)
        .collect();
    let read = |name: String| async move {
        let repository = aws.scope.name(&format!("{name}-service"));
        Ok::<_, Fault>((name, repository::images(aws, &repository).await?))
    };
    aws.crowd(names, read).await
}

/// What the lifecycle policy of the file does with the images that are there.
pub(super) fn expiring(
    context: &Context,
    snapshot: &Snapshot,
    stored: &[(String, Vec<Image>)],
) -> Vec<Note> {
    let policy = blueprint::lifecycle(context.environment.registry.keep_images.get());
    let mut notes = Vec::new();
    for (service, images) in stored {
        let gone = retention::expiring(&policy, images, SystemTime::now());
        if gone.is_empty() {
            continue;
        }
        let address = Address::new("task_definition", service.as_str());
        let running = snapshot
            .ours()
            .iter()
            .find(|seen| seen.address == address)
            .and_then(|seen| seen.raw.field("image"))
            .and_then(|image| image.as_str())
            .and_then(digest_of);
        let names: Vec<String> = gone.iter().map(|image| retention::name(image)).collect();
        let text = if gone
            .iter()
            .any(|image| Some(image.digest.as_str()) == running)
        {
            // Only a deploy by another tool leaves what runs without its protection.
            format!(
                "its lifecycle policy is about to remove {}, and the running image is one of them: \
                 deploy it with hcctl, which protects it",
                names.join(", ")
            )
        } else {
            format!("its lifecycle policy removes {}", names.join(", "))
        };
        notes.push(Note {
            address: Address::new("repository", service.as_str()),
            text,
        });
    }
    notes
}

/// Services of which no task answers, though some are wanted: what only the health of targets tells. Weights that lead past
/// the tasks are a difference like any other.
pub(super) fn silent(context: &Context, outages: &BTreeMap<String, Outage>) -> Vec<Note> {
    let silent = outages
        .iter()
        .filter(|(_, outage)| !matches!(outage, Outage::Weights(_)));
    let note = |(service, outage): (&String, &Outage)| Note {
        address: Address::new("service", service.as_str()),
        text: format!("{}; see why: {}", outage.text(), context.again("status")),
    };
    silent.map(note).collect()
}
