//! The environment as types: what the file says, checked, with every default filled in.
//!
//! The doc comments are what an editor shows beside the file, through `environments/schema.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::defaults;
use super::deployment::Deployment;
use super::values::auth::{Audience, Issuer};
use super::values::cidr::Cidr;
use super::values::control::{ControlId, Reason};
use super::values::name::{EnvironmentName, Project, ServiceName, TableName};
use super::values::number::{
    Count, GraceSeconds, ImageCount, Percent, Port, Priority, RetentionDays, RulePriority,
};
use super::values::path::{HealthPath, PathPattern};
use super::values::place::{
    AccountId, BoundaryPolicy, CertificateArn, Region, SecretArn, TopicArn,
};
use super::values::size::{Cpu, Memory};
use super::values::tag::Tags;
use super::values::variable::{Setting, VariableName};
use super::values::zone::Zones;

/// One environment of one project, as hcctl provisions it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    /// The stem of the file's name.
    #[serde(skip)]
    pub name: EnvironmentName,
    /// Names are `{project}-{environment}-...`; changing it means another environment, not a rename.
    pub project: Project,
    /// The AWS region everything is in.
    pub region: Region,
    /// A guard: nothing runs with credentials of another account. Twelve digits in quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What the environment's roles may do at most: the boundary that `hcctl bootstrap` made, by name, or any managed policy by ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<BoundaryPolicy>,
    /// The network: a VPC with a public and a private subnet in each zone.
    pub network: Network,
    /// The load balancer, where requests come in.
    #[schemars(default = "defaults::edge")]
    pub edge: Edge,
    /// The services, by name. At least one.
    #[schemars(extend("minProperties" = 1))]
    pub services: BTreeMap<ServiceName, Service>,
    /// Whose tokens the services accept. Required where `protect` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// How a new image replaces the running one.
    #[schemars(default = "defaults::deployment")]
    pub deployment: Deployment,
    /// The services' logs.
    #[schemars(default = "defaults::logs")]
    pub logs: Logs,
    /// The services' alarms.
    #[schemars(default = "defaults::alarms")]
    pub alarms: Alarms,
    /// The services' image repositories.
    #[schemars(default = "defaults::registry")]
    pub registry: Registry,
    /// True in production: `destroy` refuses, and the load balancer and tables are protected against deletion.
    #[schemars(default = "defaults::protect")]
    pub protect: bool,
    /// What `hcctl audit` is to make of its findings. It changes nothing in AWS.
    #[schemars(default = "defaults::audit")]
    pub audit: Audit,
    /// Tags of your own on everything that takes tags, beside `Project`, `Environment`, `ManagedBy` and `hcctl:address`
    /// (at most 45); and under `ignore` the keys of tags that others keep there.
    #[schemars(default = "Tags::default")]
    pub tags: Tags,
}

impl Environment {
    /// The patterns of tags that others keep on its resources: the file's, and those of well-known taggers.
    pub fn ignored_tags(&self) -> impl Iterator<Item = String> {
        let known = defaults::IGNORED_TAGS.into_iter().map(str::to_owned);
        let own = self.tags.ignore.iter().map(ToString::to_string);
        own.chain(known)
    }

    /// What every name begins with: `healthcare-app-dev`.
    pub fn prefix(&self) -> String {
        format!("{}-{}", self.project, self.name)
    }
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Network {
    /// The private IPv4 block, /16 to /19. Environments that are ever to be connected must not overlap.
    pub cidr: Cidr,
    /// Availability zones in use: how many, or which, by name or id. A load balancer needs two.
    #[schemars(default = "defaults::zones")]
    pub zones: Zones,
    /// NAT gateways, through which tasks reach the internet. Each costs some 36 USD a month.
    #[schemars(default = "defaults::nat")]
    pub nat: Nat,
}

/// How many NAT gateways there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Nat {
    /// One, in the first zone. If that zone fails, tasks elsewhere lose their way out.
    Single,
    /// One in each zone, so that a zone's failure stays its own.
    PerZone,
}

/// A subnet that follows from the network's block and zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Whether its routes lead to the internet gateway.
    pub public: bool,
    /// Its number in its row, from 1: `healthcare-app-dev-public-1`.
    pub number: u8,
    /// Its addresses.
    pub cidr: Cidr,
}

/// The private subnets' numbers within the network's block begin behind this.
const PRIVATE_OFFSET: u8 = 10;

impl Network {
    /// The subnets of zones with these numbers, the public ones first: public N is number N of the block's 256 parts, private
    /// N number N + 10.
    pub fn subnets(&self, numbers: &[u8]) -> Vec<Subnet> {
        let row = |public: bool| {
            numbers.iter().filter_map(move |&number| {
                let offset = if public { 0 } else { PRIVATE_OFFSET };
                let cidr = self.cidr.subnet(number + offset)?;
                Some(Subnet {
                    public,
                    number,
                    cidr,
                })
            })
        };
        row(true).chain(row(false)).collect()
    }

