//! Each strategy with each thing that can happen to a deployment.

use super::stage::{STRATEGIES, Stage, aside};
use crate::support::place::{Ran, interrupt};

/// Runs a case for every strategy at the same time: they mostly wait.
fn each(case: fn(&'static str)) {
    only(&["rolling", "blue_green", "canary", "linear"], case);
}

fn only(names: &[&str], case: fn(&'static str)) {
    let cases: Vec<_> = STRATEGIES
        .iter()
        .filter(|(name, _)| names.contains(name))
        .map(|(name, _)| std::thread::spawn(move || case(name)))
        .collect();
    assert!(!cases.is_empty());
    for case in cases {
        if let Err(panic) = case.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// The last words tell the outcome of `service`.
fn ended<'a>(ran: &'a Ran, code: i32, words: &[&str]) -> &'a Ran {
    assert_eq!(ran.code, Some(code), "{}\n{}", ran.out, ran.err);
    ran.shows(words);
    ran
}

#[test]
fn a_good_image_serves_in_the_end() {
    each(|strategy| {
        let stage = Stage::new(strategy);
        let ran = stage.place.run("deploy --image v2");
        ended(&ran, 0, &["2 services succeeded", "v1 -> v2"]);
        assert_eq!(stage.image("patient"), "v2");
        stage.is_sound();
        let again = stage.place.expect(0, "deploy dev --image v2");
        again.shows(&["2 services unchanged"]);
    });
}

#[test]
fn an_image_that_fails_its_health_check_is_rolled_back() {
    each(|strategy| {
        let stage = Stage::new(strategy);
        let ran = stage
            .place
            .run("deploy --image fails-health --service patient");
        ended(&ran, 5, &["1 service rolled back", "ELB health checks"]);
        ran.says(&["503", "rolling back:", "the old revision serves"]);
        assert_eq!(stage.image("patient"), "v1");
        stage.is_sound();
    });
}

#[test]
fn an_image_that_cannot_be_pulled_is_rolled_back() {
    each(|strategy| {
        let stage = Stage::new(strategy);
        let ran = stage
            .place
            .run("deploy --image fails-pull --service patient");
        ended(
            &ran,
            5,
            &["1 service rolled back", "CannotPullContainerError"],
        );
        ran.says(&["CannotPullContainerError"]);
        assert_eq!(stage.image("patient"), "v1");
        stage.is_sound();
    });
}

#[test]
fn a_container_that_exits_tells_its_code_and_last_words() {
    let stage = Stage::new("rolling");
    let ran = stage
        .place
        .run("deploy --image fails-start --service patient");
    ended(&ran, 5, &["exit code 1", "| error: "]);
    stage.is_sound();
}

#[test]
fn an_alarm_in_the_bake_rolls_back() {
    only(&["blue_green", "canary", "linear"], |strategy| {
        let stage = Stage::baking(strategy);
        let alarm = "healthcare-app-dev-patient-5xx";
        let ran = stage.run_until(
            "deploy --image v2 --service patient",
            "baking",
            |stage, _| {
                let sandbox = &stage.served.sandbox;
                assert!(sandbox.set_alarm_state("us-east-1", alarm, "ALARM"));
            },
        );
        ended(&ran, 5, &["1 service rolled back", alarm]);
        ran.says(&["went off"]);
        stage
            .served
            .sandbox
            .set_alarm_state("us-east-1", alarm, "OK");
        assert_eq!(stage.image("patient"), "v1");
        stage.is_sound();
    });
}

#[test]
fn an_operator_stops_a_deployment() {
    each(|strategy| {
        let stage = Stage::slow(strategy);
        let ran = stage.run_until(
            "deploy --image v2 --service patient",
            "new tasks run",
            |stage, _| {
                let status = stage.place.expect(0, "status dev");
                status.shows(&[
                    "patient  runs; a deployment is under way\n",
                    "(being deployed)\n",
                ]);
                let back = stage.place.expect(0, "rollback dev --service patient");
                back.says(&["its deployment is stopped and rolled back"]);
            },
        );
        let history = stage.place.expect(0, "history dev");
        history.shows(&["stop      done in ", "deploy    rolled back in "]);
        ended(&ran, 5, &["1 service rolled back"]);
        assert_eq!(stage.image("patient"), "v1");
        stage.is_sound();
    });
}

#[test]
fn another_deployment_overtakes() {
    each(|strategy| {
        let stage = Stage::slow(strategy);
        let ran = stage.run_until(
            "deploy --image v2 --service patient",
            "new tasks run",
            |stage, _| overtake(stage),
        );
        ended(&ran, 5, &["overtaken"]);
        // What came later is somebody else's to follow; its end is waited for, and leaves nothing to do.
        let again = stage.place.run("deploy --image v1 --service patient");
        assert_eq!(again.code, Some(0), "{}\n{}", again.out, again.err);
        stage.is_sound();
    });
}

/// Somebody without hcctl tells the service to run the definition of v1 again.
fn overtake(stage: &Stage) {
    aside(&stage.served, async |aws| {
        aws.ecs
            .update_service()
            .cluster(aws.scope.name("cluster"))
            .service(aws.scope.name("patient-service"))
            .task_definition(format!("{}:2", aws.scope.name("patient-service")))
            .force_new_deployment(true)
            .send()
            .await
            .unwrap();
    });
}

#[test]
fn a_killed_deploy_is_followed_by_the_next_one() {
    each(|strategy| {
        let stage = Stage::slow(strategy);
        let ran = stage.run_until(
            "deploy --image v2 --service patient",
            "new tasks run",
            |_, child| kill(child),
        );
        assert_eq!(ran.code, None, "{}", ran.err);
        stage.place.expect(4, "deploy --image v2 --service patient");
        stage.place.expect(0, "unlock dev --yes");
        let again = stage.place.run("deploy --image v2 --service patient");
        assert_eq!(again.code, Some(0), "{}\n{}", again.out, again.err);
        assert_eq!(stage.image("patient"), "v2");
        stage.is_sound();
    });
}

fn kill(child: &std::process::Child) {
    let kill = std::process::Command::new("kill")
        .args(["-KILL", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
}

#[test]
fn an_interrupt_leaves_the_deployment_running() {
    let stage = Stage::slow("blue_green");
    let ran = stage.run_until(
        "deploy --image v2 --service patient",
        "new tasks run",
        |_, child| interrupt(child),
    );
    assert_eq!(ran.code, Some(130), "{}", ran.err);
    ran.says(&["the deployment goes on", "hcctl rollback dev"]);
    stage.place.expect(0, "deploy --image v2 --service patient");
    assert_eq!(stage.image("patient"), "v2");
    stage.is_sound();
}

#[test]
fn throttled_looks_are_made_again() {
    each(|strategy| {
        let stage = Stage::slow(strategy);
        let ran = stage.run_until(
            "deploy --image v2 --service patient",
            "new tasks run",
            |stage, _| {
                let sandbox = &stage.served.sandbox;
                sandbox.throttle_next("DescribeServiceDeployments", 1);
                sandbox.throttle_next("DescribeServices", 2);
            },
        );
        ended(&ran, 0, &["1 service succeeded"]);
        assert_eq!(stage.image("patient"), "v2");
        stage.is_sound();
    });
}
