//! What people call the images that run, and how services come to their first.

use std::collections::BTreeMap;

use hcctl_engine::Fault;

use super::observe::Waiting;
use super::{Context, Observation};
use crate::resources::{repository, task_definition};

/// By service, what people call the image that runs: its newest tag.
///
/// # Errors
///
/// A fault of `ecr:DescribeImages`.
pub async fn running(observed: &Observation) -> Result<BTreeMap<String, String>, Fault> {
    let digests = observed.plan.changes.iter().filter_map(|change| {
        let seen = change.before.as_ref().map(|seen| &seen.doc);
        let doc = change.after.as_ref().or(seen)?;
        let definition: task_definition::Spec = doc.read().ok()?;
        let (_, digest) = definition.image.split_once('@')?;
        (change.address.kind == "task_definition")
            .then(|| (change.address.name.clone(), digest.to_owned()))
    });
    let digests: BTreeMap<String, String> = digests.collect();
    let wanted = observed.plan.changes.iter().filter_map(|change| {
        let seen = change.before.as_ref()?;
        let repository: repository::Spec = seen.doc.read().ok()?;
        let digest = digests.get(&change.address.name)?.clone();
        (change.address.kind == "repository")
            .then(|| (change.address.name.clone(), repository.name, digest))
    });
    let aws = &observed.aws;
    let read = |(service, repository, digest): (String, String, String)| async move {
        let images = repository::images(aws, &repository).await?;
        let image = images.into_iter().find(|image| image.digest == digest);
        let tag = image.and_then(|image| image.names().next().cloned());
        Ok::<_, Fault>(tag.map(|tag| (service, tag)))
    };
    let found = aws.crowd(wanted.collect::<Vec<_>>(), read).await?;
    Ok(found.into_iter().flatten().collect())
}

/// How services come to an image: from their repository where it holds one, and never one over what others run.
pub fn first(context: &Context, waiting: &[Waiting]) -> Vec<String> {
    let (push, deploy) = (context.again("push"), context.again("deploy"));
    let all = waiting.len() == context.environment.services.len();
    let mut hints: Vec<String> = waiting
        .iter()
        .filter_map(|one| {
            let (service, tag) = (&one.service, one.newest.as_ref()?);
            Some(format!(
                "hint: {service} has images: {deploy} --image {tag} --service {service}"
            ))
        })
        .collect();
    let empty: Vec<&str> = waiting
        .iter()
        .filter(|one| one.newest.is_none())
        .map(|one| one.service.as_str())
        .collect();
    if !empty.is_empty() {
        let only = if all && hints.is_empty() {
            String::new()
        } else {
            let each = empty.iter().map(|name| format!(" --service {name}"));
            each.collect()
        };
        hints.push(format!(
            "hint: give it images: {push} --tag v1{only}, then {deploy} --image v1{only}"
        ));
    }
    hints
}
