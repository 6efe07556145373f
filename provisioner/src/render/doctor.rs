//! What would stop an apply: a line per check, for people, for pull requests and for programs.

use std::fmt::Write as _;
use std::io;

use serde_json::Value;

use super::copied::whole;
use super::json;
use super::label::Label;
use super::markdown::code;
use super::page::{Line, Page, Span};
use super::prose::sentence;
use super::text::{clean, count};
use super::view::{Shown, Style};
use crate::doctor::{Check, Outcome, Report};

/// What there is to show.
#[derive(Clone, Debug)]
pub struct DoctorView<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The region.
    pub region: &'a str,
    /// The checks.
    pub report: &'a Report,
}

/// Where names begin, and where what was found does.
const NAME: usize = 9;
/// See [`NAME`].
const FOUND: usize = 33;

/// Writes it for people.
pub fn human(view: &DoctorView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let lead = Line::default().with(Label::Heading, format!("Doctor for {}: ", view.environment));
    page.flow(lead, 2, Span::words(Label::Plain, &place(view)));
    page.gap();
    for check in &view.report.checks {
        one(&mut page, check);
    }
    page.gap();
    let (label, text) = conclusion(view);
    page.flow(Line::default(), 0, Span::words(label, &text));
    page.write(style.color, w)
}

fn one(page: &mut Page, check: &Check) {
    let (name, found) = (page.column(NAME), page.column(FOUND));
    let lead = Line::default().with(label(check.outcome), check.outcome.word());
    let (lead, hang) = if found == 0 {
        let rest = format!(" {}: ", check.name);
        (lead.with(Label::Plain, rest), 2)
    } else {
        let lead = lead.pad_to(name).with(Label::Plain, check.name);
        (lead.pad_to(found), found)
    };
    page.flow(lead, hang, Span::words(Label::Plain, &check.found));
    if let Some(hint) = &check.hint {
        let lead = Line::indented(hang).with(Label::Hint, "hint: ");
        page.flow(lead, hang, sentence(Label::Plain, &whole(hint)));
    }
}

const fn label(outcome: Outcome) -> Label {
    match outcome {
        Outcome::Ok => Label::Good,
        Outcome::Warning => Label::Warning,
        Outcome::Failed => Label::Bad,
        Outcome::Skipped => Label::Aside,
    }
}

fn place(view: &DoctorView<'_>) -> String {
    let account = view.report.account.as_ref();
    let account = account.map_or_else(String::new, |number| format!("account {number}, "));
    format!("{}, {account}{}", view.project, view.region)
}

fn conclusion(view: &DoctorView<'_>) -> (Label, String) {
    let failed = view.report.count(Outcome::Failed);
    let warnings = view.report.count(Outcome::Warning);
    let told = match warnings {
        0 => String::new(),
        number => format!(" {}.", count(number, "warning")),
    };
    if failed == 0 {
        let text = format!("Nothing would stop an apply of {}.{told}", view.environment);
        return (Label::Good, text);
    }
    let text = format!(
        "{} would stop an apply of {}.{told}",
        count(failed, "check"),
        view.environment
    );
    (Label::Bad, text)
}

/// Writes it for a pull request or an issue.
pub fn markdown(view: &DoctorView<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let (_, conclusion) = conclusion(view);
    let mut text = format!(
        "### Doctor for {}\n\n{}\n\n{}\n\n| | check | found |\n|---|---|---|\n",
        code(view.environment),
        cell(&place(view)),
        cell(&conclusion)
    );
    for check in &view.report.checks {
        let word = match check.outcome {
            Outcome::Failed => "**failed**",
            outcome => outcome.word(),
        };
        let hint = check.hint.as_ref();
        let hint = hint.map_or_else(String::new, |hint| format!("<br>hint: {}", cell(hint)));
        let found = cell(&check.found);
        let _ = writeln!(text, "| {word} | {} | {found}{hint} |", check.name);
    }
    w.write_all(text.as_bytes())
}

/// Text in a table: nothing in it ends a cell, makes HTML or is set in another way.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' => {
                cell.push('\\');
                cell.push(c);
            }
            c => cell.push(c),
        }
    }
    cell
}

impl Shown for DoctorView<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown(self, w)
    }

    fn json(&self) -> Value {
        json::doctor(self)
    }
}
