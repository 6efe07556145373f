//! Deployments that shift traffic: their stages, weights, and what they leave behind.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{ecs, messages, records, update};
use crate::bench::{Bench, text};
use crate::fixtures::{Shift, Stage, describe_service, push, register, stage};
use crate::{Pace, Settings};

pub(super) const CANARY: &str = "CANARY";

/// A `deploymentConfiguration` of a strategy, with the circuit breaker on and two minutes to bake.
pub(super) fn configuration(strategy: &str) -> Value {
    let mut configuration = json!({
        "strategy": strategy,
        "bakeTimeInMinutes": 2,
        "deploymentCircuitBreaker": { "enable": true, "rollback": true },
    });
    match strategy {
        CANARY => {
            configuration["canaryConfiguration"] =
                json!({ "canaryPercent": 12.5, "canaryBakeTimeInMinutes": 3 });
        }
        "LINEAR" => {
            configuration["linearConfiguration"] =
                json!({ "stepPercent": 40.0, "stepBakeTimeInMinutes": 1 });
        }
        _ => {}
    }
    configuration
}

/// A clock that moves a tenth of a second per call, so that no stage passes unseen.
pub(super) fn slow() -> (Bench, Stage) {
    let bench = Bench::with(Settings {
        pace: Pace::Stepped { ms_per_call: 100 },
        ..Settings::stepped()
    });
    let stage = stage(&bench);
    (bench, stage)
}

/// A service of two tasks with this configuration, its first deployment done, and the counts begun anew.
pub(super) fn shifting(configuration: Value) -> (Bench, Stage, Shift) {
    let (bench, stage) = slow();
    let shift = stage.shift(&bench);
    let mut body = stage.service();
    body["loadBalancers"] = stage.both_groups(&shift);
    body["deploymentConfiguration"] = configuration;
    ecs(&bench, "CreateService", body);
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    bench.sandbox.reset_lowest();
    (bench, stage, shift)
}

/// Asks the service for an image of this tag; answers the new deployment's record.
pub(super) fn deploy(bench: &Bench, tag: &str) -> Value {
    push(bench, tag);
    let definition = register(bench, tag);
    update(bench, json!({ "taskDefinition": definition }));
    records(bench)[0].clone()
}

/// Follows the newest deployment to its end.
pub(super) fn ended(bench: &Bench) -> Value {
    for _ in 0..600 {
        let record = records(bench)[0].clone();
        let status = record["status"].as_str().unwrap();
        if !["IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_IN_PROGRESS"].contains(&status) {
            return record;
        }
    }
    panic!("it does not end: {}", records(bench)[0]);
}

/// Follows the newest deployment until it is in a stage.
pub(super) fn until_stage(bench: &Bench, stage: &str) -> Value {
    for _ in 0..300 {
        let record = records(bench)[0].clone();
        if record["lifecycleStage"] == stage {
            return record;
        }
    }
    panic!("it does not come to {stage}: {}", records(bench)[0]);
}

/// Follows the newest deployment to its end; answers its stages with the weight of the new tasks.
fn stages(bench: &Bench) -> Vec<(String, f64)> {
    let mut seen: Vec<(String, f64)> = Vec::new();
    for _ in 0..600 {
        let described = records(bench)[0].clone();
        let weight = described["targetServiceRevision"]["requestedProductionTrafficWeight"]
            .as_f64()
            .unwrap();
        let stage = described["lifecycleStage"].as_str().unwrap().to_owned();
        if seen.last() != Some(&(stage.clone(), weight)) {
            seen.push((stage, weight));
        }
        if described["status"] != "IN_PROGRESS" {
            return seen;
        }
    }
    panic!("it does not end: {seen:?}");
}

/// The production weights of both groups: the first one, and its alternate.
pub(super) fn weights(bench: &Bench, stage: &Stage, shift: &Shift) -> (u32, u32) {
    let serving = bench.sandbox.serving()["main/patient"].clone();
    (
        serving.weights[&stage.target_group],
        serving.weights[&shift.alternate],
    )
}

pub(super) fn lowest(bench: &Bench) -> u32 {
    bench.sandbox.lowest_serving()["main/patient"]
}

fn names(stages: &[(String, f64)]) -> Vec<&str> {
    let mut names: Vec<&str> = stages.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    names
}

