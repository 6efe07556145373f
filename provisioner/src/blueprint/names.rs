//! Who reaches whom by name: a namespace, each service's part in it, and who comes first.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;
use serde_json::{Value, json};

use super::Plot;
use crate::environment::{Environment, Service as Planned, ServiceName};
use crate::resources::namespace::{HTTP, MAIN, Namespace, Spec};
use crate::resources::service::{Connect, Offer};

/// The namespace, where some service calls another.
pub(super) fn draw(plot: &mut Plot<'_>) -> Option<Link> {
    plot.services().find(|(_, it)| !it.calls.is_empty())?;
    let spec = Spec {
        name: format!("{}-{}", plot.scope.project, plot.scope.environment),
        form: HTTP.to_owned(),
        tags: plot.tags(),
    };
    Some(plot.builder.want::<Namespace>(MAIN, &spec))
}

/// A service's part in the namespace.
pub(super) fn connect(
    plot: &Plot<'_>,
    namespace: Option<&Link>,
    name: &ServiceName,
    planned: &Planned,
) -> Option<Connect> {
    let namespace = namespace.filter(|_| plot.environment.connects(name, planned))?;
    let offer = Offer {
        name: name.to_string(),
        port: planned.port.get(),
    };
    let offers = plot.environment.is_called(name).then(|| {
        let (port, _) = port_of(name, planned);
        (port, offer)
    });
    Some(Connect {
        namespace: namespace.clone(),
        offers: offers.into_iter().collect(),
    })
}

/// How a service's port is called in its task definition, and what its proxy speaks on it: HTTP, with retries and metrics, unless
/// `task:` names the port.
fn port_of(name: &ServiceName, planned: &Planned) -> (String, Option<&'static str>) {
    let said = planned.task.members().get("container");
    let ports = said.and_then(|container| container.get("portMappings")?.as_array());
    let own = ports
        .into_iter()
        .flatten()
        .find(|port| port["containerPort"] == planned.port.get());
    match own.and_then(|port| port["name"].as_str()) {
        Some(named) => (named.to_owned(), None),
        None => (name.to_string(), Some("http")),
    }
}

/// Names the port by which a service is called in its task definition, in the form of AWS's API.
pub(super) fn name_port(
    plot: &Plot<'_>,
    name: &ServiceName,
    planned: &Planned,
    definition: &mut Value,
) {
    let (port, Some(protocol)) = port_of(name, planned) else {
        return;
    };
    if !plot.environment.is_called(name) {
        return;
    }
    let number = planned.port.get();
    let mapping = json!({ "containerPort": number, "name": port, "appProtocol": protocol });
    let ports = &mut definition["container"]["portMappings"];
    let Some(ports) = ports.as_array_mut() else {
        *ports = json!([mapping]);
        return;
    };
    match ports.iter_mut().find(|it| it["containerPort"] == number) {
        Some(there) => {
            there["name"] = port.into();
            if there["appProtocol"].is_null() {
                there["appProtocol"] = protocol.into();
            }
        }
        None => ports.push(mapping),
    }
}

/// By service, those of the services that it calls which come before it. Where services call one another in a circle, the last
/// call of it that the file names is left out.
pub(super) fn order(environment: &Environment) -> BTreeMap<String, BTreeSet<Link>> {
    let mut after: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (caller, service) in &environment.services {
        for callee in &service.calls {
            if !reaches(&after, callee.as_str(), caller.as_str()) {
                let own = after.entry(caller.as_str()).or_default();
                own.insert(callee.as_str());
            }
        }
    }
    let links = |all: BTreeSet<&str>| all.into_iter().map(|it| Link::to("service", it)).collect();
    let order = after.into_iter();
    order
        .map(|(caller, callees)| (caller.to_owned(), links(callees)))
        .collect()
}

/// Whether one comes, directly or not, after another.
fn reaches(after: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut rest = vec![from];
    while let Some(one) = rest.pop() {
        if one == to {
            return true;
        }
        let next = after.get(one).into_iter().flatten();
        rest.extend(next.filter(|next| seen.insert(next)));
    }
    false
}
