//! What a plan looks after besides its own resources: images that a policy is about to remove, and traffic that goes to
//! nobody.

use std::time::SystemTime;

use hcctl_engine::{Address, Fault, Snapshot};

use super::session::Session;
use super::{CommandError, Kind};
use crate::aws::Aws;
use crate::blueprint;
use crate::deploy::image::digest_of;
use crate::deploy::{retention, traffic};
use crate::render::Note;
use crate::resources::repository::{self, Image};
use crate::resources::service::{self, LoadBalancer};

/// By service, the images of its repository.
pub(super) async fn stored(
    session: &Session,
    aws: &Aws,
) -> Result<Vec<(String, Vec<Image>)>, Fault> {
    let names: Vec<String> = session
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
    session: &Session,
    snapshot: &Snapshot,
    stored: &[(String, Vec<Image>)],
) -> Vec<Note> {
    let policy = blueprint::lifecycle(session.environment.registry.keep_images.get());
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

/// Refuses to go on while production points at no healthy target and another group has some: a deployment on top would
/// take the weights for ECS's own.
pub(super) async fn traffic(
    session: &Session,
    aws: &Aws,
    snapshot: &Snapshot,
) -> Result<(), CommandError> {
    let services: Vec<(String, LoadBalancer)> = snapshot
        .ours()
        .iter()
        .filter(|seen| seen.address.kind == "service")
        .filter_map(|seen| {
            let spec = seen.raw.read::<service::Spec>().ok()?;
            let balancer = spec.load_balancer?;
            let shifts = spec.desired_count > 0 && balancer.alternate.is_some();
            shifts.then(|| (seen.address.name.clone(), balancer))
        })
        .collect();
    if services.is_empty() {
        return Ok(());
    }
    let balancers = services
        .iter()
        .map(|(name, balancer)| (name.as_str(), balancer));
    let splits = traffic::splits(aws, balancers).await?;
    let dark: Vec<&str> = splits
        .iter()
        .filter(|(_, split)| split.points_at_nobody())
        .map(|(name, _)| name.as_str())
        .collect();
    if dark.is_empty() {
        return Ok(());
    }
    let message = format!(
        "production traffic of {} goes to a target group without a healthy target, while its other group has some: \
         somebody has set the weights of its listener rule, which are ECS's",
        dark.join(", ")
    );
    Err(CommandError::new(Kind::Refused, message)
        .hint(format!("see where it goes: {}", session.again("status")))
        .hint("give the other group the weight back in the console, or deploy: ECS then sets both"))
}
