//! Room `environment`: one YAML file becomes an [`Environment`], or a list of all its errors with their places.
//!
//! It owns every default and every limit of the file. It must not know resources, AWS's API or terminals: what a load balancer or
//! a table is made of is the blueprint's business, and nothing here calls anything.
//!
//! In reading order: `model` says what an environment is, `defaults` what it is when the file is silent, the value modules what
//! each value may be.

mod auth;
mod check;
mod cidr;
mod decode;
mod decode_deployment;
mod decode_service;
mod defaults;
mod deployment;
mod error;
mod model;
mod name;
mod number;
mod parse;
mod path;
mod place;
mod reader;
mod size;
mod suggest;
mod tag;
mod value;
mod variable;
mod yaml;

pub use auth::{Audience, Issuer};
pub use cidr::Cidr;
pub use deployment::{Deployment, Strategy, StrategyName};
pub use error::{Error, Errors};
pub use model::{
    Alarms, Auth, Edge, Environment, Logs, Nat, Network, Registry, Scale, Service, Subnet,
};
pub use name::{EnvironmentName, Project, ServiceName, TableName};
pub use number::{
    Count, GraceSeconds, ImageCount, Minutes, Percent, Port, Priority, RetentionDays,
    TrafficPercent, Zones,
};
pub use parse::parse;
pub use path::{HealthPath, PathPattern};
pub use place::{AccountId, CertificateArn, Region, SecretArn, SecretStore, TopicArn};
pub use size::{Cpu, Memory};
pub use tag::{TagKey, TagValue, Tags};
pub use value::Rejection;
pub use variable::VariableName;

#[cfg(test)]
mod tests;
