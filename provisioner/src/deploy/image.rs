//! What a release is: an image of one repository, by its digest.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::{ImageFailureCode, ImageIdentifier};
use hcctl_engine::Fault;

use crate::aws::{Aws, fault};
use crate::resources::image::{self, Image, MEDIA_TYPES, Role};

/// An image that can be rolled out, or what somebody took for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The repository's name.
    pub repository: String,
    /// The tag that it was asked for by; none where it was found by its digest.
    pub tag: Option<String>,
    /// `sha256:...`. A tag may move where tags are not immutable; a digest says what runs.
    pub digest: String,
    /// The manifest, for another tag on the same image.
    pub manifest: String,
    /// The manifest's media type.
    pub media_type: Option<String>,
    /// What the manifest is.
    pub role: Role,
}

impl Release {
    /// The image of a repository with a tag, or a digest (`sha256:...`); nothing where there is none.
    pub async fn find(aws: &Aws, repository: &str, which: &str) -> Result<Option<Self>, Fault> {
        let by_digest = which.starts_with("sha256:");
        let id = ImageIdentifier::builder();
        let id = if by_digest {
            id.image_digest(which)
        } else {
            id.image_tag(which)
        };
        let call = aws
            .ecr
            .batch_get_image()
            .repository_name(repository)
            .image_ids(id.build())
            .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()));
        let answer = call.send().await.map_err(fault("ecr:BatchGetImage"))?;
        // What is not there comes as a failure in an answer that says success; everything else there is an error.
        if let Some(failure) = answer.failures().iter().find(|failure| {
            !matches!(
                failure.failure_code(),
                Some(ImageFailureCode::ImageNotFound | ImageFailureCode::InvalidImageTag)
            )
        }) {
            let reason = failure.failure_reason().unwrap_or("no reason given");
            return Err(Fault::own(
                "ecr:BatchGetImage",
                format!("{repository}, {which}: {reason}"),
            ));
        }
        let image = answer.images.unwrap_or_default().into_iter().next();
        Ok(image.map(|image| {
            let digest = image.image_id.and_then(|id| id.image_digest);
            Self::of(
                repository,
                (!by_digest).then_some(which),
                &digest.unwrap_or_default(),
                &image.image_manifest.unwrap_or_default(),
                image.image_manifest_media_type,
            )
        }))
    }

    /// From its manifest.
    pub fn of(
        repository: &str,
        tag: Option<&str>,
        digest: &str,
        manifest: &str,
        media_type: Option<String>,
    ) -> Self {
        Self {
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.to_owned(),
            role: tag
                .and_then(Role::of_tag)
                .unwrap_or_else(|| Role::of_manifest(manifest)),
            manifest: manifest.to_owned(),
            media_type,
        }
    }

    /// Why no task can run it on a platform (`linux/amd64`), and what to give instead. An image of one platform tells its own
    /// only in a part that a pull reads, and an index need not name any.
    /// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
    pub fn unfit(&self, platform: &str) -> Option<(String, String)> {
        let name = self.name();
        let cannot = |what: &str| format!("{name} is {what}, which cannot run");
        let own = "give the tag of an image".to_owned();
        Some(match &self.role {
            Role::Runnable => return None,
            Role::Index(children) => {
                let images = || children.iter().filter(|child| child.attests.is_none());
                let fits = |child: &image::Child| {
                    let own = child.platform.as_deref();
                    own.is_none_or(|own| own == platform)
                };
                if images().any(fits) {
                    return None;
                }
                let has: BTreeSet<&str> = images()
                    .filter_map(|child| child.platform.as_deref())
                    .collect();
                let has: Vec<&str> = has.into_iter().collect();
                let what = if has.is_empty() {
                    format!("{name} is an index without an image in it")
                } else {
                    format!(
                        "image {name} is for {}, and the tasks run on {platform}",
                        has.join(", ")
                    )
                };
                (
                    what,
                    format!("build it for {platform} and push it under another tag"),
                )
            }
            Role::Attached { what, subject } => {
                let belongs = |of| format!("give the image that it belongs to, {of}");
                let remedy = subject.as_ref().map_or(own, belongs);
                (cannot(what.noun()), remedy)
            }
            Role::Other(kind) if kind.contains("helm") => (cannot("a Helm chart"), own),
            Role::Other(kind) if kind.is_empty() => (cannot("no manifest that can be read"), own),
            Role::Other(kind) => (cannot(&format!("no image, but {kind}")), own),
        })
    }

    /// How a person calls it: by its tag, or the beginning of its digest.
    pub fn name(&self) -> String {
        self.tag.clone().unwrap_or_else(|| short(&self.digest))
    }
}

