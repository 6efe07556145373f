//! Repositories and images through the dispatcher.

use serde_json::{Value, json};

use crate::bench::{Bench, Refusal};

fn ecr(bench: &Bench, operation: &str, body: Value) -> Result<Value, Refusal> {
    bench.json("ecr", operation, body)
}

fn repository(bench: &Bench, mutability: &str) -> Value {
    let body = json!({
        "repositoryName": "hcctl/patient",
        "imageTagMutability": mutability,
        "imageScanningConfiguration": { "scanOnPush": true },
        "encryptionConfiguration": { "encryptionType": "KMS" },
        "tags": [{ "Key": "hcctl:stack", "Value": "dev" }],
    });
    ecr(bench, "CreateRepository", body).unwrap()["repository"].clone()
}

fn manifest(number: u32) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "size": number },
        "layers": [{ "size": 40 }, { "size": 2 }],
    })
    .to_string()
}

fn push(bench: &Bench, number: u32, tag: &str) -> Result<Value, Refusal> {
    ecr(
        bench,
        "PutImage",
        json!({ "repositoryName": "hcctl/patient", "imageManifest": manifest(number), "imageTag": tag }),
    )
}

#[test]
fn a_repository_comes_back_as_sent() {
    let bench = Bench::new();
    let made = repository(&bench, "IMMUTABLE");
    let found = ecr(
        &bench,
        "DescribeRepositories",
        json!({ "repositoryNames": ["hcctl/patient"] }),
    )
    .unwrap();
    assert_eq!(found["repositories"][0], made);
    assert_eq!(
        made["repositoryUri"],
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/hcctl/patient"
    );
    assert_eq!(made["imageScanningConfiguration"]["scanOnPush"], true);
    assert_eq!(made["encryptionConfiguration"]["encryptionType"], "KMS");
    let tags = ecr(
        &bench,
        "ListTagsForResource",
        json!({ "resourceArn": made["repositoryArn"] }),
    )
    .unwrap();
    assert_eq!(
        tags["tags"],
        json!([{ "Key": "hcctl:stack", "Value": "dev" }])
    );

    let again = ecr(
        &bench,
        "CreateRepository",
        json!({ "repositoryName": "hcctl/patient" }),
    )
    .unwrap_err();
    assert_eq!(again.code, "RepositoryAlreadyExistsException");
    let one_missing = json!({ "repositoryNames": ["hcctl/patient", "other"] });
    assert_eq!(
        ecr(&bench, "DescribeRepositories", one_missing)
            .unwrap_err()
            .code,
        "RepositoryNotFoundException"
    );
    let odd = ecr(
        &bench,
        "CreateRepository",
        json!({ "repositoryName": "Patient" }),
    )
    .unwrap_err();
    assert_eq!(odd.code, "InvalidParameterException");
}

#[test]
fn immutable_tags_stay_where_they_are() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let first = push(&bench, 1, "v1").unwrap()["image"]["imageId"]["imageDigest"].clone();
    assert_eq!(
        push(&bench, 1, "v1").unwrap_err().code,
        "ImageAlreadyExistsException"
    );
    assert_eq!(
        push(&bench, 2, "v1").unwrap_err().code,
        "ImageTagAlreadyExistsException"
    );
    push(&bench, 1, "v1.0").unwrap();

    let found = ecr(
        &bench,
        "DescribeImages",
        json!({ "repositoryName": "hcctl/patient", "imageIds": [{ "imageTag": "v1.0" }] }),
    );
    let image = &found.unwrap()["imageDetails"][0];
    assert_eq!(
        (&image["imageDigest"], &image["imageSizeInBytes"]),
        (&first, &json!(42))
    );
    assert_eq!(image["imageTags"], json!(["v1", "v1.0"]));
    let none = json!({ "repositoryName": "hcctl/patient", "imageIds": [{ "imageTag": "v9" }] });
    assert_eq!(
        ecr(&bench, "DescribeImages", none.clone())
            .unwrap_err()
            .code,
        "ImageNotFoundException"
    );
    let got = ecr(&bench, "BatchGetImage", none).unwrap();
    assert_eq!(got["failures"][0]["failureCode"], "ImageNotFound");
}

