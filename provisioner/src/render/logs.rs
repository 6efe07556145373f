//! Lines of logs: for people with who wrote them in front, for programs a document each.

use std::io;

use super::label::Label;
use super::page;
use super::text::{clock, day, moment};
use crate::logs::{Line, Previous};

/// So much of a task's id tells it from others.
const TASK: usize = 8;

/// How lines are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whether to colour them.
    pub color: bool,
    /// The longest service's name.
    pub width: usize,
    /// Whether the day is told, as it is where lines are of several.
    pub days: bool,
}

/// Writes a line for people. What an application writes over several lines stays so; what a terminal would obey is
/// spelled out.
pub fn human(line: &Line, form: &Form, w: &mut dyn io::Write) -> io::Result<()> {
    let seconds = line.at / 1000;
    let mut when = format!("{}.{:03}", clock(seconds), line.at % 1000);
    if form.days {
        when = format!("{} {when}", day(seconds));
    }
    let lead = page::Line::default()
        .with(Label::Aside, when)
        .with(Label::Plain, " ")
        .with(Label::Heading, &line.service);
    let width = lead.columns() - line.service.len() + form.width.max(line.service.len());
    let lead = lead
        .pad_to(width + 1)
        .with(Label::Aside, start(&line.task))
        .with(Label::Plain, "  ");
    let hang = lead.columns();
    let mut texts = line.message.split('\n').map(|text| {
        let text = text.strip_suffix('\r').unwrap_or(text);
        text.replace('\t', "    ")
    });
    let first = texts.next().unwrap_or_default();
    lead.with(Label::Plain, first).write(form.color, w)?;
    w.write_all(b"\n")?;
    for text in texts {
        let line = page::Line::indented(hang).with(Label::Plain, text);
        line.write(form.color, w)?;
        w.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes what a line says and nothing else, also over several lines; what a terminal would obey is spelled out where it goes to
/// one.
pub fn bare(line: &Line, terminal: bool, w: &mut dyn io::Write) -> io::Result<()> {
    if !terminal {
        return writeln!(w, "{}", line.message);
    }
    for text in line.message.split('\n') {
        let text = text.strip_suffix('\r').unwrap_or(text);
        let text = text.replace('\t', "    ");
        page::Line::default()
            .with(Label::Plain, text)
            .write(false, w)?;
        w.write_all(b"\n")?;
    }
    Ok(())
}

/// Writes why a task stopped, before its last lines.
pub fn stopped(previous: &Previous, color: bool, w: &mut dyn io::Write) -> io::Result<()> {
    let mut line = page::Line::default()
        .with(Label::Heading, &previous.service)
        .with(
            Label::Plain,
            format!(": task {} stopped", start(&previous.task)),
        );
    if let Some(at) = previous.stopped {
        let at = at / 1000;
        line = line.with(Label::Plain, format!(" {} {}", day(at), clock(at)));
    }
    if let Some(code) = previous.exit_code {
        line = line.with(Label::Bad, format!(" with exit code {code}"));
    }
    if !previous.reason.is_empty() {
        line = line.with(Label::Plain, format!(": {}", previous.reason));
    }
    line.write(color, w)?;
    w.write_all(b"\n")
}

fn start(task: &str) -> &str {
    task.get(..TASK).unwrap_or(task)
}

/// `2026-07-01T09:05:00.250Z`.
pub(super) fn instant(at: u64) -> String {
    let moment = moment(at / 1000);
    format!("{}.{:03}Z", moment.trim_end_matches('Z'), at % 1000)
}
