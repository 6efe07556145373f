//! Services coming to their desired state, call by call.

mod always;
mod lone;
mod shift;
mod stop;
mod time;
mod told;

use serde_json::{Value, json};

use crate::bench::{Bench, texts};
use crate::fixtures::{Stage, describe_service, push, register, stage};
use crate::{Quotas, Settings};

fn ecs(bench: &Bench, operation: &str, body: Value) -> Value {
    bench.json("ecs", operation, body).unwrap()
}

fn stepped() -> (Bench, Stage) {
    let bench = Bench::with(Settings::stepped());
    let stage = stage(&bench);
    (bench, stage)
}

fn update(bench: &Bench, mut body: Value) -> Value {
    body["cluster"] = json!("main");
    body["service"] = json!("patient");
    ecs(bench, "UpdateService", body)["service"].clone()
}

/// Describes the service, a second at a time, until its primary deployment has come to an end.
fn settled(bench: &Bench) -> Value {
    for _ in 0..60 {
        let service = describe_service(bench);
        let primary = &service["deployments"][0];
        let steady = service["deployments"].as_array().unwrap().len() == 1
            && primary["rolloutState"] != "IN_PROGRESS";
        if steady {
            return service;
        }
    }
    panic!("the service does not settle: {}", describe_service(bench));
}

fn messages(service: &Value) -> Vec<String> {
    let events = service["events"].as_array().unwrap();
    events
        .iter()
        .map(|event| event["message"].as_str().unwrap().to_owned())
        .collect()
}

fn health(bench: &Bench, stage: &Stage) -> Vec<String> {
    let params = [("TargetGroupArn", stage.target_group.as_str())];
    texts(
        &bench
            .query("elasticloadbalancing", "DescribeTargetHealth", &params)
            .unwrap(),
        "State",
    )
}

