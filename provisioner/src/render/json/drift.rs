//! Drift as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::drift::Drift;
use super::super::group::by_hand;
use super::plan::{HeaderShape, StrangerShape};
use super::{FORMAT_VERSION, text, value};

#[derive(JsonSchema, Serialize)]
pub(super) struct DriftShape<'a> {
    format_version: u32,
    header: HeaderShape<'a>,
    /// Whether there is any: then the exit code is 2.
    drift: bool,
    counts: CountsShape,
    /// What is there, and not as the file says.
    changed: Vec<ChangedShape<'a>>,
    /// What is in the file, and not there.
    missing: Vec<MissingShape<'a>>,
    /// What is ours, and not in the file.
    extra: Vec<ExtraShape<'a>>,
    /// What stands beside ours: no run touches it.
    beside: Vec<StrangerShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct CountsShape {
    changed: usize,
    missing: usize,
    extra: usize,
    beside: usize,
}

#[derive(JsonSchema, Serialize)]
struct ChangedShape<'a> {
    address: String,
    kind: &'a str,
    name: &'a str,
    id: Option<&'a str>,
    /// The risk of putting it back.
    #[schemars(extend("enum" = ["none", "brief", "replace", "data loss"]))]
    risk: &'static str,
    fields: Vec<FieldShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct FieldShape<'a> {
    field: &'a str,
    /// What is there.
    live: Option<&'a Value>,
    /// What the file says.
    file: Option<&'a Value>,
}

#[derive(JsonSchema, Serialize)]
struct MissingShape<'a> {
    address: String,
    kind: &'a str,
    name: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct ExtraShape<'a> {
    address: String,
    kind: &'a str,
    name: &'a str,
    id: Option<&'a str>,
    /// The risk of putting it back.
    #[schemars(extend("enum" = ["none", "brief", "replace", "data loss"]))]
    risk: &'static str,
    /// How it came to be extra.
    why: &'static str,
    /// What is there.
    live: Option<Value>,
}

/// Drift: header, counts, and each resource with what it is and what it was to be. `risk` is that of putting it back.
pub fn drift(drift: &Drift<'_>) -> Value {
    let changed = drift.changed.iter().map(|change| ChangedShape {
        address: text(&change.address),
        kind: &change.address.kind,
        name: &change.address.name,
        id: change.before.as_ref().map(|seen| seen.id.as_str()),
        risk: change.risk.word(),
        fields: by_hand(change)
            .map(|field| FieldShape {
                field: &field.field,
                live: field.before.as_ref(),
                file: field.after.as_ref(),
            })
            .collect(),
    });
    let missing = drift.missing.iter().map(|change| MissingShape {
        address: text(&change.address),
        kind: &change.address.kind,
        name: &change.address.name,
    });
    let extra = drift.extra.iter().flat_map(|(why, changes)| {
        changes.iter().map(move |change| ExtraShape {
            address: text(&change.address),
            kind: &change.address.kind,
            name: &change.address.name,
            id: change.before.as_ref().map(|seen| seen.id.as_str()),
            risk: change.risk.word(),
            why,
            live: change.before.as_ref().map(|seen| seen.doc.to_value()),
        })
    });
    let extra: Vec<ExtraShape<'_>> = extra.collect();
    value(&DriftShape {
        format_version: FORMAT_VERSION,
        header: HeaderShape::of(&drift.view.header),
        drift: !drift.is_none(),
        counts: CountsShape {
            changed: drift.changed.len(),
            missing: drift.missing.len(),
            extra: extra.len(),
            beside: drift.beside.len(),
        },
        changed: changed.collect(),
        missing: missing.collect(),
        extra,
        beside: drift.beside.iter().map(StrangerShape::of).collect(),
    })
}
