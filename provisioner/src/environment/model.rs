//! The environment as types: what the file says, checked, with every default filled in.
//!
//! The doc comments are what an editor shows beside the file, through `environments/schema.json`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::container::{
    Architecture, Capabilities, ContainerHealth, Health, HealthForm, Root, Task, UserForm, Words,
};
use super::defaults;
use super::deployment::Deployment;
use super::queue::{Queue, QueueForm};
use super::reach::{Egress, Permissions};
use super::sidecar::{Condition, Sidecar};
use super::values::auth::{Audience, Issuer};
use super::values::cidr::Cidr;
use super::values::container::{
    ContainerName, ContainerPath, ImageUri, StopSeconds, StorageGib, User, VolumeName, Word,
};
use super::values::control::{ControlId, Reason};
use super::values::host::HostPattern;
use super::values::name::{EnvironmentName, Project, ServiceName, TableName};
use super::values::number::{
    Count, GraceSeconds, ImageCount, Percent, Port, Priority, RetentionDays, RulePriority,
};
use super::values::path::PathPattern;
use super::values::place::{
    AccountId, BoundaryPolicy, CertificateArn, Region, SecretArn, TopicArn,
};
use super::values::queue::Backlog;
use super::values::reach::GroupId;
use super::values::secret::SecretSource;
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
    /// Whose tokens the services accept. Left out, who may call a service is its own business, and `audit` says so of a protected environment.
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

    /// Whether another service calls this one by name.
    pub fn is_called(&self, name: &ServiceName) -> bool {
        let mut services = self.services.values();
        services.any(|service| service.calls.contains(name))
    }

    /// Whether a service calls another one by name, or is called so.
    pub fn connects(&self, name: &ServiceName, service: &Service) -> bool {
        !service.calls.is_empty() || self.is_called(name)
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
    /// Where the tasks of all services may connect to, beside port 443 everywhere.
    #[schemars(default = "Vec::<Egress>::new")]
    pub egress: Vec<Egress>,
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

/// A service: one image on Fargate, behind paths or hosts of the load balancer, or reached by other services only.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, transform = computed_defaults)]
pub struct Service {
    /// Path patterns that lead to it, such as `/api/patients*`. At most five with `hosts`, with five wildcards in all. Without paths
    /// and hosts the load balancer does not know it.
    #[schemars(default = "Vec::<PathPattern>::new", length(max = 5))]
    pub paths: Vec<PathPattern>,
    /// Host names whose requests lead to it, such as `api.example.com`; without `paths`, on every path. At most five with `paths`.
    #[schemars(default = "Vec::<HostPattern>::new", length(max = 5))]
    pub hosts: Vec<HostPattern>,
    /// Other services that it calls by name, at `http://NAME:PORT`, which it finds as `NAME_URL`. Each of both sides then has a proxy beside it (ECS Service Connect).
    #[schemars(default = "Vec::<ServiceName>::new")]
    pub calls: Vec<ServiceName>,
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
    /// The path that answers 200 when the service is well; or all of what the load balancer asks.
    #[schemars(default = "defaults::health", with = "HealthForm")]
    pub health: Health,
    /// Seconds in which a starting task's failing health checks are ignored.
    #[schemars(default = "defaults::grace_seconds")]
    pub grace_seconds: GraceSeconds,
    /// The DynamoDB table that this service alone may use, given to it as TABLE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableName>,
    /// A queue whose messages it works off, given to it as QUEUE_URL; or all of how the queue is to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<QueueForm>")]
    pub queue: Option<Queue>,
    /// Services with a queue that it sends messages to, each given to it as `NAME_QUEUE_URL`.
    #[schemars(default = "Vec::<ServiceName>::new")]
    pub sends_to: Vec<ServiceName>,
    /// Plain settings, given to the container as they stand here. Anything secret is refused.
    #[schemars(
        default = "BTreeMap::<VariableName, String>::new",
        with = "BTreeMap<VariableName, Setting>"
    )]
    pub env: BTreeMap<VariableName, String>,
    /// Secrets, given to the container by ECS from Parameter Store or Secrets Manager: variable name to `ssm:/PATH/NAME`, `secretsmanager:NAME[:JSON_KEY]` or an ARN.
    #[schemars(default = "BTreeMap::<VariableName, SecretSource>::new")]
    pub secrets: BTreeMap<VariableName, SecretSource>,
    /// An image of another registry, by digest: REGISTRY/REPOSITORY@sha256:DIGEST. The file then says what runs, and `deploy` does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageUri>,
    /// The program that starts, with its arguments, in place of the image's entry point.
    #[schemars(default = "Vec::<Word>::new", with = "Words")]
    pub entrypoint: Vec<Word>,
    /// What the entry point gets, in place of the image's command.
    #[schemars(default = "Vec::<Word>::new", with = "Words")]
    pub command: Vec<Word>,
    /// A command that `deploy` runs once on the new revision before any task of it starts, such as migrations. Where it fails, nothing is rolled out.
    #[schemars(default = "Vec::<Word>::new", with = "Words")]
    pub before_deploy: Vec<Word>,
    /// The user that it runs as: `USER` or `USER:GROUP`, by name or number, or `image` for the image's own.
    #[schemars(default = "defaults::user", with = "UserForm")]
    pub user: User,
    /// Whether it may write to its own files.
    #[schemars(default = "defaults::root")]
    pub root: Root,
    /// Its kernel capabilities.
    #[schemars(default = "defaults::capabilities")]
    pub capabilities: Capabilities,
    /// The processors that it runs on. Its image must be for them.
    #[schemars(default = "defaults::architecture")]
    pub architecture: Architecture,
    /// Whether a first process of ECS's own forwards signals to it and reaps its children.
    #[schemars(default = "defaults::init")]
    pub init: bool,
    /// Seconds from the signal to stop to the kill.
    #[schemars(default = "defaults::stop_seconds")]
    pub stop_seconds: StopSeconds,
    /// GiB of storage of a task's own, 21 to 200. Left out, the 20 that are free of charge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_gib: Option<StorageGib>,
    /// Empty directories that it can write to, by name; they go with the task. Root owns them, unless the image declares them as volumes.
    #[schemars(default = "BTreeMap::<VolumeName, ContainerPath>::new")]
    pub volumes: BTreeMap<VolumeName, ContainerPath>,
    /// A command that ECS runs in the container to learn whether it is well, beside the load balancer's check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_health: Option<ContainerHealth>,
    /// Where its tasks may connect to, beside port 443 everywhere and the network's `egress`.
    #[schemars(default = "Vec::<Egress>::new")]
    pub egress: Vec<Egress>,
    /// Further security groups of its tasks, by id, which must be in the environment's VPC.
    #[schemars(default = "Vec::<GroupId>::new", length(max = 4))]
    pub security_groups: Vec<GroupId>,
    /// What its code may do in the account, within `permissions_boundary`.
    #[schemars(default = "Permissions::default")]
    pub permissions: Permissions,
    /// Containers beside it, by name. They share its network and its life.
    #[schemars(default = "BTreeMap::<ContainerName, Sidecar>::new")]
    pub sidecars: BTreeMap<ContainerName, Sidecar>,
    /// Sidecars that it waits for, each until it is so: `start`, `healthy`, `complete` or `success`.
    #[schemars(default = "BTreeMap::<ContainerName, Condition>::new")]
    pub depends_on: BTreeMap<ContainerName, Condition>,
    /// What there is no key for: members of ECS's RegisterTaskDefinition by AWS's own names, those of the container under `container`.
    #[schemars(default = "Task::default")]
    pub task: Task,
}

