//! A plan as a comment on a pull request: the counts at once, the details to unfold.

use std::fmt::Write as _;
use std::io;

use hcctl_engine::{Action, Change, Risk};

use super::cost;
use super::counts::Counts;
use super::findings;
use super::group::{Entry, deletions, entries};
use super::human;
use super::page::Page;
use super::text::{clean, count, time};
use super::view::{Header, PlanView};
use super::words::{heading, reason_text};

/// GitHub takes 65,536 characters of a comment and answers 422 to a longer one; a workflow's own heading has room too.
/// <https://docs.github.com/en/rest/issues/comments#create-an-issue-comment>
const MOST: usize = 64_000;
/// Columns of the details, which a comment shows without breaking lines.
const WIDTH: usize = 100;

/// Writes a plan as Markdown, never longer than a comment may be; what is left out is said.
///
/// What may hurt most comes first, for a cut takes the end.
pub fn plan(view: &PlanView<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let rest = format!(
        "`hcctl plan` of {} shows all",
        code(&view.header.environment)
    );
    comment(head(view), parts(view), &foot(&view.header), &rest, w)
}

/// Puts a comment together, never longer than it may be; `rest` says where all is to be seen.
pub(super) fn comment(
    mut text: String,
    parts: Vec<Part>,
    foot: &str,
    rest: &str,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    // Room for the foot and for saying what is left out.
    let most = MOST - foot.len() - 200;
    let mut left_out = 0;
    for part in parts {
        left_out += part.write(&mut text, most);
    }
    if left_out > 0 {
        let what = if left_out == 1 { "entry" } else { "entries" };
        let _ = write!(
            text,
            "**{left_out} more {what} left out**, for a comment takes no more: {rest}.\n\n"
        );
    }
    text.push_str(foot);
    w.write_all(text.as_bytes())
}

fn head(view: &PlanView<'_>) -> String {
    let (header, counts) = (&view.header, Counts::of(view.plan));
    let environment = code(&header.environment);
    let outcome = if view.plan.is_empty() {
        "no changes".to_owned()
    } else {
        counts.text()
    };
    let place = place(header);
    let mut text = format!("### Plan for {environment}: {outcome}\n\n{place}\n\n");
    if !view.plan.is_empty() {
        let Counts {
            create,
            update,
            replace,
            delete,
            keep,
            highest,
        } = counts;
        let risk = match highest {
            Risk::None => highest.word().to_owned(),
            Risk::Brief | Risk::Replace | Risk::DataLoss => format!("**{}**", highest.word()),
        };
        text.push_str("| create | change | replace | delete | as it is | highest risk |\n");
        text.push_str("|--:|--:|--:|--:|--:|---|\n");
        let _ = writeln!(
            text,
            "| {create} | {update} | {replace} | {delete} | {keep} | {risk} |\n"
        );
    }
    text.push_str(&cost::paragraph(view.costs.as_ref()));
    text
}

/// Where it is about.
pub(super) fn place(header: &Header) -> String {
    format!(
        "{}, account {}, {}, {}.",
        code(&header.project),
        code(&header.account),
        code(&header.region),
        code(&header.file)
    )
}

/// How it was made.
pub(super) fn foot(header: &Header) -> String {
    let calls = header.api_calls;
    let calls = calls.map_or_else(String::new, |calls| count(calls as usize, "call") + ", ");
    format!("<sub>{calls}{}</sub>\n", time(header.took))
}

/// A word that is shown as it is, whatever is in it.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'"))
}

/// What is unfolded together.
pub(super) struct Part {
    title: String,
    open: bool,
    /// Entries, with their lines.
    blocks: Vec<String>,
}

fn parts(view: &PlanView<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (reason, changes) in deletions(view.plan) {
        let mut page = Page::new(WIDTH);
        human::deleted(&mut page, reason, &changes, false);
        let title = format!(
            "{} {}: {}",
            heading(Action::Delete),
            changes.len(),
            reason_text(reason)
        );
        parts.push(Part::new(title, true, &page));
    }
    for replaced in [true, false] {
        let entries = entries(view.plan, view.catalog, replaced);
        parts.extend(entries_part(&entries));
    }
    let creates = view
        .plan
        .changed()
        .filter(|change| change.action == Action::Create);
    let creates: Vec<&Change> = creates.collect();
    if !creates.is_empty() {
        let mut page = Page::new(WIDTH);
        human::created(&mut page, &creates, false);
        let title = format!("{} {}", heading(Action::Create), creates.len());
        parts.push(Part::new(title, false, &page));
    }
    let mut page = Page::new(WIDTH);
    human::remarks(&mut page, view, false);
    if page.text().next().is_some() {
        parts.push(Part::new("Remarks".to_owned(), true, &page));
    }
    parts.extend(findings::part(view));
    parts
}

fn entries_part(entries: &[Entry<'_>]) -> Option<Part> {
    let first = entries.first()?;
    let mut page = Page::new(WIDTH);
    for entry in entries {
        human::entry(&mut page, entry, false);
    }
    let number: usize = entries.iter().map(|entry| entry.changes.len()).sum();
    let risky = entries.iter().any(|entry| entry.risk > Risk::None);
    let title = format!("{} {number}", heading(first.action));
    Some(Part::new(title, risky, &page))
}

impl Part {
    /// A page's lines, moved to the margin: there, `+` and `-` get their colours.
    pub(super) fn new(title: String, open: bool, page: &Page) -> Self {
        let margin = page
            .text()
            .filter(|line| !line.is_empty())
            .map(|line| indent(&line))
            .min();
        let mut blocks: Vec<String> = Vec::new();
        for line in page.text() {
            let line = line.get(margin.unwrap_or(0)..).unwrap_or_default();
            match blocks.last_mut() {
                Some(block) if line.is_empty() || line.starts_with(' ') => {
                    block.push_str(line);
                    block.push('\n');
                }
                _ => blocks.push(format!("{line}\n")),
            }
        }
        Self {
            title,
            open,
            blocks,
        }
    }

    /// Adds as many entries as fit below `most`; answers how many do not.
    fn write(&self, text: &mut String, most: usize) -> usize {
        let fence = self.fence();
        let end = format!("{fence}\n\n</details>\n\n");
        let open = if self.open { " open" } else { "" };
        let title = &self.title;
        let mut part = format!("<details{open}><summary>{title}</summary>\n\n{fence}diff\n");
        let frame = part.len();
        let mut shown = 0;
        for block in &self.blocks {
            if text.len() + part.len() + block.len() + end.len() > most {
                break;
            }
            part.push_str(block);
            shown += 1;
        }
        if part.len() > frame {
            text.push_str(&part);
            text.push_str(&end);
        }
        self.blocks.len() - shown
    }

    /// More backticks than stand in a row in any line.
    fn fence(&self) -> String {
        let runs = self
            .blocks
            .iter()
            .flat_map(|block| block.split(|c| c != '`'));
        let longest = runs.map(str::len).max().unwrap_or(0);
        "`".repeat(longest.max(2) + 1)
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
