//! An audit, for people and for pull requests: the worst first, each with what fixes it.

use std::io;

use serde_json::Value;

use super::copied::whole;
use super::findings::{Form, accepted, all_accepted, by_severity, entry, fate, title, total};
use super::human::{INDENT, head};
use super::json;
use super::label::Label;
use super::markdown::{self, Part, code};
use super::page::{Line, Page, Span};
use super::prose::sentence;
use super::text::count;
use super::view::{Header, Shown, Style};
use crate::audit::{Fate, Fix, Report, Status};

/// An audit with all that its readers want to know around it.
#[derive(Clone, Debug)]
pub struct AuditView<'a> {
    /// Where it is about.
    pub header: Header,
    /// What was found.
    pub report: &'a Report,
}

/// What stands below findings that hcctl does not fix.
const NOT_YET: &str = "\"not yet\": hcctl does not do it.";
/// What stands below findings that hcctl cannot judge.
const NOT_LOOKED_AT: &str = "\"not looked at\": it may be there; accept it with a reason if it is.";

/// Writes it for people.
pub fn human(view: &AuditView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let report = view.report;
    head(&mut page, "Audit of", &view.header);
    let form = Form::of(report, &view.header.environment, style.verbose);
    for (severity, findings) in by_severity(report) {
        heading(&mut page, &title(severity, &findings));
        for finding in findings {
            entry(&mut page, finding, form);
        }
    }
    let excused = all_accepted(report);
    if !excused.is_empty() {
        heading(&mut page, &format!("Accepted {}", excused.len()));
    }
    for (finding, reason) in excused {
        accepted(&mut page, finding, reason);
    }
    if style.verbose {
        passed(&mut page, report);
    }
    foot(&mut page, view);
    page.write(style.color, w)
}

/// Writes it for a pull request or an issue.
pub fn markdown(view: &AuditView<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    /// Columns of the details, which a comment shows without breaking lines.
    const WIDTH: usize = 100;
    let (header, report) = (&view.header, view.report);
    let environment = code(&header.environment);
    let mut text = format!(
        "### Audit of {environment}: {}\n\n{}\n\n",
        total(report).to_lowercase(),
        markdown::place(header)
    );
    text.push_str(&summary(view));
    text.push_str("\n\n");
    let mut parts = Vec::new();
    let form = Form::of(report, &header.environment, true);
    for (severity, findings) in by_severity(report) {
        let mut page = Page::new(WIDTH);
        for finding in &findings {
            entry(&mut page, finding, form);
        }
        parts.push(Part::new(title(severity, &findings), true, &page));
    }
    let excused = all_accepted(report);
    if !excused.is_empty() {
        let mut page = Page::new(WIDTH);
        for (finding, reason) in &excused {
            accepted(&mut page, finding, reason);
        }
        let title = format!("Accepted {}", excused.len());
        parts.push(Part::new(title, true, &page));
    }
    let mut page = Page::new(WIDTH);
    passed(&mut page, report);
    let title = format!("Passed {}", report.passed.len());
    parts.push(Part::new(title, false, &page));
    let rest = format!("`hcctl audit` of {environment} shows all");
    markdown::comment(text, parts, &markdown::foot(header), &rest, w)
}

fn heading(page: &mut Page, text: &str) {
    page.gap();
    page.line(Line::default().with(Label::Heading, text));
}

/// Every control that passes, and those that are about nothing here.
fn passed(page: &mut Page, report: &Report) {
    heading(page, &format!("Passed {}", report.passed.len()));
    for one in &report.passed {
        let lead = Line::indented(INDENT)
            .with(Label::Good, one.control.id)
            .with(Label::Plain, " ")
            .pad_to(17);
        let title = Span::words(Label::Plain, one.control.title);
        page.flow(lead, 17, title);
    }
    if !report.idle.is_empty() {
        heading(page, &format!("About nothing here {}", report.idle.len()));
        let ids = report.idle.iter().map(|control| control.id);
        page.flow(
            Line::indented(INDENT),
            INDENT,
            Span::list(Label::Aside, ids),
        );
    }
}

fn foot(page: &mut Page, view: &AuditView<'_>) {
    let report = view.report;
    page.gap();
    let label = if report.open().next().is_none() {
        Label::Good
    } else {
        Label::Heading
    };
    page.flow(Line::default(), 0, Span::words(label, &summary(view)));
    let not_yet = report.open().any(|one| matches!(one.fix, Fix::NotYet(_)));
    let unseen = report.open().any(|one| one.status == Status::NotLookedAt);
    for (used, text) in [(not_yet, NOT_YET), (unseen, NOT_LOOKED_AT)] {
        if used {
            page.flow(Line::default(), 0, Span::words(Label::Aside, text));
        }
    }
    for (control, _) in &report.unused {
        let mut words = Span::words(Label::Hint, "note:");
        let text = format!(
            "{} is accepted and has no finding: it may go from audit.accept",
            control.id
        );
        words.extend(Span::words(Label::Plain, &text));
        page.flow(Line::default(), INDENT, words);
    }
    if report.strangers > 0 {
        let mut words = Span::words(Label::Hint, "note:");
        let text = format!(
            "{} beside ours not judged: hcctl drift {} lists them",
            count(report.strangers, "stranger"),
            view.header.environment
        );
        words.extend(sentence(Label::Plain, &whole(&text)));
        page.flow(Line::default(), INDENT, words);
    }
}

/// `17 findings: 1 high, 16 medium (17 brought in by apply). 29 controls pass.`
fn summary(view: &AuditView<'_>) -> String {
    let report = view.report;
    let fates = [Fate::Stays, Fate::BroughtIn, Fate::Fixed];
    let fates = fates.into_iter().filter_map(|one| match report.with(one) {
        0 => None,
        1 if one == Fate::Stays => Some("1 stays".to_owned()),
        number if one == Fate::Stays => Some(format!("{number} stay")),
        number => Some(format!("{number} {}", fate(one))),
    });
    let fates: Vec<String> = fates.collect();
    let mut text = total(report);
    if !fates.is_empty() {
        text = format!("{text} ({})", fates.join(", "));
    }
    let passing = count(report.passed.len(), "control");
    let verb = if report.passed.len() == 1 {
        "passes"
    } else {
        "pass"
    };
    text = format!("{text}. {passing} {verb}.");
    if !report.there {
        text.push_str(" Nothing is there yet: this is what apply would make.");
    }
    text
}

impl Shown for AuditView<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown(self, w)
    }

    fn json(&self) -> Value {
        json::audit(self)
    }
}
