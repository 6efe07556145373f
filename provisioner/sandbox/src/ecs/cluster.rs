//! Clusters: found by name; a deleted one is still listed as `INACTIVE`.

use serde_json::{Map, Value, json};
use winterbaume_ecs::model as wire;

use super::cluster_change::{check_providers, check_settings};
use super::model::{Cluster, Life, State};
use super::{includes, paged, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::{from_list, to_list};
use crate::world::World;

/// The parts of a cluster that come back as they are sent.
pub(super) const KEPT: [&str; 5] = [
    "settings",
    "configuration",
    "capacityProviders",
    "defaultCapacityProviderStrategy",
    "serviceConnectDefaults",
];

const PARTS: [&str; 5] = [
    "ATTACHMENTS",
    "CONFIGURATIONS",
    "SETTINGS",
    "STATISTICS",
    "TAGS",
];

/// `CreateCluster`: an active cluster of that name is answered as it is; new settings are not applied to it.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::CreateClusterRequest = shape::json(call, &[])?;
    let name = input.cluster_name.unwrap_or_else(|| "default".to_owned());
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=255).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(super::invalid(
            "Invalid identifier: Identifier is for cluster.",
        ));
    }
    check_settings(&call.json["settings"])?;
    check_providers(
        &call.json["capacityProviders"],
        &call.json["defaultCapacityProviderStrategy"],
    )?;
    let mut shape: Map<String, Value> = Map::new();
    for key in KEPT {
        if !call.json[key].is_null() {
            shape.insert(key.to_owned(), call.json[key].clone());
        }
    }
    // AWS's own default where the account has none.
    shape
        .entry("settings")
        .or_insert_with(|| json!([{ "name": "containerInsights", "value": "disabled" }]));
    let new = Cluster {
        arn: call.arn("ecs", &format!("cluster/{name}")),
        life: Life::Active,
        shape,
        tags: from_list(call.json.get("tags"), "key", "value")?,
        name: name.clone(),
    };
    let state = state(world, call);
    let there = state
        .clusters
        .get(&name)
        .filter(|cluster| cluster.life == Life::Active)
        .cloned();
    let cluster = there.unwrap_or_else(|| {
        state.clusters.insert(name, new.clone());
        new
    });
    Ok(Answer::Json(
        json!({ "cluster": cluster.seen(state, &PARTS) }),
    ))
}

/// `DescribeClusters`: a cluster that is not there is a failure `MISSING`; `settings` and the rest come if asked for.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::DescribeClustersRequest = shape::json(call, &[])?;
    includes(call, "", &PARTS)?;
    let parts = call.texts("include");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut names = call.texts("clusters");
    if names.is_empty() {
        names.push("default".to_owned());
    }
    if names.len() > 100 {
        return Err(super::invalid("You can describe up to 100 clusters"));
    }
    let state = state(world, call);
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        let short = reference::short(&name);
        match state.clusters.get(short) {
            Some(cluster) => clusters.push(cluster.seen(state, &parts)),
            None => failures.push(
                json!({ "arn": call.arn("ecs", &format!("cluster/{short}")), "reason": "MISSING" }),
            ),
        }
    }
    Ok(Answer::Json(
        json!({ "clusters": clusters, "failures": failures }),
    ))
}

/// `ListClusters`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let _: wire::ListClustersRequest = shape::json(call, &[])?;
    let active = state(world, call)
        .clusters
        .values()
        .filter(|cluster| cluster.life == Life::Active);
    let arns = active.map(|cluster| cluster.arn.clone().into()).collect();
    paged(call, "clusterArns", arns, 100)
}

impl Cluster {
    pub(super) fn seen(&self, state: &State, parts: &[&str]) -> Value {
        let part = |part: &str| parts.contains(&part);
        let services = state
            .services
            .values()
            .filter(|it| it.cluster == self.name && it.life != Life::Inactive);
        let tasks = || state.tasks.values().filter(|it| it.cluster == self.name);
        let get = |key: &str| self.shape.get(key).cloned();
        let mut seen = json!({
            "clusterArn": self.arn,
            "clusterName": self.name,
            "status": self.life.name(),
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": tasks().filter(|it| it.is_running()).count(),
            "pendingTasksCount": tasks().filter(|it| it.is_pending()).count(),
            "activeServicesCount": services.count(),
            "statistics": [],
            "tags": [],
            "settings": [],
            "capacityProviders": get("capacityProviders").unwrap_or_else(|| json!([])),
            "defaultCapacityProviderStrategy": get("defaultCapacityProviderStrategy").unwrap_or_else(|| json!([])),
        });
        if part("SETTINGS") {
            seen["settings"] = get("settings").unwrap_or_else(|| json!([]));
        }
        if part("TAGS") {
            seen["tags"] = to_list(&self.tags, "key", "value");
        }
        if let Some(configuration) = get("configuration").filter(|_| part("CONFIGURATIONS")) {
            seen["configuration"] = configuration;
        }
        if let Some(defaults) = get("serviceConnectDefaults") {
            seen["serviceConnectDefaults"] = defaults;
        }
        seen
    }
}
