//! The journal as documents.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::history::{HistoryView, images, outcomes, released, steps, tags};
use super::super::text::moment;
use super::{FORMAT_VERSION, value};
use crate::journal::{End, Ending, Run};

/// The runs, newest first.
#[derive(JsonSchema, Serialize)]
pub(super) struct HistoryShape<'a> {
    format_version: u32,
    project: &'a str,
    environment: &'a str,
    region: &'a str,
    runs: Vec<RunShape<'a>>,
}

/// One run (`--run ID`).
#[derive(JsonSchema, Serialize)]
pub(super) struct WholeRunShape<'a> {
    format_version: u32,
    #[serde(flatten)]
    run: RunShape<'a>,
    /// What it was to do, as it was recorded.
    plan: Value,
    /// What happened, as it was recorded.
    events: Vec<Value>,
}

#[derive(JsonSchema, Serialize)]
struct RunShape<'a> {
    /// Its id, `BEGAN-COMMAND-PROCESS`.
    run: &'a str,
    /// The verb.
    command: &'a str,
    /// The caller's ARN.
    who: &'a str,
    /// RFC 3339, in UTC.
    began: String,
    /// RFC 3339, in UTC.
    ended: Option<String>,
    #[schemars(extend("enum" = ["done", "failed", "rolled_back", "nothing_ran", "left_running", "stopped", "under_way", "did_not_end", "unreadable"]))]
    outcome: &'static str,
    /// Why it was stopped.
    why: Option<&'a str>,
    /// Its version of hcctl.
    hcctl: &'a str,
    /// How many steps ended in which way.
    steps: BTreeMap<&'static str, usize>,
    /// By service, the digest of the image that a release rolled out.
    images: BTreeMap<&'a str, &'a str>,
    /// By service, the tag that this image was known by.
    tags: BTreeMap<&'a str, &'a str>,
    /// By service, how the release ended: as in `deploy`.
    outcomes: BTreeMap<&'a str, &'static str>,
}

/// The runs as a document.
pub fn history(view: &HistoryView<'_>) -> Value {
    value(&HistoryShape {
        format_version: FORMAT_VERSION,
        project: view.project,
        environment: view.environment,
        region: view.region,
        runs: view.runs.iter().map(shape).collect(),
    })
}

/// One run as a document, with what it was to do and what happened.
pub fn run(run: &Run) -> Value {
    value(&WholeRunShape {
        format_version: FORMAT_VERSION,
        run: shape(run),
        plan: value(&run.plan),
        events: run.events.iter().map(value).collect(),
    })
}

fn shape(run: &Run) -> RunShape<'_> {
    let (outcome, why) = match &run.end {
        End::Done => ("done", None),
        End::Failed => (released(run).map_or("failed", Ending::word), None),
        End::Stopped(why) => ("stopped", Some(why.as_str())),
        End::UnderWay => ("under_way", None),
        End::Missing => ("did_not_end", None),
        End::Unreadable => ("unreadable", None),
    };
    let outcomes = outcomes(run).into_iter();
    let outcomes = outcomes.map(|(service, ending)| (service, ending.word()));
    RunShape {
        run: &run.id,
        command: &run.command,
        who: &run.who,
        began: moment(run.began),
        ended: run.ended.map(moment),
        outcome,
        why,
        hcctl: &run.hcctl,
        steps: steps(run).into_iter().collect(),
        images: images(run),
        tags: tags(run),
        outcomes: outcomes.collect(),
    }
}
