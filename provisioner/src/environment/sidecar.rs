//! A container beside the service's own.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::container::{Capabilities, ContainerHealth, Root, UserForm, Words};
use super::defaults;
use super::values::container::{
    ContainerCpu, ContainerMemory, ContainerName, ContainerPath, ImageUri, MountName, User, Word,
};
use super::values::number::Port;
use super::values::secret::SecretSource;
use super::values::variable::{Setting, VariableName};

/// A container that runs in every task beside the service's own. `deploy` leaves it alone.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Sidecar {
    /// Its image, by digest: REGISTRY/REPOSITORY@sha256:DIGEST.
    pub image: ImageUri,
    /// Whether its end ends the task.
    #[schemars(default = "defaults::essential")]
    pub essential: bool,
    /// Plain settings. Anything secret is refused.
    #[schemars(
        default = "BTreeMap::<VariableName, String>::new",
        with = "BTreeMap<VariableName, Setting>"
    )]
    pub env: BTreeMap<VariableName, String>,
    /// Secrets, given to it by ECS: variable name to `ssm:/PATH/NAME`, `secretsmanager:NAME[:JSON_KEY]` or an ARN.
    #[schemars(default = "BTreeMap::<VariableName, SecretSource>::new")]
    pub secrets: BTreeMap<VariableName, SecretSource>,
    /// The program that starts, in place of the image's entry point.
    #[schemars(default = "Vec::<Word>::new", with = "Words")]
    pub entrypoint: Vec<Word>,
    /// What the entry point gets, in place of the image's command.
    #[schemars(default = "Vec::<Word>::new", with = "Words")]
    pub command: Vec<Word>,
    /// The user that it runs as, or `image` for the image's own.
    #[schemars(default = "defaults::user", with = "UserForm")]
    pub user: User,
    /// Whether it may write to its own files.
    #[schemars(default = "defaults::root")]
    pub root: Root,
    /// Its kernel capabilities.
    #[schemars(default = "defaults::capabilities")]
    pub capabilities: Capabilities,
    /// A port that it listens on. The containers of a task reach one another at localhost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// CPU units of the task's that are kept for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<ContainerCpu>,
    /// MiB of the task's that it may use at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<ContainerMemory>,
    /// A command that ECS runs in it to learn whether it is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<ContainerHealth>,
    /// Other sidecars that it waits for, each until it is so.
    #[schemars(default = "BTreeMap::<ContainerName, Condition>::new")]
    pub depends_on: BTreeMap<ContainerName, Condition>,
    /// Whether ECS starts it again when it has ended, while the task runs on.
    #[schemars(default = "defaults::restart")]
    pub restart: bool,
    /// By the volume's name, where it mounts a volume of the service's `volumes`, or `tmp`.
    #[schemars(default = "BTreeMap::<MountName, ContainerPath>::new")]
    pub mounts: BTreeMap<MountName, ContainerPath>,
    /// It routes the logs of containers whose log driver is `awsfirelens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firelens: Option<Firelens>,
}

/// What a container waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Condition {
    /// It has started.
    Start,
    /// It has ended, however.
    Complete,
    /// It has ended with exit code 0.
    Success,
    /// Its health check has passed.
    Healthy,
}

impl Condition {
    /// As ECS names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Complete => "COMPLETE",
            Self::Success => "SUCCESS",
            Self::Healthy => "HEALTHY",
        }
    }
}

/// Which router of logs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Firelens {
    /// Fluent Bit.
    Fluentbit,
    /// Fluentd.
    Fluentd,
}

impl Firelens {
    /// As ECS names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fluentbit => "fluentbit",
            Self::Fluentd => "fluentd",
        }
    }
}
