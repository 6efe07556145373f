//! Plans: their forms, and what binds a saved one to its moment.

use serde_json::Value;

use crate::support::place::Place;
use crate::support::served::Served;

#[test]
fn a_plan_has_three_forms() {
    let place = Place::new();
    let ran = place.expect(0, "--sandbox plan dev");
    ran.shows(&["Plan for dev: healthcare-app", "Create 55", "55 to create"]);
    ran.says(&["hint: make it so with: hcctl --sandbox apply dev"]);

    let ran = place.expect(0, "--sandbox plan dev --format json");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["format_version"], 1);
    assert_eq!(document["counts"]["create"], 55);
    assert_eq!(document["changes"].as_array().unwrap().len(), 55);
    assert_eq!(ran.err, "");

    let ran = place.expect(0, "--sandbox plan dev --format markdown");
    ran.shows(&["### Plan for `dev`: 55 to create", "```diff"]);
    assert_eq!(ran.err, "");
    assert!(!place.path(".hcctl/sandbox.json.partial").exists());
}

#[test]
fn an_apply_in_json_is_events_and_a_report() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(0, "apply dev --yes --format json");
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines.iter().all(|line| line["format_version"] == 1),
        "{}",
        ran.out
    );
    let finished = lines.iter().filter(|line| line["event"] == "finished");
    assert_eq!(finished.count(), 55, "{}", ran.out);
}

#[test]
fn a_fresh_plan_is_made() {
    let (served, place) = Served::with_place();
    place
        .expect(2, "plan dev --out p.json --detailed-exitcode")
        .says(&["Saved to p.json", "hcctl apply dev --plan p.json"]);
    // A saved plan is asked about like any other: whoever runs it need not be who read it.
    place
        .expect(4, "apply dev --plan p.json")
        .says(&["not confirmed"]);
    place
        .expect(0, "apply dev --plan p.json --yes")
        .shows(&["55 created"]);
    place.expect(0, "plan dev --detailed-exitcode");
    // Made once, it is stale: the account has changed.
    stale(
        &served,
        &place,
        "apply dev --plan p.json --yes",
        "the account has changed",
    );
}

#[test]
fn a_plan_is_stale_after_the_file_has_changed() {
    let (served, place) = Served::with_place();
    place.expect(0, "plan dev --out p.json");
    place.edit(
        "environments/dev.yaml",
        "retention_days: 7",
        "retention_days: 14",
    );
    stale(
        &served,
        &place,
        "apply dev --plan p.json --yes",
        "the environment file",
    );
    place.expect(2, "plan dev --detailed-exitcode");
    // A comment is no change.
    place.edit(
        "environments/dev.yaml",
        "retention_days: 14",
        "retention_days: 7 ",
    );
    place.edit(
        "environments/dev.yaml",
        "# Development",
        "# Our development",
    );
    place.expect(0, "apply dev --plan p.json --yes");
}

#[test]
fn a_plan_is_for_its_environment_only() {
    let (served, place) = Served::with_place();
    place.expect(0, "plan dev --out p.json");
    let why = "the plan is for healthcare-app dev";
    stale(&served, &place, "apply prod --plan p.json --yes", why);
    assert!(served.counts().is_empty());
}

#[test]
fn a_plan_that_was_edited_or_is_none_is_refused() {
    let (_served, place) = Served::with_place();
    place.expect(0, "plan dev --out p.json");
    place.edit("p.json", "\"risk\": \"none\"", "\"risk\": \"lies\"");
    let line = "apply dev --plan p.json --yes";
    place
        .expect(3, line)
        .says(&["p.json: it was edited", "hint: make a new one"]);
    for text in ["", "{}", "[1, 2", "project: x"] {
        place.write("p.json", text);
        place
            .expect(3, line)
            .says(&["p.json", "hint: make a new one"]);
    }
    let ran = place.expect(3, "apply dev --plan nowhere.json");
    ran.says(&["cannot read the plan nowhere.json"]);
}

/// Refused, with the reason, and with nothing changed.
fn stale(served: &Served, place: &Place, line: &str, why: &str) {
    let before = served.counts();
    let ran = place.expect(4, line);
    ran.says(&["error: stale plan: ", why, "nothing was changed"]);
    assert_eq!(served.counts(), before);
}

#[test]
fn a_plan_that_is_saved_to_a_pipe_leaves_the_pipe() {
    use std::os::unix::fs::FileTypeExt;
    let place = Place::new();
    let pipe = place.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let from = pipe.clone();
    let reader = std::thread::spawn(move || std::fs::read_to_string(from).unwrap());
    // Both ends are kept open, so that a run which never opens the pipe does not leave the reader waiting.
    let both = std::fs::File::options().read(true).write(true).open(&pipe);
    let both = both.unwrap();
    place.expect(0, "--sandbox plan dev --out pipe");
    let kind = std::fs::symlink_metadata(&pipe).unwrap().file_type();
    drop(both);
    assert!(kind.is_fifo(), "a file took the place of the pipe");
    let saved: Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert_eq!(saved["what"], "hcctl plan");
    assert!(!place.path("pipe.partial").exists());
}