#[test]
fn blue_green_goes_through_its_stages_and_the_groups_take_turns() {
    let (bench, stage, shift) = shifting(configuration("BLUE_GREEN"));
    assert_eq!(weights(&bench, &stage, &shift), (100, 0));
    deploy(&bench, "v2");
    let seen = stages(&bench);
    let order = [
        "PRE_SCALE_UP",
        "SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
    ];
    assert_eq!(names(&seen), order);
    assert_eq!(weights(&bench, &stage, &shift), (0, 100));
    let record = &records(&bench)[0];
    assert_eq!(
        (&record["status"], &record["lifecycleStage"]),
        (&json!("SUCCESSFUL"), &json!("CLEAN_UP"))
    );
    let source = &record["sourceServiceRevisions"][0];
    assert_eq!(source["requestedProductionTrafficWeight"], 0.0);
    assert_eq!(
        (&source["requestedTaskCount"], &source["runningTaskCount"]),
        (&json!(0), &json!(0))
    );
    let target = &record["targetServiceRevision"];
    assert_eq!(target["requestedProductionTrafficWeight"], 100.0);
    assert_eq!(target["requestedTestTrafficWeight"], 100.0);
    assert_eq!(target["runningTaskCount"], 2);
    let resolved = |record: &Value| {
        let arns = json!({ "serviceRevisionArns": [record["targetServiceRevision"]["arn"]] });
        let revisions = ecs(&bench, "DescribeServiceRevisions", arns);
        revisions["serviceRevisions"][0]["resolvedConfiguration"]["loadBalancers"][0].clone()
    };
    let first = resolved(record);
    assert_eq!(first["targetGroupArn"], json!(shift.alternate));
    assert_eq!(first["productionListenerRule"], json!(shift.rule));
    deploy(&bench, "v3");
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    assert_eq!(weights(&bench, &stage, &shift), (100, 0));
    assert_eq!(
        resolved(&records(&bench)[0])["targetGroupArn"],
        json!(stage.target_group)
    );
    assert_eq!(lowest(&bench), 2);
}

