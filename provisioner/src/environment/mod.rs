//! Room `environment`: one YAML file becomes an [`Environment`], or a list of all its errors with their places.
//!
//! It owns every default and every limit of the file. It must not know resources, AWS's API or terminals: what a load balancer or
//! a table is made of is the blueprint's business, and nothing here calls anything.
//!
//! In reading order: `model` says what an environment is, `defaults` what it is where the file is silent, `values` what each value
//! may be, `reading` how text becomes all that, `sizes` how large it makes what AWS limits; `files` finds it on disk, `template` writes a first one, `schema` tells editors.

mod container;
mod defaults;
mod deployment;
mod files;
mod model;
mod queue;
mod reach;
mod reading;
mod schema;
mod sidecar;
pub mod sizes;
mod template;
mod values;
mod write;

pub use container::{Architecture, Capabilities, Command, ContainerHealth, Health, Root, Task};
pub(crate) use defaults::backlog as default_backlog;
pub use deployment::{Deployment, Strategy, StrategyName};
pub use files::{LoadError, find, list, load};
pub use model::{
    Alarms, Audit, Auth, Edge, Environment, Logs, Nat, Network, Registry, Scale, Service, Subnet,
};
pub use queue::Queue;
pub use reach::{Egress, Permissions, Protocol, Statement};
pub use reading::error::{Error, Errors};
pub use reading::parse::parse;
pub(crate) use reading::suggest::nearest;
pub use schema::schema;
pub use sidecar::{Condition, Firelens, Sidecar};
pub use template::{Answers, ServiceAnswer, template};
pub use values::auth::{Audience, Issuer};
pub use values::cidr::Cidr;
pub use values::container::{
    CheckInterval, CheckRetries, CheckStart, CheckTimeout, ContainerCpu, ContainerMemory,
    ContainerName, ContainerPath, HealthInterval, HealthTimeout, ImageUri, MountName, StatusCode,
    StatusCodes, StopSeconds, StorageGib, Threshold, User, VolumeName, Word,
};
pub use values::control::{CONTROLS, ControlId, Reason};
pub use values::host::HostPattern;
pub use values::name::{EnvironmentName, Project, ServiceName, TableName};
pub use values::number::{
    Count, GraceSeconds, ImageCount, Minutes, Percent, Port, Priority, RetentionDays, RulePriority,
    TrafficPercent, ZoneCount,
};
pub use values::path::{HealthPath, PathPattern};
pub use values::place::{
    AccountId, BoundaryPolicy, CertificateArn, Region, SecretArn, SecretStore, TopicArn,
};
pub use values::queue::{Backlog, MessageDays, Receives, VisibilitySeconds};
pub use values::reach::{Action, Destination, GroupId, PolicyArn, Purpose, Resource};
pub use values::rejection::Rejection;
pub use values::secret::{Named, SecretSource};
pub use values::size::{Cpu, Memory};
pub use values::tag::{TagKey, TagPattern, TagValue, Tags};
pub use values::variable::VariableName;
pub use values::zone::{ZoneName, Zones};
pub use write::to_yaml;

#[cfg(test)]
mod tests;
