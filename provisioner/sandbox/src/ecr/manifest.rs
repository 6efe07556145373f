//! What a manifest says of itself: which others it lists, what it is attached to, whether a task can run it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Image;

/// The configurations that a container runtime starts a container from.
const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// With these begin the media types of layers that hold files.
const LAYERS: [&str; 2] = [
    "application/vnd.oci.image.layer.",
    "application/vnd.docker.image.rootfs.",
];

impl Image {
    /// The manifest as a document; null where it is none.
    pub(super) fn parsed(&self) -> Value {
        serde_json::from_str(&self.manifest).unwrap_or_default()
    }

    /// The digests of the manifests that it lists.
    pub(super) fn children(&self) -> Vec<String> {
        let manifest = self.parsed();
        let listed = manifest["manifests"].as_array().into_iter().flatten();
        listed
            .filter_map(|one| one["digest"].as_str().map(str::to_owned))
            .collect()
    }

    /// The digest of the manifest that it is attached to (OCI image specification, `subject`).
    pub(super) fn subject(&self) -> Option<String> {
        self.parsed()["subject"]["digest"]
            .as_str()
            .map(str::to_owned)
    }

    /// What it is, by `artifactType` or the type of its configuration (OCI image specification, "Guidelines for Artifact Usage").
    pub(super) fn artifact_type(&self) -> Option<String> {
        let manifest = self.parsed();
        let own = manifest["artifactType"].as_str();
        own.or(manifest["config"]["mediaType"].as_str())
            .map(str::to_owned)
    }

    /// Why a task of this platform cannot run it. A part that names no type is taken to be an image's.
    pub(super) fn unrunnable(&self, platform: &str) -> Option<String> {
        let manifest = self.parsed();
        if let Some(listed) = manifest["manifests"].as_array() {
            let fits = |one: &Value| {
                let its = &one["platform"];
                let named = its["os"].as_str().zip(its["architecture"].as_str());
                named.is_none_or(|(os, architecture)| format!("{os}/{architecture}") == platform)
            };
            return (!listed.iter().any(fits)).then(|| {
                format!("image Manifest does not contain descriptor matching platform '{platform}'")
            });
        }
        let kind = self.artifact_type();
        if let Some(kind) = kind.filter(|kind| !CONFIGS.contains(&kind.as_str())) {
            return Some(format!("unsupported config media type '{kind}'"));
        }
        let layers = manifest["layers"].as_array().into_iter().flatten();
        layers
            .filter_map(|layer| layer["mediaType"].as_str())
            .find(|kind| !LAYERS.iter().any(|begin| kind.starts_with(begin)))
            .map(|kind| format!("unsupported layer media type '{kind}'"))
    }
}

/// The digests that indexes of a repository list.
pub(super) fn listed(images: &BTreeMap<String, Image>) -> BTreeSet<String> {
    images.values().flat_map(Image::children).collect()
}
