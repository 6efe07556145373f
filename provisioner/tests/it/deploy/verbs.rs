//! What deploy, rollback and status refuse, and what else they do.

use super::stage::Stage;
use crate::support::place::interrupt;

#[test]
fn what_is_not_there_is_refused_before_anything_changes() {
    let stage = Stage::new("rolling");
    stage.place.expect(4, "deploy --image v9").says(&[
        "no image v9",
        "the latest there are",
        "nothing was changed",
    ]);
    stage
        .place
        .expect(3, "deploy --image v1 --service doctor")
        .says(&["no service `doctor`", "appointment, patient"]);
    stage
        .place
        .expect(4, "deploy dev --approve")
        .says(&["waits for approval"]);
    stage.place.expect(3, "deploy dev");
    stage
        .place
        .expect(3, "deploy dev --image v1/2")
        .says(&["`v1/2` is neither a tag nor a digest"]);
    stage
        .place
        .expect(3, "rollback dev --to sha256:00")
        .says(&["neither a tag nor a digest"]);
    stage.is_sound();
}

#[test]
fn before_the_first_apply_there_is_nothing_to_deploy_to() {
    let (_served, place) = crate::support::served::Served::with_place();
    place
        .expect(4, "deploy --image v1")
        .says(&["is not in account and region", "hcctl apply dev"]);
    place.expect(4, "rollback dev").says(&["hcctl apply dev"]);
    place.expect(0, "status dev").shows(&["not made yet"]);
}

#[test]
fn a_rollback_goes_to_the_image_before_and_back() {
    let stage = Stage::new("rolling");
    stage
        .place
        .expect(4, "rollback dev")
        .says(&["no image that it ran successfully before"]);
    stage.place.expect(0, "deploy --image v2");
    let back = stage.place.expect(0, "rollback dev");
    back.shows(&["v2 -> v1"]);
    assert_eq!(stage.image("patient"), "v1");
    stage
        .place
        .expect(0, "rollback dev --to v2 --service patient");
    assert_eq!(stage.image("patient"), "v2");
    assert_eq!(stage.image("appointment"), "v1");
    stage.is_sound();
}

#[test]
fn an_apply_keeps_the_image_that_runs() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2");
    stage
        .place
        .edit("environments/dev.yaml", "cpu: 256", "cpu: 512");
    stage
        .place
        .edit("environments/dev.yaml", "memory: 512", "memory: 1024");
    stage.place.expect(0, "apply dev --yes");
    assert_eq!(stage.image("appointment"), "v2");
    assert_eq!(stage.image("patient"), "v2");
    stage.is_sound();
}

#[test]
fn a_first_deploy_that_fails_has_nothing_to_return_to() {
    let served = crate::support::served::Served::start(super::stage::settings());
    let place = super::stage::place("rolling").at(&served.url());
    place.expect(0, "apply dev --yes");
    super::stage::publish(&served, "patient", "fails-start");
    super::stage::publish(&served, "patient", "v1");
    let ran = place.expect(5, "deploy --image fails-start --service patient");
    ran.shows(&["1 service stopped", "exit code 1"]);
    ran.says(&["it waits for its first deploy again"]);
    place.expect(0, "plan dev --detailed-exitcode");
    place
        .expect(0, "status dev")
        .shows(&["waits for its first deploy", "0 of 0 run"]);
    let good = place.expect(0, "deploy --image v1 --service patient");
    good.shows(&["1 service succeeded"]);
    place.expect(0, "plan dev --detailed-exitcode");
}

#[test]
fn a_pause_waits_for_a_word() {
    let stage = Stage::new("blue_green");
    stage.place.edit(
        "environments/dev.yaml",
        "  bake_minutes: 8",
        "  bake_minutes: 1\n  approve: true",
    );
    stage.place.expect(0, "apply dev --yes");
    let ran = stage.run_until(
        "deploy --image v2 --service patient",
        "waits for approval",
        |stage, _| {
            stage.place.expect(0, "deploy dev --approve");
        },
    );
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    ran.says(&["hcctl deploy dev --approve"]);
    let ran = stage.run_until(
        "deploy --image v1 --service patient",
        "waits for approval",
        |stage, _| {
            stage.place.expect(0, "deploy dev --reject");
        },
    );
    assert_eq!(ran.code, Some(5), "{}\n{}", ran.out, ran.err);
    assert_eq!(stage.image("patient"), "v2");
    stage.is_sound();
    // Who gave the word is on record, with the image that it was about.
    let history = stage.place.expect(0, "history dev --format json").out;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    for (verb, image) in [("approve", "v2"), ("reject", "v1")] {
        let runs = history["runs"].as_array().unwrap();
        let run = runs.iter().find(|run| run["command"] == verb).unwrap();
        assert_eq!(run["outcome"], "done", "{run:#}");
        let released = |run: &&serde_json::Value| {
            run["command"] == "deploy" && run["tags"]["patient"] == image
        };
        let release = runs.iter().find(released).unwrap();
        assert_eq!(
            run["images"]["patient"], release["images"]["patient"],
            "{run:#}"
        );
    }
}

