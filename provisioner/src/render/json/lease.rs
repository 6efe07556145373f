//! Who holds a lease, as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, value};

#[derive(JsonSchema, Serialize)]
pub(super) struct LeaseShape<'a> {
    format_version: u32,
    environment: &'a str,
    /// Who holds, or held, it; null where nobody does.
    holder: Option<&'a LeaseView>,
    /// Whether it was broken.
    broken: bool,
}

/// The holder of a lease.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct LeaseView {
    /// The caller's ARN.
    pub owner: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// The pipeline run's URL, where there is one.
    pub run: Option<String>,
    /// The verb.
    pub command: String,
    /// When it was taken, in seconds since 1970.
    pub taken: u64,
    /// When it ends unless it is renewed, in seconds since 1970.
    pub expires: u64,
}

/// The lease of an environment.
pub fn lease(environment: &str, holder: Option<&LeaseView>, broken: bool) -> Value {
    value(&LeaseShape {
        format_version: FORMAT_VERSION,
        environment,
        holder,
        broken,
    })
}
