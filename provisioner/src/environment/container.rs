//! How a service's container is made up, where it is not as hcctl makes it: the choices, and what is asked to learn whether it is well.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::defaults;
use super::values::container::{
    CheckInterval, CheckRetries, CheckStart, CheckTimeout, HealthInterval, HealthTimeout,
    StatusCode, StatusCodes, Threshold, User, Word,
};
use super::values::number::Port;
use super::values::path::HealthPath;
use super::values::variable::Setting;

/// Whether a container may write to its own files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Root {
    /// It may write to `/tmp` and to its `volumes` only.
    ReadOnly,
    /// It may write everywhere. `audit` reports it (ECS.5).
    Writable,
}

/// The kernel capabilities of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Capabilities {
    /// None at all.
    None,
    /// Those that containers have where nobody takes them away: an image that starts as root and changes users needs some.
    Default,
}

/// The processors that tasks run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Architecture {
    /// 64-bit x86, `linux/amd64`.
    X86,
    /// AWS Graviton, `linux/arm64`, some 20 % cheaper.
    Arm64,
}

impl Architecture {
    /// The name that ECS has for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86 => "X86_64",
            Self::Arm64 => "ARM64",
        }
    }
}

/// What the load balancer asks a task, and what it makes of the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Health {
    /// The path that it asks for.
    #[schemars(default = "defaults::health_path")]
    pub path: HealthPath,
    /// The status codes of a task that is well, such as 200, `200,301` or `200-399`.
    #[schemars(default = "defaults::health_codes", with = "CodesForm")]
    pub codes: StatusCodes,
    /// Seconds between two checks.
    #[schemars(default = "defaults::health_interval")]
    pub interval_seconds: HealthInterval,
    /// Seconds that an answer may take; fewer than there are between two checks.
    #[schemars(default = "defaults::health_timeout")]
    pub timeout_seconds: HealthTimeout,
    /// Good answers in a row after which a task gets requests.
    #[schemars(default = "defaults::healthy")]
    pub healthy: Threshold,
    /// Bad answers in a row after which a task is replaced.
    #[schemars(default = "defaults::unhealthy")]
    pub unhealthy: Threshold,
    /// The port that is asked. Left out, the service's `port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
}

/// How words are written: numbers among them are taken as they are.
pub(crate) type Words = Vec<Setting>;

/// How a user is written.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it stands for its schema only")]
pub(crate) enum UserForm {
    Name(User),
    Number(u32),
}

/// How status codes are written.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it stands for its schema only")]
pub(crate) enum CodesForm {
    Several(StatusCodes),
    One(StatusCode),
}

/// How `health` is written: a path, or all of it.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it stands for its schema only")]
pub(crate) enum HealthForm {
    Path(HealthPath),
    Whole(Health),
}

/// A command that ECS runs in the container to learn whether it is well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ContainerHealth {
    /// A list of words, or one line for the container's shell. It must be in the image; 0 means well.
    pub command: Command,
    /// Seconds between two checks.
    #[schemars(default = "defaults::check_interval")]
    pub interval_seconds: CheckInterval,
    /// Seconds that it may take.
    #[schemars(default = "defaults::check_timeout")]
    pub timeout_seconds: CheckTimeout,
    /// Failures in a row after which the container is unhealthy.
    #[schemars(default = "defaults::check_retries")]
    pub retries: CheckRetries,
    /// Seconds after the start in which failures do not count.
    #[schemars(default = "defaults::check_start")]
    pub start_seconds: CheckStart,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Command {
    /// A line for `/bin/sh`.
    Line(Word),
    /// A program and its arguments.
    Words(#[schemars(with = "Words")] Vec<Word>),
}

impl Command {
    /// As ECS takes it.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Line(line) => vec!["CMD-SHELL".to_owned(), line.to_string()],
            Self::Words(words) => ["CMD".to_owned()]
                .into_iter()
                .chain(words.iter().map(ToString::to_string))
                .collect(),
        }
    }
}

/// Members of ECS's `RegisterTaskDefinition` by AWS's own names, with the service's container as `container`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Task(pub(crate) Map<String, Value>);

impl Task {
    /// The members, as they were written.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl JsonSchema for Task {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Task".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // The members are AWS's: what is wrong with one is told when the file is read.
        schemars::json_schema!({ "type": "object" })
    }
}
