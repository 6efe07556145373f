//! The images that a lifecycle policy must not remove: what runs, and what a rollback needs; and those that it may.
//!
//! ECR counts an image's age from its push, so "the last five" may not hold what runs, and tagging it again makes it no
//! younger. What ECR does honour: an image that meets the tag condition of one rule cannot be expired by a rule of lower
//! priority (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>). So the policy's first
//! rule is for tags that begin with [`KEEP`] and bears a thousand of them, and each image that is needed gets one such
//! tag, with its own digest in it: repositories whose tags are immutable take it too, and twice is once. The second rule
//! counts what has any tag of hcctl's. An image that nothing needs gets one too, and what is no image gets none: then
//! signatures do not use the number up, and are not removed before their image.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use aws_sdk_ecr::types::ImageIdentifier;
use hcctl_engine::Fault;

use super::image::{Release, short};
use crate::aws::{Aws, fault};
use crate::resources::image::{
    Attachment, COUNTED, Image, KEEP, Manifest, Role, UNPROVEN, images, is_own, know, manifests,
};

/// What is pushed in parts is not whole at once: an image before the index that lists it, and before its signature.
const WHOLE: Duration = Duration::from_hours(24);

/// What a repository holds once it is tidy.
#[derive(Clone, Debug, Default)]
pub struct Tidied {
    /// Its manifests.
    pub images: Vec<Image>,
    /// Those that belonged to nothing any more, and were removed.
    pub removed: Vec<Image>,
}

/// Protects an image.
pub async fn protect(aws: &Aws, release: &Release) -> Result<(), Fault> {
    mark(aws, release, KEEP).await
}

/// Says of an image that a deployment of it ended without a task, so that no rollback takes it for one that served.
pub async fn doubt(aws: &Aws, release: &Release) -> Result<(), Fault> {
    mark(aws, release, UNPROVEN).await
}

