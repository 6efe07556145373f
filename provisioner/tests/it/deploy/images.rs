//! What lies in a repository beside images: parts of indexes, attestations, signatures, SBOMs, charts. They count as no
//! release, never run, and stay and go with what they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use hcctl::aws::Aws;
use hcctl::blueprint;
use hcctl::deploy::{keep, retention};
use hcctl::resources::image::{self, COUNTED, Image, KEEP};
use hcctl_sandbox::Settings;
use serde_json::{Value, json};

use super::stage::{Stage, aside};
use crate::support::place::Place;
use crate::support::seeded::Seeded;
use crate::support::served::Served;
use crate::support::world::{World, load};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const REPOSITORY: &str = "healthcare-app-dev-patient-service";
const DAY: Duration = Duration::from_hours(24);

/// An image for one platform; `name` makes it another one.
fn plain(name: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": OCI, "annotations": { "name": name },
        "config": { "mediaType": CONFIG, "digest": "sha256:0", "size": 2 },
        "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": 9 }],
    })
}

/// What cosign signs or attests with: an image by its configuration, but for its layers.
fn cosign(layer: &str, of: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": OCI,
        "config": { "mediaType": CONFIG, "digest": "sha256:1", "size": 2 },
        "layers": [{ "mediaType": layer, "size": 9, "annotations": { "of": of } }],
    })
}

/// What buildx writes beside an image into its index.
fn attestation(of: &str) -> Value {
    cosign("application/vnd.in-toto+json", of)
}

/// Attached by OCI's own means: it has no tag.
fn referrer(of: &str) -> Value {
    json!({
        "schemaVersion": 2, "mediaType": OCI,
        "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:2", "size": 2 },
        "layers": [{ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "size": 9 }],
        "subject": { "mediaType": OCI, "digest": of, "size": 9 },
    })
}

fn index(children: &[(&str, &str)]) -> Value {
    let children: Vec<Value> = children
        .iter()
        .map(|(digest, platform)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            let mut child = json!({
                "mediaType": OCI, "digest": digest, "size": 9,
                "platform": { "os": os, "architecture": architecture },
            });
            if os == "unknown" {
                child["annotations"] = json!({
                    "vnd.docker.reference.type": "attestation-manifest",
                    "vnd.docker.reference.digest": children[0].0,
                });
            }
            child
        })
        .collect();
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": children })
}

/// Puts a manifest into a repository, and answers its digest.
async fn put(aws: &Aws, repository: &str, manifest: &Value, tag: Option<&str>) -> String {
    let call = aws.ecr.put_image().repository_name(repository);
    let call = call.image_manifest(manifest.to_string());
    let call = call.image_manifest_media_type(manifest["mediaType"].as_str().unwrap());
    let answer = Box::pin(call.set_image_tag(tag.map(str::to_owned)).send()).await;
    let id = answer.unwrap().image.unwrap().image_id.unwrap();
    id.image_digest.unwrap()
}

fn publish(served: &Served, manifest: &Value, tag: Option<&str>) -> String {
    aside(served, async |aws| {
        put(&aws, REPOSITORY, manifest, tag).await
    })
}

/// An image with this tag.
fn release(served: &Served, tag: &str) -> String {
    publish(served, &plain(tag), Some(tag))
}

/// Signs an image as cosign does: a signature and an attestation, by tags; answers their digests.
fn sign(served: &Served, digest: &str) -> [String; 2] {
    let hex = digest.trim_start_matches("sha256:");
    let parts = [
        ("application/vnd.dev.cosign.simplesigning.v1+json", "sig"),
        ("application/vnd.dsse.envelope.v1+json", "att"),
    ];
    parts.map(|(layer, suffix)| {
        let tag = format!("sha256-{hex}.{suffix}");
        publish(served, &cosign(layer, digest), Some(&tag))
    })
}

fn listed(served: &Served) -> Vec<Image> {
    aside(served, async |aws| {
        image::images(&aws, REPOSITORY).await.unwrap()
    })
}

fn digests(served: &Served) -> BTreeSet<String> {
    let listed = listed(served);
    listed.into_iter().map(|image| image.digest).collect()
}

