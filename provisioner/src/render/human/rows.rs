//! What is made and what is deleted: a row per kind.

use hcctl_engine::{Action, Change, Doc, Reason, Risk};

use super::super::delta::whole;
use super::super::group::{Row, rows};
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::columns;
use super::super::words::sign;
use super::{INDENT, INNER, KIND};

/// What is made; verbose: every field of each.
pub(in super::super) fn created(page: &mut Page, changes: &[&Change], verbose: bool) {
    if verbose {
        for change in changes {
            one(page, change, Action::Create, change.after.as_ref());
        }
    } else {
        named(page, changes, Action::Create);
    }
}

/// What is not there any more: its name says what it was.
pub(in super::super) fn missing(page: &mut Page, changes: &[&Change]) {
    named(page, changes, Action::Delete);
}

/// What is there and not asked for, with its fields, for somebody has to recognise it.
pub(in super::super) fn extra(page: &mut Page, changes: &[&Change]) {
    for change in changes {
        let seen = change.before.as_ref().map(|seen| &seen.doc);
        one(page, change, Action::Create, seen);
    }
}

/// A row per kind.
fn named(page: &mut Page, changes: &[&Change], action: Action) {
    let rows = rows(changes.iter().copied());
    let widest = page.column(widest(&rows));
    for row in &rows {
        let (lead, hang) = lead(row, action, widest);
        page.flow(lead, hang, Span::list(Label::Plain, &row.names));
    }
}

/// What is deleted; what somebody else made is shown with its fields, for its name says nothing.
pub(in super::super) fn deleted(
    page: &mut Page,
    reason: &Reason,
    changes: &[&Change],
    verbose: bool,
) {
    if verbose || matches!(reason, Reason::Extra | Reason::Spare) {
        for change in changes {
            let seen = change.before.as_ref().map(|seen| &seen.doc);
            one(page, change, Action::Delete, seen);
        }
        return;
    }
    let rows = rows(changes.iter().copied());
    let widest = page.column(widest(&rows));
    for row in &rows {
        let (lead, hang) = lead(row, Action::Delete, widest);
        let names = Span::list(Label::Plain, &row.names);
        page.flow_to(lead, hang, names, risk(row.risk));
    }
}

/// A risk's word, for the right end of a line.
pub(super) fn risk(risk: Risk) -> Span {
    Span::new(Label::risk(risk), format!("risk: {}", risk.word()))
}

fn widest(rows: &[Row<'_>]) -> usize {
    let kinds = rows.iter().map(|row| columns(row.kind));
    kinds.max().unwrap_or(0).min(KIND)
}

fn lead(row: &Row<'_>, action: Action, widest: usize) -> (Line, usize) {
    let lead = Line::indented(INDENT)
        .with(Label::of(action), sign(action))
        .with(Label::Plain, " ")
        .with(Label::Plain, row.kind);
    let column = lead.columns().max(INDENT + 2 + widest) + 2;
    (lead.pad_to(column), INDENT + 2 + widest + 2)
}

fn one(page: &mut Page, change: &Change, action: Action, doc: Option<&Doc>) {
    let lead = Line::indented(INDENT)
        .with(Label::of(action), sign(action))
        .with(Label::Plain, " ");
    let address = Span::new(Label::Plain, change.address.to_string());
    if action == Action::Delete || change.risk > Risk::None {
        page.flow_to(lead, INNER, [address], risk(change.risk));
    } else {
        page.flow(lead, INNER, [address]);
    }
    let fields = doc.into_iter().flat_map(whole);
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if !fields.is_empty() {
        let words = Span::words(Label::Aside, &fields.join(", "));
        page.flow(Line::indented(INNER), INNER + 2, words);
    }
}
