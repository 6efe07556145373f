//! What a plan tells besides its changes: strangers, what is still being made, remarks.

use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{Action, Plan};

use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::short_id;
use super::super::view::{Note, PlanView};
use super::super::words::{PENDING, STRANGERS};
use super::INDENT;

/// So many strangers are listed, unless all are asked for.
const STRANGERS_SHOWN: usize = 8;

/// All that a plan tells besides its changes.
pub(in super::super) fn remarks(page: &mut Page, view: &PlanView<'_>, verbose: bool) {
    strangers(page, &view.plan.strangers, verbose);
    pending(page, view.plan);
    notes(page, view.notes);
}

/// What stands beside ours and is not hcctl's.
pub(in super::super) fn strangers(page: &mut Page, strangers: &[Stranger], verbose: bool) {
    if strangers.is_empty() {
        return;
    }
    title(page, STRANGERS);
    let shown = if verbose {
        strangers.len()
    } else {
        STRANGERS_SHOWN
    };
    for stranger in strangers.iter().take(shown) {
        let text = format!(
            "{} {} {}",
            stranger.kind,
            short_id(&stranger.id),
            stranger.what
        );
        page.flow(
            Line::indented(INDENT),
            INDENT + 2,
            Span::words(Label::Plain, &text),
        );
    }
    if strangers.len() > shown {
        let text = format!("... {} more (-v shows all)", strangers.len() - shown);
        page.line(Line::indented(INDENT).with(Label::Aside, text));
    }
}

/// What is there and as it should be, but cannot be used yet.
fn pending(page: &mut Page, plan: &Plan) {
    let kept = plan
        .changes
        .iter()
        .filter(|change| change.action == Action::Keep);
    let pending: Vec<String> = kept
        .filter_map(|change| {
            let why = change.before.as_ref()?.pending.as_ref()?;
            Some(format!("{}: {why}", change.address))
        })
        .collect();
    if pending.is_empty() {
        return;
    }
    title(page, PENDING);
    for text in pending {
        page.flow(
            Line::indented(INDENT),
            INDENT + 2,
            Span::words(Label::Plain, &text),
        );
    }
}

/// Remarks, each said once of all that it is about.
fn notes(page: &mut Page, notes: &[Note]) {
    if notes.is_empty() {
        return;
    }
    page.gap();
    let mut said: Vec<&str> = Vec::new();
    for note in notes {
        if said.contains(&note.text.as_str()) {
            continue;
        }
        said.push(&note.text);
        let about = notes.iter().filter(|other| other.text == note.text);
        let mut words = Span::words(Label::Hint, "note:");
        words.extend(Span::words(Label::Plain, &format!("{}:", note.text)));
        words.extend(Span::list(Label::Plain, about.map(|other| &other.address)));
        page.flow(Line::default(), INDENT, words);
    }
}

fn title(page: &mut Page, text: &str) {
    page.gap();
    page.line(Line::default().with(Label::Heading, text));
}