/// What ECR would remove of a repository now, by its own preview.
async fn previewed(aws: &Aws, repository: &str) -> BTreeSet<String> {
    let start = aws.ecr.start_lifecycle_policy_preview();
    Box::pin(start.repository_name(repository).send())
        .await
        .unwrap();
    let get = aws.ecr.get_lifecycle_policy_preview();
    let answer = Box::pin(get.repository_name(repository).send()).await;
    let results = answer.unwrap().preview_results.unwrap_or_default();
    let digest = |one: aws_sdk_ecr::types::LifecyclePolicyPreviewResult| one.image_digest.unwrap();
    results.into_iter().map(digest).collect()
}

/// A world with dev in it and nothing deployed.
fn bare() -> Stage {
    let stage = Stage::bare("rolling");
    stage.place.expect(0, "apply dev --yes");
    stage
}

/// Lets `keep_images` be another number in AWS too.
fn keep_images(stage: &Stage, number: u32) {
    let to = format!("keep_images: {number}");
    stage
        .place
        .edit("environments/dev.yaml", "keep_images: 5", &to);
    stage.place.expect(0, "apply dev --yes");
}

#[test]
fn signatures_do_not_use_the_number_of_kept_images_up() {
    let stage = bare();
    for tag in ["v1", "v2", "v3"] {
        let digest = release(&stage.served, tag);
        sign(&stage.served, &digest);
    }
    let all = digests(&stage.served);
    let ran = stage.place.expect(0, "deploy --image v3 --service patient");
    assert!(!ran.err.contains("remove"), "{}", ran.err);
    let ran = stage.place.expect(0, "plan dev --detailed-exitcode");
    assert!(!ran.out.contains("removes"), "{}", ran.out);
    stage.served.sandbox.advance(3 * 86_400_000);
    assert_eq!(digests(&stage.served), all);
}

#[test]
fn a_signature_stays_as_long_as_its_image() {
    let stage = bare();
    let mut all = BTreeSet::new();
    for tag in ["v1", "v2", "v3"] {
        let digest = release(&stage.served, tag);
        stage
            .place
            .expect(0, &format!("deploy --image {tag} --service patient"));
        all.extend(sign(&stage.served, &digest));
        all.insert(publish(&stage.served, &referrer(&digest), None));
        all.insert(digest);
    }
    stage.served.sandbox.advance(3 * 86_400_000);
    assert_eq!(digests(&stage.served), all);
    // Nor does a later deploy take what is older than a day for something that belongs to nothing.
    let tidied = tidy(&stage.served, &[]);
    assert_eq!(tidied.removed, []);
}

/// Tidies in two days' time.
fn tidy(served: &Served, needed: &[&str]) -> keep::Tidied {
    let needed = needed.iter().map(|digest| (*digest).to_owned()).collect();
    aside(served, async |aws| {
        let (now, ran) = (SystemTime::now() + 2 * DAY, BTreeSet::new());
        let tidied = keep::tidy(&aws, REPOSITORY, &needed, &ran, now);
        Box::pin(tidied).await.unwrap()
    })
}

#[test]
fn a_signature_goes_after_its_image() {
    let stage = bare();
    keep_images(&stage, 2);
    let (mut signed, mut images) = (BTreeMap::new(), Vec::new());
    for tag in ["v1", "v2", "v3", "v4", "v5"] {
        let digest = release(&stage.served, tag);
        let ran = stage
            .place
            .expect(0, &format!("deploy --image {tag} --service patient"));
        if tag == "v5" {
            ran.says(&[
                "policy will remove v2, v1 from",
                "what is attached to them (4) goes too",
            ]);
        }
        signed.insert(digest.clone(), sign(&stage.served, &digest));
        images.push(digest);
    }
    stage.served.sandbox.advance(2 * 86_400_000);
    let left = digests(&stage.served);
    let (gone, kept) = images.split_at(2);
    assert!(gone.iter().all(|digest| !left.contains(digest)));
    assert!(kept.iter().all(|digest| left.contains(digest)));
    let removed: BTreeSet<String> = tidy(&stage.served, &[])
        .removed
        .into_iter()
        .map(|image| image.digest)
        .collect();
    let wanted: BTreeSet<String> = gone.iter().flat_map(|of| signed[of].clone()).collect();
    assert_eq!(removed, wanted);
    let left = digests(&stage.served);
    assert!(
        kept.iter()
            .flat_map(|of| &signed[of])
            .all(|one| left.contains(one))
    );
}

