//! What an environment costs, in words: a line for a plan, a screen and a page of Markdown for `cost`.
//!
//! What is fixed and what is paid by use never meet in a sum, and no amount stands without the date of its prices.

mod screen;
mod sheet;
mod words;

use std::fmt::Write as _;

use super::human::INDENT;
use super::label::Label;
use super::page::{Line, Page, Span};
use crate::price::Costs;

pub use screen::{Cost, human};
pub use sheet::markdown;

pub(super) use words::{UNVERIFIED, USAGE, amounts, names, source, starred, unit, was};

/// The one line that a plan says of its costs; nothing where prices are not known.
pub(super) fn line(page: &mut Page, costs: Option<&Costs>) {
    if let Some((text, change)) = costs.and_then(|costs| short(costs, |amount| amount)) {
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
    let Some((costs, mut text)) = costs.and_then(|costs| Some((costs, sentence(costs)?))) else {
        return String::new();
    };
    if !costs.same() {
        let title = format!("Fixed costs ({}; usage not included)", costs.source());
        let _ = write!(
            text,
            "<details><summary>{title}</summary>\n\n{}\n</details>\n\n",
            sheet::table_of(costs)
        );
    }
    text
}

/// The line in Markdown. Two dollar signs would be a formula there, but not in code.
fn sentence(costs: &Costs) -> Option<String> {
    let (text, change) = short(costs, |amount| format!("`{amount}`"))?;
    let change = change.map_or_else(String::new, |text| format!(" **{text}**"));
    Some(format!("{text}{change}\n\n"))
}

/// `Fixed cost: $81.50 a month, was $45.00` and `(+$36.50)`; `amount` sets amounts.
fn short(costs: &Costs, amount: impl Fn(String) -> String) -> Option<(String, Option<String>)> {
    let (before, after, change) = (costs.before()?, costs.after()?, costs.change()?);
    let once = |waiting: Vec<&str>| {
        if waiting.is_empty() {
            ""
        } else {
            " once deployed"
        }
    };
    let waits = once(costs.waiting());
    let now = format!("Fixed cost{waits}: {} a month", amount(after.text()));
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
    let text = format!("{now}, was {}{waited}", amount(before.text()));
    Some((text, Some(format!("({})", amount(change.text())))))
}
