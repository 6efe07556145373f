//! Secrets as documents; never a value.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::text::moment;
use super::{FORMAT_VERSION, seconds, value};
use crate::operation::secret::{Listed, Stored};

/// The secrets of an environment.
#[derive(JsonSchema, Serialize)]
pub(super) struct ListShape<'a> {
    format_version: u32,
    environment: &'a str,
    secrets: Vec<ListedShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct ListedShape<'a> {
    /// Its name, where hcctl keeps it.
    name: Option<&'a str>,
    /// What the file says of it, or would say.
    source: &'a str,
    /// The number of its version, of a parameter.
    version: Option<i64>,
    /// When its value was changed last, where that is known: RFC 3339, in UTC.
    changed: Option<String>,
    /// Where the file names it.
    used: &'a [String],
    /// Why no task can be given it.
    trouble: Option<&'a str>,
}

impl<'a> ListedShape<'a> {
    fn of(one: &'a Listed) -> Self {
        Self {
            name: one.name.as_deref(),
            source: &one.source,
            version: one.version,
            changed: one.changed.map(|at| moment(seconds(at))),
            used: &one.used,
            trouble: one.trouble.as_deref(),
        }
    }
}

/// A secret that was set.
#[derive(JsonSchema, Serialize)]
pub(super) struct SetShape<'a> {
    format_version: u32,
    environment: &'a str,
    /// Its name.
    name: &'a str,
    /// What to write in the file.
    source: &'a str,
    /// The number of its version: 1 for a new one.
    version: i64,
    /// Where the file names it.
    used: &'a [String],
}

/// A secret that was removed.
#[derive(JsonSchema, Serialize)]
pub(super) struct RemovedShape<'a> {
    format_version: u32,
    environment: &'a str,
    /// Its name.
    name: &'a str,
    removed: bool,
}

/// The secrets of an environment as a document.
pub fn secrets(environment: &str, all: &[Listed]) -> Value {
    value(&ListShape {
        format_version: FORMAT_VERSION,
        environment,
        secrets: all.iter().map(ListedShape::of).collect(),
    })
}

/// A secret that was set, as a document.
pub fn secret_set(environment: &str, kept: &Stored) -> Value {
    value(&SetShape {
        format_version: FORMAT_VERSION,
        environment,
        name: &kept.name,
        source: &kept.source,
        version: kept.version,
        used: &kept.used,
    })
}

/// A secret that was removed, as a document.
pub fn secret_removed(environment: &str, name: &str) -> Value {
    value(&RemovedShape {
        format_version: FORMAT_VERSION,
        environment,
        name,
        removed: true,
    })
}
