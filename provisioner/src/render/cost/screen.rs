//! Costs on one screen.

use std::io;

use serde_json::Value;

use super::super::human::{INDENT, head};
use super::super::json;
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::columns as wide;
use super::super::view::{PlanView, Shown, Style};
use super::sheet::markdown;
use super::words::{Column, UNVERIFIED, USAGE, amounts, names, size, source, starred, unit, was};
use crate::price::Costs;

/// The costs of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Cost<'a>(pub &'a PlanView<'a>);

/// Writes costs on one screen.
pub fn human(view: &PlanView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    head(&mut page, "Cost of", &view.header);
    if let Some(costs) = &view.costs {
        if !costs.there {
            page.line(Line::default().with(Label::Warning, "Nothing is there yet."));
        }
        fixed(&mut page, costs);
        usage(&mut page, costs);
        foot(&mut page, costs);
    }
    page.write(style.color, w)
}

/// What is fixed, with its sum.
fn fixed(page: &mut Page, costs: &Costs) {
    if costs.rows.is_empty() {
        return;
    }
    let columns = amounts(costs);
    page.gap();
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let title = match costs.prices {
        Some(_) => "Fixed, in dollars a month",
        None => "Fixed, paid by the hour or month",
    };
    row(
        page,
        (0, Label::Heading),
        &[title.to_owned()],
        &columns,
        &titles,
    );
    for (number, one) in costs.rows.iter().enumerate() {
        let cells: Vec<&str> = columns
            .iter()
            .map(|column| column.cells[number].as_str())
            .collect();
        let names = names(one);
        let used = row(page, (INDENT, Label::Plain), &names, &columns, &cells);
        if let Some(was) = was(one) {
            // The size that the short name does not say.
            let size = one.last().and_then(size).filter(|_| used > 0);
            let text = size.map_or(was.clone(), |size| format!("{size}, {was}"));
            let words = Span::words(Label::Aside, &text);
            page.flow(Line::indented(INDENT + 2), INDENT + 2, words);
        }
    }
    let totals: Vec<&str> = columns.iter().map(|column| column.total.as_str()).collect();
    if !totals.is_empty() {
        row(
            page,
            (INDENT, Label::Heading),
            &["together".to_owned()],
            &columns,
            &totals,
        );
    }
}

/// A name, in the longest form that fits, and its cells at the right; answers which form that is.
fn row(
    page: &mut Page,
    (indent, label): (usize, Label),
    names: &[String],
    columns: &[Column],
    cells: &[&str],
) -> usize {
    const GAP: usize = 2;
    let room: usize = columns.iter().map(|column| column.width() + GAP).sum();
    let fits = |name: &String| page.fits(indent + wide(name) + room);
    let form = names.iter().position(fits);
    let form = form.unwrap_or(names.len().saturating_sub(1));
    let name = names.get(form).map(String::as_str).unwrap_or_default();
    let mut line = Line::indented(indent).with(label, name);
    let start = page.at(room);
    if line.columns() > start && !cells.is_empty() {
        page.line(line);
        line = Line::default();
    }
    let mut end = start;
    for (column, cell) in columns.iter().zip(cells) {
        end += column.width() + GAP;
        line = line.pad_to(end - wide(cell)).with(label, cell);
    }
    page.line(line);
    form
}

/// What is paid by use: unit prices, no sum.
fn usage(page: &mut Page, costs: &Costs) {
    /// Where prices begin, and where what they are for.
    const AT: (usize, usize) = (INDENT + 16, INDENT + 16 + 26);
    if costs.usage.is_empty() {
        return;
    }
    page.gap();
    let title = Span::words(Label::Heading, USAGE);
    page.flow(Line::default(), INDENT, title);
    for one in &costs.usage {
        let unit = unit(one);
        let lead = Line::indented(INDENT).with(Label::Plain, one.what);
        let lead = lead
            .pad_to(page.column(AT.0))
            .with(Label::Plain, format!(" {unit}"));
        let lead = lead.pad_to(page.column(AT.1));
        page.flow(
            lead,
            page.column(AT.1) + 1,
            Span::words(Label::Aside, &format!(" {}", one.why)),
        );
    }
}

fn foot(page: &mut Page, costs: &Costs) {
    page.gap();
    for remark in &costs.remarks {
        let mut words = Span::words(Label::Hint, "note:");
        words.extend(Span::words(Label::Plain, remark));
        page.flow(Line::default(), INDENT, words);
    }
    let mut say = |text: &str| page.flow(Line::default(), INDENT, Span::words(Label::Aside, text));
    say(&source(costs));
    if starred(costs) {
        say(&format!("* {UNVERIFIED}"));
    }
}

impl Shown for Cost<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self.0, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown(self.0, w)
    }

    fn json(&self) -> Value {
        json::cost(self.0)
    }
}
