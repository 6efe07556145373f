//! Layers, and what a registry's client reads of images.
//!
//! Which layers a repository has; their bytes are the registry's ([`crate::registry`]). An image put by the API alone, without one of its
//! layers, is taken as it is; an engine's push is not (`LayersNotFoundException`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Image, Repository, referrer};
use crate::answer::AwsError;
use crate::world::World;

/// A manifest as it was pushed.
pub(crate) struct Manifest {
    pub(crate) digest: String,
    pub(crate) media_type: String,
    pub(crate) text: String,
}

fn repository<'w>(world: &'w World, region: &str, name: &str) -> Option<&'w Repository> {
    world.regions.get(region)?.ecr.repositories.get(name)
}

/// Whether there is such a repository.
pub(crate) fn has_repository(world: &World, region: &str, name: &str) -> bool {
    repository(world, region, name).is_some()
}

/// The size of a layer that a repository has.
pub(crate) fn size(world: &World, region: &str, name: &str, digest: &str) -> Option<u64> {
    repository(world, region, name)?.layers.get(digest).copied()
}

/// Gives a repository a layer.
pub(crate) fn add(world: &mut World, region: &str, name: &str, digest: &str, size: u64) {
    let repositories = &mut world.region(region).ecr.repositories;
    if let Some(repository) = repositories.get_mut(name) {
        repository.layers.insert(digest.to_owned(), size);
    }
}

/// Refuses a manifest that names what the repository does not have.
pub(crate) fn check(
    world: &World,
    region: &str,
    name: &str,
    manifest: &Value,
) -> Result<(), AwsError> {
    let Some(repository) = repository(world, region, name) else {
        return Ok(());
    };
    let missing = |named: Vec<&str>, has: &dyn Fn(&str) -> bool| {
        let missing: Vec<String> = named
            .into_iter()
            .filter(|digest| !has(digest))
            .map(str::to_owned)
            .collect();
        (!missing.is_empty()).then(|| missing.join(", "))
    };
    let refused = |what: &str, code: &str, missing: &str| {
        let message = format!(
            "{what} with digests '[{missing}]' required for pushing image into repository with name '{name}' in the registry with id \
             '{}' do not exist",
            crate::ACCOUNT
        );
        Err(AwsError::new(code, message))
    };
    if let Some(layers) = missing(layers(manifest), &|digest| {
        repository.layers.contains_key(digest)
    }) {
        return refused("Layers", "LayersNotFoundException", &layers);
    }
    let listed = manifest["manifests"].as_array().into_iter().flatten();
    let listed = listed.filter_map(|one| one["digest"].as_str()).collect();
    if let Some(images) = missing(listed, &|digest| repository.images.contains_key(digest)) {
        return refused("Images", "ReferencedImagesNotFoundException", &images);
    }
    Ok(())
}

/// The digests of the configuration and the layers that a manifest names; those that are fetched from elsewhere are not pushed.
fn layers(manifest: &Value) -> Vec<&str> {
    let config = manifest["config"]["digest"].as_str();
    let layers = manifest["layers"].as_array().into_iter().flatten();
    let own = layers.filter(|layer| layer["urls"].as_array().is_none_or(Vec::is_empty));
    let own = own.filter_map(|layer| layer["digest"].as_str());
    config.into_iter().chain(own).collect()
}

/// Refuses to push an image once more under an immutable tag: ECR does, however equal the two are.
/// <https://github.com/aws/containers-roadmap/issues/2179>
pub(crate) fn may_repeat(
    world: &World,
    region: &str,
    name: &str,
    tag: Option<&str>,
) -> Result<(), AwsError> {
    let repository = repository(world, region, name);
    match repository.zip(tag) {
        Some((repository, tag)) if repository.is_fixed(tag) => Err(repository.tag_is_taken(tag)),
        _ => Ok(()),
    }
}

/// A manifest by tag or digest.
pub(crate) fn manifest(world: &World, region: &str, name: &str, wanted: &str) -> Option<Manifest> {
    let repository = repository(world, region, name)?;
    let digest = if wanted.starts_with("sha256:") {
        wanted.to_owned()
    } else {
        repository.digest_of(None, Some(wanted))?
    };
    let image = repository.images.get(&digest)?;
    Some(Manifest {
        media_type: image.media_type.clone(),
        text: image.manifest.clone(),
        digest,
    })
}

/// All tags of a repository, in order.
pub(crate) fn tags(world: &World, region: &str, name: &str) -> BTreeSet<String> {
    let images = repository(world, region, name).map(|repository| &repository.images);
    let images = images.into_iter().flat_map(|images| images.values());
    images.flat_map(|image| image.tags.clone()).collect()
}

/// Descriptors of what is attached to an image.
pub(crate) fn referrers(
    world: &World,
    region: &str,
    name: &str,
    digest: &str,
    kind: Option<&str>,
) -> Vec<Value> {
    let images = repository(world, region, name).map(|repository| &repository.images);
    let attached = |image: &Image| {
        image.subject().as_deref() == Some(digest)
            && kind.is_none_or(|kind| image.artifact_type().as_deref() == Some(kind))
    };
    let images = images.into_iter().flatten();
    let found = images.filter(|(_, image)| attached(image));
    let seen = found.map(|(own, image)| {
        let mut seen = referrer::seen(own, image);
        if let Some(seen) = seen.as_object_mut() {
            seen.remove("artifactStatus");
        }
        seen
    });
    seen.collect()
}

/// Whether an image was pushed, layers and all; of an index, one of the manifests that it lists.
pub(crate) fn is_pushed(world: &World, region: &str, name: &str, digest: &str) -> bool {
    let Some(repository) = repository(world, region, name) else {
        return false;
    };
    let Some(image) = repository.images.get(digest) else {
        return false;
    };
    let has = |image: &Image| {
        let manifest = image.parsed();
        let layers = layers(&manifest);
        !layers.is_empty()
            && layers
                .iter()
                .all(|layer| repository.layers.contains_key(*layer))
    };
    let listed = image.children();
    has(image)
        || listed
            .iter()
            .filter_map(|one| repository.images.get(one))
            .any(has)
}

/// Forgets the layers that no image of their repository names; the digests of those that stay.
pub(crate) fn sweep(world: &mut World) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    let regions = world.regions.values_mut();
    for repository in regions.flat_map(|region| region.ecr.repositories.values_mut()) {
        let manifests: Vec<Value> = repository.images.values().map(Image::parsed).collect();
        let named: BTreeSet<&str> = manifests.iter().flat_map(layers).collect();
        repository
            .layers
            .retain(|digest, _| named.contains(digest.as_str()));
        kept.extend(repository.layers.keys().cloned());
    }
    kept
}
