//! What came of a run: what was done, what was not and why, and what to do now.

use std::io;

use hcctl_engine::{Address, Report, Verb};
use serde_json::Value;

use super::super::causes::causes;
use super::super::json;
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::prose::sentence;
use super::super::text::{count, time};
use super::super::view::{ReportView, Shown, Style};
use super::super::words::{BECAUSE, FAILED, HINT, NOT_STARTED, SKIPPED, done, verb};
use super::faults::{headline, said};
use super::{INDENT, INNER};

/// Writes the last words of a run.
pub fn report(
    report: &Report,
    view: &ReportView,
    style: &Style,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(style.width);
    headline_of(&mut page, report, view);
    failed(&mut page, report);
    skipped(&mut page, report);
    unstarted(&mut page, report);
    if report.complete() {
        for url in &view.urls {
            let lead = Line::default().with(Label::Plain, "Open ");
            page.flow(lead, INDENT, [Span::new(Label::Good, url)]);
        }
    } else {
        page.gap();
        let kept = Span::words(Label::Plain, "What was done stays done.");
        page.flow(Line::default(), INDENT, kept);
        if view.next.is_empty() {
            let again = "run the same command again: it goes on from here";
            let mut words = Span::words(Label::Hint, HINT);
            words.extend(Span::words(Label::Plain, again));
            page.flow(Line::default(), INDENT, words);
        }
    }
    for next in &view.next {
        page.flow(Line::default(), INDENT, sentence(Label::Plain, next));
    }
    page.write(style.color, w)
}

fn headline_of(page: &mut Page, report: &Report, view: &ReportView) {
    let (label, outcome) = match (&report.stopped, report.complete()) {
        (_, true) => (Label::Good, "finished in".to_owned()),
        (Some(why), _) => (Label::Warning, format!("was stopped ({why}) after")),
        (None, _) => (Label::Bad, "failed after".to_owned()),
    };
    let verbs = [Verb::Create, Verb::Update, Verb::Delete];
    let mut counts: Vec<String> = verbs
        .into_iter()
        .map(|verb| (report.count(verb), done(verb)))
        .chain([
            (report.failed.len(), FAILED),
            (report.skipped.len(), SKIPPED),
            (report.unstarted.len(), NOT_STARTED),
        ])
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() {
        counts.push(match report.count(Verb::Await) {
            0 => "nothing was to be done".to_owned(),
            waited => format!("{} usable now", count(waited, "resource")),
        });
    }
    let mut words = Span::words(
        Label::Heading,
        &format!("{} {}", view.verb, view.environment),
    );
    words.extend(Span::words(label, &outcome));
    let rest = format!("{}: {}.", time(report.took), counts.join(", "));
    words.extend(Span::words(Label::Plain, &rest));
    page.flow(Line::default(), INDENT, words);
}

/// The word from the counts above, as a heading.
fn title(page: &mut Page, word: &str) {
    page.gap();
    let (first, rest) = word.split_at(1);
    let text = first.to_uppercase() + rest;
    page.line(Line::default().with(Label::Heading, text));
}

fn failed(page: &mut Page, report: &Report) {
    if report.failed.is_empty() {
        return;
    }
    title(page, FAILED);
    let faults = report
        .failed
        .iter()
        .map(|(address, verb, fault)| ((address, *verb), fault));
    for cause in causes(faults) {
        let steps: Vec<String> = cause
            .all
            .iter()
            .map(|((address, one), _)| format!("{} {address}", verb(*one)))
            .collect();
        let words = headline(&steps.join(", "), &cause);
        page.flow(Line::indented(INDENT), INDENT + 2, words);
        // A wait that failed has the resource itself for an operation.
        let own = |call: &&&str| cause.all.iter().all(|((a, _), _)| a.to_string() != **call);
        let operations = cause.operations();
        let calls: Vec<&str> = operations.iter().filter(own).copied().collect();
        let calls = (!calls.is_empty()).then(|| calls.join(", "));
        said(page, INNER, calls.as_deref(), &cause);
    }
}

fn skipped(page: &mut Page, report: &Report) {
    let mut causes: Vec<&Address> = Vec::new();
    for (_, _, because) in &report.skipped {
        if !causes.contains(&because) {
            causes.push(because);
        }
    }
    if !causes.is_empty() {
        title(page, SKIPPED);
    }
    for because in causes {
        let of = report
            .skipped
            .iter()
            .filter(|(_, _, other)| other == because);
        let mut words = Span::words(Label::Warning, BECAUSE);
        words.extend(Span::words(Label::Plain, &format!("{because} {FAILED}:")));
        words.extend(steps(of.map(|(address, verb, _)| (address, *verb))));
        page.flow(Line::indented(INDENT), INDENT + 2, words);
    }
}

fn unstarted(page: &mut Page, report: &Report) {
    if report.unstarted.is_empty() {
        return;
    }
    title(page, NOT_STARTED);
    let words = steps(
        report
            .unstarted
            .iter()
            .map(|(address, verb)| (address, *verb)),
    );
    page.flow(Line::indented(INDENT), INDENT + 2, words);
}

/// `create a, b; delete c`
fn steps<'a>(steps: impl Iterator<Item = (&'a Address, Verb)>) -> Vec<Span> {
    let mut groups: Vec<(Verb, Vec<String>)> = Vec::new();
    for (address, verb) in steps {
        match groups.iter_mut().find(|(other, _)| *other == verb) {
            Some((_, addresses)) => addresses.push(address.to_string()),
            None => groups.push((verb, vec![address.to_string()])),
        }
    }
    let groups: Vec<String> = groups
        .into_iter()
        .map(|(one, addresses)| format!("{} {}", verb(one), addresses.join(", ")))
        .collect();
    Span::words(Label::Plain, &groups.join("; "))
}

impl Shown for (&Report, &ReportView) {
    const LINE: bool = true;

    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        report(self.0, self.1, style, w)
    }

    fn json(&self) -> Value {
        json::report(self.0, self.1)
    }
}
