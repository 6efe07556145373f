//! The names by which a service reaches others, and under which it is reached (ECS Service Connect).

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    Service as Seen, ServiceConnectClientAlias, ServiceConnectConfiguration, ServiceConnectService,
};
use hcctl_engine::{Fault, Link};
use serde::{Deserialize, Serialize};

use super::live;
use crate::aws::Aws;

/// A service's part in a namespace.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// The namespace whose names its tasks know.
    pub namespace: Link,
    /// By the names of ports in its task definition, under which name and port others reach them; none of a service that only calls.
    pub offers: BTreeMap<String, Offer>,
}

/// A name that others call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The host: `http://NAME:PORT`. Cloud Map has it under the same name.
    pub name: String,
    /// The port.
    pub port: u16,
}

/// What the deployment that runs has of it.
fn configuration(seen: &Seen) -> Option<&ServiceConnectConfiguration> {
    let primary = seen.deployments().first()?;
    let connect = primary.service_connect_configuration();
    connect.filter(|connect| connect.enabled)
}

/// A service's part in a namespace, where it has one.
pub(super) fn read(seen: &Seen) -> Option<Connect> {
    let connect = configuration(seen)?;
    let offers = connect.services().iter().map(|one| {
        let alias = one.client_aliases().first();
        let dns = alias.and_then(|alias| alias.dns_name());
        let offer = Offer {
            name: dns
                .or(one.discovery_name())
                .unwrap_or(one.port_name())
                .to_owned(),
            port: alias
                .and_then(|alias| u16::try_from(alias.port).ok())
                .unwrap_or_default(),
        };
        (one.port_name().to_owned(), offer)
    });
    Some(Connect {
        namespace: Link::id(connect.namespace().unwrap_or_default()),
        offers: offers.collect(),
    })
}

/// What somebody set of it that hcctl has no field for, in words.
pub(super) fn others(seen: &Seen) -> Vec<String> {
    let Some(connect) = configuration(seen) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if let Some(logs) = connect.log_configuration() {
        found.push(format!("logs {logs:?}"));
    }
    if let Some(logs) = connect.access_log_configuration() {
        found.push(format!("access logs {logs:?}"));
    }
    for one in connect.container_configurations() {
        found.push(format!("container {one:?}"));
    }
    for one in connect.services() {
        let port = one.port_name();
        if let Some(ingress) = one.ingress_port_override {
            found.push(format!("{port} comes in at {ingress}"));
        }
        if let Some(timeout) = one.timeout() {
            found.push(format!("{port} {timeout:?}"));
        }
        if let Some(tls) = one.tls() {
            found.push(format!("{port} {tls:?}"));
        }
        let mut aliases = one.client_aliases().iter();
        let first = aliases.next();
        if let Some(rules) = first.and_then(|first| first.test_traffic_rules()) {
            found.push(format!("{port} {rules:?}"));
        }
        found.extend(aliases.map(|alias| format!("{port} also {alias:?}")));
        // Cloud Map's name is the alias's, unless somebody said otherwise.
        let alias = first.and_then(|first| first.dns_name());
        if let (Some(alias), Some(name)) = (alias, one.discovery_name())
            && alias != name
        {
            found.push(format!("{port} is {name} in Cloud Map"));
        }
    }
    found
}

/// As ECS takes it; nothing takes a service out of every namespace.
pub(super) fn write(wanted: Option<&Connect>) -> Result<ServiceConnectConfiguration, Fault> {
    let own = |error: &dyn std::fmt::Display| Fault::own("ecs:CreateService", error.to_string());
    let Some(wanted) = wanted else {
        return Ok(ServiceConnectConfiguration::builder()
            .enabled(false)
            .build());
    };
    let offers = wanted.offers.iter().map(|(port, offer)| {
        let alias = ServiceConnectClientAlias::builder()
            .port(offer.port.into())
            .dns_name(&offer.name)
            .build()
            .map_err(|error| own(&error))?;
        ServiceConnectService::builder()
            .port_name(port)
            .discovery_name(&offer.name)
            .client_aliases(alias)
            .build()
            .map_err(|error| own(&error))
    });
    let offers: Vec<ServiceConnectService> = offers.collect::<Result<_, Fault>>()?;
    Ok(ServiceConnectConfiguration::builder()
        .enabled(true)
        .namespace(wanted.namespace.resolved())
        .set_services(Some(offers).filter(|offers| !offers.is_empty()))
        .build())
}

/// Whether some service of the cluster names a namespace.
pub(in crate::resources) async fn connected(aws: &Aws) -> Result<bool, Fault> {
    let live = live::live(aws).await?;
    Ok(live.iter().any(|seen| configuration(seen).is_some()))
}