#[test]
fn mutable_tags_move_and_repositories_with_images_stay() {
    let bench = Bench::new();
    repository(&bench, "MUTABLE");
    push(&bench, 1, "latest").unwrap();
    push(&bench, 2, "latest").unwrap();
    let ids = ecr(
        &bench,
        "ListImages",
        json!({ "repositoryName": "hcctl/patient" }),
    )
    .unwrap();
    let untagged = ids["imageIds"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|id| id.get("imageTag").is_none());
    assert_eq!(untagged.count(), 1);

    let refused = ecr(
        &bench,
        "DeleteRepository",
        json!({ "repositoryName": "hcctl/patient" }),
    )
    .unwrap_err();
    assert_eq!(refused.code, "RepositoryNotEmptyException");
    let deleted = json!({ "repositoryName": "hcctl/patient", "imageIds": ids["imageIds"] });
    assert_eq!(
        ecr(&bench, "BatchDeleteImage", deleted).unwrap()["failures"],
        json!([])
    );
    ecr(
        &bench,
        "DeleteRepository",
        json!({ "repositoryName": "hcctl/patient" }),
    )
    .unwrap();
}

#[test]
fn a_lifecycle_policy_is_kept_word_for_word() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let name = json!({ "repositoryName": "hcctl/patient" });
    assert_eq!(
        ecr(&bench, "GetLifecyclePolicy", name.clone())
            .unwrap_err()
            .code,
        "LifecyclePolicyNotFoundException"
    );
    let text = r#"{ "rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}}]}"#;
    let put = |text: &str| {
        ecr(
            &bench,
            "PutLifecyclePolicy",
            json!({ "repositoryName": "hcctl/patient", "lifecyclePolicyText": text }),
        )
    };
    put(text).unwrap();
    assert_eq!(
        ecr(&bench, "GetLifecyclePolicy", name.clone()).unwrap()["lifecyclePolicyText"],
        text
    );
    assert_eq!(
        put(r#"{"rules":[]}"#).unwrap_err().code,
        "InvalidParameterException"
    );
    ecr(&bench, "DeleteLifecyclePolicy", name.clone()).unwrap();
    assert!(ecr(&bench, "DeleteLifecyclePolicy", name).is_err());
}

/// Puts a manifest, and answers its digest.
fn put(bench: &Bench, manifest: &Value, tag: Option<&str>) -> String {
    let mut body =
        json!({ "repositoryName": "hcctl/patient", "imageManifest": manifest.to_string() });
    if let Some(tag) = tag {
        body["imageTag"] = tag.into();
    }
    let made = ecr(bench, "PutImage", body).unwrap();
    let digest = &made["image"]["imageId"]["imageDigest"];
    digest.as_str().unwrap().to_owned()
}

fn index_of(digests: &[&str]) -> Value {
    let listed: Vec<Value> = digests
        .iter()
        .map(|digest| json!({ "digest": digest, "platform": { "os": "linux", "architecture": "amd64" } }))
        .collect();
    json!({ "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": listed })
}

fn signature_of(digest: &str) -> Value {
    json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json" },
        "layers": [],
        "subject": { "digest": digest },
        "annotations": { "by": "test" },
    })
}

fn image(number: u32) -> Value {
    serde_json::from_str(&manifest(number)).unwrap()
}

/// The digests that are there.
fn there(bench: &Bench) -> Vec<String> {
    let name = json!({ "repositoryName": "hcctl/patient" });
    let found = ecr(bench, "DescribeImages", name).unwrap();
    let details = found["imageDetails"].as_array().unwrap();
    let digest = |detail: &Value| detail["imageDigest"].as_str().unwrap().to_owned();
    details.iter().map(digest).collect()
}

