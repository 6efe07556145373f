//! What an audit found, wherever it is shown: a plan's one line, and the entries that audits and pull requests share.

use super::copied::whole;
use super::human::INDENT;
use super::label::Label;
use super::markdown::Part;
use super::page::{Line, Page, Span};
use super::prose::sentence;
use super::view::PlanView;
use crate::audit::{Fate, Finding, Fix, Report, Severity, Status, count};

/// Where the reason of a finding begins: behind the longest id.
const REASON: usize = 17;
/// Columns of a comment's details.
const WIDTH: usize = 100;

/// The one line of a plan.
pub(super) fn line(page: &mut Page, view: &PlanView<'_>) {
    let Some(report) = view.findings else { return };
    page.gap();
    let mut words = Span::words(Label::Heading, "Findings:");
    let text = format!(
        "{}: hcctl audit {}",
        of_plan(report),
        view.header.environment
    );
    words.extend(sentence(worst(report), &whole(&text)));
    page.flow(Line::default(), INDENT, words);
}

/// `2 high, 1 medium (1 brought in by this plan)`
pub(super) fn of_plan(report: &Report) -> String {
    let (brought, fixed) = (report.with(Fate::BroughtIn), report.with(Fate::Fixed));
    let accepted = report.findings.iter().filter(|one| !one.open()).count();
    let mut aside = Vec::new();
    match (brought, fixed) {
        (0, 0) => {}
        (brought, 0) => aside.push(format!("{brought} brought in by this plan")),
        (0, fixed) => aside.push(format!("{fixed} fixed by this plan")),
        (brought, fixed) => {
            aside.push(format!(
                "{brought} brought in and {fixed} fixed by this plan"
            ));
        }
    }
    if accepted > 0 {
        aside.push(format!("{accepted} accepted"));
    }
    let numbers = numbers(&report.after_apply());
    if aside.is_empty() {
        numbers
    } else {
        format!("{numbers} ({})", aside.join(", "))
    }
}

/// `2 high, 1 medium`, or `none`.
pub(super) fn numbers(counts: &[(Severity, usize)]) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(severity, number)| format!("{number} {}", severity.word()))
        .collect();
    words.join(", ")
}

fn worst(report: &Report) -> Label {
    match report.after_apply().first() {
        None => Label::Good,
        Some((severity, _)) => label(*severity),
    }
}

/// The label of a severity.
pub(super) const fn label(severity: Severity) -> Label {
    match severity {
        Severity::Critical | Severity::High => Label::Bad,
        Severity::Medium => Label::Change,
        Severity::Low => Label::Plain,
    }
}

/// What an apply does to a finding.
pub(super) const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::BroughtIn => "brought in by apply",
        Fate::Stays => "stays",
        Fate::Fixed => "fixed by apply",
    }
}

/// A fate's name in JSON.
pub(super) const fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::BroughtIn => "brought_in",
        Fate::Stays => "stays",
        Fate::Fixed => "fixed",
    }
}

/// A status's name in JSON.
pub(super) const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Failed => "failed",
        Status::NotLookedAt => "not_looked_at",
    }
}

/// A fix: what sort, and what to do.
pub(super) fn fix(fix: Fix, environment: &str) -> (&'static str, String) {
    match fix {
        Fix::File(line) => ("fix:", line.to_owned()),
        Fix::Apply => ("fix:", whole(&format!("hcctl apply {environment}"))),
        Fix::NotYet(what) => ("not yet:", what.to_owned()),
    }
}

/// `vpc/main`, `alarm (8)`; all of them where that is asked for.
pub(super) fn resources(finding: &Finding, all: bool) -> String {
    let names: Vec<String> = finding.resources.iter().map(ToString::to_string).collect();
    match &finding.resources[..] {
        // A control is about one kind.
        [first, _, ..] if !all => format!("{} ({})", first.kind, names.len()),
        _ => names.join(", "),
    }
}

/// How findings are set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<'a> {
    /// The environment, for the command that fixes.
    pub(super) environment: &'a str,
    /// Whether to say what an apply does to each: not where it is the same for all.
    pub(super) fates: bool,
    /// Whether to add titles and leave no resource out.
    pub(super) verbose: bool,
}

