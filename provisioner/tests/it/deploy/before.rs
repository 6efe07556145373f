//! A command before a deployment: run once, on the very revision that is rolled out, and in the way of all of it where it fails.

use super::stage::{Stage, aside, publish};
use crate::support::place::Place;

const RUNS: &str = "`bin/migrate --up` runs before the deployment";

/// Has patient's releases run a command first.
fn migrates(place: &Place) {
    let paths = "paths: [\"/api/patients*\"]";
    let with = format!("{paths}\n    before_deploy: [bin/migrate, --up]");
    place.edit("environments/dev.yaml", paths, &with);
}

/// The revisions of patient's task definition that there are, and the one that the service runs.
fn revisions(stage: &Stage) -> (usize, String) {
    aside(&stage.served, async |aws| {
        let family = aws.scope.name("patient-service");
        let call = aws.ecs.list_task_definitions().family_prefix(&family);
        let arns = call.send().await.unwrap().task_definition_arns.unwrap();
        let call = aws
            .ecs
            .describe_services()
            .cluster(aws.scope.name("cluster"));
        let seen = call
            .services(&family)
            .send()
            .await
            .unwrap()
            .services
            .unwrap();
        (arns.len(), seen[0].task_definition.clone().unwrap())
    })
}

#[test]
fn the_revision_that_is_rolled_out_is_the_one_that_the_command_ran_on() {
    let stage = Stage::new("rolling");
    migrates(&stage.place);
    stage.place.expect(0, "plan dev").shows(&["No changes"]);
    let (before, _) = revisions(&stage);
    let ran = stage.place.expect(0, "deploy dev --image v2");
    ran.says(&["patient: ", RUNS]);
    ran.shows(&["listening"]);
    let (after, runs) = revisions(&stage);
    assert_eq!(after, before + 1, "one revision for both");
    aside(&stage.served, async |aws| {
        let cluster = aws.scope.name("cluster");
        let call = aws
            .ecs
            .list_tasks()
            .cluster(&cluster)
            .started_by("hcctl run");
        let call = call.desired_status(aws_sdk_ecs::types::DesiredStatus::Stopped);
        let arns = call.send().await.unwrap().task_arns.unwrap();
        let call = aws.ecs.describe_tasks().cluster(&cluster);
        let tasks = call
            .set_tasks(Some(arns))
            .send()
            .await
            .unwrap()
            .tasks
            .unwrap();
        let of: Vec<_> = tasks
            .iter()
            .filter_map(|task| task.task_definition_arn())
            .collect();
        assert_eq!(of, [runs.as_str()], "run once");
    });
    // Nothing is deployed, so nothing is run.
    let again = stage.place.expect(0, "deploy dev --image v2");
    assert!(!again.sentences().contains(RUNS), "{}", again.err);
}

#[test]
fn a_command_that_fails_rolls_nothing_out_and_rollbacks_run_none() {
    let stage = Stage::new("rolling");
    let place = &stage.place;
    migrates(place);
    publish(&stage.served, "appointment", "fails-before");
    publish(&stage.served, "patient", "fails-before");
    let (_, before) = revisions(&stage);
    let ran = place.expect(5, "deploy dev --image fails-before");
    ran.says(&[
        RUNS,
        "`bin/migrate --up` ended with exit code 1 in task",
        "nothing was rolled out",
    ]);
    ran.shows(&["not started"]);
    assert_eq!(revisions(&stage).1, before);
    place.expect(0, "plan dev").shows(&["No changes"]);
    let run = place.expect(0, "history dev --format json");
    let run: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let id = run["runs"][0]["run"].as_str().unwrap();
    place
        .expect(0, &format!("history dev --run {id}"))
        .shows(&["exit code 1"]);

    let skipped = place.expect(0, "deploy dev --image fails-before --skip-before-deploy");
    assert!(!skipped.sentences().contains(RUNS), "{}", skipped.err);
    for line in [
        "restart dev --service patient",
        "rollback dev --service patient",
    ] {
        let ran = place.expect(0, line);
        assert!(!ran.sentences().contains(RUNS), "{}", ran.err);
    }
}

#[test]
fn a_first_deploy_runs_it_too() {
    let stage = Stage::bare("rolling");
    let place = &stage.place;
    migrates(place);
    place.expect(0, "apply dev --yes");
    for tag in ["v1", "fails-before"] {
        publish(&stage.served, "patient", tag);
    }
    let only = "--service patient";
    let ran = place.expect(5, &format!("deploy dev --image fails-before {only}"));
    ran.says(&[RUNS, "nothing was rolled out"]);
    place
        .expect(0, "status dev")
        .shows(&["waits for its first deploy"]);
    let ran = place.expect(0, &format!("deploy dev --image v1 {only}"));
    ran.says(&[RUNS]);
}

#[test]
fn what_no_deploy_would_run_is_refused() {
    let place = Place::new();
    let image = format!(
        "image: \"public.ecr.aws/nginx/nginx@sha256:{}\"",
        "a".repeat(64)
    );
    migrates(&place);
    let paths = "paths: [\"/api/patients*\"]";
    place.edit(
        "environments/dev.yaml",
        paths,
        &format!("{paths}\n    {image}"),
    );
    let ran = place.expect(3, "validate dev");
    ran.says(&["services.patient.before_deploy", "hcctl run ENV SERVICE"]);
}