impl Service {
    /// Whether requests reach it through the load balancer.
    pub fn is_public(&self) -> bool {
        !self.paths.is_empty() || !self.hosts.is_empty()
    }

    /// What ECS reads of secrets before a task starts: those of all its containers, and what `task` names of them for a registry
    /// or a log driver.
    pub fn all_secrets(&self) -> Vec<SecretSource> {
        let named = self.named_secrets().into_iter();
        named.map(|(_, source)| source).collect()
    }

    /// The same, each with its place in the file below the service.
    pub fn named_secrets(&self) -> Vec<(String, SecretSource)> {
        let place = |rest: &str| format!("task.container.{rest}");
        let own = self.secrets.iter();
        let own = own.map(|(name, source)| (format!("secrets.{name}"), source.clone()));
        let theirs = self.sidecars.iter().flat_map(|(sidecar, it)| {
            let all = it.secrets.iter();
            all.map(move |(name, source)| {
                (format!("sidecars.{sidecar}.secrets.{name}"), source.clone())
            })
        });
        let container = self.task.members().get("container");
        let credentials =
            container.and_then(|it| it.get("repositoryCredentials")?.get("credentialsParameter"));
        let credentials = credentials.map(|arn| (place("repositoryCredentials"), arn));
        let options =
            container.and_then(|it| it.get("logConfiguration")?.get("secretOptions")?.as_array());
        let options = options.into_iter().flatten();
        let named = options
            .filter_map(|option| option.get("valueFrom"))
            .map(|arn| (place("logConfiguration.secretOptions"), arn))
            .chain(credentials)
            .filter_map(|(place, arn)| {
                let arn: SecretArn = arn.as_str()?.parse().ok()?;
                Some((place, SecretSource::from(arn)))
            });
        own.chain(theirs).chain(named).collect()
    }

    /// The images of other registries that its containers run.
    pub fn images(&self) -> impl Iterator<Item = &ImageUri> {
        let sidecars = self.sidecars.values();
        self.image
            .iter()
            .chain(sidecars.map(|sidecar| &sidecar.image))
    }
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
    /// Tasks are added above so many messages that wait for each, and removed below, where the service has a queue. Left out, 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_per_task: Option<Backlog>,
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
