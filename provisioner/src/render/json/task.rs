//! A task outside of services, as documents: that it was started, or how it ended.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, value};
use crate::task::End;

/// A task that was started and is not waited for.
#[derive(JsonSchema, Serialize)]
pub(super) struct StartedShape<'a> {
    format_version: u32,
    service: &'a str,
    /// The task's ARN.
    started: &'a str,
}

/// A task that has ended.
#[derive(JsonSchema, Serialize)]
pub(super) struct EndedShape<'a> {
    format_version: u32,
    service: &'a str,
    /// The task's ARN.
    ended: &'a str,
    /// The container's; null where it never ran.
    exit_code: Option<i32>,
    /// ECS's reason.
    reason: &'a str,
}

/// That a task was started.
pub fn started(service: &str, arn: &str) -> Value {
    value(&StartedShape {
        format_version: FORMAT_VERSION,
        service,
        started: arn,
    })
}

/// How a task ended.
pub fn ended(service: &str, arn: &str, end: &End) -> Value {
    value(&EndedShape {
        format_version: FORMAT_VERSION,
        service,
        ended: arn,
        exit_code: end.exit_code,
        reason: &end.reason,
    })
}
