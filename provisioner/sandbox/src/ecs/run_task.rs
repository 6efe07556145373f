//! Tasks that somebody starts and stops by hand, beside those of services.
//!
//! What the container of such a task does is told by its command, as far as that can be read: a command overridden with the call
//! ends by itself, with the code of an `exit N` at its end (`sh -c "exit 3"`) and with 0 otherwise; without one the task runs until
//! it is stopped. An image that is told to fail does so first.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::deploy::images;
use super::model::{Lone, State};
use super::{client, invalid, reference, service_check, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::rollout::{self, Launch, Refusal};
use crate::shape;
use crate::tags::from_list;
use crate::world::World;

/// [RunTask](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html): up to ten of a kind. What finds no place
/// is among the `failures` of a call that succeeded.
pub(super) fn run(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::RunTaskRequest = shape::json(call, &[])?;
    let unused = [
        "placementConstraints",
        "placementStrategy",
        "volumeConfigurations",
        "referenceId",
    ];
    shape::refuse(call, &unused)?;
    let cluster = reference::cluster(state(world, call), call)?.clone();
    let definition = reference::runnable(state(world, call), &input.task_definition)?.clone();
    let count = input.count.unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("Task count must be between 1 and 10."));
    }
    if input.launch_type.as_deref() != Some("FARGATE") && input.capacity_provider_strategy.is_none()
    {
        return Err(invalid(
            "No Container Instances were found in your cluster.",
        ));
    }
    if input
        .propagate_tags
        .as_deref()
        .is_some_and(|from| from != "TASK_DEFINITION" && from != "NONE")
    {
        return Err(invalid(
            "The only valid value of propagateTags for a task is TASK_DEFINITION.",
        ));
    }
    let token = input.client_token.clone();
    if token.as_ref().is_some_and(|token| token.len() > 64) {
        return Err(invalid("clientToken can have up to 64 characters"));
    }
    if let Some(token) = &token
        && let Some(same) = made_before(state(world, call), token, &call.json)?
    {
        return Ok(seen(world, call, &same, &[]));
    }
    let overrides = call.json["overrides"].clone();
    if overrides.is_object() && overrides.to_string().len() > 8192 {
        return Err(invalid("Container Overrides length must be at most 8192"));
    }
    check_overrides(&definition.shape["containerDefinitions"], &overrides)?;
    let place = json!({ "networkConfiguration": call.json["networkConfiguration"] });
    let place = place.as_object().cloned().unwrap_or_default();
    service_check::check_network(world, call, &place)?;
    let mut tags = from_list(call.json.get("tags"), "key", "value")?;
    if input.propagate_tags.as_deref() == Some("TASK_DEFINITION") {
        for (key, value) in &definition.tags {
            tags.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    if input.enable_e_c_s_managed_tags == Some(true) {
        tags.insert("aws:ecs:clusterName".to_owned(), cluster.name.clone());
    }
    let group = input.group.clone();
    let group = group.unwrap_or_else(|| format!("family:{}", definition.family));
    let lone = Lone {
        images: images(world, &call.region, &definition.arn),
        group,
        overrides,
        token: token.map(|token| (token, call.json.to_string())),
        command_exits: command_exits(&call.json["overrides"]),
    };
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let launch = Launch {
            cluster: &cluster.name,
            cluster_arn: &cluster.arn,
            service: "",
            started_by: input.started_by.as_deref().unwrap_or_default(),
            revision: "",
            definition: &definition.arn,
            network: &call.json["networkConfiguration"]["awsvpcConfiguration"],
            tags: tags.clone(),
            lone: Some(lone.clone()),
        };
        match rollout::launch(world, &call.region, launch) {
            Ok(arn) => started.push(arn),
            Err(Refusal::Role(arn)) => {
                return Err(client(format!(
                    "ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role \
                     being passed has the proper trust relationship and permissions and that your IAM user has permissions to \
                     pass this role."
                )));
            }
            Err(refusal) => {
                failures.push(json!({ "arn": cluster.arn, "reason": refusal.to_string() }));
            }
        }
    }
    Ok(seen(world, call, &started, &failures))
}

/// [StopTask](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html): of a service's task too, whose service
/// starts another.
pub(super) fn stop(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::StopTaskRequest = shape::json(call, &[])?;
    let cluster = reference::cluster(state(world, call), call)?.name.clone();
    let arn = call.arn(
        "ecs",
        &format!("task/{cluster}/{}", reference::short(&input.task)),
    );
    let task = state(world, call).tasks.get(&arn).cloned();
    let task = task.ok_or_else(|| invalid("The referenced task was not found."))?;
    let reason = input
        .reason
        .unwrap_or_else(|| "Task stopped by user".to_owned());
    if task.is_wanted() {
        rollout::stop_by_hand(world, &call.region, &task, &reason);
    }
    let now = world.now();
    let state = state(world, call);
    let task = state.tasks[&arn].seen(state, now, true);
    Ok(Answer::Json(json!({ "task": task })))
}

/// The tasks that an earlier call with this token started.
fn made_before(state: &State, token: &str, body: &Value) -> Result<Option<Vec<String>>, AwsError> {
    let of_token = state.tasks.values().filter_map(|task| {
        let (of_task, made_by) = task.lone.as_ref()?.token.as_ref()?;
        (of_task == token).then_some((task.arn.clone(), made_by))
    });
    let (arns, bodies): (Vec<_>, Vec<_>) = of_token.unzip();
    let body = body.to_string();
    if bodies.iter().any(|made_by| **made_by != body) {
        return Err(AwsError::new(
            "ConflictException",
            "The clientToken was used before with other parameters.",
        ));
    }
    Ok(Some(arns).filter(|arns| !arns.is_empty()))
}

fn check_overrides(containers: &Value, overrides: &Value) -> Result<(), AwsError> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let names: Vec<Value> = list(containers)
        .iter()
        .map(|container| container["name"].clone())
        .collect();
    for one in list(&overrides["containerOverrides"]) {
        if !names.contains(&one["name"]) {
            let name = one["name"].as_str().unwrap_or_default();
            return Err(invalid(format!(
                "Override for container named {name} is not a container in the TaskDefinition."
            )));
        }
    }
    Ok(())
}

/// The exit code of an overriding command, as far as it can be told without running it.
fn command_exits(overrides: &Value) -> Option<i32> {
    let all = overrides["containerOverrides"].as_array()?;
    let command = all.iter().find_map(|one| one["command"].as_array())?;
    let words: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
    let code = words
        .join(" ")
        .rsplit_once("exit ")
        .and_then(|(_, code)| code.trim().parse().ok());
    Some(code.unwrap_or(0))
}

fn seen(world: &mut World, call: &Call, arns: &[String], failures: &[Value]) -> Answer {
    let now = world.now();
    let state = state(world, call);
    let tasks = arns.iter().filter_map(|arn| state.tasks.get(arn));
    let tasks: Vec<Value> = tasks.map(|task| task.seen(state, now, true)).collect();
    Answer::Json(json!({ "tasks": tasks, "failures": failures }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_as_its_shell_would() {
        let of = |command: Value| {
            command_exits(&json!({ "containerOverrides": [{ "name": "a", "command": command }] }))
        };
        assert_eq!(of(json!(["bin/migrate"])), Some(0));
        assert_eq!(of(json!(["sh", "-c", "echo no; exit 3"])), Some(3));
        assert_eq!(command_exits(&json!({})), None);
    }
}
