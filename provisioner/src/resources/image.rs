//! What lies in a repository: images, and much that is none.
//!
//! Told here once, for whoever chooses an image, counts, keeps or removes one. A signature has a manifest and tags like an
//! image's, and an image for several platforms is a list of other manifests:
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/images.html>.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use aws_sdk_ecr::types::{ImageDetail, ImageIdentifier};
use hcctl_engine::{Class, Fault};
use serde_json::Value;

use crate::aws::{Aws, fault};

/// With this begin tags that only protect an image from the lifecycle policy, because it runs or a rollback needs it.
pub const KEEP: &str = "hcctl-keep-";

/// With this begin tags by which the lifecycle policy counts an image that nothing needs any more.
pub const COUNTED: &str = "hcctl-image-";

/// With this begin tags that say that a deployment of the image ended without a task of it.
pub const UNPROVEN: &str = "hcctl-unproven-";

/// With this begin all of them; the policy counts what has one.
pub const OWN: &str = "hcctl-";

/// The manifests that are understood. Without the list ECR translates an OCI manifest, whose digest is then another one.
pub const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// The configurations that a container is started from.
const CONFIGS: [&str; 2] = [
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

/// What a manifest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// An image for one platform.
    Runnable,
    /// An image for several platforms, as a list of others; empty where the manifest was not read.
    Index(Vec<Child>),
    /// Something that belongs to another manifest.
    Attached {
        /// What it is.
        what: Attachment,
        /// The digest that it belongs to, where it says so itself.
        subject: Option<String>,
    },
    /// Something else that cannot run, such as a Helm chart: its media type; empty where it cannot be read.
    Other(String),
}

/// What belongs to another manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// cosign's, Notation's, or that of ECR's managed signing.
    Signature,
    /// Who built the image, from what: by buildx in the image's index, or by cosign.
    Attestation,
    /// A software bill of materials.
    Sbom,
    /// The list of what is attached to an image, for clients of registries that cannot list it.
    Referrers,
    /// Of a sort that is not known here.
    Artifact,
}

/// A manifest in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its digest.
    pub digest: String,
    /// Its platform, such as `linux/amd64`, where the index names one.
    pub platform: Option<String>,
    /// The digest that it tells of, where it is an attestation and no image.
    pub attests: Option<String>,
}

/// A manifest of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Its digest, `sha256:...`.
    pub digest: String,
    /// When it was pushed.
    pub pushed_at: Option<SystemTime>,
    /// What it is, as far as is known without its manifest.
    pub role: Role,
    /// The digests of the indexes that list it, as far as those were read.
    pub part_of: BTreeSet<String>,
}

/// A manifest as it was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its text.
    pub text: String,
    /// Its media type.
    pub media_type: Option<String>,
}

impl Attachment {
    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Signature => "a signature",
            Self::Attestation => "an attestation",
            Self::Sbom => "an SBOM",
            Self::Referrers => "a list of signatures and the like",
            Self::Artifact => "an artifact",
        }
    }

    /// By a media type of cosign, in-toto, Notation or one of the formats of SBOMs.
    fn of_type(text: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&["simplesigning", "notary.signature", "sigstore.bundle"]) {
            Some(Self::Signature)
        } else if has(&["in-toto", "dsse", "attestation", "provenance"]) {
            Some(Self::Attestation)
        } else if has(&["spdx", "cyclonedx", "syft", "sbom"]) {
            Some(Self::Sbom)
        } else {
            None
        }
    }
}

