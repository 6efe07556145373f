//! Scalable targets and policies through the dispatcher.

use serde_json::{Value, json};

use crate::bench::{Bench, Refusal};
use crate::fixtures::{describe_service, stage};

fn call(bench: &Bench, operation: &str, mut body: Value) -> Result<Value, Refusal> {
    body["ServiceNamespace"] = json!("ecs");
    body["ResourceId"] = json!("service/main/patient");
    body["ScalableDimension"] = json!("ecs:service:DesiredCount");
    bench.json("application-autoscaling", operation, body)
}

fn targets(bench: &Bench) -> Value {
    bench
        .json(
            "application-autoscaling",
            "DescribeScalableTargets",
            json!({ "ServiceNamespace": "ecs" }),
        )
        .unwrap()["ScalableTargets"]
        .clone()
}

fn policy(metric: &str) -> Value {
    json!({
        "PolicyName": metric,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 60.0,
            "PredefinedMetricSpecification": { "PredefinedMetricType": metric },
            "ScaleInCooldown": 300,
        },
    })
}

#[test]
fn a_target_needs_its_service_and_moves_it() {
    let bench = Bench::new();
    let refused = call(
        &bench,
        "RegisterScalableTarget",
        json!({ "MinCapacity": 1, "MaxCapacity": 2 }),
    )
    .unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        (
            "ValidationException",
            "ECS service doesn't exist: service/main/patient"
        )
    );

    stage(&bench).create_service(&bench);
    let tagged = json!({ "MinCapacity": 2, "MaxCapacity": 5, "Tags": { "hcctl:stack": "dev" } });
    let arn = call(&bench, "RegisterScalableTarget", tagged).unwrap()["ScalableTargetARN"].clone();
    let tags = bench
        .json(
            "application-autoscaling",
            "ListTagsForResource",
            json!({ "ResourceARN": arn }),
        )
        .unwrap();
    assert_eq!(tags["Tags"], json!({ "hcctl:stack": "dev" }));

    let held =
        json!({ "MinCapacity": 4, "SuspendedState": { "DynamicScalingOutSuspended": true } });
    call(&bench, "RegisterScalableTarget", held).unwrap();
    assert_eq!(
        describe_service(&bench)["desiredCount"],
        2,
        "scaling out is suspended"
    );
    assert_eq!(
        (
            &targets(&bench)[0]["MinCapacity"],
            &targets(&bench)[0]["MaxCapacity"]
        ),
        (&json!(4), &json!(5))
    );
    call(
        &bench,
        "RegisterScalableTarget",
        json!({ "SuspendedState": { "DynamicScalingOutSuspended": false } }),
    )
    .unwrap();
    let service = describe_service(&bench);
    assert_eq!(
        (&service["desiredCount"], &service["runningCount"]),
        (&json!(4), &json!(4))
    );
    assert!(
        call(
            &bench,
            "RegisterScalableTarget",
            json!({ "MinCapacity": 6 })
        )
        .is_err()
    );
}

#[test]
fn a_policy_keeps_two_alarms_for_itself() {
    let bench = Bench::new();
    stage(&bench).create_service(&bench);
    let early = call(
        &bench,
        "PutScalingPolicy",
        policy("ECSServiceAverageCPUUtilization"),
    )
    .unwrap_err();
    assert_eq!(early.code, "ObjectNotFoundException");
    call(
        &bench,
        "RegisterScalableTarget",
        json!({ "MinCapacity": 1, "MaxCapacity": 5 }),
    )
    .unwrap();
    let made = call(
        &bench,
        "PutScalingPolicy",
        policy("ECSServiceAverageCPUUtilization"),
    )
    .unwrap();
    let again = call(
        &bench,
        "PutScalingPolicy",
        policy("ECSServiceAverageCPUUtilization"),
    )
    .unwrap();
    assert_eq!(made, again);
    assert_eq!(made["Alarms"].as_array().unwrap().len(), 2);
    let alarms = || {
        bench.cbor("DescribeAlarms", json!({})).unwrap()["MetricAlarms"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(alarms(), 2);
    let found = bench
        .json(
            "application-autoscaling",
            "DescribeScalingPolicies",
            json!({ "ServiceNamespace": "ecs" }),
        )
        .unwrap();
    let sent = policy("ECSServiceAverageCPUUtilization");
    let key = "TargetTrackingScalingPolicyConfiguration";
    assert_eq!(found["ScalingPolicies"][0][key], sent[key]);
    let mut twice = sent;
    twice["PolicyName"] = json!("other");
    assert!(call(&bench, "PutScalingPolicy", twice).is_err());
    call(
        &bench,
        "PutScalingPolicy",
        policy("ECSServiceAverageMemoryUtilization"),
    )
    .unwrap();
    call(
        &bench,
        "DeleteScalingPolicy",
        json!({ "PolicyName": "ECSServiceAverageMemoryUtilization" }),
    )
    .unwrap();
    assert_eq!(alarms(), 2);

    call(&bench, "DeregisterScalableTarget", json!({})).unwrap();
    assert_eq!(alarms(), 0);
    assert_eq!(
        call(&bench, "DeregisterScalableTarget", json!({}))
            .unwrap_err()
            .code,
        "ObjectNotFoundException"
    );
}