/// The platform of a task definition's architecture (`X86_64`, `ARM64`), as images name it.
pub fn platform(architecture: &str) -> &'static str {
    match architecture {
        "ARM64" => "linux/arm64",
        _ => "linux/amd64",
    }
}

/// The digest in an image's reference, `REPOSITORY@sha256:...`.
pub fn digest_of(reference: &str) -> Option<&str> {
    reference.split_once('@').map(|(_, digest)| digest)
}

/// The tag in an image's reference, `REPOSITORY:TAG`; a registry's port is none.
pub fn tag_of(reference: &str) -> Option<&str> {
    let bare = reference.split('@').next().unwrap_or(reference);
    bare.rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'))
}

/// The beginning of a digest: enough to tell images apart.
pub fn short(digest: &str) -> String {
    digest
        .trim_start_matches("sha256:")
        .chars()
        .take(12)
        .collect()
}

/// The tags of a repository's images, latest first, for a person who typed another one.
pub async fn tags(aws: &Aws, name: &str) -> Result<Vec<String>, Fault> {
    let images = image::images(aws, name).await?;
    let runnable = images.iter().filter(|image| image.is_runnable());
    Ok(runnable.flat_map(Image::names).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        let with = |tail: &str| format!("localhost:5000/shop/cart{tail}");
        assert_eq!(tag_of(&with(":v1")), Some("v1"));
        assert_eq!(tag_of(&with("")), None);
        assert_eq!(tag_of(&with("@sha256:ab")), None);
        assert_eq!(tag_of(&with(":v1@sha256:ab")), Some("v1"));
        assert_eq!(digest_of(&with(":v1@sha256:ab")), Some("sha256:ab"));
        assert_eq!(digest_of(&with(":v1")), None);
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
    }

    #[test]
    fn what_no_task_can_run_is_told_with_what_to_give_instead() {
        let unfit = |tag: &str, manifest: &str| {
            let release = Release::of("shop", Some(tag), "sha256:0", manifest, None);
            release
                .unfit("linux/amd64")
                .map(|(what, remedy)| format!("{what}; {remedy}"))
        };
        let index = |children: &str| format!(r#"{{"manifests": [{children}]}}"#);
        let arm = r#"{"digest": "sha256:1", "platform": {"os": "linux", "architecture": "arm64"}}"#;
        let amd = r#"{"digest": "sha256:2", "platform": {"os": "linux", "architecture": "amd64"}}"#;
        let attestation =
            r#"{"digest": "sha256:3", "platform": {"os": "unknown", "architecture": "unknown"}}"#;
        let nothing = r#"{"digest": "sha256:4"}"#;
        for good in [amd, nothing, &format!("{arm}, {amd}, {attestation}")] {
            assert_eq!(unfit("v1", &index(good)), None);
        }
        assert_eq!(unfit("v1", r#"{"config": {}}"#), None);
        let chart = r#"{"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}}"#;
        let subject = r#"{"artifactType": "application/vnd.cncf.notary.signature", "subject": {"digest": "sha256:9"}}"#;
        let signature = format!("sha256-{}.sig", "ab".repeat(32));
        let text = [
            unfit("v1", &index(&format!("{arm}, {attestation}"))),
            unfit("v1", &index(attestation)),
            unfit("v1", &index("")),
            unfit("v1", chart),
            unfit("v1", subject),
            unfit(&signature, r#"{"config": {}}"#),
            unfit("v1", "no JSON"),
        ];
        let text: Vec<String> = text.into_iter().map(Option::unwrap).collect();
        insta::assert_snapshot!(text.join("\n"));
        assert_eq!(platform("X86_64"), "linux/amd64");
    }
}
