//! How calls name clusters, services, tasks and task definitions: by short name, by ARN, by family and revision.

use super::model::{Cluster, DefinitionStatus, Life, Service, State, TaskDefinition};
use super::{client, invalid};
use crate::answer::AwsError;
use crate::call::Call;

/// The last part of an ARN, or the name itself.
pub(super) fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The name of the cluster a call is about; `default` if it says none.
pub(super) fn cluster_name(call: &Call) -> String {
    short(call.text("cluster").unwrap_or("default")).to_owned()
}

/// The active cluster a call is about; `ClusterNotFoundException` otherwise.
pub(super) fn cluster<'s>(state: &'s State, call: &Call) -> Result<&'s Cluster, AwsError> {
    let found = state.clusters.get(&cluster_name(call));
    found
        .filter(|cluster| cluster.life == Life::Active)
        .ok_or_else(no_cluster)
}

pub(super) fn no_cluster() -> AwsError {
    AwsError::new("ClusterNotFoundException", "Cluster not found.")
}

/// A service of the call's cluster, in whatever state; an ARN must be one of that cluster.
pub(super) fn service<'s>(
    state: &'s State,
    call: &Call,
    reference: &str,
) -> Result<&'s Service, AwsError> {
    let cluster = &cluster(state, call)?.name;
    let found = state
        .services
        .get(&format!("{cluster}/{}", short(reference)));
    let named = |service: &&Service| !reference.starts_with("arn:") || service.arn == reference;
    found.filter(named).ok_or_else(no_service)
}

pub(super) fn no_service() -> AwsError {
    AwsError::new("ServiceNotFoundException", "Service not found.")
}

/// A task definition by ARN, `FAMILY:REVISION` or `FAMILY`, which is its latest active revision.
pub(super) fn definition<'s>(state: &'s State, reference: &str) -> Option<&'s TaskDefinition> {
    let name = reference
        .rsplit("task-definition/")
        .next()
        .unwrap_or(reference);
    let found = if let Some((family, number)) = name.split_once(':') {
        state.definitions.get(family)?.get(&number.parse().ok()?)
    } else {
        let mut revisions = state.definitions.get(name)?.values().rev();
        revisions.find(|it| it.status == DefinitionStatus::Active)
    };
    found.filter(|it| !reference.starts_with("arn:") || it.arn == reference)
}

/// A task definition that a service may run: an active one.
pub(super) fn runnable<'s>(
    state: &'s State,
    reference: &str,
) -> Result<&'s TaskDefinition, AwsError> {
    if reference.is_empty() {
        return Err(invalid("TaskDefinition can not be blank."));
    }
    let found = definition(state, reference)
        .ok_or_else(|| client("Unable to describe task definition."))?;
    if found.status == DefinitionStatus::Active {
        return Ok(found);
    }
    Err(client("TaskDefinition is inactive"))
}