    /// The number whose subnets one of these addresses is, if it is one.
    pub fn number_of(&self, cidr: &str) -> Option<u8> {
        let numbers: Vec<u8> = (1..PRIVATE_OFFSET).collect();
        let subnets = self.subnets(&numbers);
        let found = subnets
            .iter()
            .find(|subnet| subnet.cidr.to_string() == cidr);
        found.map(|subnet| subnet.number)
    }
}

/// The load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Edge {
    /// An ACM certificate in the same region, by ARN: HTTPS, with a redirect from HTTP. Without it HTTP only, and `audit` says so.
    pub certificate: Option<CertificateArn>,
}

/// A service: one image behind some paths, on Fargate.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = computed_defaults)]
pub struct Service {
    /// Path patterns that lead to it, such as `/api/patients*`. At most five, with five wildcards in all.
    #[schemars(length(min = 1, max = 5))]
    pub paths: Vec<PathPattern>,
    /// Which service is asked first where path patterns overlap: the lowest number. Without overlap it may be left out.
    #[schemars(with = "Priority")]
    pub priority: RulePriority,
    /// The port its container listens on, given to it as PORT.
    #[schemars(default = "defaults::port")]
    pub port: Port,
    /// CPU units of a task; 1024 are one vCPU.
    #[schemars(default = "defaults::cpu")]
    pub cpu: Cpu,
    /// Memory of a task in MiB. Left out, the least that Fargate offers with this CPU.
    pub memory: Memory,
    /// Tasks to start with. Afterwards scaling decides.
    #[schemars(default = "defaults::count")]
    pub count: Count,
    /// How far scaling may go, and at what use of CPU.
    pub scale: Scale,
    /// The path that answers 200 when the service is well.
    #[schemars(default = "defaults::health")]
    pub health: HealthPath,
    /// Seconds in which a starting task's failing health checks are ignored.
    #[schemars(default = "defaults::grace_seconds")]
    pub grace_seconds: GraceSeconds,
    /// The DynamoDB table that this service alone may use, given to it as TABLE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableName>,
    /// Plain settings, given to the container as they stand here. Anything secret is refused.
    #[schemars(
        default = "BTreeMap::<VariableName, String>::new",
        with = "BTreeMap<VariableName, Setting>"
    )]
    pub env: BTreeMap<VariableName, String>,
    /// Secrets, given to the container by ECS from Secrets Manager or SSM: variable name to ARN, in quotes if it ends in a colon.
    #[schemars(default = "BTreeMap::<VariableName, SecretArn>::new")]
    pub secrets: BTreeMap<VariableName, SecretArn>,
}

/// How far a service scales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = computed_defaults)]
pub struct Scale {
    /// Never fewer tasks than this. Left out, the service's `count`.
    pub min: Count,
    /// Never more tasks than this. Left out, 2 or the service's `count`, whichever is more.
    pub max: Count,
    /// Tasks are added above this use of CPU, and removed below it.
    #[schemars(default = "defaults::scale_cpu_percent")]
    pub cpu_percent: Percent,
}

/// Fields whose default follows from other fields: not required, though there is no one default to show.
fn computed_defaults(schema: &mut schemars::Schema) {
    let computed = ["priority", "memory", "scale", "min", "max"];
    if let Some(required) = schema.get_mut("required").and_then(|r| r.as_array_mut()) {
        required.retain(|name| !computed.iter().any(|c| name == c));
        if required.is_empty() {
            schema.remove("required");
        }
    }
}

/// Whose tokens services accept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Auth {
    /// The issuer's https URL, exactly as its tokens name it. Given to containers as AUTH_ISSUER.
    pub issuer: Issuer,
    /// The audience the tokens must be for. Given to containers as AUTH_AUDIENCE.
    pub audience: Audience,
}

/// The services' logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Logs {
    /// Days that log events are kept. Security Hub CloudWatch.16 asks for 365 at least.
    #[schemars(default = "defaults::retention_days")]
    pub retention_days: RetentionDays,
}

/// The services' alarms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Alarms {
    /// Alarm above this use of CPU, in percent.
    #[schemars(default = "defaults::alarm_cpu_percent")]
    pub cpu_percent: Percent,
    /// Alarm above this use of memory, in percent. Left out or null, 90.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_percent: Option<Percent>,
    /// SNS topics in the same region, by ARN, that are told. At most five.
    #[schemars(default = "Vec::<TopicArn>::new", length(max = 5))]
    pub notify: Vec<TopicArn>,
}

/// The services' image repositories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Registry {
    /// Tagged images kept per repository, beside the one that runs and the one before it.
    #[schemars(default = "defaults::keep_images")]
    pub keep_images: ImageCount,
}

/// What `hcctl audit` is to make of its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Audit {
    /// Findings that are accepted: the control's Security Hub id, and why. They are shown with the reason, and do not fail an audit.
    #[schemars(default = "BTreeMap::<ControlId, Reason>::new")]
    pub accept: BTreeMap<ControlId, Reason>,
}
