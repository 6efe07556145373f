//! In the sandbox: a record in the image's stead.

use std::collections::BTreeSet;

use aws_sdk_ecr::types::ImageIdentifier;
use hcctl::aws::{Aws, Connect};
use hcctl::blueprint;
use hcctl_sandbox::{Sandbox, Settings};
use serde_json::Value;

use crate::support::place::Place;
use crate::support::world::load;

#[test]
fn a_record_is_published_without_an_engine_or_a_dockerfile() {
    let place = Place::new();
    let ran = place.expect(1, "--sandbox push dev --tag v1");
    ran.says(&[
        "there is no repository",
        "hint: make it: hcctl --sandbox apply dev",
    ]);
    place.expect(0, "--sandbox apply dev --yes --quiet");
    let first = place.expect(0, "--sandbox push dev --tag v1");
    first.says(&[
        "pushed    patient",
        "hint: roll it out with: hcctl --sandbox deploy dev --image v1",
    ]);
    let again = place.expect(0, "--sandbox push dev --tag v1");
    again.says(&["there     patient"]);
    assert_eq!(again.out, first.out);
    let second = place.expect(0, "--sandbox push dev --tag fails-health --service patient");
    let digests: BTreeSet<&str> = [&first.out, &second.out]
        .into_iter()
        .flat_map(|out| out.lines())
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(digests.len(), 3, "two tags are two images: {digests:?}");
    place.expect(0, "sandbox status").shows(&["    3  image\n"]);
    // What is pushed is nothing that a plan would change.
    place.expect(0, "--sandbox plan dev --detailed-exitcode");
}

#[tokio::test]
async fn the_record_says_which_processors_it_is_for() {
    let place = Place::new();
    place.expect(0, "--sandbox apply dev --yes --quiet");
    place.expect(0, "--sandbox push dev --tag v1");
    let file = place.path(".hcctl/sandbox.json");
    let sandbox = Sandbox::open(Some(file), Settings::instant()).unwrap();
    let connect = Connect {
        region: "us-east-1".to_owned(),
        profile: None,
        http: Some(sandbox.http_client()),
        ask: None,
    };
    let aws = Aws::connect(connect, blueprint::scope(&load("dev"))).await;
    let got = aws
        .unwrap()
        .ecr
        .batch_get_image()
        .repository_name("healthcare-app-dev-patient-service")
        .image_ids(ImageIdentifier::builder().image_tag("v1").build())
        .send()
        .await
        .unwrap();
    let manifest = got.images()[0].image_manifest().unwrap();
    let manifest: Value = serde_json::from_str(manifest).unwrap();
    let platform = &manifest["manifests"][0]["platform"];
    assert_eq!(platform["os"], "linux");
    assert_eq!(platform["architecture"], "amd64");
}
