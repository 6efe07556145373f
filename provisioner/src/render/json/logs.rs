//! Lines of logs as documents, one each.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::logs::instant;
use super::{FORMAT_VERSION, value};
use crate::logs::{Line, Previous};

/// What a task wrote.
#[derive(JsonSchema, Serialize)]
pub(super) struct LineShape<'a> {
    format_version: u32,
    /// RFC 3339, in UTC.
    time: String,
    service: &'a str,
    /// The task's id.
    task: &'a str,
    message: &'a str,
}

/// Why a task stopped, with its last lines (`--previous`).
#[derive(JsonSchema, Serialize)]
pub(super) struct StoppedShape<'a> {
    format_version: u32,
    service: &'a str,
    /// The task's id.
    task: &'a str,
    /// RFC 3339, in UTC.
    stopped: Option<String>,
    /// ECS's reason.
    reason: &'a str,
    exit_code: Option<i32>,
    /// Oldest first.
    lines: Vec<MessageShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct MessageShape<'a> {
    /// RFC 3339, in UTC.
    time: String,
    message: &'a str,
}

/// A line as a document.
pub fn line(line: &Line) -> Value {
    value(&LineShape {
        format_version: FORMAT_VERSION,
        time: instant(line.at),
        service: &line.service,
        task: &line.task,
        message: &line.message,
    })
}

/// A stopped task as a document.
pub fn stopped(previous: &Previous) -> Value {
    let lines = previous.lines.iter().map(|line| MessageShape {
        time: instant(line.at),
        message: &line.message,
    });
    value(&StoppedShape {
        format_version: FORMAT_VERSION,
        service: &previous.service,
        task: &previous.task,
        stopped: previous.stopped.map(instant),
        reason: &previous.reason,
        exit_code: previous.exit_code,
        lines: lines.collect(),
    })
}
