//! A release as documents: a line for each thing that happens, and one for what came of it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{FORMAT_VERSION, millis, value};
use crate::deploy::Told;
use crate::journal::{Happened, StoppedTask};
use crate::operation::deploy::{Ended, Rollout};

/// Something that happened to a service's deployment.
#[derive(JsonSchema, Serialize)]
pub(super) struct EventShape {
    format_version: u32,
    #[serde(flatten)]
    happened: Happened,
}

/// What came of a release: the last line.
#[derive(JsonSchema, Serialize)]
pub(super) struct OutcomeShape<'a> {
    format_version: u32,
    /// `deploy` or `rollback`.
    verb: &'a str,
    environment: &'a str,
    /// Whether every service runs what it was to run.
    complete: bool,
    /// Milliseconds.
    took_ms: u64,
    services: Vec<ServiceShape<'a>>,
    /// Where the environment answers.
    url: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
struct ServiceShape<'a> {
    service: &'a str,
    /// What it ran before: a tag, or the beginning of a digest.
    from: Option<&'a str>,
    /// What it was to run.
    to: &'a str,
    /// The digest of that.
    digest: &'a str,
    /// The revision of its task definition.
    revision: &'a str,
    #[schemars(extend("enum" = ["succeeded", "unchanged", "nothing_ran", "not_started", "left_running", "rolled_back", "rollback_failed", "stopped", "overtaken"]))]
    outcome: String,
    why: Option<&'a str>,
    /// One of each sort.
    stopped_tasks: Vec<StoppedTask>,
}

/// One thing that happened, as one line of JSON.
pub fn event(service: &str, at: Duration, told: &Told) -> Value {
    value(&EventShape {
        format_version: FORMAT_VERSION,
        happened: Happened::of(service, at, told),
    })
}

/// The last words as a document.
pub fn outcome(view: &Rollout) -> Value {
    let services = view.services.iter().map(|one| ServiceShape {
        service: &one.service,
        from: one.from.as_deref(),
        to: &one.to,
        digest: &one.digest,
        revision: &one.revision,
        outcome: one.code(),
        why: one.why(),
        stopped_tasks: one.stopped.iter().map(StoppedTask::of).collect(),
    });
    value(&OutcomeShape {
        format_version: FORMAT_VERSION,
        verb: view.verb,
        environment: &view.environment,
        complete: view.services.iter().all(Ended::succeeded),
        took_ms: millis(view.took),
        services: services.collect(),
        url: view.url.as_deref(),
    })
}
