//! What ends a deployment from outside: an alarm, a word, a stop, a newer deployment.

use serde_json::{Value, json};

use super::shift::{
    CANARY, configuration, deploy, ended, lowest, shifting, slow, until_stage, weights,
};
use super::{ecs, messages, records, update};
use crate::bench::{Bench, Refusal};
use crate::fixtures::{describe_service, push, register};

const REGION: &str = "us-east-1";

fn put_alarm(bench: &Bench, name: &str) {
    let body = json!({
        "AlarmName": name, "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count",
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    bench.cbor("PutMetricAlarm", body).unwrap();
}

fn alarm_state(bench: &Bench, name: &str) -> Value {
    let alarms = bench
        .cbor("DescribeAlarms", json!({ "AlarmNames": [name] }))
        .unwrap();
    alarms["MetricAlarms"][0]["StateValue"].clone()
}

fn watching(strategy: &str) -> Value {
    let mut watching = configuration(strategy);
    watching["alarms"] = json!({ "alarmNames": ["errors"], "enable": true, "rollback": true });
    watching
}

fn stop(bench: &Bench, record: &Value) -> Result<Value, Refusal> {
    let body =
        json!({ "serviceDeploymentArn": record["serviceDeploymentArn"], "stopType": "ROLLBACK" });
    bench.json("ecs", "StopServiceDeployment", body)
}

#[test]
fn an_alarm_during_the_bake_brings_the_old_tasks_back() {
    for strategy in ["BLUE_GREEN", CANARY, "LINEAR"] {
        let (bench, stage, shift) = shifting(watching(strategy));
        put_alarm(&bench, "errors");
        deploy(&bench, "v2");
        let record = until_stage(&bench, "BAKE_TIME");
        assert_eq!(record["alarms"]["status"], "MONITORING");
        let set = json!({ "AlarmName": "errors", "StateValue": "ALARM", "StateReason": "test" });
        bench.cbor("SetAlarmState", set).unwrap();
        assert_eq!(alarm_state(&bench, "errors"), "ALARM");
        let record = ended(&bench);
        assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL", "{strategy}");
        assert_eq!(
            record["alarms"],
            json!({ "status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"] })
        );
        assert_eq!(weights(&bench, &stage, &shift), (100, 0));
        assert_eq!(lowest(&bench), 2);
        let service = describe_service(&bench);
        assert_eq!(service["runningCount"], 2);
        let said = messages(&service).join("\n");
        assert!(
            said.contains("deployment failed: alarm detected."),
            "{said}"
        );
    }
}

#[test]
fn an_alarm_that_was_there_before_is_not_watched() {
    let (bench, ..) = shifting(watching("BLUE_GREEN"));
    put_alarm(&bench, "errors");
    assert!(bench.sandbox.set_alarm_state(REGION, "errors", "ALARM"));
    assert!(!bench.sandbox.set_alarm_state(REGION, "none", "ALARM"));
    deploy(&bench, "v2");
    let record = ended(&bench);
    assert_eq!(
        (&record["status"], &record["alarms"]["status"]),
        (&json!("SUCCESSFUL"), &json!("DISABLED"))
    );
}

#[test]
fn an_image_that_fails_later_sets_the_alarm_off_and_its_end_sets_it_back() {
    for strategy in ["ROLLING", "BLUE_GREEN", CANARY] {
        let (bench, ..) = shifting(watching(strategy));
        put_alarm(&bench, "errors");
        deploy(&bench, "fails-later");
        let record = ended(&bench);
        assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL", "{strategy}");
        assert_eq!(record["alarms"]["triggeredAlarmNames"], json!(["errors"]));
        assert_eq!(alarm_state(&bench, "errors"), "OK", "{strategy}");
        assert_eq!(lowest(&bench), 2, "{strategy}");
    }
}

#[test]
fn without_rollback_an_alarm_only_stops_the_deployment() {
    let mut watching = watching("BLUE_GREEN");
    watching["alarms"]["rollback"] = json!(false);
    let (bench, stage, shift) = shifting(watching);
    put_alarm(&bench, "errors");
    deploy(&bench, "fails-later");
    let record = ended(&bench);
    assert_eq!(record["status"], "STOPPED");
    assert!(record["stoppedAt"].is_number());
    assert_eq!(weights(&bench, &stage, &shift), (0, 100));
    // The next deployment clears it away.
    deploy(&bench, "v3");
    assert_eq!(records(&bench)[0]["lifecycleStage"], "RECONCILE_SERVICE");
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    assert_eq!(describe_service(&bench)["runningCount"], 2);
    assert_eq!(lowest(&bench), 2);
}

#[test]
fn a_pause_waits_for_somebodys_word() {
    let pausing = |action: &str| {
        let mut pausing = configuration("BLUE_GREEN");
        pausing["lifecycleHooks"] = json!([{
            "targetType": "PAUSE",
            "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
            "timeoutConfiguration": { "timeoutInMinutes": 30, "action": action },
        }]);
        pausing
    };
    let paused = |action: &str| {
        let (bench, ..) = shifting(configuration("BLUE_GREEN"));
        update(
            &bench,
            json!({ "deploymentConfiguration": pausing(action) }),
        );
        deploy(&bench, "v2");
        let record = until_stage(&bench, "POST_TEST_TRAFFIC_SHIFT");
        let hook = record["lifecycleHookDetails"][0].clone();
        assert_eq!(hook["status"], "AWAITING_ACTION");
        assert_eq!(hook["timeoutAction"], action);
        assert_eq!(hook["targetType"], "PAUSE");
        assert!(hook["expiresAt"].as_f64() > record["updatedAt"].as_f64());
        let word = json!({ "serviceDeploymentArn": record["serviceDeploymentArn"], "hookId": hook["hookId"] });
        (bench, word)
    };
    let (bench, mut word) = paused("ROLLBACK");
    for _ in 0..10 {
        assert_eq!(
            records(&bench)[0]["lifecycleStage"],
            "POST_TEST_TRAFFIC_SHIFT"
        );
    }
    ecs(&bench, "ContinueServiceDeployment", word.clone());
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    let twice = bench.json("ecs", "ContinueServiceDeployment", word.clone());
    assert_eq!(twice.unwrap_err().code, "InvalidParameterException");
    word["serviceDeploymentArn"] =
        json!("arn:aws:ecs:us-east-1:123456789012:service-deployment/main/patient/none");
    let none = bench.json("ecs", "ContinueServiceDeployment", word);
    assert_eq!(none.unwrap_err().code, "ServiceDeploymentNotFoundException");

    let (bench, mut word) = paused("ROLLBACK");
    word["action"] = json!("ROLLBACK");
    ecs(&bench, "ContinueServiceDeployment", word);
    let record = ended(&bench);
    assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(record["lifecycleHookDetails"][0]["status"], "FAILED");

    for (action, end) in [
        ("CONTINUE", "SUCCESSFUL"),
        ("ROLLBACK", "ROLLBACK_SUCCESSFUL"),
    ] {
        let (bench, _) = paused(action);
        bench.sandbox.advance(30_000);
        let record = ended(&bench);
        assert_eq!(record["status"], end);
        assert_eq!(record["lifecycleHookDetails"][0]["status"], "TIMED_OUT");
    }
}

#[test]
fn a_pause_may_not_stand_in_the_middle_of_a_shift() {
    let (bench, ..) = shifting(configuration("BLUE_GREEN"));
    let mut pausing = configuration("BLUE_GREEN");
    pausing["lifecycleHooks"] =
        json!([{ "targetType": "PAUSE", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"] }]);
    let body =
        json!({ "cluster": "main", "service": "patient", "deploymentConfiguration": pausing });
    let refusal = bench.json("ecs", "UpdateService", body).unwrap_err();
    assert_eq!(refusal.code, "InvalidParameterException");
}

#[test]
fn a_stop_rolls_back_from_any_stage_also_without_automatic_rollback() {
    for stage_name in [
        "SCALE_UP",
        "PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ] {
        for strategy in ["BLUE_GREEN", "LINEAR"] {
            let mut plain = configuration(strategy);
            plain["deploymentCircuitBreaker"] = json!({ "enable": false, "rollback": false });
            let (bench, stage, shift) = shifting(plain);
            deploy(&bench, "v2");
            let record = until_stage(&bench, stage_name);
            stop(&bench, &record).unwrap();
            let asked = records(&bench)[0].clone();
            assert!(
                ["STOP_REQUESTED", "ROLLBACK_IN_PROGRESS"]
                    .contains(&asked["status"].as_str().unwrap()),
                "{asked}"
            );
            assert_eq!(stop(&bench, &record).unwrap_err().code, "ConflictException");
            let record = ended(&bench);
            assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL", "{stage_name}");
            assert_eq!(weights(&bench, &stage, &shift), (100, 0));
            assert_eq!(lowest(&bench), 2, "{strategy} {stage_name}");
            assert_eq!(stop(&bench, &record).unwrap_err().code, "ConflictException");
        }
    }
}

#[test]
fn a_rolling_deployment_stops_too_and_a_first_one_has_nothing_to_go_back_to() {
    let (bench, stage) = slow();
    stage.create_service(&bench);
    let first = records(&bench)[0].clone();
    stop(&bench, &first).unwrap();
    assert_eq!(ended(&bench)["status"], "STOPPED");
    update(&bench, json!({ "forceNewDeployment": true }));
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    bench.sandbox.reset_lowest();
    let record = deploy(&bench, "v2");
    stop(&bench, &record).unwrap();
    assert_eq!(ended(&bench)["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(lowest(&bench), 2);
    let none = json!({ "serviceDeploymentArn": "arn:aws:ecs:us-east-1:123456789012:service-deployment/main/patient/none" });
    let refusal = bench
        .json("ecs", "StopServiceDeployment", none)
        .unwrap_err();
    assert_eq!(refusal.code, "ServiceDeploymentNotFoundException");
    let abort =
        json!({ "serviceDeploymentArn": record["serviceDeploymentArn"], "stopType": "ABORT" });
    let refusal = bench
        .json("ecs", "StopServiceDeployment", abort)
        .unwrap_err();
    assert_eq!(refusal.code, "InvalidParameterException");
}

#[test]
fn a_newer_deployment_overtakes_the_one_that_runs() {
    for stage_name in ["SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME"] {
        for strategy in ["BLUE_GREEN", CANARY] {
            let (bench, ..) = shifting(configuration(strategy));
            deploy(&bench, "v2");
            until_stage(&bench, stage_name);
            push(&bench, "v3");
            let newer = register(&bench, "v3");
            update(&bench, json!({ "taskDefinition": newer }));
            let (new, old) = (records(&bench)[0].clone(), records(&bench)[1].clone());
            assert_eq!(old["status"], "STOPPED");
            assert!(old["statusReason"].as_str().unwrap().contains("newer one"));
            assert_eq!(new["sourceServiceRevisions"].as_array().unwrap().len(), 2);
            assert_eq!(
                describe_service(&bench)["currentServiceDeployment"],
                new["serviceDeploymentArn"]
            );
            assert_eq!(ended(&bench)["status"], "SUCCESSFUL", "{stage_name}");
            let service = describe_service(&bench);
            assert_eq!(
                (&service["taskDefinition"], &service["runningCount"]),
                (&json!(newer), &json!(2))
            );
            assert_eq!(lowest(&bench), 2, "{strategy} {stage_name}");
        }
    }
}