async fn mark(aws: &Aws, release: &Release, mark: &str) -> Result<(), Fault> {
    let call = aws
        .ecr
        .put_image()
        .repository_name(&release.repository)
        .image_manifest(&release.manifest)
        .set_image_manifest_media_type(release.media_type.clone())
        .image_tag(format!("{mark}{}", short(&release.digest)));
    match call.send().await.map_err(fault("ecr:PutImage")) {
        Err(fault) if fault.is("ImageAlreadyExistsException") => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// Takes the protection from images whose digest is not in `needed`, lets the policy count them, and removes what belongs
/// to nothing any more. What `ran` need not be doubted any longer.
pub async fn tidy(
    aws: &Aws,
    repository: &str,
    needed: &BTreeSet<String>,
    ran: &BTreeSet<&str>,
    now: SystemTime,
) -> Result<Tidied, Fault> {
    let mut all = images(aws, repository).await?;
    let read = manifests(aws, repository, unread(&all, needed, now)).await?;
    know(&mut all, &read);
    count(aws, repository, &mut all, needed, &read).await?;
    release(aws, repository, &mut all, needed, ran).await?;
    let gone = leftovers(&all, needed, now);
    let ids = gone
        .iter()
        .map(|digest| ImageIdentifier::builder().image_digest(digest).build());
    delete(aws, repository, ids.collect()).await?;
    let (removed, images) = all
        .into_iter()
        .partition(|image| gone.contains(&image.digest));
    Ok(Tidied { images, removed })
}

/// The manifests that must be read: of images that are to be counted from now on, and what indexes list where something
/// without a tag is old enough to be removed.
fn unread(images: &[Image], needed: &BTreeSet<String>, now: SystemTime) -> Vec<String> {
    let loose = images
        .iter()
        .any(|image| image.tags.is_empty() && is_whole(image, now));
    let wanted = |image: &&Image| {
        let index = loose && lists(image);
        index || is_uncounted(image, needed)
    };
    images
        .iter()
        .filter(wanted)
        .map(|image| image.digest.clone())
        .collect()
}

/// Whether others may be parts of it: an index, or the list of what is attached to an image.
fn lists(image: &Image) -> bool {
    let list = Attachment::Referrers;
    match &image.role {
        Role::Index(_) => true,
        Role::Attached { what, .. } => *what == list,
        _ => false,
    }
}

fn is_uncounted(image: &Image, needed: &BTreeSet<String>) -> bool {
    let nothing_needs_it = !needed.contains(&image.digest);
    image.is_release() && nothing_needs_it && !image.tags.is_empty() && !image.has(COUNTED)
}

fn is_whole(image: &Image, now: SystemTime) -> bool {
    let age = image.pushed_at.and_then(|at| now.duration_since(at).ok());
    age.is_some_and(|age| age > WHOLE)
}

/// Lets the policy count the releases that it does not count yet.
async fn count(
    aws: &Aws,
    repository: &str,
    images: &mut [Image],
    needed: &BTreeSet<String>,
    read: &BTreeMap<String, Manifest>,
) -> Result<(), Fault> {
    let new: Vec<Release> = images
        .iter()
        .filter(|image| is_uncounted(image, needed))
        .filter_map(|image| {
            let manifest = read.get(&image.digest)?;
            let (text, kind) = (&manifest.text, manifest.media_type.clone());
            Some(Release::of(repository, None, &image.digest, text, kind))
        })
        .collect();
    for image in images.iter_mut() {
        if new.iter().any(|release| release.digest == image.digest) {
            image
                .tags
                .insert(format!("{COUNTED}{}", short(&image.digest)));
        }
    }
    let put = |release: Release| async move { mark(aws, &release, COUNTED).await };
    aws.crowd(new, put).await.map(drop)
}

/// Takes off the tags that protect what is not needed, and that doubt what ran.
async fn release(
    aws: &Aws,
    repository: &str,
    images: &mut [Image],
    needed: &BTreeSet<String>,
    ran: &BTreeSet<&str>,
) -> Result<(), Fault> {
    let mut gone = Vec::new();
    for image in images.iter_mut() {
        let kept = needed.contains(&image.digest);
        let proven = ran.contains(image.digest.as_str());
        let (off, left): (BTreeSet<String>, BTreeSet<String>) =
            image.tags.iter().cloned().partition(|tag| {
                tag.starts_with(KEEP) && !kept || tag.starts_with(UNPROVEN) && proven
            });
        // Without any other tag the image itself would go with its last one; the policy's turn comes first.
        if !left.is_empty() {
            gone.extend(off);
            image.tags = left;
        }
    }
    let ids = gone
        .iter()
        .map(|tag| ImageIdentifier::builder().image_tag(tag).build());
    delete(aws, repository, ids.collect()).await
}

async fn delete(aws: &Aws, repository: &str, ids: Vec<ImageIdentifier>) -> Result<(), Fault> {
    // As many as one BatchDeleteImage takes.
    for batch in ids.chunks(100) {
        let call = aws
            .ecr
            .batch_delete_image()
            .repository_name(repository)
            .set_image_ids(Some(batch.to_vec()));
        call.send().await.map_err(fault("ecr:BatchDeleteImage"))?;
    }
    Ok(())
}

/// What belongs to nothing any more: signatures and the like whose image is gone, and what has no tag, is in no index and
/// is attached to nothing.
fn leftovers(images: &[Image], needed: &BTreeSet<String>, now: SystemTime) -> BTreeSet<String> {
    let there: BTreeSet<&str> = images.iter().map(|image| image.digest.as_str()).collect();
    let belongs = |image: &Image| {
        let attached = image.subject().is_some_and(|of| there.contains(of));
        attached || !image.part_of.is_empty() || needed.contains(&image.digest)
    };
    // A tag that says what it is attached to keeps nothing once that is gone; any other one does.
    let held = |image: &Image| {
        let mut others = image.tags.iter();
        others.any(|tag| is_own(tag) || Role::of_tag(tag).is_none())
    };
    images
        .iter()
        .filter(|image| is_whole(image, now) && !belongs(image) && !held(image))
        .map(|image| image.digest.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + 100 * DAY
    }

    /// A manifest so many days old; the digest is `sha256:` and 64 times this letter.
    fn image(letter: char, days: u32, tags: &[&str], role: Role) -> Image {
        Image {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            digest: digest(letter),
            pushed_at: Some(now() - days * DAY),
            role,
            part_of: BTreeSet::new(),
        }
    }

    fn digest(letter: char) -> String {
        format!("sha256:{}", letter.to_string().repeat(64))
    }

    fn signature(of: char) -> (String, Role) {
        let tag = format!("sha256-{}.sig", of.to_string().repeat(64));
        let role = Role::of_tag(&tag).unwrap();
        (tag, role)
    }

    #[test]
    fn what_belongs_to_nothing_any_more_is_left_over() {
        let (of_a, role_a) = signature('a');
        let (of_b, role_b) = signature('b');
        let mut part = image('5', 2, &[], Role::Runnable);
        part.part_of.insert(digest('a'));
        let images = [
            image('a', 2, &["v1"], Role::Runnable),
            image('1', 2, &[&of_a], role_a.clone()),
            image('2', 2, &[&of_b], role_b.clone()),
            image('3', 0, &[&of_b], role_b.clone()),
            image('4', 2, &[&of_b, "signed"], role_b.clone()),
            part,
            image('6', 2, &[], Role::Runnable),
            image('7', 0, &[], Role::Runnable),
            image('8', 2, &[], role_a),
            image('9', 2, &[], role_b),
            image('e', 2, &[], Role::Runnable),
        ];
        let needed = BTreeSet::from([digest('e')]);
        let left = leftovers(&images, &needed, now());
        assert_eq!(left, ['2', '6', '9'].map(digest).into());
    }

    #[test]
    fn only_releases_are_counted() {
        let (tag, role) = signature('a');
        let counted = format!("{COUNTED}b");
        let chart = Role::Other("chart".to_owned());
        let images = [
            image('a', 0, &["v1"], Role::Runnable),
            image('b', 0, &["v2", &counted], Role::Runnable),
            image('c', 0, &[&tag], role),
            image('d', 0, &["chart"], chart),
            image('e', 0, &[], Role::Runnable),
            image('f', 0, &["v3"], Role::Index(Vec::new())),
        ];
        let needed = BTreeSet::from([digest('f')]);
        assert_eq!(unread(&images, &needed, now()), [digest('a')]);
        // What has no tag may be a part of an index, once it is old enough to matter.
        let mut older = images.to_vec();
        older[4].pushed_at = Some(now() - 2 * DAY);
        assert_eq!(unread(&older, &needed, now()), [digest('a'), digest('f')]);
    }
}