impl Role {
    /// What a tag says, where it is one of cosign's (`sha256-DIGEST.sig`), or OCI's for the list of what is attached.
    /// <https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md>
    /// <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema>
    pub fn of_tag(tag: &str) -> Option<Self> {
        let (hex, suffix) = match tag.strip_prefix("sha256-")?.split_once('.') {
            Some((hex, suffix)) => (hex, Some(suffix)),
            None => (tag.strip_prefix("sha256-")?, None),
        };
        let digest = hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit());
        digest.then(|| Self::Attached {
            what: match suffix {
                Some("sig") => Attachment::Signature,
                Some("att") => Attachment::Attestation,
                Some("sbom") => Attachment::Sbom,
                Some(_) => Attachment::Artifact,
                None => Attachment::Referrers,
            },
            subject: Some(format!("sha256:{hex}")),
        })
    }

    /// What a manifest says.
    pub fn of_manifest(text: &str) -> Self {
        let Ok(manifest) = serde_json::from_str::<Value>(text) else {
            return Self::Other(String::new());
        };
        if let Some(listed) = manifest["manifests"].as_array() {
            return Self::Index(listed.iter().filter_map(Child::of).collect());
        }
        let config = manifest["config"]["mediaType"].as_str();
        let kind = manifest["artifactType"].as_str().or(config);
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let mut of_layers =
            layers.map(|layer| layer["mediaType"].as_str().and_then(Attachment::of_type));
        // Where one layer holds files, it is an image, whatever else is in it.
        let first = of_layers.next().flatten();
        let attached = first.filter(|_| of_layers.all(|one| one.is_some()));
        Self::of(kind, attached, manifest["subject"]["digest"].as_str())
    }

    /// What a listing says, which knows neither an index's parts nor an image's layers.
    fn of_detail(detail: &ImageDetail) -> Self {
        let media_type = detail.image_manifest_media_type().unwrap_or_default();
        let subject = detail.subject_manifest_digest();
        if subject.is_none() && (media_type == MEDIA_TYPES[0] || media_type == MEDIA_TYPES[2]) {
            return Self::Index(Vec::new());
        }
        Self::of(detail.artifact_media_type(), None, subject)
    }

    /// By its type, by what its layers hold, and by what it belongs to.
    fn of(kind: Option<&str>, layers: Option<Attachment>, subject: Option<&str>) -> Self {
        let image = kind.is_none_or(|kind| CONFIGS.contains(&kind));
        let by_type = kind.filter(|_| !image).and_then(Attachment::of_type);
        match (layers.or(by_type), subject) {
            (Some(what), subject) => Self::Attached {
                what,
                subject: subject.map(str::to_owned),
            },
            (None, Some(subject)) => Self::Attached {
                what: Attachment::Artifact,
                subject: Some(subject.to_owned()),
            },
            (None, None) if image => Self::Runnable,
            (None, None) => Self::Other(kind.unwrap_or_default().to_owned()),
        }
    }
}

impl Child {
    /// Nothing for what is no manifest: an index of a build's cache lists layers.
    /// <https://docs.docker.com/build/metadata/attestations/attestation-storage/>
    fn of(one: &Value) -> Option<Self> {
        let media_type = one["mediaType"].as_str();
        if media_type.is_some_and(|media_type| !MEDIA_TYPES.contains(&media_type)) {
            return None;
        }
        let platform = &one["platform"];
        let named = platform["os"]
            .as_str()
            .zip(platform["architecture"].as_str());
        let notes = &one["annotations"];
        let attests = notes["vnd.docker.reference.type"].is_string()
            || named.is_some_and(|(os, _)| os == "unknown");
        let of = notes["vnd.docker.reference.digest"].as_str();
        Some(Self {
            digest: one["digest"].as_str()?.to_owned(),
            platform: named.map(|(os, architecture)| format!("{os}/{architecture}")),
            attests: attests.then(|| of.unwrap_or_default().to_owned()),
        })
    }
}

impl Image {
    /// From a listing.
    fn of(detail: ImageDetail) -> Self {
        let role = Role::of_detail(&detail);
        let tags: BTreeSet<String> = detail.image_tags.unwrap_or_default().into_iter().collect();
        Self {
            role: tags
                .iter()
                .find_map(|tag| Role::of_tag(tag))
                .unwrap_or(role),
            digest: detail.image_digest.unwrap_or_default(),
            pushed_at: detail
                .image_pushed_at
                .and_then(|time| SystemTime::try_from(time).ok()),
            part_of: BTreeSet::new(),
            tags,
        }
    }

    /// Whether it can run: an image, for one platform or several.
    pub fn is_runnable(&self) -> bool {
        matches!(self.role, Role::Runnable | Role::Index(_))
    }

    /// Whether it is a release: an image that is not a part of another one.
    pub fn is_release(&self) -> bool {
        self.is_runnable() && self.part_of.is_empty()
    }

    /// The digest that it belongs to, where it is attached to one.
    pub fn subject(&self) -> Option<&str> {
        match &self.role {
            Role::Attached { subject, .. } => subject.as_deref(),
            _ => None,
        }
    }

