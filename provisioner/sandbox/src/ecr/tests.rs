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
