//! Images that are told to fail, and what their containers leave behind.

use serde_json::{Value, json};

use super::{ecs, health, messages, records, settled, stepped, update};
use crate::bench::Bench;
use crate::fixtures::{describe_service, push, register};

/// The stopped tasks of the service.
fn stopped(bench: &Bench) -> Vec<Value> {
    let list = json!({ "cluster": "main", "desiredStatus": "STOPPED" });
    let arns = ecs(bench, "ListTasks", list)["taskArns"].clone();
    if arns.as_array().unwrap().is_empty() {
        return Vec::new();
    }
    let body = json!({ "cluster": "main", "tasks": arns });
    let tasks = ecs(bench, "DescribeTasks", body);
    tasks["tasks"].as_array().unwrap().clone()
}

/// Rolls an image out over a good one, until it is rolled back; answers its first stopped task and what its deployment said.
fn rolled_back(tag: &str) -> (Bench, Value, Value) {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    let good = settled(&bench)["taskDefinition"].clone();
    push(&bench, tag);
    let bad = register(&bench, tag);
    update(&bench, json!({ "taskDefinition": bad }));
    for _ in 0..90 {
        assert!(
            health(&bench, &stage)
                .iter()
                .filter(|it| *it == "healthy")
                .count()
                >= 2
        );
        if records(&bench)[0]["status"] == "ROLLBACK_SUCCESSFUL" {
            break;
        }
    }
    let service = settled(&bench);
    assert_eq!(service["taskDefinition"], good, "{tag}");
    assert_eq!(service["runningCount"], 2);
    let task = stopped(&bench)
        .into_iter()
        .find(|task| task["taskDefinitionArn"] == json!(bad))
        .unwrap();
    let said = json!(messages(&service).join("\n"));
    (bench, task, said)
}

#[test]
fn an_image_that_cannot_be_pulled_is_there_nevertheless() {
    let (bench, task, _) = rolled_back("fails-pull");
    let reason = task["stoppedReason"].as_str().unwrap();
    assert!(reason.starts_with("CannotPullContainerError: "), "{reason}");
    assert_eq!(task["stopCode"], "TaskFailedToStart");
    assert_eq!(task["containers"][0]["reason"], reason);
    let image = json!({ "repositoryName": "patient", "imageIds": [{ "imageTag": "fails-pull" }] });
    bench.json("ecr", "DescribeImages", image).unwrap();
}

#[test]
fn a_secret_that_cannot_be_read_stops_the_task_before_it_starts() {
    let (_, task, _) = rolled_back("fails-secret");
    let reason = task["stoppedReason"].as_str().unwrap();
    assert!(
        reason.starts_with("ResourceInitializationError: unable to pull secrets"),
        "{reason}"
    );
}

#[test]
fn a_container_that_exits_says_its_code_and_its_last_words() {
    let (bench, task, _) = rolled_back("fails-start-at-once");
    assert_eq!(task["stopCode"], "EssentialContainerExited");
    assert_eq!(task["stoppedReason"], "Essential container in task exited");
    assert_eq!(task["containers"][0]["exitCode"], 1);
    let id = task["taskArn"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    let get = json!({ "logGroupName": "/patient", "logStreamName": format!("app/app/{id}") });
    let events = bench.json("logs", "GetLogEvents", get).unwrap();
    let lines: Vec<&Value> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["message"])
        .collect();
    assert_eq!(
        lines,
        ["listening", "error: cannot open the store: no such table"]
    );
}

#[test]
fn a_container_that_takes_too_much_memory_is_killed() {
    let (_, task, _) = rolled_back("fails-memory");
    assert_eq!(task["containers"][0]["exitCode"], 137);
    assert_eq!(
        task["containers"][0]["reason"],
        "OutOfMemoryError: Container killed due to memory usage"
    );
}

#[test]
fn a_task_that_its_load_balancer_finds_unhealthy_is_killed() {
    let (_, task, said) = rolled_back("fails-health");
    let reason = task["stoppedReason"].as_str().unwrap();
    assert!(
        reason.starts_with("Task failed ELB health checks in (target-group arn:aws:"),
        "{reason}"
    );
    let said = said.as_str().unwrap();
    assert!(
        said.contains("due to (reason Health checks failed with these codes: [503])"),
        "{said}"
    );
}

#[test]
fn an_unhealthy_target_says_why() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    settled(&bench);
    push(&bench, "fails-health");
    let bad = register(&bench, "fails-health");
    update(
        &bench,
        json!({ "taskDefinition": bad, "healthCheckGracePeriodSeconds": 600 }),
    );
    let params = [("TargetGroupArn", stage.target_group.as_str())];
    for _ in 0..10 {
        let xml = bench
            .query("elasticloadbalancing", "DescribeTargetHealth", &params)
            .unwrap();
        if xml.contains("<Reason>Target.ResponseCodeMismatch</Reason>") {
            assert!(xml.contains("Health checks failed with these codes: [503]"));
            return;
        }
    }
    panic!("no target got unhealthy");
}

#[test]
fn a_slow_image_gets_healthy_late() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    settled(&bench);
    push(&bench, "fails-slow");
    let slow = register(&bench, "fails-slow");
    let before = describe_service(&bench)["createdAt"].as_f64().unwrap();
    update(&bench, json!({ "taskDefinition": slow }));
    let service = settled(&bench);
    assert_eq!(service["taskDefinition"], json!(slow));
    let done = service["deployments"][0]["updatedAt"].as_f64().unwrap();
    assert!(done - before > 12.0, "{}", done - before);
}
