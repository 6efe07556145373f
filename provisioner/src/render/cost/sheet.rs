//! Costs in Markdown.

use std::fmt::Write as _;
use std::io;

use super::super::markdown;
use super::super::text::clean;
use super::super::view::PlanView;
use super::sentence;
use super::words::{UNVERIFIED, USAGE, amounts, names, source, starred, unit, was};
use crate::price::Costs;

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
    text.extend(sentence(costs));
    if !costs.rows.is_empty() {
        let _ = write!(text, "#### Fixed\n\n{}\n", table_of(costs));
    }
    if !costs.usage.is_empty() {
        let _ = write!(text, "#### {USAGE}\n\n");
        text.push_str("| what | price | for |\n|---|--:|---|\n");
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
        let _ = write!(text, "- {}\n\n", cell(remark));
    }
    let _ = write!(text, "{}\n\n", source(costs));
    if starred(costs) {
        let _ = write!(text, "\\* {UNVERIFIED}\n\n");
    }
    text
}

/// What is fixed as a table in Markdown.
pub(super) fn table_of(costs: &Costs) -> String {
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
