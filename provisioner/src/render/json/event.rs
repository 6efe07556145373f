//! One thing that happened, as one line of JSON.

use hcctl_engine::{Address, Event, Verb};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::words::verb_name;
use super::{FORMAT_VERSION, FaultShape, millis, text, value};

/// Something that happened to one step of a run.
#[derive(JsonSchema, Serialize)]
pub(super) struct EventShape<'a> {
    format_version: u32,
    /// What happened to the step.
    #[schemars(extend("enum" = ["started", "waiting", "finished", "failed", "skipped"]))]
    event: &'static str,
    /// The resource, `kind/name`.
    address: String,
    /// What the step does.
    #[schemars(extend("enum" = ["create", "update", "delete", "await"]))]
    verb: &'static str,
    #[serde(flatten)]
    more: More<'a>,
}

/// What an event has besides: only the fields that it has are written.
#[derive(Default, JsonSchema, Serialize)]
struct More<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    /// How long such a step usually takes (`started`).
    usual_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// What it waits for (`waiting`).
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The resource's id (`finished`).
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Why it failed (`failed`).
    fault: Option<FaultShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// The resource for whose failure it was not begun (`skipped`).
    because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// How long it took (`finished`, `failed`).
    took_ms: Option<u64>,
}

/// An event as a document: `event` is `started`, `waiting`, `finished`, `failed` or `skipped`.
pub(in super::super) fn event(event: &Event) -> Value {
    let more = More::default;
    match event {
        Event::Started {
            address,
            verb,
            usual,
        } => shape(
            "started",
            address,
            *verb,
            More {
                usual_ms: Some(millis(*usual)),
                ..more()
            },
        ),
        Event::Waiting { address, verb, why } => shape(
            "waiting",
            address,
            *verb,
            More {
                why: Some(why),
                ..more()
            },
        ),
        Event::Finished {
            address,
            verb,
            id,
            took,
        } => shape(
            "finished",
            address,
            *verb,
            More {
                id: Some(id),
                took_ms: Some(millis(*took)),
                ..more()
            },
        ),
        Event::Failed {
            address,
            verb,
            fault,
            took,
        } => shape(
            "failed",
            address,
            *verb,
            More {
                fault: Some(FaultShape::of(fault)),
                took_ms: Some(millis(*took)),
                ..more()
            },
        ),
        Event::Skipped {
            address,
            verb,
            because,
        } => shape(
            "skipped",
            address,
            *verb,
            More {
                because: Some(text(because)),
                ..more()
            },
        ),
    }
}

fn shape(event: &'static str, address: &Address, verb: Verb, more: More<'_>) -> Value {
    value(&EventShape {
        format_version: FORMAT_VERSION,
        event,
        address: text(address),
        verb: verb_name(verb),
        more,
    })
}