#[test]
fn while_it_bakes_both_revisions_run() {
    let (bench, ..) = shifting(configuration("BLUE_GREEN"));
    deploy(&bench, "v2");
    let record = until_stage(&bench, "BAKE_TIME");
    for side in [
        &record["targetServiceRevision"],
        &record["sourceServiceRevisions"][0],
    ] {
        assert_eq!(
            (&side["requestedTaskCount"], &side["runningTaskCount"]),
            (&json!(2), &json!(2))
        );
    }
    let service = describe_service(&bench);
    assert_eq!(
        service["currentServiceDeployment"],
        record["serviceDeploymentArn"]
    );
    let current = service["currentServiceRevisions"].as_array().unwrap();
    assert_eq!(current.len(), 2);
    assert_eq!(current[1]["requestedTaskCount"], 2);
    let statuses: Vec<&Value> = service["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["status"])
        .collect();
    assert_eq!(statuses, ["PRIMARY", "ACTIVE"]);
}

#[test]
fn a_canary_gets_a_little_first_and_linear_goes_in_steps() {
    let shares = |strategy: &str| {
        let (bench, ..) = shifting(configuration(strategy));
        deploy(&bench, "v2");
        let seen = stages(&bench);
        assert_eq!(lowest(&bench), 2);
        let shift = seen
            .iter()
            .filter(|(stage, _)| stage == "PRODUCTION_TRAFFIC_SHIFT");
        shift
            .map(|(_, weight)| weight.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(shares(CANARY)[..1], ["12.5"]);
    assert_eq!(shares("LINEAR")[..2], ["40", "80"]);
}

#[test]
fn the_weights_are_in_the_rules() {
    let (bench, stage, shift) = shifting(configuration(CANARY));
    deploy(&bench, "v2");
    until_stage(&bench, "PRODUCTION_TRAFFIC_SHIFT");
    assert_eq!(weights(&bench, &stage, &shift), (875, 125));
    let rule = [("RuleArns.member.1", shift.test_rule.as_str())];
    let xml = bench
        .query("elasticloadbalancing", "DescribeRules", &rule)
        .unwrap();
    let of = |arn: &str| {
        let (_, after) = xml
            .split_once(&format!("<TargetGroupArn>{arn}</TargetGroupArn>"))
            .unwrap();
        text(after, "Weight")
    };
    assert_eq!(
        (of(&stage.target_group), of(&shift.alternate)),
        ("0".into(), "100".into())
    );
}

#[test]
fn tasks_that_fail_open_the_breaker_before_any_traffic_moves() {
    for tag in ["fails-pull", "fails-start", "fails-health"] {
        let (bench, stage, shift) = shifting(configuration("BLUE_GREEN"));
        deploy(&bench, tag);
        let record = ended(&bench);
        assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL", "{tag}");
        let reason =
            "Service deployment rolled back because the circuit breaker threshold was exceeded.";
        assert_eq!(record["statusReason"], reason);
        assert_eq!(record["rollback"]["reason"], reason);
        assert_eq!(record["deploymentCircuitBreaker"]["status"], "TRIGGERED");
        assert_eq!(
            record["rollback"]["serviceRevisionArn"],
            record["sourceServiceRevisions"][0]["arn"]
        );
        assert_eq!(weights(&bench, &stage, &shift), (100, 0));
        assert_eq!(lowest(&bench), 2);
        let said = messages(&describe_service(&bench)).join("\n");
        assert!(
            said.contains("rolling back to deployment ecs-svc/"),
            "{said}"
        );
        assert_eq!(describe_service(&bench)["runningCount"], 2);
    }
}

#[test]
fn a_breaker_does_not_watch_a_canary() {
    let (bench, ..) = shifting(configuration(CANARY));
    deploy(&bench, "fails-pull");
    bench.sandbox.advance(60_000);
    let record = records(&bench)[0].clone();
    assert_eq!(record["status"], "IN_PROGRESS");
    assert_eq!(record["deploymentCircuitBreaker"]["status"], "DISABLED");
    assert_eq!(record["lifecycleStage"], "SCALE_UP");
}

#[test]
fn a_service_changes_its_strategy_with_one_call() {
    let (bench, stage) = slow();
    let shift = stage.shift(&bench);
    stage.create_service(&bench);
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    bench.sandbox.reset_lowest();
    let refused = bench.json(
        "ecs",
        "UpdateService",
        json!({ "cluster": "main", "service": "patient", "deploymentConfiguration": configuration("BLUE_GREEN") }),
    );
    assert_eq!(refused.unwrap_err().code, "InvalidParameterException");
    push(&bench, "v2");
    let definition = register(&bench, "v2");
    update(
        &bench,
        json!({
            "taskDefinition": definition,
            "deploymentConfiguration": configuration("BLUE_GREEN"),
            "loadBalancers": stage.both_groups(&shift),
        }),
    );
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    assert_eq!(weights(&bench, &stage, &shift), (0, 100));
    // Back to rolling, in the group that is live now.
    push(&bench, "v3");
    let definition = register(&bench, "v3");
    update(
        &bench,
        json!({ "taskDefinition": definition, "deploymentConfiguration": configuration("ROLLING") }),
    );
    assert_eq!(ended(&bench)["status"], "SUCCESSFUL");
    assert_eq!(weights(&bench, &stage, &shift), (0, 100));
    let serving = &bench.sandbox.serving()["main/patient"];
    assert_eq!((serving.wanted, serving.healthy_under_traffic), (2, 2));
    assert_eq!(lowest(&bench), 2);
}

#[test]
fn both_groups_stand_behind_the_rules_or_it_is_refused() {
    let (bench, stage) = slow();
    let shift = stage.shift(&bench);
    let refusal = |balancers: Value| {
        let mut body = stage.service();
        body["loadBalancers"] = balancers;
        body["deploymentConfiguration"] = configuration("BLUE_GREEN");
        let refusal = bench.json("ecs", "CreateService", body).unwrap_err();
        assert_eq!(refusal.code, "InvalidParameterException");
        refusal.message
    };
    let mut bare = stage.both_groups(&shift);
    bare[0]["advancedConfiguration"] = Value::Null;
    assert!(refusal(bare).contains("advancedConfiguration field is required"));
    let mut same = stage.both_groups(&shift);
    same[0]["advancedConfiguration"]["testListenerRule"] = json!(shift.rule);
    assert!(refusal(same).contains("cannot be used as both production and test"));
    let only_first = [
        ("RuleArn", shift.rule.as_str()),
        ("Actions.member.1.Type", "forward"),
        ("Actions.member.1.TargetGroupArn", &stage.target_group),
    ];
    bench
        .query("elasticloadbalancing", "ModifyRule", &only_first)
        .unwrap();
    let mut untested = stage.both_groups(&shift);
    untested[0]["advancedConfiguration"]
        .as_object_mut()
        .unwrap()
        .remove("testListenerRule");
    assert!(refusal(untested).contains("testListenerRule is required"));
}

#[test]
fn a_rule_that_serves_both_groups_fails_the_deployment() {
    let (bench, stage, shift) = shifting(configuration("BLUE_GREEN"));
    let groups = "Actions.member.1.ForwardConfig.TargetGroups.member";
    let keys: BTreeMap<String, &str> = BTreeMap::from([
        ("RuleArn".to_owned(), shift.rule.as_str()),
        ("Actions.member.1.Type".to_owned(), "forward"),
        (format!("{groups}.1.TargetGroupArn"), &stage.target_group),
        (format!("{groups}.2.TargetGroupArn"), &shift.alternate),
    ]);
    let even: Vec<(&str, &str)> = keys.iter().map(|(key, it)| (key.as_str(), *it)).collect();
    bench
        .query("elasticloadbalancing", "ModifyRule", &even)
        .unwrap();
    deploy(&bench, "v2");
    let record = ended(&bench);
    assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL");
    let reason = record["statusReason"].as_str().unwrap();
    assert!(
        reason.contains("should have exactly one target group serving traffic but found 2"),
        "{reason}"
    );
}