#[test]
fn what_an_index_refers_to_stays_with_it_and_is_not_told_of() {
    let stage = bare();
    let amd = publish(&stage.served, &plain("amd64"), None);
    let about = publish(&stage.served, &attestation(&amd), None);
    let parts = index(&[(&amd, "linux/amd64"), (&about, "unknown/unknown")]);
    publish(&stage.served, &parts, Some("v1"));
    let lost = publish(&stage.served, &plain("half a push"), None);
    let ran = stage.place.expect(0, "deploy --image v1 --service patient");
    assert!(!ran.err.contains("remove"), "{}", ran.err);
    // Two days later: only what is in no index goes.
    let all = digests(&stage.served);
    stage.served.sandbox.advance(2 * 86_400_000);
    assert_eq!(digests(&stage.served), all);
    let removed = tidy(&stage.served, &[]).removed;
    let removed: Vec<&str> = removed.iter().map(|one| one.digest.as_str()).collect();
    assert_eq!(removed, [lost.as_str()]);
    let releases = |images: Vec<Image>| -> Vec<Vec<String>> {
        let releases = images.into_iter().filter(Image::is_release);
        releases
            .map(|image| image.names().cloned().collect())
            .collect()
    };
    assert_eq!(releases(tidy(&stage.served, &[]).images), [["v1"]]);
}

#[test]
fn what_is_no_image_is_refused_before_anything_is_written() {
    let stage = bare();
    let good = release(&stage.served, "v1");
    let [signature, _] = sign(&stage.served, &good);
    let attached = publish(&stage.served, &referrer(&good), None);
    let hex = good.trim_start_matches("sha256:").to_owned();
    let fallback = index(&[(&attached, "unknown/unknown")]);
    publish(&stage.served, &fallback, Some(&format!("sha256-{hex}")));
    let arm = publish(&stage.served, &plain("arm64"), None);
    let about = publish(&stage.served, &attestation(&arm), None);
    publish(
        &stage.served,
        &index(&[(&arm, "linux/arm64"), (&about, "unknown/unknown")]),
        Some("arm"),
    );
    publish(
        &stage.served,
        &index(&[(&about, "unknown/unknown")]),
        Some("hollow"),
    );
    let mut chart = plain("chart");
    chart["config"]["mediaType"] = "application/vnd.cncf.helm.config.v1+json".into();
    publish(&stage.served, &chart, Some("chart-1.0"));
    let before = stage.served.counts();
    for (image, what) in [
        (
            format!("sha256-{hex}.sig"),
            "is a signature, which cannot run",
        ),
        (
            format!("sha256-{hex}.att"),
            "is an attestation, which cannot run",
        ),
        (
            format!("sha256-{hex}"),
            "is a list of signatures and the like, which cannot run",
        ),
        (signature, "is a signature, which cannot run"),
        (attached, "is a signature, which cannot run"),
        (about, "is an attestation, which cannot run"),
        (
            "arm".to_owned(),
            "is for linux/arm64, and the tasks run on linux/amd64",
        ),
        ("hollow".to_owned(), "is an index without an image in it"),
        ("chart-1.0".to_owned(), "is a Helm chart, which cannot run"),
    ] {
        for verb in ["deploy dev --image", "rollback dev --to"] {
            let ran = stage
                .place
                .expect(4, &format!("{verb} {image} --service patient"));
            ran.says(&[what, "nothing was changed", "hint: "]);
        }
    }
    assert_eq!(stage.served.counts(), before);
    let belongs = format!("give the image that it belongs to, {good}");
    let line = format!("deploy --image sha256-{hex}.sig --service patient");
    stage.place.expect(4, &line).says(&[&belongs]);
    let line = format!("deploy --image {good} --service patient");
    stage.place.expect(0, &line);
    // Nobody is offered them either.
    let ran = stage.place.expect(4, "deploy --image v9 --service patient");
    ran.says(&["(the latest there are hollow, arm, v1)"]);
}

/// Deregisters what a service's tasks were made of, and deletes it where it may be.
async fn forget_definitions(aws: &Aws) {
    let call = aws.ecs.list_task_definitions().family_prefix(REPOSITORY);
    let arns = Box::pin(call.send()).await.unwrap();
    for arn in arns.task_definition_arns() {
        let call = aws.ecs.deregister_task_definition().task_definition(arn);
        Box::pin(call.send()).await.unwrap();
        let call = aws.ecs.delete_task_definitions().task_definitions(arn);
        let _ = Box::pin(call.send()).await;
    }
}

