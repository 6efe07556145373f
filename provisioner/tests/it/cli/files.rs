//! Environment files that are missing, empty or wrong; and the directories around them.

use std::path::PathBuf;

use crate::support::place::Place;

/// A file that is wrong: every verb that reads it says the same, calls nothing and ends with 3.
fn wrong(text: &str) -> String {
    let place = Place::empty();
    place.write("environments/dev.yaml", text);
    let said = place.expect(3, "validate dev").err;
    for verb in [
        "plan dev",
        "apply dev --yes",
        "destroy dev --yes",
        "unlock dev --yes",
    ] {
        let ran = place.expect(3, &format!("--sandbox {verb}"));
        assert_eq!(ran.err, said, "{verb}");
    }
    assert!(!place.path(".hcctl").exists(), "the sandbox was called");
    said
}

const LEAST: &str = "project: shop\nregion: us-east-1\nnetwork: { cidr: 10.0.0.0/16 }\nservices:\n  web:\n    paths: [\"/*\"]\n";

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(wrong(""));
}

#[test]
fn a_tab() {
    insta::assert_snapshot!(wrong("project: shop\nnetwork:\n\tcidr: 10.0.0.0/16\n"));
}

#[test]
fn a_typo_in_a_key() {
    insta::assert_snapshot!(wrong(&LEAST.replace("paths", "pahts")));
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(wrong(&format!("{LEAST}    count: many\n    cpu: [256]\n")));
}

#[test]
fn a_region_that_is_none() {
    insta::assert_snapshot!(wrong(&LEAST.replace("us-east-1", "Frankfurt")));
}

#[test]
fn a_file_that_is_no_text() {
    let place = Place::empty();
    std::fs::create_dir(place.path("environments")).unwrap();
    std::fs::write(place.path("environments/dev.yaml"), [0xff, 0xfe, 0, 1]).unwrap();
    place
        .expect(3, "validate dev")
        .says(&["environments/dev.yaml"]);
}

#[test]
fn an_environment_that_does_not_exist() {
    let place = Place::new();
    let ran = place.expect(3, "plan prd");
    ran.says(&["no environment `prd`", "did you mean `prod`", "dev, prod"]);
    place.expect(3, "plan ../secret").says(&["dev, prod"]);
}

#[test]
fn no_directory_and_no_files() {
    let place = Place::empty();
    let ran = place.expect(3, "plan dev");
    ran.says(&["no directory environments", "hcctl init"]);
    place.expect(3, "validate").says(&["hcctl init"]);
    std::fs::create_dir(place.path("environments")).unwrap();
    place.expect(3, "validate").says(&["hcctl init"]);
    place.expect(3, "plan dev").says(&["hcctl init"]);
}

#[test]
fn validate_tells_of_every_file_at_once() {
    let place = Place::new();
    place.write("environments/bad.yaml", &LEAST.replace("paths", "pahts"));
    place.write("environments/worse.yaml", "");
    let ran = place.expect(3, "validate");
    ran.says(&["environments/bad.yaml:6:5", "environments/worse.yaml:1:1"]);
    ran.shows(&["dev: valid (2 services)", "prod: valid (2 services)"]);
    let ran = place.expect(3, "validate --format json");
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["format_version"], 1);
    let valid = document["environments"].as_array().unwrap().iter();
    let valid: Vec<_> = valid
        .map(|one| {
            (
                one["environment"].as_str().unwrap(),
                one["valid"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        valid,
        [
            ("bad", false),
            ("dev", true),
            ("prod", true),
            ("worse", false)
        ]
    );
    assert_eq!(document["environments"][0]["errors"][0]["line"], 6);
    let ran = place.expect(3, "validate --format sarif");
    let log: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let places: Vec<(&str, u64)> = results
        .map(|one| {
            let place = &one["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            (uri, place["region"]["startLine"].as_u64().unwrap())
        })
        .collect();
    assert!(places.contains(&("environments/bad.yaml", 6)), "{places:?}");
    assert!(
        places.contains(&("environments/worse.yaml", 1)),
        "{places:?}"
    );
    let ran = place.expect(0, "validate dev --format sarif");
    let log: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn init_writes_a_file_that_plans_and_never_over_one() {
    let place = Place::empty();
    let line = "init shop --project shop --region eu-central-1 --cidr 10.9.0.0/16 --service web=/*";
    place
        .expect(0, line)
        .shows(&["Wrote environments/shop.yaml"])
        .says(&["hcctl --sandbox plan shop"]);
    let text = place.read("environments/shop.yaml");
    place
        .expect(0, "validate")
        .shows(&["shop: valid (1 service)"]);
    place
        .expect(2, "--sandbox plan shop --detailed-exitcode")
        .shows(&["eu-central-1"]);
    let ran = place.expect(4, line);
    ran.says(&[
        "environments/shop.yaml is there already",
        "nothing was written",
    ]);
    assert_eq!(place.read("environments/shop.yaml"), text);
}

#[test]
fn init_refuses_what_would_not_be_valid() {
    let place = Place::empty();
    place
        .expect(3, "init No")
        .says(&["`No` is not an environment's name"]);
    place
        .expect(3, "init dev --service web")
        .says(&["NAME=PATH"]);
    place
        .expect(3, "init dev --cidr 10.0.0.0/99")
        .says(&["network block"]);
    place
        .expect(3, "init dev --region nowhere")
        .says(&["region"]);
    place.expect(3, "init dev --protect").says(&["--issuer"]);
    assert!(!place.path("environments").exists());
    let line = "init prod --protect --issuer https://auth.example.com/ --audience api";
    place.expect(0, line);
    assert!(
        place
            .read("environments/prod.yaml")
            .contains("protect: true")
    );
    place.expect(0, "validate prod");
}

#[test]
fn a_read_only_directory() {
    let place = Place::new();
    let closed = closed(&place);
    let closed = closed.display();
    place
        .expect(1, &format!("init dev --environments {closed}/environments"))
        .says(&["cannot write", "environments/dev.yaml"]);
    place
        .expect(1, &format!("--sandbox plan dev --out {closed}/plan.json"))
        .says(&["cannot write the plan to", "plan.json"]);
    let mut inside = place.command("--sandbox plan dev --environments");
    inside.arg(place.path("environments"));
    inside.current_dir(closed.to_string());
    let ran = crate::support::place::Ran::from(inside.output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    ran.says(&["error: the sandbox: cannot make the folder .hcctl", "hint:"]);
}

/// A directory in which nothing can be made. Permissions do not bind root, so for root it is one of the kernel's.
fn closed(place: &Place) -> PathBuf {
    let dir = place.path("closed");
    std::fs::create_dir(&dir).unwrap();
    let mut permissions = std::fs::metadata(&dir).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&dir, permissions).unwrap();
    if std::fs::create_dir(dir.join("probe")).is_err() {
        return dir;
    }
    PathBuf::from("/sys")
}
