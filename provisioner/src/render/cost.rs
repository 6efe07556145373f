//! What an environment costs, in words: a line for a plan, a screen and a page of Markdown for `cost`.
//!
//! What is fixed and what is paid by use never meet in a sum, and no amount stands without the date of its prices.

use std::fmt::Write as _;
use std::io;

use super::human::{INDENT, head};
use super::label::Label;
use super::markdown;
use super::page::{Line, Page, Span};
use super::text::{clean, columns};
use super::view::{PlanView, Style};
use crate::price::{Change, Charge, Cost, Costs, Row, Usage, What, table};

/// What is said of prices that no price list was at hand for.
pub(super) const UNVERIFIED: &str = "general knowledge, held against no price list.";
/// What is not in any amount.
const GROSS: &str = "A month has 730 hours. No discount and no free allowance is taken off.";

/// The one line that a plan says of its costs; nothing where prices are not known.
pub(super) fn line(page: &mut Page, costs: Option<&Costs>) {
    if let Some((text, change)) = costs.and_then(short) {
        let mut words = Span::words(Label::Plain, &text);
        words.extend(
            change
                .iter()
                .flat_map(|text| Span::words(Label::Change, text)),
        );
        page.flow(Line::default(), INDENT, words);
    }
}

/// The same for a pull request's comment, with what makes it up to unfold where it changes.
pub(super) fn paragraph(costs: Option<&Costs>) -> String {
    let Some((costs, (text, change))) = costs.and_then(|costs| Some((costs, short(costs)?))) else {
        return String::new();
    };
    let change = change.map_or_else(String::new, |text| format!(" **{text}**"));
    let mut text = format!("{text}{change}\n\n");
    if !costs.same() {
        let title = format!("Fixed costs ({}; usage not included)", costs.source());
        let _ = write!(
            text,
            "<details><summary>{title}</summary>\n\n{}\n</details>\n\n",
            table_of(costs)
        );
    }
    text
}

/// `Fixed cost: $81.50 a month, was $45.00` and `(+$36.50)`.
fn short(costs: &Costs) -> Option<(String, Option<String>)> {
    let (before, after, change) = (costs.before()?, costs.after()?, costs.change()?);
    let once = |waiting: Vec<&str>| {
        if waiting.is_empty() {
            ""
        } else {
            " once deployed"
        }
    };
    let waits = once(costs.waiting());
    let now = format!("Fixed cost{waits}: {} a month", after.text());
    if !costs.there {
        return Some((format!("{now}; nothing is there yet."), None));
    }
    if change.is_none() {
        return Some((format!("{now}."), None));
    }
    let waited = if waits.is_empty() {
        once(costs.waiting_before())
    } else {
        ""
    };
    let text = format!("{now}, was {}{waited}", before.text());
    Some((text, Some(format!("({})", change.text()))))
}

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

/// A column of amounts.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// One for each row; a dash where there is nothing.
    pub(super) cells: Vec<String>,
    pub(super) total: String,
}

impl Column {
    fn new(
        costs: &Costs,
        title: &'static str,
        cell: impl Fn(&Row) -> Option<String>,
        total: Option<String>,
    ) -> Self {
        let cell = |row| cell(row).unwrap_or_else(|| "-".to_owned());
        Self {
            title,
            cells: costs.rows.iter().map(cell).collect(),
            total: total.unwrap_or_default(),
        }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(String::as_str);
        let all = cells.chain([self.title, self.total.as_str()]);
        all.map(columns).max().unwrap_or(0)
    }
}