fn rule(priority: u32, selection: &Value) -> Value {
    json!({ "rulePriority": priority, "selection": selection, "action": { "type": "expire" } })
}

fn tagged(patterns: &[&str], count: u32) -> Value {
    json!({ "tagStatus": "tagged", "tagPatternList": patterns, "countType": "imageCountMoreThan", "countNumber": count })
}

fn untagged() -> Value {
    json!({ "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 })
}

fn policy(bench: &Bench, rules: &[Value]) -> Result<Value, Refusal> {
    let text = json!({ "rules": rules }).to_string();
    let body = json!({ "repositoryName": "hcctl/patient", "lifecyclePolicyText": text });
    ecr(bench, "PutLifecyclePolicy", body)
}

const DAY: u64 = 86_400_000;

#[test]
fn what_an_index_lists_stays_as_long_as_the_index() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let child = put(&bench, &image(1), None);
    let index = put(&bench, &index_of(&[&child]), Some("v1"));
    let name = json!({ "repositoryName": "hcctl/patient" });
    let delete = |ids: Value| {
        let mut body = name.clone();
        body["imageIds"] = ids;
        ecr(&bench, "BatchDeleteImage", body).unwrap()
    };
    let refused = delete(json!([{ "imageDigest": child }]));
    assert_eq!(
        refused["failures"][0]["failureCode"],
        "ImageReferencedByManifestList"
    );
    policy(&bench, &[rule(1, &untagged())]).unwrap();
    bench.sandbox.advance(3 * DAY);
    assert_eq!(there(&bench).len(), 2);
    // In one call with its index it is refused too, and goes in the next.
    let both = json!([{ "imageDigest": index }, { "imageDigest": child }]);
    assert_eq!(
        delete(both)["failures"][0]["imageId"]["imageDigest"],
        child.as_str()
    );
    bench.sandbox.advance(DAY);
    assert_eq!(there(&bench), [""; 0]);
}

#[test]
fn what_is_attached_goes_with_its_subject() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let first = put(&bench, &image(1), Some("v1"));
    let signature = put(&bench, &signature_of(&first), None);
    let name = json!({ "repositoryName": "hcctl/patient", "subjectId": { "imageDigest": first } });
    let found = ecr(&bench, "ListImageReferrers", name).unwrap();
    let one = &found["referrers"][0];
    assert_eq!(one["digest"], signature.as_str());
    assert_eq!(
        one["artifactType"],
        "application/vnd.dev.sigstore.bundle.v0.3+json"
    );
    assert_eq!(one["annotations"], json!({ "by": "test" }));
    let ids =
        json!({ "repositoryName": "hcctl/patient", "imageIds": [{ "imageDigest": signature }] });
    let detail = &ecr(&bench, "DescribeImages", ids).unwrap()["imageDetails"][0];
    assert_eq!(detail["subjectManifestDigest"], first.as_str());
    policy(&bench, &[rule(1, &tagged(&["*"], 1))]).unwrap();
    bench.sandbox.advance(DAY);
    assert_eq!(there(&bench).len(), 2);
    let second = put(&bench, &image(2), Some("v2"));
    bench.sandbox.advance(2 * DAY);
    assert_eq!(there(&bench), [second]);
}

