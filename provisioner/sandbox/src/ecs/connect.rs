//! Service Connect: whether a service's part in a namespace is one, and how many names ECS keeps in it.
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html>

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::model::{Life, Service};
use super::service::CONNECT;
use super::{invalid, reference, state};
use crate::answer::AwsError;
use crate::call::Call;
use crate::discovery;
use crate::world::World;

/// The namespace is there, the ports are named in the task definition, and no other service has the names.
pub(super) fn check(
    world: &mut World,
    call: &Call,
    shape: &Map<String, Value>,
) -> Result<(), AwsError> {
    let connect = shape.get(CONNECT).cloned().unwrap_or_default();
    if connect["enabled"] != true {
        return Ok(());
    }
    let named = connect["namespace"].as_str().unwrap_or_default();
    let defaults = reference::cluster(state(world, call), call)?
        .shape
        .get("serviceConnectDefaults");
    let default = defaults.and_then(|it| it["namespace"].as_str());
    let named = match named {
        "" => default.unwrap_or_default().to_owned(),
        named => named.to_owned(),
    };
    if named.is_empty() {
        return Err(invalid(
            "Namespace must be specified when Service Connect is enabled and the cluster has no default namespace.",
        ));
    }
    let Some(namespace) = discovery::namespace(world, &call.region, &named) else {
        let message = format!("The specified namespace wasn't found: {named}");
        return Err(AwsError::new("NamespaceNotFoundException", message));
    };
    let definition = shape["taskDefinition"].as_str().unwrap_or_default();
    let definition = reference::definition(state(world, call), definition);
    let containers = definition.and_then(|it| it.shape.get("containerDefinitions")?.as_array());
    let ports: BTreeSet<String> = containers
        .into_iter()
        .flatten()
        .filter_map(|container| container["portMappings"].as_array())
        .flatten()
        .filter_map(|port| port["name"].as_str().map(str::to_owned))
        .collect();
    let own = reference::cluster_name(call);
    let own = (
        own,
        call.text("serviceName")
            .or(call.text("service"))
            .unwrap_or_default(),
    );
    let taken: BTreeSet<String> = connected(world, &call.region)
        .filter(|service| {
            (service.cluster.as_str(), service.name.as_str())
                != (own.0.as_str(), reference::short(own.1))
        })
        .filter(|service| in_namespace(service, &namespace, &named))
        .flat_map(names)
        .collect();
    for offer in connect["services"].as_array().into_iter().flatten() {
        let port = offer["portName"].as_str().unwrap_or_default();
        if !ports.contains(port) {
            return Err(invalid(format!(
                "The portName '{port}' in serviceConnectConfiguration is not a named port mapping of the task definition."
            )));
        }
        let name = name_of(offer);
        if taken.contains(name) {
            return Err(invalid(format!("SC service {name} is already used.")));
        }
        let aliases = offer["clientAliases"].as_array();
        if aliases.is_some_and(|aliases| aliases.len() > 1) {
            return Err(invalid(
                "A Service Connect service can have one client alias at most.",
            ));
        }
    }
    Ok(())
}

/// How many names ECS keeps in a namespace.
pub(crate) fn names_in(world: &World, region: &str, arn: &str, name: &str) -> usize {
    let services = connected(world, region);
    let services = services.filter(|service| in_namespace(service, arn, name));
    services.flat_map(names).count()
}

/// The services that are there and have a part in some namespace.
fn connected<'w>(world: &'w World, region: &str) -> impl Iterator<Item = &'w Service> {
    let region = world.regions.get(region);
    let services = region
        .into_iter()
        .flat_map(|region| region.ecs.services.values());
    services.filter(|service| {
        let connect = service.shape.get(CONNECT);
        service.life != Life::Inactive && connect.is_some_and(|it| it["enabled"] == true)
    })
}

fn in_namespace(service: &Service, arn: &str, name: &str) -> bool {
    let own = service.shape.get(CONNECT).map(|it| &it["namespace"]);
    own.is_some_and(|own| own == arn || own == name)
}

fn names(service: &Service) -> Vec<String> {
    let offers = service.shape.get(CONNECT).map(|it| &it["services"]);
    let offers = offers.and_then(Value::as_array);
    let names = offers.into_iter().flatten().map(name_of);
    names.map(str::to_owned).collect()
}

/// In Cloud Map; the port's name where nothing is said.
fn name_of(offer: &Value) -> &str {
    let name = offer["discoveryName"]
        .as_str()
        .or(offer["portName"].as_str());
    name.unwrap_or_default()
}