    /// Its tags that are not hcctl's own: what people call it.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.tags.iter().filter(|tag| !is_own(tag))
    }

    /// Whether it has a tag of hcctl's that begins so.
    pub fn has(&self, mark: &str) -> bool {
        self.tags.iter().any(|tag| tag.starts_with(mark))
    }
}

/// Whether a tag is one that hcctl gives, which says nothing to a person.
pub fn is_own(tag: &str) -> bool {
    [KEEP, COUNTED, UNPROVEN]
        .iter()
        .any(|own| tag.starts_with(own))
}

/// The manifests of a repository, latest first; none where there is no such repository.
pub async fn images(aws: &Aws, name: &str) -> Result<Vec<Image>, Fault> {
    let call = aws
        .ecr
        .describe_images()
        .repository_name(name)
        .max_results(1000);
    let answer: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let details = match answer.map_err(fault("ecr:DescribeImages")) {
        Err(fault) if fault.class == Class::NotFound => Vec::new(),
        outcome => outcome?,
    };
    let mut images: Vec<Image> = details.into_iter().map(Image::of).collect();
    images.sort_by(|a, b| (b.pushed_at, &a.digest).cmp(&(a.pushed_at, &b.digest)));
    Ok(images)
}

/// By digest, the manifests as they were pushed; those that are gone are left out.
pub async fn manifests(
    aws: &Aws,
    repository: &str,
    digests: Vec<String>,
) -> Result<BTreeMap<String, Manifest>, Fault> {
    // As many as one BatchGetImage takes.
    let batches: Vec<Vec<String>> = digests.chunks(100).map(<[String]>::to_vec).collect();
    let read = |batch: Vec<String>| async move {
        let ids = batch
            .iter()
            .map(|digest| ImageIdentifier::builder().image_digest(digest).build());
        let call = aws
            .ecr
            .batch_get_image()
            .repository_name(repository)
            .set_image_ids(Some(ids.collect()))
            .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()));
        let answer = call.send().await.map_err(fault("ecr:BatchGetImage"))?;
        Ok::<_, Fault>(answer.images.unwrap_or_default())
    };
    let found = aws.crowd(batches, read).await?;
    Ok(found
        .into_iter()
        .flatten()
        .filter_map(|image| {
            let manifest = Manifest {
                text: image.image_manifest?,
                media_type: image.image_manifest_media_type,
            };
            Some((image.image_id?.image_digest?, manifest))
        })
        .collect())
}