#[test]
fn a_lost_service_starts_nothing_that_never_ran() {
    let stage = bare();
    let digest = release(&stage.served, "v1");
    stage.place.expect(0, "deploy --image v1 --service patient");
    sign(&stage.served, &digest);
    release(&stage.served, "v2");
    aside(&stage.served, async |aws| {
        let call = aws.ecs.delete_service().service(REPOSITORY).force(true);
        let call = call.cluster("healthcare-app-dev-cluster");
        Box::pin(call.send()).await.unwrap();
        forget_definitions(&aws).await;
    });
    let ran = stage.place.expect(0, "apply dev --yes");
    ran.shows(&["waits for its first deploy"]);
    // What was deployed comes before what is newer.
    ran.says(&["patient has images: hcctl deploy dev --image v1 --service patient"]);
    let ran = stage.place.expect(0, "status dev");
    ran.shows(&["patient  waits for its first deploy", "0 of 0 run"]);
}

#[test]
fn a_service_that_lost_its_definitions_goes_on_with_its_image() {
    let stage = bare();
    let digest = release(&stage.served, "v1");
    stage.place.expect(0, "deploy --image v1 --service patient");
    release(&stage.served, "v2");
    sign(&stage.served, &digest);
    aside(&stage.served, async |aws| forget_definitions(&aws).await);
    stage.place.expect(0, "apply dev --yes");
    assert_eq!(stage.image("patient"), "v1");
    stage.place.expect(0, "plan dev --detailed-exitcode");
}

/// A number below another one.
fn below(seeded: &mut Seeded, end: usize) -> usize {
    seeded.within(0, end as u64 - 1) as usize
}

/// Whatever lies in a repository: what hcctl says of the policy is what ECR does.
#[tokio::test]
async fn what_is_said_of_the_policy_is_what_it_does() {
    let environment = load("dev");
    let world = World::new(Settings::instant());
    let aws = world.aws(&environment).await;
    let mut seeded = Seeded::new(7);
    for round in 0..24 {
        let keep = below(&mut seeded, 3) as u32 + 2;
        let repository = format!("{}-{round}", "shop");
        let call = aws.ecr.create_repository().repository_name(&repository);
        Box::pin(call.send()).await.unwrap();
        let policy = blueprint::lifecycle(keep);
        let call = aws.ecr.put_lifecycle_policy().repository_name(&repository);
        Box::pin(call.lifecycle_policy_text(policy.to_string()).send())
            .await
            .unwrap();
        let mut made: Vec<String> = Vec::new();
        for number in 0..below(&mut seeded, 16) {
            world.sandbox.advance(1_000);
            let tag = format!("v{number}");
            let of = made.get(below(&mut seeded, made.len().max(1))).cloned();
            let of = of.unwrap_or_else(|| format!("sha256:{}", "0".repeat(64)));
            let mut manifest = match below(&mut seeded, 6) {
                0 => referrer(&of),
                1 => index(&[
                    (&of, "linux/amd64"),
                    (&format!("sha256:{number}"), "unknown/unknown"),
                ]),
                2 => cosign(
                    "application/vnd.dsse.envelope.v1+json",
                    &format!("{of}{number}"),
                ),
                _ => plain(&tag),
            };
            manifest["annotations"] = json!({ "number": number.to_string() });
            let signature = format!("sha256-{}.x{number}", of.trim_start_matches("sha256:"));
            let tag = match below(&mut seeded, 5) {
                0 => None,
                1 => Some(signature),
                2 => Some(format!("{KEEP}{number}")),
                3 => Some(format!("{COUNTED}{number}")),
                _ => Some(tag),
            };
            made.push(put(&aws, &repository, &manifest, tag.as_deref()).await);
        }
        let mut images = image::images(&aws, &repository).await.unwrap();
        let read = image::manifests(&aws, &repository, made).await.unwrap();
        image::know(&mut images, &read);
        let said = retention::expiring(&policy, &images, SystemTime::now());
        let said: BTreeSet<String> = said.into_iter().map(|image| image.digest.clone()).collect();
        assert_eq!(said, previewed(&aws, &repository).await, "{images:#?}");
    }
}

/// A push must not take for an image's tag what says that something else is attached to one.
#[test]
fn no_image_is_pushed_under_the_tag_of_a_signature() {
    let tag = format!("sha256-{}.sig", "ab".repeat(32));
    let place = Place::new();
    let ran = place.expect(3, &format!("--sandbox push dev --tag {tag}"));
    ran.says(&["is a tag of what is attached to an image"]);
}
