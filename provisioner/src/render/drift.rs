//! What is not as it was applied, for people and for issues.

use std::io;

use hcctl_engine::Change;
use serde_json::Value;

use super::group::drifted;
use super::human::{INDENT, INNER, entry, extra, head, missing, strangers};
use super::json;
use super::label::Label;
use super::markdown::{self, Part, code};
use super::page::{Line, Page, Span};
use super::text::short_id;
use super::view::{Note, PlanView, Shown, Style};
use super::who::{self, Asked};
use crate::operation::drift::{self, Drift};
use crate::trail::Trail;

/// What is not as it was applied, with all that its readers want to know around it.
#[derive(Clone, Debug)]
pub struct DriftView<'a> {
    /// Where it is about, and the plan that it comes from.
    pub view: PlanView<'a>,
    /// What has drifted.
    pub found: Drift<'a>,
    /// What keeps requests from being answered, and no apply puts back.
    pub outages: &'a [Note],
    /// Who did it, where that was asked.
    pub who: Option<&'a Trail>,
}

impl DriftView<'_> {
    /// How a resource is called that is known by this key.
    fn call(&self, key: &str) -> String {
        let found = &self.found;
        let extra = found.extra.iter().flat_map(|(_, changes)| changes);
        let mut ours = found.changed.iter().chain(&found.missing).chain(extra);
        ours.find(|change| drift::key(change) == key).map_or_else(
            || short_id(key).to_owned(),
            |change| change.address.to_string(),
        )
    }

    /// `2 changed, 1 missing, 1 extra, 1 beside ours, 1 not recognised`
    fn counts(&self) -> String {
        let found = &self.found;
        let parts = [
            (found.changed.len(), "changed"),
            (found.missing.len(), "missing"),
            (found.extras(), "extra"),
            (found.beside.len(), "beside ours"),
            (found.lost.len(), "not recognised"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        parts.join(", ")
    }
}

/// What stands above the changed ones.
const LEGEND: &str = "what is there <- what the file says (risk: of putting it back)";

/// Writes it for people.
pub fn human(drift: &DriftView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let header = &drift.view.header;
    head(&mut page, "Drift of", header);
    if !drift.found.changed.is_empty() {
        title(&mut page, "Changed", drift.found.changed.len(), LEGEND);
        changed(&mut page, drift, style.verbose);
    }
    if !drift.found.missing.is_empty() {
        title(&mut page, "Missing", drift.found.missing.len(), "");
        gone(&mut page, drift);
    }
    for (why, changes) in &drift.found.extra {
        title(&mut page, "Extra", changes.len(), why);
        added(&mut page, drift, changes);
    }
    strangers(&mut page, drift.found.beside, style.verbose);
    beside(&mut page, drift);
    unknown(&mut page, drift);
    if !drift.found.lost.is_empty() {
        title(&mut page, "Not recognised", drift.found.lost.len(), "");
        lost(&mut page, &drift.found);
    }
    outages(&mut page, drift);
    page.gap();
    let (label, text) = if drift.found.is_none() {
        let text = format!(
            "No drift. {} is as {} says.",
            header.environment, header.file
        );
        (Label::Good, text)
    } else {
        (Label::Heading, format!("Drift: {}.", drift.counts()))
    };
    page.flow(Line::default(), 0, Span::words(label, &text));
    page.write(style.color, w)
}

/// Writes it for an issue.
pub fn markdown(drift: &DriftView<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let header = &drift.view.header;
    let outcome = if drift.found.is_none() {
        "none".to_owned()
    } else {
        drift.counts()
    };
    let environment = code(&header.environment);
    let text = format!(
        "### Drift of {environment}: {outcome}\n\n{}\n\n",
        markdown::place(header)
    );
    let rest = format!("`hcctl drift` of {environment} shows all");
    let foot = markdown::foot(header);
    markdown::comment(text, parts(drift), &foot, &rest, w)
}

fn parts(drift: &DriftView<'_>) -> Vec<Part> {
    /// Columns of the details, which an issue shows without breaking lines.
    const WIDTH: usize = 100;
    let mut parts = Vec::new();
    let mut part = |title: String, fill: &dyn Fn(&mut Page)| {
        let mut page = Page::new(WIDTH);
        fill(&mut page);
        parts.push(Part::new(title, true, &page));
    };
    for (why, changes) in &drift.found.extra {
        let title = format!("Extra {}: {why}", changes.len());
        part(title, &|page| added(page, drift, changes));
    }
    if !drift.found.changed.is_empty() {
        // Angle brackets would be HTML here.
        let title = format!("Changed {}", drift.found.changed.len());
        part(title, &|page| changed(page, drift, false));
    }
    if !drift.found.missing.is_empty() {
        let title = format!("Missing {}", drift.found.missing.len());
        part(title, &|page| gone(page, drift));
    }
    if !drift.found.beside.is_empty() {
        let title = format!("Beside ours, left alone: {}", drift.found.beside.len());
        part(title, &|page| {
            for stranger in drift.found.beside {
                let words = format!("{} {} {}", stranger.kind, stranger.id, stranger.what);
                let words = Span::words(Label::Plain, &words);
                page.flow(Line::indented(INDENT), INDENT + 2, words);
            }
            beside(page, drift);
        });
    }
    if !drift.found.lost.is_empty() {
        let title = format!("Not recognised {}", drift.found.lost.len());
        part(title, &|page| lost(page, &drift.found));
    }
    if !drift.outages.is_empty() {
        let title = format!("Outage {}", drift.outages.len());
        part(title, &|page| {
            for note in drift.outages {
                let words = Span::words(Label::Plain, &format!("{}: {}", note.address, note.text));
                page.flow(Line::indented(INDENT), INDENT + 2, words);
            }
        });
    }
    let mut page = Page::new(WIDTH);
    unknown(&mut page, drift);
    if page.text().next().is_some() {
        parts.push(Part::new("Who did it".to_owned(), true, &page));
    }
    parts
}

fn changed(page: &mut Page, drift: &DriftView<'_>, verbose: bool) {
    for one in drifted(&drift.found.changed, drift.view.catalog) {
        entry(page, &one, verbose);
        let asked: Vec<Asked<'_>> = one.changes.iter().map(|change| Asked::of(change)).collect();
        who::hands(page, drift.who, &asked, INNER);
    }
}

fn gone(page: &mut Page, drift: &DriftView<'_>) {
    missing(page, &drift.found.missing);
    let addresses = drift
        .found
        .missing
        .iter()
        .map(|change| change.address.to_string());
    let addresses: Vec<String> = addresses.collect();
    let asked = drift.found.missing.iter().zip(&addresses);
    let asked = asked.map(|(change, name)| Asked {
        name,
        ..Asked::of(change)
    });
    who::hands(page, drift.who, &asked.collect::<Vec<_>>(), INNER);
}

fn added(page: &mut Page, drift: &DriftView<'_>, changes: &[&Change]) {
    for change in changes {
        extra(page, &[change]);
        who::hands(page, drift.who, &[Asked::of(change)], INNER);
    }
}

fn beside(page: &mut Page, drift: &DriftView<'_>) {
    let asked = drift.found.beside.iter().map(|stranger| Asked {
        key: stranger.id.clone(),
        name: short_id(&stranger.id),
    });
    who::hands(page, drift.who, &asked.collect::<Vec<_>>(), INNER);
}

/// What is not known of who did it.
fn unknown(page: &mut Page, drift: &DriftView<'_>) {
    let Some(trail) = drift.who else { return };
    for remark in who::remarks(trail, &|key| drift.call(key)) {
        page.gap();
        page.flow(Line::default(), INDENT, Span::words(Label::Plain, &remark));
    }
}

/// What has lost its tags, and what could not be looked for because of that.
fn lost(page: &mut Page, drift: &Drift<'_>) {
    for lost in drift.lost {
        let line = Line::indented(INDENT).with(Label::Bad, lost.address.to_string());
        let words = format!("{} {}", short_id(&lost.id), lost.why);
        page.flow(
            line.with(Label::Plain, ": "),
            INDENT + 2,
            Span::words(Label::Plain, &words),
        );
    }
    if !drift.unseen.is_empty() {
        let names: Vec<String> = drift.unseen.iter().map(ToString::to_string).collect();
        let mut words = Span::words(Label::Plain, "not looked for, being part of it:");
        words.extend(Span::list(Label::Plain, names));
        page.flow(Line::indented(INDENT), INDENT + 2, words);
    }
}

/// What is wrong though everything is as it was applied.
fn outages(page: &mut Page, drift: &DriftView<'_>) {
    if drift.outages.is_empty() {
        return;
    }
    title(page, "Outage", drift.outages.len(), "");
    for note in drift.outages {
        let line = Line::indented(INDENT).with(Label::Bad, note.address.to_string());
        page.flow(
            line.with(Label::Plain, ": "),
            INDENT + 2,
            Span::words(Label::Plain, &note.text),
        );
    }
}

fn title(page: &mut Page, what: &str, number: usize, why: &str) {
    page.gap();
    let end = if why.is_empty() { "" } else { ":" };
    let mut words = Span::words(Label::Heading, &format!("{what} {number}{end}"));
    words.extend(Span::words(Label::Plain, why));
    page.flow(Line::default(), INDENT, words);
}

impl Shown for DriftView<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        markdown(self, w)
    }

    fn json(&self) -> Value {
        json::drift(self)
    }
}