impl<'a> Form<'a> {
    /// The form for all findings of a report.
    pub(super) fn of(report: &Report, environment: &'a str, verbose: bool) -> Self {
        let fates = [Fate::BroughtIn, Fate::Stays, Fate::Fixed];
        let kinds = fates.iter().filter(|one| report.with(**one) > 0).count();
        Self {
            environment,
            fates: kinds > 1,
            verbose,
        }
    }
}

/// One finding: why, of what, what an apply does to it, and what fixes it.
pub(super) fn entry(page: &mut Page, finding: &Finding, form: Form<'_>) {
    let hang = page.column(REASON);
    let hang = if hang == 0 { INDENT + 2 } else { hang };
    let control = finding.control;
    let id = Line::indented(INDENT)
        .with(label(control.severity), control.id)
        .with(Label::Plain, " ")
        .pad_to(hang);
    let mut words = Span::words(Label::Plain, &format!("{}:", finding.why));
    words.extend(Span::words(Label::Aside, &resources(finding, form.verbose)));
    if form.fates {
        page.flow_to(id, hang, words, Span::new(Label::Aside, fate(finding.fate)));
    } else {
        page.flow(id, hang, words);
    }
    if form.verbose {
        let title = Span::words(Label::Aside, control.title);
        page.flow(Line::indented(hang), hang, title);
    }
    let (sort, what) = fix(finding.fix, form.environment);
    let mut words = vec![Span::new(Label::Hint, sort)];
    words.extend(Span::words(Label::Plain, &what));
    page.flow(Line::indented(hang), hang + 2, words);
}

/// One finding that somebody has accepted: how much it weighs, and why it is accepted.
pub(super) fn accepted(page: &mut Page, finding: &Finding, reason: &str) {
    let hang = page.column(REASON);
    let hang = if hang == 0 { INDENT + 2 } else { hang };
    let id = Line::indented(INDENT)
        .with(Label::Plain, finding.control.id)
        .with(Label::Plain, " ")
        .pad_to(hang);
    let words = format!("{}: {reason}", finding.control.severity.word());
    page.flow(id, hang, Span::words(Label::Plain, &words));
}

/// The findings by severity, the worst first: a title with its number above each.
pub(super) fn by_severity(report: &Report) -> Vec<(Severity, Vec<&Finding>)> {
    let of = |severity| {
        let open = report
            .open()
            .filter(move |one| one.control.severity == severity);
        (severity, open.collect::<Vec<_>>())
    };
    let all = Severity::ALL.map(of).into_iter();
    all.filter(|(_, findings)| !findings.is_empty()).collect()
}

/// `High 2`
pub(super) fn title(severity: Severity, findings: &[&Finding]) -> String {
    let word = severity.word();
    let (first, rest) = word.split_at(1);
    format!("{}{rest} {}", first.to_uppercase(), findings.len())
}

/// The accepted findings, with their reasons.
pub(super) fn all_accepted(report: &Report) -> Vec<(&Finding, &str)> {
    let accepted = report.findings.iter();
    accepted
        .filter_map(|one| Some((one, one.accepted.as_deref()?)))
        .collect()
}

/// What a plan's comment unfolds; open where a plan makes something worse that is there.
pub(super) fn part(view: &PlanView<'_>) -> Option<Part> {
    let report = view.findings.filter(|one| !one.findings.is_empty())?;
    let mut page = Page::new(WIDTH);
    let form = Form::of(report, &view.header.environment, false);
    for (severity, findings) in by_severity(report) {
        let line = Line::indented(INDENT).with(Label::Heading, title(severity, &findings) + ":");
        page.line(line);
        for finding in findings {
            entry(&mut page, finding, form);
        }
    }
    let accepted = all_accepted(report);
    if !accepted.is_empty() {
        let line = Line::indented(INDENT).with(Label::Heading, "Accepted:");
        page.line(line);
    }
    for (finding, reason) in accepted {
        self::accepted(&mut page, finding, reason);
    }
    let open = report.there && report.with(Fate::BroughtIn) > 0;
    Some(Part::new(
        format!("Findings: {}", of_plan(report)),
        open,
        &page,
    ))
}

/// How many findings an audit has: `17 findings: 1 high, 16 medium`.
pub(super) fn total(report: &Report) -> String {
    let number = report.open().count();
    let findings = super::text::count(number, "finding");
    if number == 0 {
        return "No findings".to_owned();
    }
    format!("{findings}: {}", numbers(&count(report.open())))
}
