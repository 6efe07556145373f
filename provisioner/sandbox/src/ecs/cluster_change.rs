//! What of a cluster can change, and its end.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::model::{Cluster, Life};
use super::{client, invalid, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

const ALL: [&str; 3] = ["CONFIGURATIONS", "SETTINGS", "TAGS"];

/// `UpdateCluster`: settings, configuration, Service Connect defaults; what is not sent stays.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::UpdateClusterRequest = shape::json(call, &[])?;
    check_settings(&call.json["settings"])?;
    change(
        world,
        call,
        &["settings", "configuration", "serviceConnectDefaults"],
    )
}

/// `UpdateClusterSettings`.
pub(super) fn update_settings(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::UpdateClusterSettingsRequest = shape::json(call, &[])?;
    check_settings(&call.json["settings"])?;
    change(world, call, &["settings"])
}

/// `PutClusterCapacityProviders`: both lists are replaced.
pub(super) fn put_capacity_providers(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::PutClusterCapacityProvidersRequest = shape::json(call, &[])?;
    let (providers, strategy) = (
        &call.json["capacityProviders"],
        &call.json["defaultCapacityProviderStrategy"],
    );
    if !providers.is_array() || !strategy.is_array() {
        return Err(client(
            "capacityProviders and defaultCapacityProviderStrategy must be specified",
        ));
    }
    check_providers(providers, strategy)?;
    change(
        world,
        call,
        &["capacityProviders", "defaultCapacityProviderStrategy"],
    )
}

/// `DeleteCluster`: `ClusterContainsServicesException` while services are not inactive, `ClusterContainsTasksException` while tasks
/// have not stopped. <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::DeleteClusterRequest = shape::json(call, &[])?;
    let state = state(world, call);
    let name = reference::cluster(state, call)?.name.clone();
    if state
        .services
        .values()
        .any(|service| service.cluster == name && service.life != Life::Inactive)
    {
        let message = "The Cluster cannot be deleted while Services are active.";
        return Err(AwsError::new("ClusterContainsServicesException", message));
    }
    if state
        .tasks
        .values()
        .any(|task| task.cluster == name && !task.is_stopped())
    {
        let message = "The Cluster cannot be deleted while Tasks are active.";
        return Err(AwsError::new("ClusterContainsTasksException", message));
    }
    if let Some(cluster) = state.clusters.get_mut(&name) {
        cluster.life = Life::Inactive;
    }
    answer(world, call, &name)
}

/// `containerInsights` is the one setting of a cluster (API reference, `ClusterSetting`).
pub(super) fn check_settings(settings: &Value) -> Result<(), AwsError> {
    for setting in settings.as_array().map(Vec::as_slice).unwrap_or_default() {
        let value = setting["value"].as_str().unwrap_or_default();
        if setting["name"] != "containerInsights"
            || !["enabled", "enhanced", "disabled"].contains(&value)
        {
            return Err(invalid(format!("Invalid cluster setting: {setting}")));
        }
    }
    Ok(())
}

/// Only Fargate's providers are simulated; a strategy uses those of the cluster.
pub(super) fn check_providers(providers: &Value, strategy: &Value) -> Result<(), AwsError> {
    let providers = providers.as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(odd) = providers
        .iter()
        .find(|name| *name != "FARGATE" && *name != "FARGATE_SPOT")
    {
        return Err(invalid(format!(
            "The specified capacity provider {odd} was not found."
        )));
    }
    for item in strategy.as_array().map(Vec::as_slice).unwrap_or_default() {
        if !providers.contains(&item["capacityProvider"]) {
            let message = "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.";
            return Err(invalid(message));
        }
    }
    Ok(())
}

fn change(world: &mut World, call: &Call, keys: &[&str]) -> Result<Answer, AwsError> {
    let state = state(world, call);
    let name = reference::cluster(state, call)?.name.clone();
    let cluster: &mut Cluster = state
        .clusters
        .get_mut(&name)
        .ok_or_else(reference::no_cluster)?;
    for key in keys {
        if !call.json[*key].is_null() {
            cluster
                .shape
                .insert((*key).to_owned(), call.json[*key].clone());
        }
    }
    answer(world, call, &name)
}

fn answer(world: &mut World, call: &Call, name: &str) -> Result<Answer, AwsError> {
    let state = state(world, call);
    let cluster = state.clusters.get(name).ok_or_else(reference::no_cluster)?;
    Ok(Answer::Json(
        json!({ "cluster": cluster.seen(state, &ALL) }),
    ))
}