fn records(bench: &Bench) -> Vec<Value> {
    let listed = ecs(
        bench,
        "ListServiceDeployments",
        json!({ "cluster": "main", "service": "patient" }),
    );
    let arns: Vec<Value> = listed["serviceDeployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["serviceDeploymentArn"].clone())
        .collect();
    let described = ecs(
        bench,
        "DescribeServiceDeployments",
        json!({ "serviceDeploymentArns": arns }),
    );
    described["serviceDeployments"].as_array().unwrap().clone()
}

#[test]
fn a_new_service_starts_registers_and_gets_steady() {
    let (bench, stage) = stepped();
    let made = stage.create_service(&bench);
    assert_eq!(
        (
            &made["runningCount"],
            &made["deployments"][0]["rolloutState"]
        ),
        (&json!(0), &json!("IN_PROGRESS"))
    );
    let early = describe_service(&bench);
    assert_eq!(early["pendingCount"], 2);
    let service = settled(&bench);
    assert_eq!(
        (&service["runningCount"], &service["pendingCount"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(service["deployments"][0]["rolloutState"], "COMPLETED");
    assert_eq!(
        messages(&service)[0],
        "(service patient) has reached a steady state."
    );
    let started = messages(&service).pop().unwrap();
    assert!(
        started.starts_with("(service patient) has started 2 tasks: (task "),
        "{started}"
    );
    assert_eq!(health(&bench, &stage), ["healthy", "healthy"]);

    let arns = ecs(
        &bench,
        "ListTasks",
        json!({ "cluster": "main", "serviceName": "patient" }),
    )["taskArns"]
        .clone();
    let tasks = ecs(
        &bench,
        "DescribeTasks",
        json!({ "cluster": "main", "tasks": arns, "include": ["TAGS"] }),
    );
    let zones: Vec<&Value> = tasks["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["availabilityZone"])
        .collect();
    assert_ne!(zones[0], zones[1]);
    let task = &tasks["tasks"][0];
    assert_eq!(task["lastStatus"], "RUNNING");
    assert!(
        task["containers"][0]["imageDigest"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    assert!(
        task["tags"]
            .as_array()
            .unwrap()
            .contains(&json!({ "key": "hcctl:stack", "value": "dev" }))
    );
    let interfaces = bench.ec2("DescribeNetworkInterfaces", &[]).unwrap();
    let descriptions = texts(&interfaces, "description");
    assert_eq!(
        descriptions
            .iter()
            .filter(|it| it.contains(":attachment/"))
            .count(),
        2
    );
    assert_eq!(records(&bench)[0]["status"], "SUCCESSFUL");
    assert_eq!(
        service["currentServiceDeployment"],
        records(&bench)[0]["serviceDeploymentArn"]
    );
}

#[test]
fn a_new_revision_rolls_without_losing_a_healthy_task() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    settled(&bench);
    let digest = push(&bench, "v2");
    let new = register(&bench, "v2");
    let updated = update(&bench, json!({ "taskDefinition": new }));
    assert_eq!(updated["deployments"].as_array().unwrap().len(), 2);
    assert_eq!(updated["deployments"][1]["status"], "ACTIVE");
    let mut fewest = 2;
    let service = loop {
        fewest = fewest.min(
            health(&bench, &stage)
                .iter()
                .filter(|state| *state == "healthy")
                .count(),
        );
        let service = describe_service(&bench);
        if service["deployments"].as_array().unwrap().len() == 1 {
            break service;
        }
    };
    assert_eq!(fewest, 2);
    assert_eq!(
        (&service["taskDefinition"], &service["runningCount"]),
        (&json!(new), &json!(2))
    );
    let said = messages(&service).join("\n");
    for fragment in [
        "has begun draining connections on 2 tasks.",
        "has stopped 2 running tasks",
        "deployment completed.",
    ] {
        assert!(said.contains(fragment), "{fragment} is not in\n{said}");
    }
    let records = records(&bench);
    assert_eq!(
        (&records[0]["status"], &records[1]["status"]),
        (&json!("SUCCESSFUL"), &json!("SUCCESSFUL"))
    );
    let revisions = json!({ "serviceRevisionArns": [records[0]["targetServiceRevision"]["arn"]] });
    let revision = &ecs(&bench, "DescribeServiceRevisions", revisions)["serviceRevisions"][0];
    assert_eq!(revision["containerImages"][0]["imageDigest"], json!(digest));
    assert_eq!(
        revision["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"],
        json!(stage.target_group)
    );
}

#[test]
fn a_missing_image_opens_the_breaker_and_rolls_back() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    let good = settled(&bench)["taskDefinition"].clone();
    let bad = register(&bench, "missing");
    update(&bench, json!({ "taskDefinition": bad }));
    let mut reasons = Vec::new();
    for _ in 0..60 {
        let stopped = ecs(
            &bench,
            "ListTasks",
            json!({ "cluster": "main", "desiredStatus": "STOPPED" }),
        )["taskArns"]
            .clone();
        if !stopped.as_array().unwrap().is_empty() && reasons.is_empty() {
            let tasks = ecs(
                &bench,
                "DescribeTasks",
                json!({ "cluster": "main", "tasks": stopped }),
            );
            reasons.push(
                tasks["tasks"][0]["stoppedReason"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            assert_eq!(tasks["tasks"][0]["stopCode"], "TaskFailedToStart");
        }
        if records(&bench)[0]["status"] == "ROLLBACK_SUCCESSFUL" {
            break;
        }
    }
    assert!(
        reasons[0].starts_with("CannotPullContainerError: "),
        "{reasons:?}"
    );
    let service = settled(&bench);
    assert_eq!(
        (&service["taskDefinition"], &service["runningCount"]),
        (&good, &json!(2))
    );
    assert_eq!(health(&bench, &stage), ["healthy", "healthy"]);
    let said = messages(&service).join("\n");
    for fragment in [
        "deployment failed: tasks failed to start.",
        "rolling back to deployment ecs-svc/",
    ] {
        assert!(said.contains(fragment), "{fragment} is not in\n{said}");
    }
    let record = &records(&bench)[0];
    assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL");
    assert_eq!(
        record["deploymentCircuitBreaker"],
        json!({ "status": "TRIGGERED", "failureCount": 4, "threshold": 3 })
    );
    assert!(record["rollback"]["serviceRevisionArn"].is_string());
}

#[test]
fn a_first_deployment_that_fails_has_nothing_to_go_back_to() {
    let (bench, stage) = stepped();
    register(&bench, "missing");
    stage.create_service(&bench);
    let service = settled(&bench);
    assert_eq!(service["deployments"][0]["rolloutState"], "FAILED");
    assert_eq!(
        (&service["runningCount"], &service["pendingCount"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(records(&bench)[0]["status"], "STOPPED");
    // A push of the image does not help by itself; a new deployment does.
    push(&bench, "missing");
    bench.sandbox.advance(60_000);
    assert_eq!(describe_service(&bench)["runningCount"], 0);
    update(&bench, json!({ "forceNewDeployment": true }));
    assert_eq!(settled(&bench)["runningCount"], 2);
}

#[test]
fn without_a_breaker_the_service_keeps_trying_until_the_image_is_there() {
    let (bench, stage) = stepped();
    register(&bench, "late");
    let mut body = stage.service();
    body["deploymentConfiguration"] = json!({});
    ecs(&bench, "CreateService", body);
    bench.sandbox.advance(20_000);
    let failing = describe_service(&bench);
    assert!(failing["deployments"][0]["failedTasks"].as_u64().unwrap() >= 2);
    assert_eq!(failing["deployments"][0]["rolloutState"], "IN_PROGRESS");
    push(&bench, "late");
    assert_eq!(settled(&bench)["runningCount"], 2);
}

#[test]
fn a_count_of_zero_is_steady_at_once_and_a_deleted_service_drains() {
    let (bench, stage) = stepped();
    let mut body = stage.service();
    body["desiredCount"] = json!(0);
    ecs(&bench, "CreateService", body);
    assert_eq!(
        describe_service(&bench)["deployments"][0]["rolloutState"],
        "COMPLETED"
    );
    update(&bench, json!({ "desiredCount": 1 }));
    bench.sandbox.advance(2_000);
    for _ in 0..10 {
        describe_service(&bench);
    }
    assert_eq!(describe_service(&bench)["runningCount"], 1);

    let name = json!({ "cluster": "main", "service": "patient" });
    let refused = bench
        .json("ecs", "DeleteService", name.clone())
        .unwrap_err();
    assert_eq!(
        refused.message,
        "The service cannot be stopped while it is scaled above 0."
    );
    let cluster = bench
        .json("ecs", "DeleteCluster", json!({ "cluster": "main" }))
        .unwrap_err();
    assert_eq!(cluster.code, "ClusterContainsServicesException");
    let forced = ecs(
        &bench,
        "DeleteService",
        json!({ "cluster": "main", "service": "patient", "force": true }),
    );
    assert_eq!(forced["service"]["status"], "DRAINING");
    let again = bench
        .json("ecs", "CreateService", stage.service())
        .unwrap_err();
    assert_eq!(
        again.message,
        "Unable to Start a service that is still Draining."
    );
    let group = [("GroupId", stage.network.group.as_str())];
    assert_eq!(
        bench.ec2("DeleteSecurityGroup", &group).unwrap_err().code,
        "DependencyViolation"
    );
    bench.sandbox.advance(2_000);
    bench.sandbox.advance(2_000);
    assert_eq!(describe_service(&bench)["status"], "INACTIVE");
    ecs(&bench, "DeleteCluster", json!({ "cluster": "main" }));
    assert_eq!(health(&bench, &stage).len(), 0);
}

#[test]
fn a_task_needs_a_role_a_route_and_a_log_group() {
    let stopped = |bench: &Bench| {
        bench.sandbox.advance(10_000);
        describe_service(bench);
        let arns = ecs(
            bench,
            "ListTasks",
            json!({ "cluster": "main", "desiredStatus": "STOPPED" }),
        )["taskArns"]
            .clone();
        let tasks = ecs(
            bench,
            "DescribeTasks",
            json!({ "cluster": "main", "tasks": arns }),
        );
        tasks["tasks"][0]["stoppedReason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (bench, stage) = stepped();
    let mut private = stage.service();
    private["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = json!("DISABLED");
    ecs(&bench, "CreateService", private);
    let reason = stopped(&bench);
    assert!(
        reason.contains("Check your task network configuration"),
        "{reason}"
    );

    let (bench, stage) = stepped();
    bench
        .json(
            "logs",
            "DeleteLogGroup",
            json!({ "logGroupName": "/patient" }),
        )
        .unwrap();
    stage.create_service(&bench);
    let reason = stopped(&bench);
    assert!(
        reason.contains("The specified log group does not exist"),
        "{reason}"
    );

    let (bench, stage) = stepped();
    bench
        .query("iam", "DeleteRole", &[("RoleName", "run")])
        .unwrap();
    stage.create_service(&bench);
    let said = messages(&describe_service(&bench)).join("\n");
    assert!(
        said.contains("ECS was unable to assume the role 'arn:aws:iam::123456789012:role/run'"),
        "{said}"
    );
}

#[test]
fn a_task_starts_only_where_the_vcpu_quota_has_room() {
    let quotas = Quotas {
        fargate_vcpus: 0,
        ..Quotas::default()
    };
    let bench = Bench::with(Settings {
        quotas,
        ..Settings::stepped()
    });
    let stage = stage(&bench);
    stage.create_service(&bench);
    let service = describe_service(&bench);
    let said = messages(&service).join("\n");
    assert!(said.contains("limit on the number of vCPUs"), "{said}");
    assert_eq!(service["runningCount"], 0);
}

#[test]
fn without_delays_everything_is_there_at_once() {
    let bench = Bench::new();
    let stage = stage(&bench);
    stage.create_service(&bench);
    assert_eq!(
        describe_service(&bench)["deployments"][0]["rolloutState"],
        "COMPLETED"
    );
    push(&bench, "v2");
    let new = register(&bench, "v2");
    update(&bench, json!({ "taskDefinition": new }));
    let service = describe_service(&bench);
    assert_eq!(
        (&service["taskDefinition"], &service["runningCount"]),
        (&json!(new), &json!(2))
    );
    assert_eq!(service["deployments"].as_array().unwrap().len(), 1);
}
