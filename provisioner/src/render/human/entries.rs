//! What changes in place and what is replaced: each with the fields that differ, and nothing else.

use hcctl_engine::plan::Order;
use hcctl_engine::{Action, Change};

use super::super::delta::Delta;
use super::super::document::DocLine;
use super::super::group::{Entry, Row, rows};
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::{columns, count};
use super::super::words::{BECAUSE, BECOMES, INSTEAD_OF, MINUS, PLUS, order_text, sign};
use super::rows::risk;
use super::{INDENT, INNER};

/// The widest column that paths get.
const PATH: usize = 28;
/// So many lines of one document are shown, unless all are asked for.
const DOCUMENT: usize = 24;

/// Writes one entry.
pub(in super::super) fn entry(page: &mut Page, entry: &Entry<'_>, verbose: bool) {
    let sign = sign(entry.action);
    let lead = Line::indented(INDENT)
        .with(Label::of(entry.action), sign)
        .with(Label::Plain, " ");
    let hang = lead.columns() + 2;
    if let Some(words) = on_one_line(page, &lead, entry) {
        return page.flow_to(lead, hang, words, risk(entry.risk));
    }
    page.flow_to(lead, hang, title(entry), risk(entry.risk));
    if !entry.because.is_empty() {
        let lead = Line::indented(INNER).with(Label::Warning, BECAUSE);
        let why = Span::words(Label::Plain, &entry.because.join("; "));
        page.flow(lead.with(Label::Plain, " "), INNER + 2, why);
    }
    let paths = entry.deltas.iter().map(|delta| columns(path(delta)));
    let column = INNER + page.column(paths.max().unwrap_or(0).min(PATH)) + 2;
    for one in &entry.deltas {
        delta(page, one, column, entry.back, verbose);
    }
    if entry.kind().is_none() {
        everybody(page, &entry.changes);
    }
}

/// A change of one value, where it fits.
fn on_one_line(page: &Page, lead: &Line, entry: &Entry<'_>) -> Option<Vec<Span>> {
    let (Some(_), [one], true) = (
        entry.kind(),
        entry.deltas.as_slice(),
        entry.because.is_empty(),
    ) else {
        return None;
    };
    let mut words = title(entry);
    words.extend(Span::words(Label::Plain, &format!("  {}", path(one))));
    words.extend(becomes(one, entry.back)?);
    let wide: usize = words.iter().map(|word| word.columns() + 1).sum();
    page.fits(lead.columns() + wide + risk(entry.risk).columns() + 1)
        .then_some(words)
}

/// What a value becomes, where that is one thing; or, the other way round, what is there instead of it.
fn becomes(delta: &Delta, back: bool) -> Option<Vec<Span>> {
    match delta {
        Delta::Set { before, after, .. } if back => {
            let mut words = Span::words(Label::Warning, after);
            words.push(Span::new(Label::Plain, INSTEAD_OF));
            words.extend(Span::words(Label::Plain, before));
            Some(words)
        }
        Delta::Set { before, after, .. } => {
            let mut words = Span::words(Label::Bad, before);
            words.push(Span::new(Label::Plain, BECOMES));
            words.extend(Span::words(Label::Good, after));
            Some(words)
        }
        Delta::Upstream { target, .. } => Some(Span::words(
            Label::Plain,
            &format!("{target} gets a new id"),
        )),
        Delta::Members { .. } | Delta::Document { .. } => None,
    }
}

fn title(entry: &Entry<'_>) -> Vec<Span> {
    let order = match entry.action {
        Action::Replace(order @ (Order::MakeFirst | Order::DeleteFirst)) => {
            Span::words(Label::Aside, &format!("({})", order_text(order)))
        }
        Action::Keep | Action::Create | Action::Update | Action::Delete => Vec::new(),
    };
    let mut words = match (entry.kind(), entry.changes.as_slice()) {
        (_, [change]) => vec![Span::new(Label::Plain, change.address.to_string())],
        (Some(kind), changes) => {
            let names = changes.iter().map(|change| change.address.name.as_str());
            let mut words = vec![Span::new(Label::Plain, format!("{kind} "))];
            words.extend(Span::list(Label::Plain, names));
            words
        }
        (None, changes) => vec![Span::new(Label::Plain, count(changes.len(), "resource"))],
    };
    words.extend(order);
    words
}

