//! A plan as a document.

use hcctl_engine::diff::FieldChange;
use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{Action, Change, Reason};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::counts::Counts;
use super::super::view::{Header, Note, PlanView};
use super::super::words::{action, order, reason, reason_text, rule};
use super::audit::{FindingShape, findings};
use super::cost::PlanCostShape;
use super::{FORMAT_VERSION, millis, text, value};

#[derive(JsonSchema, Serialize)]
pub(super) struct PlanShape<'a> {
    format_version: u32,
    header: HeaderShape<'a>,
    counts: CountsShape,
    /// Resources with which something is done; those that stay as they are stand in `counts` only.
    changes: Vec<ChangeShape<'a>>,
    /// What stands beside ours: no run touches it.
    strangers: Vec<StrangerShape<'a>>,
    /// Resources that AWS is still making.
    pending: Vec<NoteShape<'a>>,
    /// What else should be known of single resources.
    notes: Vec<NoteShape<'a>>,
    /// What is fixed of the monthly cost, before and after.
    cost: Option<PlanCostShape<'a>>,
    /// What an audit of the plan found, where one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<FindingShape<'a>>>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct HeaderShape<'a> {
    project: &'a str,
    environment: &'a str,
    account: &'a str,
    /// The ARN of who acts.
    caller: &'a str,
    region: &'a str,
    /// The environment file.
    file: &'a str,
    /// Calls that it took to see what is there.
    api_calls: Option<u32>,
    took_ms: u64,
}

#[derive(JsonSchema, Serialize)]
struct CountsShape {
    create: usize,
    update: usize,
    replace: usize,
    delete: usize,
    keep: usize,
    #[schemars(extend("enum" = ["none", "brief", "replace", "data loss"]))]
    highest_risk: &'static str,
}

#[derive(JsonSchema, Serialize)]
struct ChangeShape<'a> {
    address: String,
    kind: &'a str,
    name: &'a str,
    #[schemars(extend("enum" = ["create", "update", "replace", "delete"]))]
    action: &'static str,
    /// Which goes first in a replacement: `make_first` or `delete_first`.
    order: Option<&'static str>,
    /// What making the change costs its users.
    #[schemars(extend("enum" = ["none", "brief", "replace", "data loss"]))]
    risk: &'static str,
    /// The id of what is there.
    id: Option<&'a str>,
    reasons: Vec<ReasonShape<'a>>,
    fields: Vec<FieldShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct ReasonShape<'a> {
    #[schemars(extend("enum" = ["missing", "differs", "forced", "upstream", "not_wanted", "extra", "spare"]))]
    reason: &'static str,
    field: Option<&'a str>,
    upstream: Option<String>,
    text: String,
}

#[derive(JsonSchema, Serialize)]
struct FieldShape<'a> {
    field: &'a str,
    /// What a change of this field takes.
    #[schemars(extend("enum" = ["update", "mention", "replace", "create_only"]))]
    rule: &'static str,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    upstream: Option<String>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct StrangerShape<'a> {
    kind: &'a str,
    id: &'a str,
    what: &'a str,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct NoteShape<'a> {
    address: String,
    text: &'a str,
}

/// A plan: header, counts, every resource with which something is done, strangers, what is still being made, notes.
///
/// Resources that stay as they are stand in the counts only.
pub fn plan(view: &PlanView<'_>) -> Value {
    let pending = view.plan.changes.iter().filter_map(|change| {
        let why = change.before.as_ref()?.pending.as_deref()?;
        let kept = change.action == Action::Keep;
        kept.then(|| NoteShape {
            address: text(&change.address),
            text: why,
        })
    });
    value(&PlanShape {
        format_version: FORMAT_VERSION,
        header: HeaderShape::of(&view.header),
        counts: counts(&Counts::of(view.plan)),
        changes: view.plan.changed().map(change).collect(),
        strangers: view.plan.strangers.iter().map(StrangerShape::of).collect(),
        pending: pending.collect(),
        notes: view.notes.iter().map(NoteShape::of).collect(),
        cost: view.costs.as_ref().map(PlanCostShape::of),
        findings: view
            .findings
            .map(|report| findings(report, &view.header.environment)),
    })
}

impl<'a> HeaderShape<'a> {
    pub(super) fn of(header: &'a Header) -> Self {
        Self {
            project: &header.project,
            environment: &header.environment,
            account: &header.account,
            caller: &header.caller,
            region: &header.region,
            file: &header.file,
            api_calls: header.api_calls,
            took_ms: millis(header.took),
        }
    }
}

impl<'a> StrangerShape<'a> {
    pub(super) fn of(stranger: &'a Stranger) -> Self {
        Self {
            kind: stranger.kind,
            id: &stranger.id,
            what: &stranger.what,
        }
    }
}

fn counts(counts: &Counts) -> CountsShape {
    CountsShape {
        create: counts.create,
        update: counts.update,
        replace: counts.replace,
        delete: counts.delete,
        keep: counts.keep,
        highest_risk: counts.highest.word(),
    }
}

fn change(change: &Change) -> ChangeShape<'_> {
    ChangeShape {
        address: text(&change.address),
        kind: &change.address.kind,
        name: &change.address.name,
        action: action(change.action),
        order: match change.action {
            Action::Replace(first) => Some(order(first)),
            Action::Keep | Action::Create | Action::Update | Action::Delete => None,
        },
        risk: change.risk.word(),
        id: change.before.as_ref().map(|seen| seen.id.as_str()),
        reasons: change.reasons.iter().map(why).collect(),
        fields: change.fields.iter().map(field).collect(),
    }
}

fn why(one: &Reason) -> ReasonShape<'_> {
    let (field, upstream) = match one {
        Reason::Differs(field) | Reason::Forced(field) => (Some(field.as_str()), None),
        Reason::Upstream(address) => (None, Some(text(address))),
        Reason::Missing | Reason::NotWanted | Reason::Extra | Reason::Spare => (None, None),
    };
    ReasonShape {
        reason: reason(one),
        field,
        upstream,
        text: reason_text(one),
    }
}

fn field(field: &FieldChange) -> FieldShape<'_> {
    FieldShape {
        field: &field.field,
        rule: rule(field.rule),
        before: field.before.as_ref(),
        after: field.after.as_ref(),
        upstream: field.upstream.as_ref().map(text),
    }
}

impl<'a> NoteShape<'a> {
    pub(super) fn of(note: &'a Note) -> Self {
        Self {
            address: text(&note.address),
            text: &note.text,
        }
    }
}