/// Lets what these manifests say be known of the images: what each is, and which are parts of which.
pub fn know(images: &mut [Image], manifests: &BTreeMap<String, Manifest>) {
    let mut parts: Vec<(String, Child)> = Vec::new();
    for image in images.iter_mut() {
        let Some(manifest) = manifests.get(&image.digest) else {
            continue;
        };
        let role = Role::of_manifest(&manifest.text);
        if let Role::Index(children) = &role {
            let own = children.iter().cloned();
            parts.extend(own.map(|child| (image.digest.clone(), child)));
        }
        // A tag says what something is attached to, which its manifest may not.
        if !matches!(image.role, Role::Attached { .. }) {
            image.role = role;
        }
    }
    for (index, child) in parts {
        let Some(image) = images.iter_mut().find(|image| image.digest == child.digest) else {
            continue;
        };
        image.part_of.insert(index);
        if let Some(of) = child.attests {
            image.role = Role::Attached {
                what: Attachment::Attestation,
                subject: (!of.is_empty()).then_some(of),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attached(what: Attachment, subject: Option<&str>) -> Role {
        let subject = subject.map(str::to_owned);
        Role::Attached { what, subject }
    }

    #[test]
    fn a_tag_tells_what_is_attached_to_what() {
        let hex = "ab".repeat(32);
        let digest = format!("sha256:{hex}");
        let of = |what| Some(attached(what, Some(&digest)));
        for (tail, what) in [
            (".sig", Attachment::Signature),
            (".att", Attachment::Attestation),
            (".sbom", Attachment::Sbom),
            (".vex", Attachment::Artifact),
            ("", Attachment::Referrers),
        ] {
            assert_eq!(Role::of_tag(&format!("sha256-{hex}{tail}")), of(what));
        }
        for tag in ["v1", "sha256-ab.sig", "sha256-", &hex] {
            assert_eq!(Role::of_tag(tag), None, "{tag}");
        }
    }

    #[test]
    fn an_index_of_layers_holds_no_image() {
        let part = |kind: &str| json!({ "mediaType": kind, "digest": "sha256:1" });
        let cache = json!({ "manifests": [
            part("application/vnd.oci.image.layer.v1.tar+gzip"),
            part("application/vnd.buildkit.cacheconfig.v0"),
        ] });
        assert_eq!(
            Role::of_manifest(&cache.to_string()),
            Role::Index(Vec::new())
        );
        let index = json!({ "manifests": [part(MEDIA_TYPES[1])] });
        let read = Role::of_manifest(&index.to_string());
        assert!(matches!(read, Role::Index(parts) if parts.len() == 1));
    }

    #[test]
    fn a_manifest_tells_what_it_is() {
        let oci = "application/vnd.oci.image.config.v1+json";
        let layer = |kind: &str| json!({ "config": { "mediaType": oci }, "layers": [{ "mediaType": kind }] });
        let artifact = |kind: &str| json!({ "artifactType": kind, "config": { "mediaType": "application/vnd.oci.empty.v1+json" } });
        let config = |kind: &str| json!({ "config": { "mediaType": kind }, "layers": [] });
        let mut referrer = artifact("application/vnd.example.scan");
        referrer["subject"] = json!({ "digest": "sha256:1" });
        let mut notation = config("application/vnd.cncf.notary.signature");
        notation["subject"] = json!({ "digest": "sha256:1" });
        let chart = "application/vnd.cncf.helm.config.v1+json";
        for (manifest, role) in [
            (config(oci), Role::Runnable),
            (
                config("application/vnd.docker.container.image.v1+json"),
                Role::Runnable,
            ),
            (json!({ "config": {} }), Role::Runnable),
            (
                layer("application/vnd.oci.image.layer.v1.tar+gzip"),
                Role::Runnable,
            ),
            (
                layer("application/vnd.dev.cosign.simplesigning.v1+json"),
                attached(Attachment::Signature, None),
            ),
            (
                layer("application/vnd.dsse.envelope.v1+json"),
                attached(Attachment::Attestation, None),
            ),
            (
                layer("application/vnd.in-toto+json"),
                attached(Attachment::Attestation, None),
            ),
            (layer("text/spdx+json"), attached(Attachment::Sbom, None)),
            (
                artifact("application/vnd.dev.sigstore.bundle.v0.3+json"),
                attached(Attachment::Signature, None),
            ),
            (notation, attached(Attachment::Signature, Some("sha256:1"))),
            (referrer, attached(Attachment::Artifact, Some("sha256:1"))),
            (config(chart), Role::Other(chart.to_owned())),
        ] {
            assert_eq!(Role::of_manifest(&manifest.to_string()), role, "{manifest}");
        }
        assert_eq!(Role::of_manifest("text"), Role::Other(String::new()));
    }

    #[test]
    fn an_index_tells_of_its_parts() {
        let index = json!({ "manifests": [
            { "digest": "sha256:1", "platform": { "os": "linux", "architecture": "amd64" } },
            { "digest": "sha256:2", "platform": { "os": "unknown", "architecture": "unknown" }, "annotations": {
                "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": "sha256:1",
            } },
        ] });
        let image = |digest: &str, role: Role| Image {
            tags: BTreeSet::new(),
            digest: digest.to_owned(),
            pushed_at: None,
            role,
            part_of: BTreeSet::new(),
        };
        let mut images = [
            image("sha256:0", Role::Index(Vec::new())),
            image("sha256:1", Role::Runnable),
            image("sha256:2", Role::Runnable),
            image("sha256:3", Role::Runnable),
        ];
        let index = Manifest {
            text: index.to_string(),
            media_type: None,
        };
        let manifests = BTreeMap::from([("sha256:0".to_owned(), index)]);
        know(&mut images, &manifests);
        let releases: Vec<bool> = images.iter().map(Image::is_release).collect();
        assert_eq!(releases, [true, false, false, true]);
        assert!(images[1].is_runnable());
        assert_eq!(
            images[2].role,
            attached(Attachment::Attestation, Some("sha256:1"))
        );
    }
}
