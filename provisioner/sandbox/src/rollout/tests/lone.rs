//! Tasks that no service started.

use serde_json::{Value, json};

use super::{ecs, settled, stepped};
use crate::bench::Bench;
use crate::fixtures::{Stage, describe_service, push, register};

/// A task of an image, as `RunTask` starts it, with the command in place of the image's own.
fn run(bench: &Bench, stage: &Stage, tag: &str, command: Option<Value>) -> String {
    let definition = register(bench, tag);
    let mut body = json!({
        "cluster": "main",
        "taskDefinition": definition,
        "launchType": "FARGATE",
        "startedBy": "hand",
        "networkConfiguration": { "awsvpcConfiguration": {
            "subnets": stage.network.subnets, "securityGroups": [stage.network.group], "assignPublicIp": "ENABLED" } },
    });
    if let Some(command) = command {
        let of = json!({ "name": "app", "command": command });
        body["overrides"] = json!({ "containerOverrides": [of] });
    }
    let ran = ecs(bench, "RunTask", body);
    assert_eq!(ran["failures"], json!([]));
    let task = &ran["tasks"][0];
    assert_eq!(task["startedBy"], "hand");
    assert_eq!(task["group"], "family:patient");
    task["taskArn"].as_str().unwrap().to_owned()
}

/// Looks a second at a time until the task has stopped.
fn ended(bench: &Bench, arn: &str) -> Value {
    for _ in 0..60 {
        let task = seen(bench, arn);
        if task["lastStatus"] == "STOPPED" {
            return task;
        }
    }
    panic!("the task does not stop: {}", seen(bench, arn));
}

fn seen(bench: &Bench, arn: &str) -> Value {
    let body = json!({ "cluster": "main", "tasks": [arn] });
    ecs(bench, "DescribeTasks", body)["tasks"][0].clone()
}

#[test]
fn a_command_ends_with_its_code_and_no_service_is_the_worse_for_it() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    settled(&bench);
    for (command, code) in [
        (json!(["bin/migrate"]), 0),
        (json!(["sh", "-c", "exit 3"]), 3),
    ] {
        let arn = run(&bench, &stage, "v1", Some(command));
        let task = ended(&bench, &arn);
        assert_eq!(task["containers"][0]["exitCode"], code);
        assert_eq!(task["stopCode"], "EssentialContainerExited");
    }
    let service = describe_service(&bench);
    assert_eq!(service["runningCount"], 2);
    assert_eq!(service["deployments"][0]["failedTasks"], 0);
}

#[test]
fn an_image_that_fails_does_so_without_a_service_too() {
    let (bench, stage) = stepped();
    push(&bench, "fails-memory");
    let arn = run(&bench, &stage, "fails-memory", Some(json!(["bin/migrate"])));
    assert_eq!(ended(&bench, &arn)["containers"][0]["exitCode"], 137);
}

#[test]
fn a_task_without_a_command_runs_until_it_is_stopped_and_holds_its_cluster() {
    let (bench, stage) = stepped();
    let arn = run(&bench, &stage, "v1", None);
    for _ in 0..60 {
        seen(&bench, &arn);
    }
    assert_eq!(seen(&bench, &arn)["lastStatus"], "RUNNING");
    let delete = || bench.json("ecs", "DeleteCluster", json!({ "cluster": "main" }));
    assert_eq!(delete().unwrap_err().code, "ClusterContainsTasksException");
    let stop = json!({ "cluster": "main", "task": arn, "reason": "enough" });
    ecs(&bench, "StopTask", stop);
    let task = ended(&bench, &arn);
    assert_eq!(task["stopCode"], "UserInitiated");
    assert_eq!(task["stoppedReason"], "enough");
    delete().unwrap();
}

#[test]
fn a_service_replaces_a_task_that_was_stopped_by_hand() {
    let (bench, stage) = stepped();
    stage.create_service(&bench);
    settled(&bench);
    let list = json!({ "cluster": "main", "serviceName": "patient" });
    let arn = ecs(&bench, "ListTasks", list)["taskArns"][0].clone();
    ecs(
        &bench,
        "StopTask",
        json!({ "cluster": "main", "task": arn }),
    );
    ended(&bench, arn.as_str().unwrap());
    for _ in 0..60 {
        if describe_service(&bench)["runningCount"] == 2 {
            return;
        }
    }
    panic!("no task in its place: {}", describe_service(&bench));
}
