//! A command in a task of its own.

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::Value;

use crate::deploy::stage::{Stage, aside, publish};
use crate::support::place::{interrupt, wait};

#[test]
fn a_command_runs_beside_the_service_and_its_exit_code_is_hcctls() {
    let stage = Stage::new("rolling");
    let before = stage.served.counts();
    let ran = stage.place.expect(0, "run dev patient -- bin/migrate --up");
    assert_eq!(ran.out, "listening\n");
    ran.says(&["Task ", " of patient (", "account 123456789012 as "]);
    let ran = stage.place.expect(3, "run dev patient -- sh -c exit 3");
    ran.says(&["`sh -c exit 3` ended with exit code 3 in task"]);
    assert_eq!(stage.served.counts(), before, "nothing is left running");
    stage.place.expect(0, "plan dev").shows(&["No changes"]);
}

#[test]
fn what_never_ran_and_what_cannot_run_say_why() {
    let stage = Stage::new("rolling");
    // The image that runs is no longer there for another task to pull.
    aside(&stage.served, async |aws| {
        let repository = aws.scope.name("patient-service");
        let call = aws.ecr.list_images().repository_name(&repository);
        let images = call.send().await.unwrap().image_ids.unwrap();
        let call = aws.ecr.batch_delete_image().repository_name(&repository);
        call.set_image_ids(Some(images)).send().await.unwrap();
    });
    let ran = stage.place.expect(1, "run dev patient -- bin/migrate");
    ran.says(&[
        "`bin/migrate` never ran: task",
        "CannotPullContainerError",
        "hcctl doctor",
    ]);
    let ran = stage.place.expect(3, "run dev -- bin/migrate");
    ran.says(&["has several services", "appointment, patient"]);
    stage.place.expect(3, "run dev patient");

    let bare = Stage::bare("rolling");
    bare.place.expect(0, "apply dev --yes");
    let ran = bare.place.expect(4, "run dev patient -- bin/migrate");
    ran.says(&["patient has no image yet", "deploy dev --service patient"]);
}

#[test]
fn a_task_that_goes_on_is_stopped_by_ctrl_c_and_left_by_detach() {
    let stage = Stage::slow("rolling");
    publish(&stage.served, "patient", "v9");
    // Nothing ends it but a signal: the image is slow to start.
    let mut child = stage.place.start("run dev patient -- bin/long");
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    stderr.read_line(&mut first).unwrap();
    interrupt(&child);
    wait(&mut child);
    let code = child.wait().unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(code.code(), Some(130), "{first}{rest}");
    assert!(rest.contains("the task is stopped"), "{rest}");
    assert!(
        rest.contains("was stopped: hcctl run: interrupted"),
        "{rest}"
    );

    let line = "run dev patient --detach --format json -- bin/long";
    let ran = stage.place.expect(0, line);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let arn = told["started"].as_str().unwrap();
    assert!(
        arn.starts_with("arn:aws:ecs:us-east-1:123456789012:task/"),
        "{arn}"
    );
}
