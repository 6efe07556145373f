//! The form of a record: what is written of a run, version by version.

use std::collections::BTreeMap;

use hcctl_engine::plan::Order;
use hcctl_engine::{Action, Event, Plan, Report, Risk, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::release::{Ending, Happened};

/// The version that is written. It grows when a field goes or changes its meaning, not when one is added.
pub(super) const FORMAT_VERSION: u32 = 2;

/// One run's record.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Record {
    pub(super) format_version: u32,
    #[serde(default)]
    pub(super) command: String,
    /// The caller's ARN.
    #[serde(default)]
    pub(super) who: String,
    /// Seconds since 1970.
    #[serde(default)]
    pub(super) began: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<u64>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
    /// Its version of hcctl.
    #[serde(default)]
    pub(super) hcctl: String,
    #[serde(default)]
    pub(super) plan: Planned,
    #[serde(default)]
    pub(super) events: Vec<Entry>,
}

/// How a run ended, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended.
    Running,
    /// It did all that it was to do.
    Done,
    /// Something failed.
    Failed,
    /// It was stopped.
    Stopped {
        /// Because of this.
        why: String,
    },
}

impl Outcome {
    /// How the steps of a plan ended.
    pub fn of(report: &Report) -> Self {
        match (&report.stopped, report.complete()) {
            (Some(why), _) => Self::Stopped { why: why.clone() },
            (None, true) => Self::Done,
            (None, false) => Self::Failed,
        }
    }
}

/// What a run was to do.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Planned {
    /// To roll images out.
    Images {
        /// By service, the digest.
        images: BTreeMap<String, String>,
        /// By service, the tag that this image is known by.
        #[serde(default)]
        tags: BTreeMap<String, String>,
    },
    /// To make these changes.
    Changes {
        /// What binds the plan to what was seen.
        #[serde(default)]
        digest: String,
        /// Every resource with which something is done.
        changes: Vec<Planning>,
    },
    /// To do something with a secret, of whose value nothing is recorded.
    Secret {
        /// Its name.
        secret: String,
        /// `set` or `removed`.
        did: String,
    },
    /// Something of which this version knows nothing.
    Other(Value),
}

impl Default for Planned {
    fn default() -> Self {
        Self::Other(Value::Null)
    }
}

impl Planned {
    /// The changes of a plan that is bound to what was seen by `digest`.
    pub fn changes(plan: &Plan, digest: String) -> Self {
        Self::Changes {
            digest,
            changes: plan.changed().map(Planning::of).collect(),
        }
    }
}

/// A resource with which something is done.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Planning {
    /// `kind/name`.
    pub address: String,
    /// What is done.
    pub action: Doing,
    /// Which goes first in a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<First>,
    /// What that costs the users of the environment.
    pub risk: Cost,
    /// The id of what is there.
    #[serde(default)]
    pub id: Option<String>,
    /// The fields that differ.
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It stays.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is made anew.
    Replace,
    /// It is deleted.
    Delete,
}

/// Which goes first in a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// The new one is made before the old one is deleted.
    MakeFirst,
    /// The old one is deleted before the new one is made.
    DeleteFirst,
}

/// What a change costs the users of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Nothing.
    None,
    /// A short disruption.
    Brief,
    /// The resource is another one afterwards.
    Replace,
    /// Data goes.
    #[serde(rename = "data loss")]
    DataLoss,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Field {
    /// Its name.
    pub field: String,
    /// What it was.
    #[serde(default)]
    pub before: Option<Value>,
    /// What it was to be.
    #[serde(default)]
    pub after: Option<Value>,
}

impl Planning {
    fn of(change: &hcctl_engine::Change) -> Self {
        let (action, order) = match change.action {
            Action::Keep => (Doing::Keep, None),
            Action::Create => (Doing::Create, None),
            Action::Update => (Doing::Update, None),
            Action::Replace(Order::MakeFirst) => (Doing::Replace, Some(First::MakeFirst)),
            Action::Replace(Order::DeleteFirst) => (Doing::Replace, Some(First::DeleteFirst)),
            Action::Delete => (Doing::Delete, None),
        };
        let fields = change.fields.iter().map(|field| Field {
            field: field.field.clone(),
            before: field.before.clone(),
            after: field.after.clone(),
        });
        Self {
            address: change.address.to_string(),
            action,
            order,
            risk: match change.risk {
                Risk::None => Cost::None,
                Risk::Brief => Cost::Brief,
                Risk::Replace => Cost::Replace,
                Risk::DataLoss => Cost::DataLoss,
            },
            id: change.before.as_ref().map(|seen| seen.id.clone()),
            fields: fields.collect(),
        }
    }
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// A step of a plan ended.
    Step(Step),
    /// Something happened to a deployment.
    Release(Happened),
    /// How a command ended that was run before the deployments.
    Before {
        /// The service.
        before_deploy: String,
        /// The task.
        task: String,
        /// The container's exit code; nothing where it never ran.
        exit_code: Option<i32>,
        /// ECS's reason.
        reason: String,
    },
    /// How the deployments ended.
    Outcomes {
        /// By service.
        outcomes: BTreeMap<String, Ending>,
    },
    /// Something of which this version knows nothing.
    Other(Value),
}

/// How a step of a plan ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Step {
    /// Well.
    Finished {
        /// `kind/name`.
        address: String,
        /// What was done.
        verb: Did,
        /// The resource's id, now or last.
        #[serde(default)]
        id: String,
        /// Milliseconds.
        #[serde(default)]
        took_ms: u64,
    },
    /// It failed.
    Failed {
        /// `kind/name`.
        address: String,
        /// What was tried.
        verb: Did,
        /// How.
        fault: String,
    },
    /// It was not tried.
    Skipped {
        /// `kind/name`.
        address: String,
        /// What was not tried.
        verb: Did,
        /// The resource whose step failed.
        because: String,
    },
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    /// It makes a resource.
    Create,
    /// It changes one.
    Update,
    /// It deletes one.
    Delete,
    /// It waits for one.
    Await,
}

impl Did {
    const fn of(verb: Verb) -> Self {
        match verb {
            Verb::Create => Self::Create,
            Verb::Update => Self::Update,
            Verb::Delete => Self::Delete,
            Verb::Await => Self::Await,
        }
    }
}

impl Step {
    /// How a step ended; nothing where it goes on.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Started { .. } | Event::Waiting { .. } => return None,
            Event::Finished {
                address,
                verb,
                id,
                took,
            } => Self::Finished {
                address: address.to_string(),
                verb: Did::of(*verb),
                id: id.clone(),
                took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            },
            Event::Failed {
                address,
                verb,
                fault,
                ..
            } => Self::Failed {
                address: address.to_string(),
                verb: Did::of(*verb),
                fault: fault.to_string(),
            },
            Event::Skipped {
                address,
                verb,
                because,
            } => Self::Skipped {
                address: address.to_string(),
                verb: Did::of(*verb),
                because: because.to_string(),
            },
        })
    }
}
