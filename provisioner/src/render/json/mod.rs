//! For programs: one versioned document. The shapes here are the contract; the engine's own types may change freely.
//!
//! A link within a value reads `{"$to": "kind/name"}` where it is to a resource of the environment and
//! `{"$id": "..."}` where only the cloud's id is known.

mod audit;
mod drift;
mod event;
mod plan;
mod report;

pub use audit::audit;
pub use drift::drift;
pub use plan::plan;
pub use report::report;

pub(super) use event::event;

use hcctl_engine::{Address, Fault};
use serde::Serialize;
use serde_json::Value;

use super::words::class_name;

/// The version of every document here. It grows when a field goes or changes its meaning, not when one is added.
pub const FORMAT_VERSION: u32 = 1;

/// A failed call.
#[derive(Serialize)]
struct FaultShape<'a> {
    operation: &'a str,
    code: Option<&'a str>,
    class: &'static str,
    message: &'a str,
    request_id: Option<&'a str>,
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

/// Milliseconds.
fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn value(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).expect("structs with text keys always encode")
}
