//! Each strategy by the real binary: what people read, signals, exit codes. What else can happen is in `events`.

use super::stage::{STRATEGIES, Stage, aside};
use crate::support::place::{Ran, interrupt};

/// Runs a case for every strategy at the same time: they mostly wait.
fn each(case: fn(&'static str)) {
    let cases: Vec<_> = STRATEGIES
        .iter()
        .map(|(name, _)| std::thread::spawn(move || case(name)))
        .collect();
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
    let stage = Stage::new("rolling");
    let ran = stage
        .place
        .run("deploy --image fails-health --service patient");
    ended(&ran, 5, &["1 service rolled back", "ELB health checks"]);
    ran.says(&["503", "rolling back:", "the old revision serves"]);
    assert_eq!(stage.image("patient"), "v1");
    stage.is_sound();
}

/// ECS starts nothing where a service is told to run what it is to run already, unless it is told so.
#[test]
fn what_failed_without_a_new_revision_is_deployed_again() {
    let stage = Stage::slow("rolling");
    aside(&stage.served, async |aws| {
        let service = "healthcare-app-dev-patient-service";
        let call = aws.ecs.update_service().service(service);
        let call = call.cluster("healthcare-app-dev-cluster");
        let answer = Box::pin(call.force_new_deployment(true).send()).await;
        let service = answer.unwrap().service.unwrap();
        let deployment = service.current_service_deployment.unwrap();
        let call = aws.ecs.stop_service_deployment();
        let call = call.service_deployment_arn(deployment);
        call.send().await.unwrap();
    });
    let status = || stage.place.expect(0, "status dev").out;
    while !status().contains("rolled back") {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let ran = stage.place.run("deploy --image v1 --service patient");
    ended(&ran, 0, &["1 service succeeded", "v1 -> v1"]);
    stage.is_sound();
}

#[test]
fn an_image_that_cannot_be_pulled_is_rolled_back() {
    let stage = Stage::new("canary");
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
    let stage = Stage::baking("blue_green");
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
}

#[test]
fn an_operator_stops_a_deployment() {
    let stage = Stage::slow("canary");
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
}

#[test]
fn a_killed_deploy_is_followed_by_the_next_one() {
    let stage = Stage::slow("linear");
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
