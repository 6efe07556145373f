//! ECR: private repositories and their images (JSON 1.1, `AmazonEC2ContainerRegistry_V20150921`).
//!
//! Owns: repositories, lifecycle policies, image manifests and tags. Must not know: who runs the images. An image is its manifest: to
//! `PutImage` the layers and manifests that it names are taken to be there, and an engine's push must have brought them. A lifecycle
//! policy runs once in 24 hours, which is as late as ECR runs one.

mod grants;
mod image;
pub(crate) mod layer;
mod lifecycle;
mod manifest;
mod policy;
mod referrer;
mod repository;
mod tags;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::partition::Partition;
use crate::tags::{Tagged, Tags};
use crate::world::World;

pub(crate) use image::digest_of;

/// The repositories of one region, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    repositories: BTreeMap<String, Repository>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Repository {
    name: String,
    arn: String,
    uri: String,
    created: u64,
    mutability: String,
    /// The members of `imageTagMutabilityExclusionFilters`, as sent.
    exclusions: Value,
    scan_on_push: bool,
    /// `encryptionConfiguration`, as answered.
    encryption: Value,
    lifecycle: Option<String>,
    /// When the policy last ran, or was put.
    #[serde(default)]
    evaluated: u64,
    #[serde(default)]
    preview: Option<policy::Preview>,
    /// Who else may use it.
    #[serde(default)]
    policy: Option<String>,
    /// By digest.
    images: BTreeMap<String, Image>,
    /// The sizes of the layers that were pushed, by digest.
    #[serde(default)]
    layers: BTreeMap<String, u64>,
    tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Image {
    manifest: String,
    media_type: String,
    pushed: u64,
    tags: BTreeSet<String>,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateRepository" => repository::create(world, call),
        "DescribeRepositories" => repository::describe(world, call),
        "PutImageTagMutability" => repository::put_mutability(world, call),
        "PutImageScanningConfiguration" => repository::put_scanning(world, call),
        "DeleteRepository" => repository::delete(world, call),
        "GetAuthorizationToken" => repository::authorize(world, call),
        "PutLifecyclePolicy" => lifecycle::put(world, call),
        "GetLifecyclePolicy" => lifecycle::get(world, call),
        "DeleteLifecyclePolicy" => lifecycle::delete(world, call),
        "StartLifecyclePolicyPreview" => policy::start_preview(world, call),
        "GetLifecyclePolicyPreview" => policy::get_preview(world, call),
        "SetRepositoryPolicy" => grants::set(world, call),
        "GetRepositoryPolicy" => grants::get(world, call),
        "DeleteRepositoryPolicy" => grants::delete(world, call),
        "PutImage" => image::put(world, call),
        "ListImages" => image::list(world, call),
        "DescribeImages" => image::describe(world, call),
        "ListImageReferrers" => referrer::list(world, call),
        "BatchGetImage" => image::batch_get(world, call),
        "BatchDeleteImage" => image::batch_delete(world, call),
        "TagResource" => tags::add(world, call),
        "UntagResource" => tags::remove(world, call),
        "ListTagsForResource" => tags::list(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let repositories = world
        .regions
        .get(region)
        .map(|region| region.ecr.repositories.values());
    let tagged = |repository: &Repository| Tagged {
        arn: repository.arn.clone(),
        kind: "ecr:repository",
        tags: repository.tags.clone(),
    };
    repositories.into_iter().flatten().map(tagged).collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let repositories = || {
        world
            .regions
            .values()
            .flat_map(|region| region.ecr.repositories.values())
    };
    vec![
        ("repository", repositories().count()),
        (
            "image",
            repositories()
                .map(|repository| repository.images.len())
                .sum(),
        ),
    ]
}

/// Runs the lifecycle policies that are due.
pub(crate) fn settle(world: &mut World) {
    let now = world.now();
    let regions = world.regions.values_mut();
    for repository in regions.flat_map(|region| region.ecr.repositories.values_mut()) {
        policy::settle(repository, now);
    }
}

/// What pulling an image finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pull {
    /// The image's digest.
    Found(String),
    /// The repository or the image is not there.
    Missing,
    /// The reference is of another registry, whose images are taken to exist.
    Elsewhere,
}

/// The host of the account's registry in a region.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
fn registry(region: &str) -> String {
    let suffix = Partition::of(region).dns_suffix;
    format!("{}.dkr.ecr.{region}.{suffix}", crate::ACCOUNT)
}

/// Looks for the image that a reference (`ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG` or `...@DIGEST`) names.
pub(crate) fn pull(world: &World, reference: &str) -> Pull {
    match find_image(world, reference) {
        Ok((digest, _)) => Pull::Found(digest.to_owned()),
        Err(without) => without,
    }
}

/// Why a task of this platform (`linux/amd64`) cannot run what a reference names, where the registry has it.
pub(crate) fn unrunnable(world: &World, reference: &str, platform: &str) -> Option<String> {
    let (_, image) = find_image(world, reference).ok()?;
    image.unrunnable(platform)
}

/// The image of a reference with its digest, or what pulling it finds instead.
fn find_image<'w>(world: &'w World, reference: &str) -> Result<(&'w str, &'w Image), Pull> {
    let (host, rest) = reference.split_once('/').ok_or(Pull::Elsewhere)?;
    let region = host
        .strip_prefix(&format!("{}.dkr.ecr.", crate::ACCOUNT))
        .and_then(|rest| rest.split('.').next())
        .filter(|region| registry(region) == host)
        .ok_or(Pull::Elsewhere)?;
    let (name, digest, tag) = match rest.split_once('@') {
        Some((name, digest)) => (name.split(':').next().unwrap_or(name), Some(digest), None),
        None => match rest.split_once(':') {
            Some((name, tag)) => (name, None, Some(tag)),
            None => (rest, None, Some("latest")),
        },
    };
    let repository = world
        .regions
        .get(region)
        .and_then(|region| region.ecr.repositories.get(name));
    let found = repository.and_then(|repository| {
        let digest = repository.digest_of(digest, tag)?;
        let (digest, image) = repository.images.get_key_value(&digest)?;
        Some((digest.as_str(), image))
    });
    found.ok_or(Pull::Missing)
}

/// The tags on an image of this account, found by its digest.
pub(crate) fn tags_of(world: &World, digest: &str) -> Vec<String> {
    let repositories = world
        .regions
        .values()
        .flat_map(|region| region.ecr.repositories.values());
    let images = repositories.filter_map(|repository| repository.images.get(digest));
    images.flat_map(|image| image.tags.clone()).collect()
}

impl Repository {
    fn digest_of(&self, digest: Option<&str>, tag: Option<&str>) -> Option<String> {
        let tagged = |image: &Image| tag.is_none_or(|tag| image.tags.contains(tag));
        let mut images = self.images.iter();
        let found =
            images.find(|(own, image)| digest.is_none_or(|digest| digest == *own) && tagged(image));
        found
            .filter(|_| digest.is_some() || tag.is_some())
            .map(|(own, _)| own.clone())
    }
}

/// A repository of the caller's own registry; `registryId` may name it.
fn find<'w>(world: &'w mut World, call: &Call, name: &str) -> Result<&'w mut Repository, AwsError> {
    let registry = call.text("registryId").unwrap_or(&call.account);
    let missing = || {
        let message = format!(
            "The repository with name '{name}' does not exist in the registry with id '{registry}'"
        );
        AwsError::new("RepositoryNotFoundException", message)
    };
    if registry != call.account {
        return Err(missing());
    }
    world
        .region(&call.region)
        .ecr
        .repositories
        .get_mut(name)
        .ok_or_else(missing)
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}
