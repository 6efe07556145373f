//! The kinds of resource, one file each: its spec, its rules, its calls.
//!
//! A kind's file knows no other kind's calls, no plan and no printing. What several kinds read of one service is read
//! once ([`crate::aws::Aws::once`]) by the kind that owns it.

pub mod alarm;
pub mod attributes;
pub mod bucket;
pub mod cluster;
pub mod coverage;
pub mod dashboard;
pub mod default_security_group;
pub mod elastic_ip;
mod elsewhere;
pub mod image;
pub mod internet_gateway;
pub mod listener;
pub mod listener_rule;
pub mod load_balancer;
pub mod log_group;
pub mod managed_policy;
mod names;
pub mod namespace;
pub mod nat_gateway;
pub mod oidc_provider;
mod others;
pub mod queue;
pub mod reach;
pub mod repository;
pub mod role;
pub mod route_table;
pub mod rule_priority;
pub mod scalable_target;
pub mod scaling_policy;
pub mod security_group;
pub mod security_group_rule;
pub mod service;
pub mod subnet;
pub mod table;
mod take_up;
pub mod target_group;
pub mod task_definition;
pub mod vpc;
pub mod vpc_endpoint;

use hcctl_engine::{AnyKind, Erased};

use crate::aws::Aws;
use coverage::Coverage;
pub use others::Others;

/// Every kind of an environment, in the order in which a plan lists them.
pub static KINDS: &[&dyn AnyKind<Aws>] = &[
    &Erased::<vpc::Vpc>::NEW,
    &Erased::<default_security_group::DefaultSecurityGroup>::NEW,
    &Erased::<internet_gateway::InternetGateway>::NEW,
    &Erased::<subnet::Subnet>::NEW,
    &Erased::<elastic_ip::ElasticIp>::NEW,
    &Erased::<nat_gateway::NatGateway>::NEW,
    &Erased::<route_table::RouteTable>::NEW,
    &Erased::<vpc_endpoint::VpcEndpoint>::NEW,
    &Erased::<security_group::SecurityGroup>::NEW,
    &Erased::<security_group_rule::SecurityGroupRule>::NEW,
    &Erased::<load_balancer::LoadBalancer>::NEW,
    &Erased::<target_group::TargetGroup>::NEW,
    &Erased::<listener::Listener>::NEW,
    &Erased::<listener_rule::ListenerRule>::NEW,
    &Erased::<role::Role>::NEW,
    &Erased::<repository::Repository>::NEW,
    &Erased::<log_group::LogGroup>::NEW,
    &Erased::<table::Table>::NEW,
    &Erased::<queue::Queue>::NEW,
    &Erased::<cluster::Cluster>::NEW,
    &Erased::<namespace::Namespace>::NEW,
    &Erased::<alarm::Alarm>::NEW,
    &Erased::<task_definition::TaskDefinition>::NEW,
    &Erased::<service::Service>::NEW,
    &Erased::<scalable_target::ScalableTarget>::NEW,
    &Erased::<scaling_policy::ScalingPolicy>::NEW,
    &Erased::<dashboard::Dashboard>::NEW,
];

/// The kinds that few environments have. A look at one that has none of a kind does not ask for it, unless something that is read anyway
/// names one.
pub const RARE: &[&str] = &[
    <namespace::Namespace as hcctl_engine::Kind>::NAME,
    <queue::Queue as hcctl_engine::Kind>::NAME,
];

/// What `bootstrap` makes, what only pipelines need last: it is there once per account, for all environments, and no
/// environment's plan sees it.
pub static ACCOUNT_KINDS: &[&dyn AnyKind<Aws>] = &[
    &Erased::<bucket::Bucket>::NEW,
    &Erased::<managed_policy::ManagedPolicy>::NEW,
    &Erased::<oidc_provider::OidcProvider>::NEW,
    &Erased::<role::Role>::NEW,
];

/// Every kind's classified answers, an environment's kinds first.
pub const COVERAGE: &[Coverage] = &[
    Coverage::of::<vpc::Vpc>(),
    Coverage::of::<default_security_group::DefaultSecurityGroup>(),
    Coverage::of::<internet_gateway::InternetGateway>(),
    Coverage::of::<subnet::Subnet>(),
    Coverage::of::<elastic_ip::ElasticIp>(),
    Coverage::of::<nat_gateway::NatGateway>(),
    Coverage::of::<route_table::RouteTable>(),
    Coverage::of::<vpc_endpoint::VpcEndpoint>(),
    Coverage::of::<security_group::SecurityGroup>(),
    Coverage::of::<security_group_rule::SecurityGroupRule>(),
    Coverage::of::<load_balancer::LoadBalancer>(),
    Coverage::of::<target_group::TargetGroup>(),
    Coverage::of::<listener::Listener>(),
    Coverage::of::<listener_rule::ListenerRule>(),
    Coverage::of::<role::Role>(),
    Coverage::of::<repository::Repository>(),
    Coverage::of::<log_group::LogGroup>(),
    Coverage::of::<table::Table>(),
    Coverage::of::<queue::Queue>(),
    Coverage::of::<cluster::Cluster>(),
    Coverage::of::<namespace::Namespace>(),
    Coverage::of::<alarm::Alarm>(),
    Coverage::of::<task_definition::TaskDefinition>(),
    Coverage::of::<service::Service>(),
    Coverage::of::<scalable_target::ScalableTarget>(),
    Coverage::of::<scaling_policy::ScalingPolicy>(),
    Coverage::of::<dashboard::Dashboard>(),
    Coverage::of::<bucket::Bucket>(),
    Coverage::of::<managed_policy::ManagedPolicy>(),
    Coverage::of::<oidc_provider::OidcProvider>(),
];

/// Tags for examples.
fn example_tags() -> crate::aws::Tags {
    [
        ("Environment", "dev"),
        ("ManagedBy", "hcctl"),
        ("Project", "shop"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// An answer that lacks what the service promises.
fn incomplete(operation: &str, what: &str) -> hcctl_engine::Fault {
    hcctl_engine::Fault::own(operation, format!("the answer has no {what}"))
}

/// A delete that finds nothing has nothing left to do.
fn gone_is_fine(outcome: Result<(), hcctl_engine::Fault>) -> Result<(), hcctl_engine::Fault> {
    match outcome {
        Err(fault) if fault.class == hcctl_engine::Class::NotFound => Ok(()),
        other => other,
    }
}

/// The ids behind a set of links, as calls take them.
fn ids(links: &std::collections::BTreeSet<hcctl_engine::Link>) -> Vec<String> {
    let ids = links.iter().map(hcctl_engine::Link::resolved);
    ids.map(str::to_owned).collect()
}
