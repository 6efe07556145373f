//! Drift as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::drift::DriftView;
use super::plan::{HeaderShape, NoteShape, StrangerShape};
use super::{FORMAT_VERSION, text, value};
use crate::operation::drift::{by_hand, key};
use crate::render::text::moment;
use crate::render::who::{author, latest};
use crate::trail::{Event, Said, Stopped, Trail};

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
    beside: Vec<BesideShape<'a>>,
    /// What has lost the tags by which hcctl finds it: until they are back, nothing can be planned.
    lost: Vec<LostShape<'a>>,
    /// The addresses of what is part of something lost, so that nothing is known of it.
    unseen: Vec<String>,
    /// What keeps requests from being answered, and no apply puts back: it is no drift.
    outages: Vec<NoteShape<'a>>,
    /// What CloudTrail was asked; null where it was not.
    trail: Option<TrailShape>,
}

/// Who did it.
#[derive(Serialize, JsonSchema)]
struct WhoShape<'a> {
    /// The caller's ARN, or the AWS service that called.
    by: &'a str,
    /// The operation, such as `PutRetentionPolicy`.
    event: &'a str,
    /// The event's id in CloudTrail.
    event_id: &'a str,
    /// When, in UTC.
    at: String,
    /// Through what: `console`, `aws-cli`, `Terraform`, another program; empty where CloudTrail does not say.
    via: &'a str,
}

/// What CloudTrail was asked.
#[derive(Serialize, JsonSchema)]
struct TrailShape {
    /// How many questions there were.
    questions: usize,
    /// How many were asked to their end.
    asked: usize,
    /// Why not all were: `denied`, `failed`, `time`, `questions`; null where all were.
    stopped: Option<&'static str>,
    /// The reason in words, where the call failed.
    error: Option<String>,
    /// Of what CloudTrail does not say who did it, by address or id, and why.
    unknown: Vec<UnknownShape>,
}

/// A resource whose author is not known.
#[derive(Serialize, JsonSchema)]
struct UnknownShape {
    /// Its id where it is there, else its address.
    resource: String,
    /// The field, where a field was changed.
    field: Option<String>,
    /// `nothing` was found, `hcctl` wrote it last, or in the `same_second` as somebody else, its id is gone (`no_id`), or it was `not_asked`.
    why: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct BesideShape<'a> {
    #[serde(flatten)]
    stranger: StrangerShape<'a>,
    who: Option<WhoShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct LostShape<'a> {
    address: String,
    id: &'a str,
    /// What it lacks.
    why: &'a str,
    /// What makes it recognisable again.
    remedy: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct CountsShape {
    changed: usize,
    missing: usize,
    extra: usize,
    beside: usize,
    lost: usize,
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
    who: Option<WhoShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct FieldShape<'a> {
    field: &'a str,
    /// What is there.
    live: Option<&'a Value>,
    /// What the file says.
    file: Option<&'a Value>,
    who: Option<WhoShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct MissingShape<'a> {
    address: String,
    kind: &'a str,
    name: &'a str,
    who: Option<WhoShape<'a>>,
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
    who: Option<WhoShape<'a>>,
}

impl<'a> WhoShape<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            by: &event.who,
            event: &event.name,
            event_id: &event.id,
            at: moment(event.at),
            via: &event.via,
        }
    }

    /// Of one resource, and the latest of what was done to it.
    fn latest(trail: Option<&'a Trail>, key: &str) -> Option<Self> {
        latest(trail?, key).map(Self::of)
    }
}

impl TrailShape {
    fn of(trail: &Trail) -> Self {
        let unknown = trail.findings.iter().filter_map(|finding| {
            let why = match finding.said {
                Said::By(_) => return None,
                Said::Ours(_) => "hcctl",
                Said::Unclear(_) => "same_second",
                Said::Nothing => "nothing",
                Said::NoId => "no_id",
                Said::NotAsked => "not_asked",
            };
            Some(UnknownShape {
                resource: finding.key.clone(),
                field: finding.field.clone(),
                why,
            })
        });
        Self {
            questions: trail.questions,
            asked: trail.asked,
            stopped: trail.stopped.as_ref().map(|why| match why {
                Stopped::Fault(_) if trail.is_denied() => "denied",
                Stopped::Fault(_) => "failed",
                Stopped::Time(_) => "time",
                Stopped::Questions => "questions",
            }),
            error: match &trail.stopped {
                Some(Stopped::Fault(fault)) => Some(fault.to_string()),
                _ => None,
            },
            unknown: unknown.collect(),
        }
    }
}

/// Drift: header, counts, and each resource with what it is and what it was to be. `risk` is that of putting it back.
pub fn drift(drift: &DriftView<'_>) -> Value {
    let changed = drift.found.changed.iter().map(|change| ChangedShape {
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
                who: drift
                    .who
                    .and_then(|trail| author(trail, &key(change), Some(&field.field)))
                    .map(WhoShape::of),
            })
            .collect(),
        who: WhoShape::latest(drift.who, &key(change)),
    });
    let missing = drift.found.missing.iter().map(|change| MissingShape {
        address: text(&change.address),
        kind: &change.address.kind,
        name: &change.address.name,
        who: WhoShape::latest(drift.who, &key(change)),
    });
    let extra = drift.found.extra.iter().flat_map(|(why, changes)| {
        changes.iter().map(move |change| ExtraShape {
            address: text(&change.address),
            kind: &change.address.kind,
            name: &change.address.name,
            id: change.before.as_ref().map(|seen| seen.id.as_str()),
            risk: change.risk.word(),
            why,
            live: change.before.as_ref().map(|seen| seen.doc.to_value()),
            who: WhoShape::latest(drift.who, &key(change)),
        })
    });
    let extra: Vec<ExtraShape<'_>> = extra.collect();
    value(&DriftShape {
        format_version: FORMAT_VERSION,
        header: HeaderShape::of(&drift.view.header),
        drift: !drift.found.is_none(),
        counts: CountsShape {
            changed: drift.found.changed.len(),
            missing: drift.found.missing.len(),
            extra: extra.len(),
            beside: drift.found.beside.len(),
            lost: drift.found.lost.len(),
        },
        changed: changed.collect(),
        missing: missing.collect(),
        extra,
        beside: drift
            .found
            .beside
            .iter()
            .map(|stranger| BesideShape {
                stranger: StrangerShape::of(stranger),
                who: WhoShape::latest(drift.who, &stranger.id),
            })
            .collect(),
        lost: drift
            .found
            .lost
            .iter()
            .map(|lost| LostShape {
                address: text(&lost.address),
                id: &lost.id,
                why: &lost.why,
                remedy: &lost.remedy,
            })
            .collect(),
        unseen: drift.found.unseen.iter().map(text).collect(),
        outages: drift.outages.iter().map(NoteShape::of).collect(),
        trail: drift.who.map(TrailShape::of),
    })
}