/// Which resources an entry of several kinds is about.
fn everybody(page: &mut Page, changes: &[&Change]) {
    let rows = rows(changes.iter().copied());
    let last = rows.len().saturating_sub(1);
    let words = |(place, row): (usize, &Row<'_>)| {
        let end = if place == last { "" } else { ";" };
        let text = format!("{} {}{end}", row.kind, row.names.join(", "));
        Span::words(Label::Aside, &text)
    };
    let words = rows.iter().enumerate().flat_map(words);
    page.flow(Line::indented(INNER), INNER + 2, words);
}

fn path(delta: &Delta) -> &str {
    match delta {
        Delta::Set { path, .. }
        | Delta::Members { path, .. }
        | Delta::Document { path, .. }
        | Delta::Upstream { path, .. } => path,
    }
}

fn delta(page: &mut Page, delta: &Delta, column: usize, back: bool, verbose: bool) {
    let lead = Line::indented(INNER).with(Label::Plain, path(delta));
    if let Delta::Document { lines, .. } = delta {
        page.line(lead);
        return document(page, lines, verbose);
    }
    let rows = rows_of(delta, back);
    let widest = rows
        .iter()
        .flat_map(|(_, words)| words.iter().map(Span::columns));
    let column = column.max(lead.columns() + 2);
    // What cannot be broken and does not fit beside the path goes below it.
    let (mut lead, column) = if page.fits(column + 2 + widest.max().unwrap_or(0)) {
        (lead.pad_to(column), column)
    } else {
        page.line(lead);
        (Line::indented(INNER + 2), INNER + 2)
    };
    for (sign, words) in rows {
        let hang = match sign {
            Some((label, sign)) => {
                lead = lead.with(label, sign).with(Label::Plain, " ");
                column + 2
            }
            None => column,
        };
        page.flow(
            std::mem::replace(&mut lead, Line::indented(column)),
            hang,
            words,
        );
    }
}

/// A sign and its label.
type Sign = (Label, &'static str);

/// A difference as rows of words, each with its sign where it has one.
fn rows_of(delta: &Delta, back: bool) -> Vec<(Option<Sign>, Vec<Span>)> {
    match delta {
        Delta::Members { gone, new, .. } => [(Label::Bad, MINUS, gone), (Label::Good, PLUS, new)]
            .into_iter()
            .filter(|(_, _, members)| !members.is_empty())
            .map(|(label, sign, members)| (Some((label, sign)), Span::list(label, members)))
            .collect(),
        Delta::Set { .. } | Delta::Upstream { .. } | Delta::Document { .. } => becomes(delta, back)
            .map(|words| (None, words))
            .into_iter()
            .collect(),
    }
}

fn document(page: &mut Page, lines: &[DocLine], verbose: bool) {
    let indent = INNER + 2;
    let shown = if verbose { lines.len() } else { DOCUMENT };
    for line in lines.iter().take(shown) {
        let (label, sign, text) = match line {
            DocLine::Same(text) => (Label::Aside, " ", text),
            DocLine::Gone(text) => (Label::Bad, MINUS, text),
            DocLine::New(text) => (Label::Good, PLUS, text),
            DocLine::Gap(lines) => {
                let text = format!("... {}", count(*lines, "equal line"));
                page.line(Line::indented(indent).with(Label::Aside, text));
                continue;
            }
        };
        let blanks = text.len() - text.trim_start().len();
        let lead = Line::indented(indent)
            .with(label, sign)
            .with(Label::Plain, " ");
        let hang = indent + 2 + blanks + 2;
        let words = Span::words(label, text.trim_start());
        page.flow(lead.pad_to(indent + 2 + blanks), hang, words);
    }
    if lines.len() > shown {
        let text = format!(
            "... {} (-v shows all)",
            count(lines.len() - shown, "more line")
        );
        page.line(Line::indented(indent).with(Label::Aside, text));
    }
}