#[test]
fn a_preview_says_what_the_policy_expires() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let name = json!({ "repositoryName": "hcctl/patient" });
    assert_eq!(
        ecr(&bench, "GetLifecyclePolicyPreview", name.clone())
            .unwrap_err()
            .code,
        "LifecyclePolicyPreviewNotFoundException"
    );
    assert_eq!(
        ecr(&bench, "StartLifecyclePolicyPreview", name.clone())
            .unwrap_err()
            .code,
        "LifecyclePolicyNotFoundException"
    );
    let mut digests = Vec::new();
    for (number, tag) in [(1, "keep-1"), (2, "v2"), (3, "v3"), (4, "sha256-x.sig")] {
        digests.push(put(&bench, &image(number), Some(tag)));
        bench.sandbox.advance(1_000);
    }
    // What a rule of higher priority takes is safe, and counts all the same.
    policy(
        &bench,
        &[
            rule(1, &tagged(&["keep-*"], 9)),
            rule(2, &tagged(&["*"], 2)),
        ],
    )
    .unwrap();
    ecr(&bench, "StartLifecyclePolicyPreview", name.clone()).unwrap();
    let seen = ecr(&bench, "GetLifecyclePolicyPreview", name).unwrap();
    assert_eq!(seen["status"], "COMPLETE");
    assert_eq!(seen["summary"]["expiringImageTotalCount"], 1);
    let one = &seen["previewResults"][0];
    assert_eq!(one["imageDigest"], digests[1].as_str());
    assert_eq!(one["appliedRulePriority"], 2);
    assert_eq!(there(&bench).len(), 4, "a preview changes nothing");
}

#[test]
fn a_policy_of_another_form_is_refused() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let any = json!({ "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1 });
    let both = json!({
        "tagStatus": "tagged", "tagPatternList": ["a"], "tagPrefixList": ["a"],
        "countType": "imageCountMoreThan", "countNumber": 1,
    });
    for rules in [
        vec![rule(1, &any), rule(2, &untagged())],
        vec![rule(1, &untagged()), rule(2, &untagged())],
        vec![rule(1, &tagged(&["v*"], 1)), rule(2, &tagged(&["v*"], 2))],
        vec![rule(1, &tagged(&["v*"], 1)), rule(1, &tagged(&["w*"], 2))],
        vec![rule(1, &tagged(&["*a*b*c*d*"], 1))],
        vec![rule(1, &tagged(&[], 1))],
        vec![rule(1, &both)],
    ] {
        let refused = policy(&bench, &rules).unwrap_err();
        assert_eq!(refused.code, "InvalidParameterException", "{rules:?}");
    }
    policy(
        &bench,
        &[
            rule(1, &tagged(&["*a*b*c*d"], 1)),
            rule(2, &untagged()),
            rule(3, &any),
        ],
    )
    .unwrap();
}

#[test]
fn no_task_runs_what_is_no_image_for_it() {
    let bench = Bench::new();
    repository(&bench, "IMMUTABLE");
    let index = index_of(&["sha256:0"]);
    let attestation = json!({ "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
        { "digest": "sha256:1", "platform": { "os": "unknown", "architecture": "unknown" } },
    ] });
    let cosign = json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json" },
        "layers": [{ "mediaType": "application/vnd.dev.cosign.simplesigning.v1+json" }],
    });
    let cases = [
        (image(1), "linux/amd64", true),
        (index.clone(), "linux/amd64", true),
        (index, "linux/arm64", false),
        (attestation, "linux/amd64", false),
        (cosign, "linux/amd64", false),
        (signature_of("sha256:0"), "linux/amd64", false),
    ];
    for (at, (manifest, platform, runs)) in cases.iter().enumerate() {
        let tag = format!("t{at}");
        let digest = put(&bench, manifest, Some(&tag));
        for name in [format!(":{tag}"), format!("@{digest}")] {
            let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
            let reference = format!("{host}/hcctl/patient{name}");
            let why = bench.world(|world| super::unrunnable(world, &reference, platform));
            assert_eq!(why.is_none(), *runs, "{manifest} on {platform}: {why:?}");
        }
    }
}

#[test]
fn a_reference_is_pulled_by_tag_or_digest() {
    use super::{Pull, pull};
    use crate::world::World;
    let nowhere = World::default();
    assert_eq!(
        pull(&nowhere, "public.ecr.aws/nginx/nginx:1"),
        Pull::Elsewhere
    );
    assert_eq!(
        pull(
            &nowhere,
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/hcctl/patient:v1"
        ),
        Pull::Missing
    );
}
