//! Hints in the states in which they appear: none proposes what would make things worse.

use aws_sdk_ecs::types::DesiredStatus;
use serde_json::{Value, json};

use crate::deploy::stage::{Stage, aside, publish};
use crate::support::place::Ran;

/// Text that a run's hints must have, and text that they must not.
struct Case<'a> {
    what: &'a str,
    line: &'a str,
    code: i32,
    says: &'a [&'a str],
    never: &'a [&'a str],
}

fn hints(ran: &Ran) -> String {
    let sentences = ran.sentences();
    let hints = sentences.lines().filter(|line| line.contains("hint: "));
    hints.collect::<Vec<_>>().join("\n") + "\n"
}

fn hold(stage: &Stage, cases: &[Case<'_>]) {
    for case in cases {
        let ran = stage.place.expect(case.code, case.line);
        let hints = hints(&ran);
        for word in case.says {
            assert!(
                hints.contains(word),
                "{}: no `{word}` in {hints}",
                case.what
            );
        }
        for word in case.never {
            assert!(!hints.contains(word), "{}: `{word}` in {hints}", case.what);
        }
    }
}

/// What stands and runs, and is changed a little: nobody is sent back to an old image.
#[test]
fn no_hint_proposes_an_old_image_over_what_runs() {
    let stage = Stage::new("rolling");
    stage
        .place
        .edit("environments/dev.yaml", "keep_images: 5", "keep_images: 2");
    stage.place.expect(0, "apply dev --yes");
    for tag in ["v3", "v4"] {
        publish(&stage.served, "patient", tag);
        let line = format!("deploy --image {tag} --service patient");
        stage.place.expect(0, &line);
    }
    let edit = |from: &str, to: &str| stage.place.edit("environments/dev.yaml", from, to);
    edit("retention_days: 7", "retention_days: 14");
    hold(
        &stage,
        &[
            Case {
                what: "a change of something else",
                line: "plan dev",
                code: 0,
                says: &["make it so with: hcctl apply dev"],
                never: &["--image", "push"],
            },
            Case {
                what: "the same, applied",
                line: "apply dev --yes",
                code: 0,
                says: &[],
                never: &["give it images", "--image", "push"],
            },
            Case {
                what: "a way back to a tag that is not there",
                line: "rollback dev --to v9",
                code: 4,
                says: &["name one that is there: hcctl rollback dev --to TAG"],
                never: &["push"],
            },
            Case {
                what: "a digest that is not there",
                line: "deploy --image sha256:0000000000000000000000000000000000000000000000000000000000000000",
                code: 4,
                says: &["name one that is there: hcctl deploy dev --image TAG"],
                never: &["--to", "push"],
            },
        ],
    );
    edit(
        "  appointment:\n",
        "  billing:\n    paths: [\"/api/bills*\"]\n    table: bills\n\n  appointment:\n",
    );
    hold(
        &stage,
        &[Case {
            what: "a service more",
            line: "apply dev --yes",
            code: 0,
            says: &[
                "hcctl push dev --tag v1 --service billing",
                "hcctl deploy dev --image v1 --service billing",
            ],
            never: &[],
        }],
    );
}

#[test]
fn what_has_no_images_is_told_how_to_get_some() {
    let stage = Stage::bare("rolling");
    hold(
        &stage,
        &[
            Case {
                what: "the first apply",
                line: "apply dev --yes",
                code: 0,
                says: &[
                    "give it images: hcctl push dev --tag v1, then hcctl deploy dev --image v1\n",
                ],
                never: &[],
            },
            Case {
                what: "nothing to go back to, and nothing else there",
                line: "rollback dev --service patient",
                code: 4,
                says: &["push a good one and deploy it"],
                never: &["--to"],
            },
        ],
    );
    publish(&stage.served, "patient", "v1");
    publish(&stage.served, "patient", "v2");
    stage.place.expect(0, "deploy --image v1 --service patient");
    hold(
        &stage,
        &[Case {
            what: "nothing before it, and another image there",
            line: "rollback dev --service patient",
            code: 4,
            says: &["name one (v2): hcctl rollback dev --to TAG"],
            never: &["push"],
        }],
    );
}

/// A renamed key: what it costs is said in so many words, and nobody is sent into it.
#[test]
fn a_renamed_service_is_told_of_with_all_that_it_takes_away() {
    let stage = Stage::new("rolling");
    stage
        .place
        .edit("environments/dev.yaml", "  patient:\n", "  clients:\n");
    hold(
        &stage,
        &[
            Case {
                what: "the plan",
                line: "plan dev",
                code: 0,
                says: &[],
                never: &["make it so"],
            },
            Case {
                what: "drift",
                line: "drift dev --no-who",
                code: 2,
                says: &["read first what an apply would lose: hcctl plan dev"],
                never: &["put it back"],
            },
        ],
    );
    let text = stage.place.expect(0, "plan dev --format json").out;
    let plan: Value = serde_json::from_str(&text).unwrap();
    let notes = plan["notes"].as_array().unwrap();
    let of = |name: &str, word: &str| {
        let all = notes
            .iter()
            .filter(|note| note["address"] == format!("service/{name}"));
        let mut texts = all.filter_map(|note| note["text"].as_str());
        texts.find(|text| text.contains(word)).map(str::to_owned)
    };
    assert!(of("clients", "waits for its first deploy").is_some());
    let said = of("clients", "takes").unwrap();
    for words in [
        "takes /api/patients* over from the running service patient, which the file no longer has",
        "patient goes with its images and its logs",
        "/api/patients* has no target at all until clients has an image",
        "The safe way: keep patient as it was and add clients beside it",
    ] {
        assert!(said.contains(words), "{said}");
    }
    // Taken out for good, its data go too.
    let all = stage.place.read("environments/dev.yaml");
    let (head, rest) = all.split_once("  clients:\n").unwrap();
    let (_, tail) = rest.split_once("\n\n").unwrap();
    stage
        .place
        .write("environments/dev.yaml", &format!("{head}{tail}"));
    stage
        .place
        .expect(0, "plan dev")
        .shows(&["runs, and goes with its images"]);
    let text = stage.place.expect(0, "plan dev --format json").out;
    let plan: Value = serde_json::from_str(&text).unwrap();
    let said = json!({
        "address": "service/patient",
        "text": "runs, and goes with its images, its logs and table patients with all its items; \
                 /api/patients* then leads to it no more",
    });
    assert!(
        plan["notes"].as_array().unwrap().contains(&said),
        "{:#}",
        plan["notes"]
    );
}

/// Somebody's image that hcctl did not deploy: the hint to deploy it does what it says.
#[test]
fn deploying_what_runs_already_protects_it() {
    let stage = Stage::new("rolling");
    let repository = "healthcare-app-dev-patient-service";
    let kept = || {
        aside(&stage.served, async |aws| {
            let images = hcctl::resources::image::images(&aws, repository)
                .await
                .unwrap();
            let kept = images.into_iter().filter(|image| image.has("hcctl-keep-"));
            kept.flat_map(|image| image.tags).collect::<Vec<String>>()
        })
    };
    let tags = kept();
    aside(&stage.served, async |aws| {
        let own = tags.iter().filter(|tag| tag.starts_with("hcctl-"));
        let ids = own.map(|tag| {
            let id = aws_sdk_ecr::types::ImageIdentifier::builder();
            id.image_tag(tag).build()
        });
        let call = aws.ecr.batch_delete_image().repository_name(repository);
        let ids: Vec<_> = ids.collect();
        Box::pin(call.set_image_ids(Some(ids)).send())
            .await
            .unwrap();
    });
    assert_eq!(kept(), [""; 0]);
    let ran = stage.place.expect(0, "deploy --image v1");
    ran.shows(&["2 services unchanged"]);
    assert_eq!(kept(), tags);
    // Nothing was rolled out for that.
    let running = aside(&stage.served, async |aws| {
        let call = aws.ecs.list_tasks().cluster("healthcare-app-dev-cluster");
        let call = call.desired_status(DesiredStatus::Stopped);
        Box::pin(call.send()).await.unwrap().task_arns().len()
    });
    assert_eq!(running, 0);
}