/// The columns that say something: one where nothing is there or nothing changes, none without prices.
pub(super) fn amounts(costs: &Costs) -> Vec<Column> {
    let digits = |side: &Option<Charge>| side.as_ref()?.cost.map(|cost| cost.digits());
    let sum = |cost: Option<Cost>| cost.map(Cost::digits);
    let before = Column::new(costs, "now", |row| digits(&row.before), sum(costs.before()));
    let after = Column::new(
        costs,
        "after apply",
        |row| digits(&row.after),
        sum(costs.after()),
    );
    let moves = |change: Option<Change>| change.filter(|one| !one.is_none()).map(Change::digits);
    let total = moves(costs.change()).unwrap_or_else(|| "-".to_owned());
    let change = Column::new(costs, "change", |row| moves(row.change()), Some(total));
    match (costs.prices, costs.there) {
        (None, _) => Vec::new(),
        (_, false) => vec![after],
        (_, true) if costs.same() => vec![before],
        (_, true) => vec![before, after, change],
    }
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
        row(page, (INDENT, Label::Plain), &names(one), &columns, &cells);
        if let Some(was) = was(one) {
            page.line(Line::indented(INDENT + 2).with(Label::Aside, was));
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

/// A name, in the longest form that fits, and its cells at the right.
fn row(
    page: &mut Page,
    (indent, label): (usize, Label),
    names: &[String],
    columns: &[Column],
    cells: &[&str],
) {
    const GAP: usize = 2;
    let room: usize = columns.iter().map(|column| column.width() + GAP).sum();
    let fits = |name: &&String| page.fits(indent + self::columns(name) + room);
    let name = names.iter().find(fits).or(names.last());
    let name = name.map(String::as_str).unwrap_or_default();
    let mut line = Line::indented(indent).with(label, name);
    let start = page.at(room);
    if line.columns() > start && !cells.is_empty() {
        page.line(line);
        line = Line::default();
    }
    let mut end = start;
    for (column, cell) in columns.iter().zip(cells) {
        end += column.width() + GAP;
        line = line.pad_to(end - self::columns(cell)).with(label, cell);
    }
    page.line(line);
}

/// What a row is called, the longest form first.
pub(super) fn names(row: &Row) -> Vec<String> {
    let Some(charge) = row.last() else {
        return Vec::new();
    };
    let star = if row.verified() { "" } else { " *" };
    let short = text(&row.what, charge);
    let long = charge.size.as_ref().map(|size| {
        let of_1024 = |part: u32| f64::from(part) / 1024.0;
        format!(
            "{short}, {} vCPU, {} GB{star}",
            of_1024(size.cpu),
            of_1024(size.memory)
        )
    });
    long.into_iter().chain([format!("{short}{star}")]).collect()
}

/// `appointment: 1 to 2 tasks, ARM64`, `3 public IPv4 addresses`.
fn text(what: &What, charge: &Charge) -> String {
    let (one, many) = match what {
        What::Tasks(_) => ("task", "tasks"),
        What::NatGateways => ("NAT gateway", "NAT gateways"),
        What::LoadBalancers => ("load balancer", "load balancers"),
        What::Addresses => ("public IPv4 address", "public IPv4 addresses"),
        What::Alarms => ("alarm", "alarms"),
        What::QuickAlarms => ("high-resolution alarm", "high-resolution alarms"),
        What::Dashboards => ("dashboard", "dashboards"),
    };
    let (least, most) = charge.number;
    let word = if most == 1 { one } else { many };
    let number = if least == most {
        format!("{most} {word}")
    } else {
        format!("{least} to {most} {word}")
    };
    match (what, charge.size.as_ref()) {
        (What::Tasks(service), Some(size)) if size.architecture != "X86_64" => {
            format!(
                "{}: {number}, {}",
                clean(service),
                clean(&size.architecture)
            )
        }
        (What::Tasks(service), _) => format!("{}: {number}", clean(service)),
        _ => number,
    }
}

/// What there was of it, where it changes and stays.
pub(super) fn was(row: &Row) -> Option<String> {
    let (before, after) = (row.before.as_ref()?, row.after.as_ref()?);
    if (&before.number, &before.size) == (&after.number, &after.size) {
        return None;
    }
    let before = Row {
        what: row.what.clone(),
        before: Some(before.clone()),
        after: None,
    };
    let name = names(&before).swap_remove(0);
    Some(format!("was {}", name.trim_end_matches(" *")))
}

/// What is paid by use: unit prices, no sum.
fn usage(page: &mut Page, costs: &Costs) {
    /// Where prices begin, and where what they are for.
    const AT: (usize, usize) = (INDENT + 16, INDENT + 16 + 26);
    if costs.usage.is_empty() {
        return;
    }
    page.gap();
    let title = Span::words(Label::Heading, "Paid by use, not in the sum");
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

/// `$0.045 per GB`, with a star where that is not verified; without a price, only the unit.
pub(super) fn unit(usage: &Usage) -> String {
    match usage.price {
        Some(price) => {
            let star = if price.verified { "" } else { " *" };
            format!("{} per {}{star}", price.text(), usage.unit)
        }
        None => format!("per {}", usage.unit),
    }
}

/// Whether anything that is shown carries a star.
pub(super) fn starred(costs: &Costs) -> bool {
    let usage = costs.usage.iter().filter_map(|one| one.price);
    costs.rows.iter().any(|row| !row.verified()) || usage.into_iter().any(|price| !price.verified)
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

/// Which prices, of when, and what is not in them.
pub(super) fn source(costs: &Costs) -> String {
    match costs.prices {
        Some(_) => format!("Prices: {}. {GROSS}", costs.source()),
        None => format!(
            "{}, only those of {}; so there are no amounts.",
            costs.source(),
            table::known()
        ),
    }
}

/// Writes costs for an issue or a comment.
pub fn markdown(view: &PlanView<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let header = &view.header;
    let environment = markdown::code(&header.environment);
    let mut page = format!(
        "### Cost of {environment}\n\n{}\n\n",
        markdown::place(header)
    );
    if let Some(costs) = &view.costs {
        page.push_str(&sheet(costs));
    }
    page.push_str(&markdown::foot(header));
    w.write_all(page.as_bytes())
}

fn sheet(costs: &Costs) -> String {
    let mut text = String::new();
    if let Some((sum, change)) = short(costs) {
        let change = change.map_or_else(String::new, |text| format!(" **{text}**"));
        let _ = write!(text, "{sum}{change}\n\n");
    }
    if !costs.rows.is_empty() {
        let _ = write!(text, "#### Fixed\n\n{}\n", table_of(costs));
    }
    if !costs.usage.is_empty() {
        text.push_str(
            "#### Paid by use, not in the sum\n\n| what | price | for |\n|---|--:|---|\n",
        );
        for one in &costs.usage {
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                one.what,
                unit(one).replace('*', "\\*"),
                one.why
            );
        }
        text.push('\n');
    }
    for remark in &costs.remarks {
        let _ = writeln!(text, "- {}", cell(remark));
    }
    let _ = write!(text, "\n{}\n\n", source(costs));
    if starred(costs) {
        let _ = write!(text, "\\* {UNVERIFIED}\n\n");
    }
    text
}

/// What is fixed as a table in Markdown.
fn table_of(costs: &Costs) -> String {
    let columns = amounts(costs);
    let mut text = String::from("| dollars a month |");
    for column in &columns {
        let _ = write!(text, " {} |", column.title);
    }
    text.push_str("\n|---|");
    text.push_str(&"--:|".repeat(columns.len()));
    text.push('\n');
    for (number, row) in costs.rows.iter().enumerate() {
        let name = names(row).into_iter().next().unwrap_or_default();
        let was = was(row).map_or_else(String::new, |was| format!(" ({was})"));
        let _ = write!(text, "| {} |", cell(&format!("{name}{was}")));
        for column in &columns {
            let _ = write!(text, " {} |", column.cells[number]);
        }
        text.push('\n');
    }
    if !columns.is_empty() {
        text.push_str("| **together** |");
        for column in &columns {
            let _ = write!(text, " **{}** |", column.total);
        }
        text.push('\n');
    }
    text
}

/// Text in a cell, whatever is in it.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        if matches!(c, '|' | '*' | '<' | '`' | '_' | '[') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
