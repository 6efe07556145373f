//! What came of a run, as a document.

use hcctl_engine::{Address, Report, Verb};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::view::ReportView;
use super::super::words::verb_name;
use super::{FORMAT_VERSION, FaultShape, millis, text, value};

/// What came of a run: its last line.
#[derive(JsonSchema, Serialize)]
pub(super) struct ReportShape<'a> {
    format_version: u32,
    /// The verb that was typed.
    verb: &'a str,
    environment: &'a str,
    /// Whether all of it is done.
    complete: bool,
    /// Why no further step was begun, where the run was stopped.
    stopped: Option<&'a str>,
    /// Milliseconds.
    took_ms: u64,
    counts: CountsShape,
    /// Steps that are done.
    done: Vec<DoneShape<'a>>,
    /// Steps that failed, and why.
    failed: Vec<FailedShape<'a>>,
    /// Steps that were not begun because of a failure.
    skipped: Vec<SkippedShape>,
    /// Steps that were not begun because the run was stopped.
    not_started: Vec<StepShape>,
    /// Where the environment answers.
    urls: &'a [String],
    /// What to do next.
    next: &'a [String],
}

#[derive(JsonSchema, Serialize)]
struct CountsShape {
    created: usize,
    updated: usize,
    deleted: usize,
    failed: usize,
    skipped: usize,
    not_started: usize,
}

#[derive(JsonSchema, Serialize)]
struct StepShape {
    /// The resource, `kind/name`.
    address: String,
    /// What the step does.
    #[schemars(extend("enum" = ["create", "update", "delete", "await"]))]
    verb: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct DoneShape<'a> {
    #[serde(flatten)]
    step: StepShape,
    id: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct FailedShape<'a> {
    #[serde(flatten)]
    step: StepShape,
    fault: FaultShape<'a>,
}

#[derive(JsonSchema, Serialize)]
struct SkippedShape {
    #[serde(flatten)]
    step: StepShape,
    because: String,
}

/// The outcome of a run: what was done, what failed, what was skipped for it, what was not started.
pub fn report(report: &Report, view: &ReportView) -> Value {
    let done = report.done.iter().map(|(address, verb, id)| DoneShape {
        step: step(address, *verb),
        id,
    });
    let failed = report
        .failed
        .iter()
        .map(|(address, verb, fault)| FailedShape {
            step: step(address, *verb),
            fault: FaultShape::of(fault),
        });
    let skipped = report
        .skipped
        .iter()
        .map(|(address, verb, because)| SkippedShape {
            step: step(address, *verb),
            because: text(because),
        });
    let unstarted = report.unstarted.iter();
    value(&ReportShape {
        format_version: FORMAT_VERSION,
        verb: view.verb,
        environment: &view.environment,
        complete: report.complete(),
        stopped: report.stopped.as_deref(),
        took_ms: millis(report.took),
        counts: CountsShape {
            created: report.count(Verb::Create),
            updated: report.count(Verb::Update),
            deleted: report.count(Verb::Delete),
            failed: report.failed.len(),
            skipped: report.skipped.len(),
            not_started: report.unstarted.len(),
        },
        done: done.collect(),
        failed: failed.collect(),
        skipped: skipped.collect(),
        not_started: unstarted
            .map(|(address, verb)| step(address, *verb))
            .collect(),
        urls: &view.urls,
        next: &view.next,
    })
}

fn step(address: &Address, verb: Verb) -> StepShape {
    StepShape {
        address: text(address),
        verb: verb_name(verb),
    }
}
