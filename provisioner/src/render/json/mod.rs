//! For programs: one versioned document. The shapes here are the contract; the engine's own types may change freely.
//!
//! A link within a value reads `{"$to": "kind/name"}` where it is to a resource of the environment and
//! `{"$id": "..."}` where only the cloud's id is known.

mod audit;
mod bootstrap;
mod cost;
mod doctor;
mod drift;
mod event;
mod history;
mod lease;
mod logs;
mod plan;
mod push;
mod report;
mod rollout;
mod sandbox;
mod sarif;
pub mod schema;
mod secret;
mod status;
mod task;
mod validate;

pub use audit::audit;
pub use bootstrap::set_up;
pub use cost::cost;
pub use doctor::doctor;
pub use drift::drift;
pub use history::{history, run as one_run};
pub use lease::{LeaseView, lease};
pub use logs::{line as log_line, stopped as stopped_task};
pub use plan::plan;
pub use push::{ImageView, push};
pub use report::report;
pub use rollout::{event as rollout_event, outcome as rollout};
pub use sandbox::{counts as sandbox_counts, serving as sandbox_serving};
pub use sarif::sarif;
pub use secret::{secret_removed, secret_set, secrets};
pub use status::status;
pub use task::{ended as task_ended, started as task_started};
pub use validate::{FileView, MistakeView, validate};

pub(super) use event::event;

use hcctl_engine::{Address, Fault};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::words::class_name;

/// The version of every document here. It grows when a field goes or changes its meaning, not when one is added.
pub const FORMAT_VERSION: u32 = 1;

/// A failed call.
#[derive(JsonSchema, Serialize)]
struct FaultShape<'a> {
    /// `service:Operation`.
    operation: &'a str,
    /// AWS's error code, where it gave one.
    code: Option<&'a str>,
    /// What sort of failure it is.
    #[schemars(extend("enum" = ["not_found", "throttled", "denied", "conflict", "not_yet", "credentials", "unreachable", "other"]))]
    class: &'static str,
    /// AWS's words.
    message: &'a str,
    /// What AWS's support asks for.
    request_id: Option<&'a str>,
    /// What to do about it, where that is known.
    remedy: Option<&'a str>,
}

impl<'a> FaultShape<'a> {
    fn of(fault: &'a Fault) -> Self {
        Self {
            operation: &fault.operation,
            code: fault.code.as_deref(),
            class: class_name(fault.class),
            message: &fault.message,
            request_id: fault.request_id.as_deref(),
            remedy: fault.remedy.as_deref(),
        }
    }
}

/// A resource by name.
fn text(address: &Address) -> String {
    address.to_string()
}

/// Seconds since 1970.
fn seconds(at: std::time::SystemTime) -> u64 {
    at.duration_since(std::time::SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Milliseconds.
fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn value(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).expect("structs with text keys always encode")
}
