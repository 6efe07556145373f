//! The end of task definitions: deregistered, then deleted once nothing uses them.

use std::collections::BTreeSet;

use serde_json::json;
use winterbaume_ecs::model as wire;

use super::model::{DefinitionStatus, Life, State};
use super::{client, invalid, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// `DeregisterTaskDefinition`: by ARN or `FAMILY:REVISION`; services and tasks that use it go on.
pub(super) fn deregister(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DeregisterTaskDefinitionRequest = shape::json(call, &[])?;
    let now = world.now();
    let (family, revision) = exact(&input.task_definition)?;
    let found = state(world, call)
        .definitions
        .get_mut(&family)
        .and_then(|family| family.get_mut(&revision));
    let found = found.ok_or_else(|| client("The specified task definition does not exist."))?;
    if found.status != DefinitionStatus::Active {
        return Err(invalid("The specified task definition is inactive."));
    }
    found.status = DefinitionStatus::Inactive;
    found.deregistered = Some(now);
    Ok(Answer::Json(json!({ "taskDefinition": found.seen(call) })))
}

/// `DeleteTaskDefinitions`: up to ten, deregistered before; one in use stays `DELETE_IN_PROGRESS`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DeleteTaskDefinitionsRequest = shape::json(call, &[])?;
    let references = input.task_definitions;
    if !(1..=10).contains(&references.len()) {
        return Err(invalid(
            "You must specify between 1 and 10 task definitions",
        ));
    }
    let state = state(world, call);
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for reference in references {
        let (family, revision) = exact(&reference)?;
        let found = state
            .definitions
            .get_mut(&family)
            .and_then(|family| family.get_mut(&revision));
        let arn = call.arn("ecs", &format!("task-definition/{family}:{revision}"));
        match found {
            None => failures.push(json!({ "arn": arn, "reason": "The specified task definition does not exist. Specify a valid account, family, revision and try again." })),
            Some(it) if it.status == DefinitionStatus::Active => {
                failures.push(json!({ "arn": arn, "reason": "The specified task definition is still in ACTIVE status. Please deregister the target and try again." }));
            }
            Some(it) => {
                it.status = DefinitionStatus::DeleteInProgress;
                deleted.push(it.seen(call));
            }
        }
    }
    sweep(state);
    Ok(Answer::Json(
        json!({ "taskDefinitions": deleted, "failures": failures }),
    ))
}

/// Forgets the deleted task definitions that no service and no task uses any more.
pub(super) fn sweep(state: &mut State) {
    let services = state
        .services
        .values()
        .filter(|service| service.life != Life::Inactive);
    let of_services = services.flat_map(|service| {
        let present = |arn: &str| {
            service
                .deployments
                .iter()
                .any(|deployment| deployment.revision == arn)
        };
        let revisions = service
            .revisions
            .iter()
            .filter(move |revision| present(&revision.arn));
        revisions
            .filter_map(|revision| Some(revision.shape.get("taskDefinition")?.as_str()?.to_owned()))
    });
    let of_tasks = state
        .tasks
        .values()
        .filter(|task| !task.is_stopped())
        .map(|task| task.definition.clone());
    let used: BTreeSet<String> = of_services.chain(of_tasks).collect();
    for family in state.definitions.values_mut() {
        family.retain(|_, it| {
            it.status != DefinitionStatus::DeleteInProgress || used.contains(&it.arn)
        });
    }
    state.definitions.retain(|_, family| !family.is_empty());
}

/// These two calls take no bare family.
fn exact(reference: &str) -> Result<(String, u32), AwsError> {
    let name = reference::short(reference);
    let parts = name
        .split_once(':')
        .and_then(|(family, revision)| Some((family.to_owned(), revision.parse().ok()?)));
    parts.ok_or_else(|| invalid("Invalid revision number. Number: ''"))
}
