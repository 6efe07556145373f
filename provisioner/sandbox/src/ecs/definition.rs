//! Task definitions: a new revision at every registration, completed as AWS completes it.

use serde_json::{Map, Value, json};
use winterbaume_ecs::model as wire;

use super::model::{DefinitionStatus, TaskDefinition};
use super::{client, definition_check, includes, paged, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::{from_list, to_list};
use crate::time::epoch;
use crate::world::World;

/// `RegisterTaskDefinition`: there is no idempotency, every call makes a revision.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
pub(super) fn register(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::RegisterTaskDefinitionRequest = shape::json(call, &[])?;
    shape::refuse(call, &["inferenceAccelerators", "proxyConfiguration"])?;
    let family = input.family.clone();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=255).contains(&family.len()) || !family.bytes().all(fits) {
        return Err(client("Invalid 'family' setting for task definition"));
    }
    definition_check::check(&input)?;
    definition_check::check_length(&call.json)?;
    let mut shape = call.json.as_object().cloned().unwrap_or_default();
    shape.remove("tags");
    complete(&mut shape);
    let registered = world.now();
    let arn = |revision| call.arn("ecs", &format!("task-definition/{family}:{revision}"));
    let tags = from_list(call.json.get("tags"), "key", "value")?;
    let state = state(world, call);
    let last = state.revisions.entry(family.clone()).or_insert(0);
    *last += 1;
    let revision = *last;
    shape.insert("revision".to_owned(), revision.into());
    let new = TaskDefinition {
        arn: arn(revision),
        family: family.clone(),
        status: DefinitionStatus::Active,
        shape,
        registered,
        deregistered: None,
        tags,
    };
    let answer =
        json!({ "taskDefinition": new.seen(call), "tags": to_list(&new.tags, "key", "value") });
    state
        .definitions
        .entry(family)
        .or_default()
        .insert(revision, new);
    Ok(Answer::Json(answer))
}

/// `DescribeTaskDefinition`: by ARN, by `FAMILY:REVISION`, or the latest active one of a family.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DescribeTaskDefinitionRequest = shape::json(call, &[])?;
    let with_tags = includes(call, "TAGS", &["TAGS"])?;
    let found = reference::definition(state(world, call), &input.task_definition);
    let found = found.ok_or_else(|| client("Unable to describe task definition."))?;
    let mut answer = json!({ "taskDefinition": found.seen(call) });
    if with_tags {
        answer["tags"] = to_list(&found.tags, "key", "value");
    }
    Ok(Answer::Json(answer))
}

/// `ListTaskDefinitions`: active ones unless asked otherwise, by family and revision.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListTaskDefinitionsRequest = shape::json(call, &[])?;
    let status = input.status.unwrap_or_else(|| "ACTIVE".to_owned());
    let prefix = input.family_prefix;
    // The prefix of this call is the whole name of a family (API reference).
    let families = state(world, call).definitions.iter();
    let families =
        families.filter(|(family, _)| prefix.as_ref().is_none_or(|prefix| prefix == *family));
    let found = families.flat_map(|(_, revisions)| revisions.values());
    let mut arns: Vec<Value> = found
        .filter(|it| it.status.name() == status)
        .map(|it| it.arn.clone().into())
        .collect();
    if input.sort.as_deref() == Some("DESC") {
        arns.reverse();
    }
    paged(call, "taskDefinitionArns", arns, 100)
}

/// `ListTaskDefinitionFamilies`: all, those with an active revision, or those without.
pub(super) fn list_families(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListTaskDefinitionFamiliesRequest = shape::json(call, &[])?;
    let prefix = input.family_prefix.unwrap_or_default();
    let status = input.status.unwrap_or_else(|| "ALL".to_owned());
    let mut families = Vec::new();
    for (family, revisions) in &state(world, call).definitions {
        let active = revisions
            .values()
            .any(|it| it.status == DefinitionStatus::Active);
        let asked = match status.as_str() {
            "ACTIVE" => active,
            "INACTIVE" => !active,
            "ALL" => true,
            other => return Err(super::invalid(format!("Invalid status: {other}"))),
        };
        if asked && family.starts_with(&prefix) {
            families.push(family.clone().into());
        }
    }
    paged(call, "families", families, 100)
}

impl DefinitionStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
        }
    }
}

impl TaskDefinition {
    pub(super) fn seen(&self, call: &Call) -> Value {
        let mut seen = Value::Object(self.shape.clone());
        seen["taskDefinitionArn"] = self.arn.clone().into();
        seen["status"] = self.status.name().into();
        seen["registeredAt"] = epoch(self.registered).into();
        seen["registeredBy"] = call.user_arn().into();
        if let Some(at) = self.deregistered {
            seen["deregisteredAt"] = epoch(at).into();
        }
        seen
    }
}

/// What AWS adds to a registration: empty lists, a container's `cpu` of 0, host ports equal to container ports under awsvpc.
fn complete(shape: &mut Map<String, Value>) {
    let lists = |object: &mut Map<String, Value>, keys: &[&str]| {
        for key in keys {
            object.entry(*key).or_insert_with(|| json!([]));
        }
    };
    lists(shape, &["volumes", "placementConstraints"]);
    let fargate = shape["networkMode"] == "awsvpc";
    shape.insert("compatibilities".to_owned(), json!(["EC2", "FARGATE"]));
    shape.insert(
        "requiresAttributes".to_owned(),
        json!([{ "name": "ecs.capability.task-eni" }]),
    );
    let containers = shape
        .get_mut("containerDefinitions")
        .and_then(Value::as_array_mut);
    for container in containers
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        lists(
            container,
            &[
                "portMappings",
                "environment",
                "mountPoints",
                "volumesFrom",
                "systemControls",
            ],
        );
        container.entry("cpu").or_insert(json!(0));
        container.entry("essential").or_insert(json!(true));
        let ports = container
            .get_mut("portMappings")
            .and_then(Value::as_array_mut);
        for port in ports.into_iter().flatten().filter_map(Value::as_object_mut) {
            port.entry("protocol").or_insert(json!("tcp"));
            if let Some(number) = port.get("containerPort").cloned().filter(|_| fargate) {
                port.entry("hostPort").or_insert(number);
            }
        }
    }
}
