//! The topology: an environment file becomes the graph of resources that are wanted.
//!
//! Pure. It owns what exists and what links to what; it knows no ids, no clients and no order of calls.

mod alarms;
mod compute;
mod data;
mod edge;
mod identity;
mod names;
mod network;
mod observability;
mod queues;
mod registry;
mod scaling;
mod sidecars;

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::blueprint::{BlueprintError, Builder};
use hcctl_engine::{Blueprint, Kind as _};

pub use edge::priorities;
pub use network::standing;
pub use registry::lifecycle;

use crate::aws::{Scope, Tags};
use crate::environment::{Environment, SecretSource, Service, ServiceName};
use crate::resources::namespace::Namespace;
use crate::resources::queue::Queue;

/// What the topology needs to know that is not in the file.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The account's number.
    pub account: String,
    /// The zones to use, such as `us-east-1a`, with the numbers that give their subnets their ranges.
    pub zones: Vec<(u8, String)>,
    /// By the name of a listener rule, its priority; a rule that is not named has its service's.
    pub priorities: BTreeMap<String, u32>,
    /// By service, the image that runs now, or the newest one of its repository: `deploy` is the image's one writer, so
    /// what runs is an input. A service without one waits for its first deploy.
    pub images: BTreeMap<String, String>,
    /// By what the file says, the secrets that were found. One that was not is named as far as its name tells.
    pub secrets: BTreeMap<SecretSource, Kept>,
}

/// Where a secret of the file is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its ARN, as policies name it.
    pub arn: String,
    /// The ARN of the key that encrypts it, where that is one of the account's owner and not the one that AWS keeps.
    pub key: Option<String>,
}

/// The scope of an environment: what its resources are found by and tagged with.
pub fn scope(environment: &Environment) -> Scope {
    let fixed = [
        ("Project", environment.project.to_string()),
        ("Environment", environment.name.to_string()),
        ("ManagedBy", "hcctl".to_owned()),
    ];
    let own = environment
        .tags
        .own
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    Scope {
        project: environment.project.to_string(),
        environment: environment.name.to_string(),
        region: environment.region.to_string(),
        tags: own
            .chain(fixed.map(|(key, value)| (key.to_owned(), value)))
            .collect(),
        ignored_tags: environment.ignored_tags().collect(),
        rare: rare(environment),
    }
}

/// Of the kinds that few environments have, those that this one has.
fn rare(environment: &Environment) -> BTreeSet<&'static str> {
    let some = |has: fn(&Service) -> bool| environment.services.values().any(has);
    let kinds = [
        (Namespace::NAME, some(|service| !service.calls.is_empty())),
        (Queue::NAME, some(|service| service.queue.is_some())),
    ];
    let wanted = kinds.into_iter().filter(|(_, wanted)| *wanted);
    wanted.map(|(kind, _)| kind).collect()
}

/// The resources of an environment.
pub fn build(environment: &Environment, inputs: &Inputs) -> Result<Blueprint, BlueprintError> {
    let mut plot = Plot {
        environment,
        inputs,
        scope: scope(environment),
        builder: Blueprint::builder(),
    };
    let network = network::draw(&mut plot);
    let edge = edge::draw(&mut plot, &network);
    registry::draw(&mut plot);
    let logs = observability::log_groups(&mut plot);
    data::draw(&mut plot);
    queues::draw(&mut plot);
    let roles = identity::draw(&mut plot);
    let namespace = names::draw(&mut plot);
    let base = compute::Base {
        network: &network,
        edge: &edge,
        logs: &logs,
        roles: &roles,
        namespace: namespace.as_ref(),
    };
    let services = compute::draw(&mut plot, &base);
    scaling::draw(&mut plot, &services);
    alarms::draw(&mut plot, &edge);
    observability::dashboard(&mut plot, &edge);
    plot.builder.build()
}

/// The drawing under way.
struct Plot<'a> {
    environment: &'a Environment,
    inputs: &'a Inputs,
    scope: Scope,
    builder: Builder,
}

impl<'a> Plot<'a> {
    /// `{project}-{environment}-{rest}`.
    fn name(&self, rest: &str) -> String {
        self.scope.name(rest)
    }

    /// The tags of a resource without a name of its own: the console shows `Name`.
    fn named_tags(&self, rest: &str) -> Tags {
        let mut tags = self.tags();
        tags.insert("Name".to_owned(), self.name(rest));
        tags
    }

    /// The tags of a resource with a name.
    fn tags(&self) -> Tags {
        self.scope.tags.clone()
    }

    fn services(&self) -> impl Iterator<Item = (&'a ServiceName, &'a Service)> + use<'a> {
        self.environment.services.iter()
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST`.
    fn arn(&self, service: &str, rest: &str) -> String {
        let partition = crate::aws::partition(&self.scope.region);
        format!(
            "arn:{partition}:{service}:{}:{}:{rest}",
            self.scope.region, self.inputs.account
        )
    }

    /// The ARN of a secret, as policies name it.
    fn secret(&self, source: &SecretSource) -> String {
        let found = self.inputs.secrets.get(source);
        let named = || source.resource(&self.scope.region, &self.inputs.account);
        found.map_or_else(named, |kept| kept.arn.clone())
    }

    /// What ECS takes of a secret.
    fn value_from(&self, source: &SecretSource) -> String {
        source.value_from(&self.secret(source))
    }

    /// Whether a service waits for its first deploy: neither the file nor the account knows an image.
    fn waits(&self, name: &ServiceName, service: &Service) -> bool {
        service.image.is_none() && !self.inputs.images.contains_key(name.as_str())
    }

    /// Whether deployments shift a service's traffic between two target groups: what the load balancer does not know is replaced task
    /// by task, whatever the strategy of the others.
    fn shifts_traffic(&self, service: &Service) -> bool {
        self.environment.deployment.strategy.shifts_traffic() && service.is_public()
    }

    /// The AWS name of a service, and of its repository and task definition family.
    fn service_name(&self, service: &ServiceName) -> String {
        self.name(&format!("{service}-service"))
    }

    fn cluster_name(&self) -> String {
        self.name("cluster")
    }
}
