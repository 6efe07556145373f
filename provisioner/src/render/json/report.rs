//! What came of a run, as a document.

use hcctl_engine::{Address, Report, Verb};
use serde::Serialize;
use serde_json::Value;

use super::super::view::ReportView;
use super::super::words::verb_name;
use super::{FORMAT_VERSION, FaultShape, millis, text, value};

#[derive(Serialize)]
struct ReportShape<'a> {
    format_version: u32,
    verb: &'a str,
    environment: &'a str,
    complete: bool,
    stopped: Option<&'a str>,
    took_ms: u64,
    counts: CountsShape,
    done: Vec<DoneShape<'a>>,
    failed: Vec<FailedShape<'a>>,
    skipped: Vec<SkippedShape>,
    not_started: Vec<StepShape>,
    urls: &'a [String],
    next: &'a [String],
}

#[derive(Serialize)]
struct CountsShape {
    created: usize,
    updated: usize,
    deleted: usize,
    failed: usize,
    skipped: usize,
    not_started: usize,
}

#[derive(Serialize)]
struct StepShape {
    address: String,
    verb: &'static str,
}

#[derive(Serialize)]
struct DoneShape<'a> {
    #[serde(flatten)]
    step: StepShape,
    id: &'a str,
}

#[derive(Serialize)]
struct FailedShape<'a> {
    #[serde(flatten)]
    step: StepShape,
    fault: FaultShape<'a>,
}

#[derive(Serialize)]
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
