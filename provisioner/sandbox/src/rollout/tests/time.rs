//! Time: a clock that jumps leaves the world as one that moves in small steps, and a world nobody looks at moves on all the same.

use serde_json::{Value, json};

use super::shift::{configuration, deploy, slow};
use super::{ecs, records};
use crate::bench::Bench;
use crate::{Pace, Settings};

/// A world in which a deployment of an image has just begun.
fn begun(strategy: &str, tag: &str) -> Bench {
    let (bench, stage) = slow();
    let shift = stage.shift(&bench);
    let mut body = stage.service();
    body["loadBalancers"] = stage.both_groups(&shift);
    body["deploymentConfiguration"] = configuration(strategy);
    ecs(&bench, "CreateService", body);
    bench.sandbox.advance(30_000);
    assert_eq!(records(&bench)[0]["status"], "SUCCESSFUL");
    deploy(&bench, tag);
    bench
}

fn world(bench: &Bench) -> Value {
    bench.world(|world| serde_json::to_value(&*world).unwrap())
}

#[test]
fn one_jump_and_many_small_steps_lead_to_the_same_world() {
    for strategy in ["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"] {
        for tag in ["v2", "fails-start", "fails-health"] {
            let (jump, steps) = (begun(strategy, tag), begun(strategy, tag));
            jump.sandbox.advance(45_000);
            jump.sandbox.describe();
            for _ in 0..450 {
                steps.sandbox.advance(100);
                steps.sandbox.describe();
            }
            let (jump, steps) = (world(&jump), world(&steps));
            for (key, value) in jump["regions"]["us-east-1"].as_object().unwrap() {
                assert_eq!(
                    *value, steps["regions"]["us-east-1"][key],
                    "{strategy} {tag} {key}"
                );
            }
            assert_eq!(jump, steps, "{strategy} {tag}");
        }
    }
}

#[test]
fn a_bake_of_minutes_takes_seconds_or_nothing() {
    let baked = |settings: Settings| {
        let settings = Settings {
            pace: Pace::Stepped { ms_per_call: 10 },
            ..settings
        };
        let bench = Bench::with(settings);
        let stage = crate::fixtures::stage(&bench);
        let shift = stage.shift(&bench);
        let mut body = stage.service();
        body["loadBalancers"] = stage.both_groups(&shift);
        body["deploymentConfiguration"] = configuration("BLUE_GREEN");
        body["deploymentConfiguration"]["bakeTimeInMinutes"] = json!(7);
        ecs(&bench, "CreateService", body);
        bench.sandbox.advance(30_000);
        let record = records(&bench)[0].clone();
        assert_eq!(record["status"], "SUCCESSFUL");
        record["finishedAt"].as_f64().unwrap() - record["createdAt"].as_f64().unwrap()
    };
    assert!(baked(Settings::instant()) < 0.1);
    let of_a_person = baked(Settings::default());
    assert!((7.0..16.0).contains(&of_a_person), "{of_a_person}");
}

#[test]
fn where_nothing_takes_time_a_rollout_is_over_with_the_next_call() {
    for strategy in ["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"] {
        for (tag, end) in [("v2", "SUCCESSFUL"), ("fails-later", "ROLLBACK_SUCCESSFUL")] {
            let bench = Bench::new();
            let stage = crate::fixtures::stage(&bench);
            let shift = stage.shift(&bench);
            bench
                .cbor(
                    "PutMetricAlarm",
                    json!({
                        "AlarmName": "errors", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
                        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
                    }),
                )
                .unwrap();
            let mut body = stage.service();
            body["loadBalancers"] = stage.both_groups(&shift);
            body["deploymentConfiguration"] = configuration(strategy);
            body["deploymentConfiguration"]["alarms"] =
                json!({ "alarmNames": ["errors"], "enable": true, "rollback": true });
            ecs(&bench, "CreateService", body);
            bench.sandbox.reset_lowest();
            deploy(&bench, tag);
            assert_eq!(records(&bench)[0]["status"], end, "{strategy} {tag}");
            assert_eq!(bench.sandbox.lowest_serving()["main/patient"], 2);
        }
    }
}

#[test]
fn without_a_breaker_the_scheduler_waits_longer_and_longer() {
    let bench = Bench::new();
    let stage = crate::fixtures::stage(&bench);
    stage.create_service(&bench);
    let mut body = json!({ "cluster": "main", "service": "patient" });
    body["deploymentConfiguration"] = configuration("ROLLING");
    body["deploymentConfiguration"]["deploymentCircuitBreaker"] =
        json!({ "enable": false, "rollback": false });
    body["taskDefinition"] = json!(crate::fixtures::register(&bench, "missing"));
    ecs(&bench, "UpdateService", body);
    let failed = || {
        let primary = crate::fixtures::describe_service(&bench)["deployments"][0].clone();
        assert_eq!(primary["rolloutState"], "IN_PROGRESS");
        primary["failedTasks"].as_u64().unwrap()
    };
    bench.sandbox.advance(24 * 60 * 60 * 1_000);
    let day = failed();
    bench.sandbox.advance(24 * 60 * 60 * 1_000);
    // Two tasks each time: every 27 minutes at the latest.
    let more = failed() - day;
    assert!(day > 20 && (50..=110).contains(&more), "{day}, {more}");
}