/// A service without tasks has nothing to approve, so that nobody is waited for; its first image has.
#[test]
fn a_first_apply_waits_for_nobody_and_a_first_deploy_for_a_word() {
    for (strategy, _) in &super::stage::STRATEGIES[1..] {
        let stage = Stage::bare(strategy);
        stage.place.edit(
            "environments/dev.yaml",
            "minutes: 8",
            "minutes: 1\n  approve: true",
        );
        let ran = stage.place.expect(0, "apply dev --yes");
        ran.says(&[
            "what has no tasks needs no approval",
            "hcctl deploy dev --approve",
        ]);
        stage.place.expect(0, "plan dev --detailed-exitcode");
        super::stage::publish(&stage.served, "patient", "v1");
        let ran = stage.run_until(
            "deploy --image v1 --service patient",
            "waits for approval",
            |_, child| interrupt(child),
        );
        assert_eq!(ran.code, Some(130), "{strategy}: {}\n{}", ran.out, ran.err);
        // The others pause before each of their shifts.
        if *strategy == "blue_green" {
            stage.place.expect(0, "deploy dev --approve");
            assert_eq!(stage.image("patient"), "v1");
            stage.place.expect(0, "plan dev --detailed-exitcode");
        }
    }
}

#[test]
fn what_runs_stays_in_the_registry() {
    let stage = Stage::new("rolling");
    for n in 0..8 {
        super::stage::publish(&stage.served, "patient", &format!("later-{n}"));
    }
    let ran = stage.place.expect(0, "deploy --image v2 --service patient");
    ran.says(&["ECR's lifecycle policy will remove"]);
    let sentences = ran.sentences();
    let mut notes = sentences.lines();
    let note = notes.find(|line| line.contains("lifecycle policy"));
    let (_, gone) = note.unwrap().split_once("will remove ").unwrap();
    let (gone, _) = gone.split_once(" from ").unwrap();
    let gone: Vec<&str> = gone.split(", ").collect();
    assert!(!gone.contains(&"v1") && !gone.contains(&"v2"), "{gone:?}");
    assert!(gone.contains(&"fails-pull"), "{gone:?}");
    stage.is_sound();
}

#[test]
fn events_are_json_lines_and_the_last_words_a_document() {
    let stage = Stage::new("rolling");
    let ran = stage
        .place
        .expect(0, "deploy --image v2 --service patient --format json");
    let lines: Vec<serde_json::Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.iter().all(|line| line["format_version"] == 1));
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["verb"], &last["complete"]),
        (&"deploy".into(), &true.into())
    );
    assert!(
        lines
            .iter()
            .any(|line| line["event"] == "ended" && line["outcome"] == "succeeded")
    );
}

#[test]
fn a_restart_gives_new_tasks_of_the_same_revision() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2");
    let tasks = || stage.place.expect(0, "status dev --format json").out;
    let before = tasks();
    let ran = stage.place.expect(0, "restart dev --service patient");
    ran.says(&["Restarting dev (", ": patient."]);
    assert_eq!(stage.image("patient"), "v2");
    stage.is_sound();
    assert_ne!(tasks(), before, "{before}");
    stage.place.expect(0, "plan dev").shows(&["No changes"]);
    stage
        .place
        .expect(0, "history dev")
        .shows(&["restart", "v2"]);

    let bare = Stage::bare("rolling");
    bare.place.expect(0, "apply dev --yes");
    let ran = bare.place.expect(4, "restart dev");
    ran.says(&["runs no image that could be restarted"]);
}
