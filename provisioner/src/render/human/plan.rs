//! A plan on one screen.

use std::io;

use hcctl_engine::{Action, Risk};
use serde_json::Value;

use super::super::cost;
use super::super::counts::Counts;
use super::super::findings;
use super::super::group::{deletions, entries};
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::{count, short_caller, time};
use super::super::view::{Header, PlanView, Shown, Style};
use super::super::words::{heading, reason_text};
use super::super::{json, markdown};
use super::{INDENT, created, deleted, entry, remarks};

/// Writes a plan: where it is about, what is made, changed, replaced and deleted, what stands beside it, and last the
/// counts with the highest risk.
pub fn plan(view: &PlanView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    head(&mut page, "Plan for", &view.header);
    let creates: Vec<_> = view
        .plan
        .changed()
        .filter(|change| change.action == Action::Create)
        .collect();
    if !creates.is_empty() {
        title(&mut page, Action::Create, creates.len(), None);
        created(&mut page, &creates, style.verbose);
    }
    for replaced in [false, true] {
        let entries = entries(view.plan, view.catalog, replaced);
        let number = entries.iter().map(|entry| entry.changes.len()).sum();
        if let Some(first) = entries.first() {
            title(&mut page, first.action, number, None);
        }
        for one in &entries {
            entry(&mut page, one, style.verbose);
        }
    }
    for (reason, changes) in deletions(view.plan) {
        title(
            &mut page,
            Action::Delete,
            changes.len(),
            Some(&reason_text(reason)),
        );
        deleted(&mut page, reason, &changes, style.verbose);
    }
    remarks(&mut page, view, style.verbose);
    findings::line(&mut page, view);
    foot(&mut page, view);
    cost::line(&mut page, view.costs.as_ref());
    page.write(style.color, w)
}

/// Where it is about, and how it was made.
pub(in super::super) fn head(page: &mut Page, what: &str, header: &Header) {
    let mut words = Span::words(Label::Heading, &format!("{}:", header.environment));
    let rest = format!(
        "{}, {}, account {} as {}",
        header.project,
        header.region,
        header.account,
        short_caller(&header.caller)
    );
    words.extend(Span::words(Label::Plain, &rest));
    page.flow(
        Line::default().with(Label::Plain, format!("{what} ")),
        INDENT,
        words,
    );
    let calls = header
        .api_calls
        .map(|calls| count(calls as usize, "call") + ", ")
        .unwrap_or_default();
    let made = format!(
        "{} compared with what is there ({calls}{}).",
        header.file,
        time(header.took)
    );
    page.flow(Line::default(), INDENT, Span::words(Label::Aside, &made));
}

fn title(page: &mut Page, action: Action, number: usize, why: Option<&str>) {
    page.gap();
    let end = if why.is_some() { ":" } else { "" };
    let mut words = Span::words(
        Label::Heading,
        &format!("{} {number}{end}", heading(action)),
    );
    words.extend(Span::words(Label::Plain, why.unwrap_or_default()));
    page.flow(Line::default(), INDENT, words);
}

fn foot(page: &mut Page, view: &PlanView<'_>) {
    page.gap();
    let counts = Counts::of(view.plan);
    if view.plan.is_empty() {
        let header = &view.header;
        let text = format!(
            "No changes. {} is as {} says.",
            header.environment, header.file
        );
        return page.flow(Line::default(), 0, Span::words(Label::Good, &text));
    }
    let mut text = counts.text();
    if counts.keep > 0 {
        text = format!("{text}, {} as it is", counts.keep);
    }
    let mut words = Span::words(Label::Heading, &(text + "."));
    words.extend(Span::words(Label::Plain, "Highest risk:"));
    let risk = format!("{}.", counts.highest.word());
    words.extend(Span::words(Label::risk(counts.highest), &risk));
    if counts.highest == Risk::DataLoss {
        let what = "Data goes that no later run can bring back.";
        words.extend(Span::words(Label::Bad, what));
    }
    page.flow(Line::default(), 0, words);
}

impl Shown for PlanView<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        plan(self, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown::plan(self, w)
    }

    fn json(&self) -> Value {
        json::plan(self)
    }
}
