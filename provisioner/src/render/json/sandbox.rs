//! What the sandbox holds, and where it is served, as documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, value};

/// What is in it (`sandbox status`).
#[derive(JsonSchema, Serialize)]
pub(super) struct CountsShape<'a> {
    format_version: u32,
    /// The file that keeps its world.
    file: &'a str,
    /// How many of each kind of resource there are.
    counts: &'a BTreeMap<&'static str, usize>,
}

/// Where it is served (`sandbox serve`): written once it listens.
#[derive(JsonSchema, Serialize)]
pub(super) struct ServingShape<'a> {
    format_version: u32,
    /// For AWS_ENDPOINT_URL.
    url: &'a str,
}

/// What is in the sandbox.
pub fn counts(file: &str, counts: &BTreeMap<&'static str, usize>) -> Value {
    value(&CountsShape {
        format_version: FORMAT_VERSION,
        file,
        counts,
    })
}

/// Where the sandbox listens.
pub fn serving(url: &str) -> Value {
    value(&ServingShape {
        format_version: FORMAT_VERSION,
        url,
    })
}
