//! What ECS keeps.
//!
//! Owns: the records and their links by ARN. Must not know: the wire, beyond that parts of a request are kept as they are answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::record::Record;
use crate::rollout::Told;
use crate::tags::Tags;

/// Everything ECS keeps in one region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By name.
    pub(crate) clusters: BTreeMap<String, Cluster>,
    /// Revisions by family and number.
    pub(crate) definitions: BTreeMap<String, BTreeMap<u32, TaskDefinition>>,
    /// The last number given out per family: numbers are never used again.
    pub(crate) revisions: BTreeMap<String, u32>,
    /// By `CLUSTER/NAME`.
    pub(crate) services: BTreeMap<String, Service>,
    /// By ARN.
    pub(crate) tasks: BTreeMap<String, Task>,
}

/// Life of a cluster or a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Life {
    Active,
    /// A deleted service whose tasks still stop.
    Draining,
    /// Deleted, and still listed by name.
    Inactive,
}

impl Life {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) life: Life,
    /// `settings`, `configuration`, `capacityProviders`, `defaultCapacityProviderStrategy`, `serviceConnectDefaults`, as answered.
    pub(crate) shape: Map<String, Value>,
    pub(crate) tags: Tags,
}

/// One revision of a task definition.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TaskDefinition {
    pub(crate) arn: String,
    pub(crate) family: String,
    pub(crate) status: DefinitionStatus,
    /// What was registered, completed as AWS completes it.
    pub(crate) shape: Map<String, Value>,
    pub(crate) registered: u64,
    pub(crate) deregistered: Option<u64>,
    pub(crate) tags: Tags,
}

/// Life of a task definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DefinitionStatus {
    Active,
    Inactive,
    DeleteInProgress,
}

/// A service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) cluster_arn: String,
    pub(crate) life: Life,
    pub(crate) desired: u32,
    /// The members of the request that come back, completed as AWS completes them.
    pub(crate) shape: Map<String, Value>,
    pub(crate) created: u64,
    pub(crate) tags: Tags,
    /// The client token of its creation, and what was asked for with it.
    pub(crate) token: Option<(String, String)>,
    /// The present deployments, the primary one first.
    pub(crate) deployments: Vec<Deployment>,
    /// Every deployment there was, the newest first, as `ListServiceDeployments` has them.
    pub(crate) records: Vec<Record>,
    pub(crate) revisions: Vec<Revision>,
    /// The newest first, at most a hundred.
    pub(crate) events: Vec<Event>,
    /// Whether the present state was announced as steady.
    pub(crate) announced_steady: bool,
    /// After a failed start, when the next one is tried.
    pub(crate) retry_at: u64,
    /// When a draining service may become inactive.
    pub(crate) drained_at: u64,
    /// Since when an image that is told to fail later has had production traffic.
    #[serde(default)]
    pub(crate) smokes_since: Option<u64>,
    /// The alarms that it set off.
    #[serde(default)]
    pub(crate) raised: Vec<String>,
}

/// A deployment as `DescribeServices` lists it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub(crate) id: String,
    /// The revision that it brings out.
    pub(crate) revision: String,
    /// Its record among the service deployments.
    pub(crate) record: String,
    pub(crate) state: RolloutState,
    pub(crate) reason: String,
    pub(crate) failed_tasks: u32,
    /// Failures since a task last got healthy, which the circuit breaker counts.
    pub(crate) failures: u32,
    pub(crate) created: u64,
    pub(crate) updated: u64,
}

/// `rolloutState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RolloutState {
    InProgress,
    Completed,
    Failed,
}

impl RolloutState {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// A service revision: what a deployment brings out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) arn: String,
    pub(crate) created: u64,
    /// `taskDefinition`, `loadBalancers`, `networkConfiguration` and the rest that make a new deployment when they change.
    pub(crate) shape: Map<String, Value>,
    /// Container, image and digest, as found when its deployment began.
    pub(crate) images: Vec<Image>,
    /// The target group that its tasks register in, for every load balancer of its shape; empty before that is settled.
    #[serde(default)]
    pub(crate) groups: Vec<String>,
}

/// A container's image, by its digest once that is known.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) container: String,
    pub(crate) reference: String,
    pub(crate) digest: Option<String>,
}

/// An event of a service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) at: u64,
    pub(crate) message: String,
}

/// A task: of a service, or started by itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) arn: String,
    pub(crate) cluster: String,
    pub(crate) cluster_arn: String,
    pub(crate) service: String,
    /// The id of the deployment that started it.
    pub(crate) deployment: String,
    pub(crate) revision: String,
    pub(crate) definition: String,
    pub(crate) phase: Phase,
    pub(crate) created: u64,
    /// When it runs, or fails to.
    pub(crate) ready_at: u64,
    pub(crate) started: Option<u64>,
    pub(crate) stopping: Option<u64>,
    /// When a stopping task has stopped.
    pub(crate) stopped_at: Option<u64>,
    pub(crate) stop_code: Option<String>,
    pub(crate) stop_reason: Option<String>,
    pub(crate) place: Option<Place>,
    pub(crate) tags: Tags,
    /// What its image is told to do, found when it was pulled.
    #[serde(default)]
    pub(crate) told: Option<Told>,
    /// When its container exits by itself.
    #[serde(default)]
    pub(crate) exits_at: Option<u64>,
    #[serde(default)]
    pub(crate) exit_code: Option<i32>,
    /// `reason` of its container.
    #[serde(default)]
    pub(crate) container_reason: Option<String>,
    /// When its container writes its next line.
    #[serde(default)]
    pub(crate) speaks_at: u64,
    /// What only a task has that no service started.
    #[serde(default)]
    pub(crate) lone: Option<Lone>,
}

/// A task that a call to `RunTask` started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Lone {
    pub(crate) images: Vec<Image>,
    /// Its task group.
    pub(crate) group: String,
    /// As they were sent.
    pub(crate) overrides: serde_json::Value,
    /// The client token with the body that came with it.
    pub(crate) token: Option<(String, String)>,
    /// The code with which its overriding command ends; nothing where it runs on.
    pub(crate) command_exits: Option<i32>,
}

/// Where a task's interface is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) attachment: String,
    pub(crate) interface: String,
    pub(crate) subnet: String,
    pub(crate) zone: String,
    pub(crate) ip: String,
    pub(crate) mac: String,
}

/// The life of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    Starting,
    Running,
    /// Drained by its load balancers, then stopped.
    Stopping,
    Stopped,
}
