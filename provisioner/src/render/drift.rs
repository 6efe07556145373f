//! What is not as it was applied: the plan's difference seen the other way round.
//!
//! There is no state file, so the environment file stands for the last apply. A resource that would only be touched
//! because another one is made again has not drifted, and is left out.

use std::io;

use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{Action, Change, Reason};

use super::group::{by_hand, drifted};
use super::human::{INDENT, INNER, entry, extra, head, missing, strangers};
use super::label::Label;
use super::markdown::{self, Part, code};
use super::page::{Line, Page, Span};
use super::text::short_id;
use super::view::{Note, PlanView, Style};
use super::who::{self, Asked};
use crate::trail::Trail;

/// What is not as it was applied.
#[derive(Clone, Debug)]
pub struct Drift<'a> {
    /// Where it is about, and the plan that it comes from.
    pub view: PlanView<'a>,
    /// Resources of which somebody changed a field.
    pub changed: Vec<&'a Change>,
    /// Resources that are not there.
    pub missing: Vec<&'a Change>,
    /// Resources in ours that nobody asked for, by the reason why they are extra.
    pub extra: Vec<(&'static str, Vec<&'a Change>)>,
    /// Strangers beside ours, which no apply touches.
    pub beside: &'a [Stranger],
    /// What keeps requests from being answered, and no apply puts back.
    pub outages: Vec<Note>,
    /// Who did it, where that was asked.
    pub who: Option<&'a Trail>,
}

impl<'a> Drift<'a> {
    /// Sorts a plan by what has become of its resources; with `beside`, also what stands beside them.
    pub fn of(view: PlanView<'a>, beside: bool) -> Self {
        let mut found = Self {
            changed: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
            beside: if beside { &view.plan.strangers } else { &[] },
            outages: Vec::new(),
            who: None,
            view,
        };
        for change in found.view.plan.changed() {
            match change.action {
                Action::Create => found.missing.push(change),
                Action::Update | Action::Replace(_) if by_hand(change).next().is_some() => {
                    found.changed.push(change);
                }
                Action::Delete => {
                    let why = why(change);
                    match found.extra.iter_mut().find(|(other, _)| *other == why) {
                        Some((_, changes)) => changes.push(change),
                        None => found.extra.push((why, vec![change])),
                    }
                }
                Action::Keep | Action::Update | Action::Replace(_) => {}
            }
        }
        found
    }

    /// The same with what keeps requests from being answered.
    #[must_use]
    pub fn with_outages(mut self, outages: Vec<Note>) -> Self {
        self.outages = outages;
        self
    }

    /// The same with what is known of who did it.
    #[must_use]
    pub fn told(mut self, trail: Option<&'a Trail>) -> Self {
        self.who = trail;
        self
    }

    /// Whether everything is as it was applied.
    pub fn is_none(&self) -> bool {
        self.ours() == 0 && self.beside.is_empty()
    }

    /// How many of our resources have drifted: what an apply puts back.
    pub fn ours(&self) -> usize {
        self.changed.len() + self.missing.len() + self.extras()
    }

    /// The id of a resource that drifted and is there to be asked about.
    pub fn asked(&self) -> Option<&'a str> {
        let extra = self.extra.iter().flat_map(|(_, changes)| changes);
        let mut there = self.changed.iter().chain(extra);
        let seen = there.find_map(|change| change.before.as_ref());
        seen.map(|seen| seen.id.as_str())
            .or(self.beside.first().map(|stranger| stranger.id.as_str()))
    }

    /// The fields of a resource that somebody changed.
    pub fn fields(&self, change: &Change) -> Vec<String> {
        by_hand(change).map(|field| field.field.clone()).collect()
    }

    /// How a resource is called that is known by this key.
    fn call(&self, key: &str) -> String {
        let extra = self.extra.iter().flat_map(|(_, changes)| changes);
        let mut ours = self.changed.iter().chain(&self.missing).chain(extra);
        ours.find(|change| who::key(change) == key).map_or_else(
            || short_id(key).to_owned(),
            |change| change.address.to_string(),
        )
    }

    fn extras(&self) -> usize {
        self.extra.iter().map(|(_, changes)| changes.len()).sum()
    }

    /// `2 changed, 1 missing, 1 extra, 1 beside ours`
    fn counts(&self) -> String {
        let parts = [
            (self.changed.len(), "changed"),
            (self.missing.len(), "missing"),
            (self.extras(), "extra"),
            (self.beside.len(), "beside ours"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        parts.join(", ")
    }
}

/// Why something is extra.
fn why(change: &Change) -> &'static str {
    match change.reasons.first() {
        Some(Reason::Extra) => "added by hand",
        Some(Reason::Spare) => "a second one, left by a run that was killed",
        _ => "not in the file",
    }
}

/// What stands above the changed ones.
const LEGEND: &str = "what is there <- what the file says (risk: of putting it back)";

/// Writes it for people.
pub fn human(drift: &Drift<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let header = &drift.view.header;
    head(&mut page, "Drift of", header);
    if !drift.changed.is_empty() {
        title(&mut page, "Changed", drift.changed.len(), LEGEND);
        changed(&mut page, drift, style.verbose);
    }
    if !drift.missing.is_empty() {
        title(&mut page, "Missing", drift.missing.len(), "");
        gone(&mut page, drift);
    }
    for (why, changes) in &drift.extra {
        title(&mut page, "Extra", changes.len(), why);
        added(&mut page, drift, changes);
    }
    strangers(&mut page, drift.beside, style.verbose);
    beside(&mut page, drift);
    unknown(&mut page, drift);
    outages(&mut page, drift);
    page.gap();
    let (label, text) = if drift.is_none() {
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
pub fn markdown(drift: &Drift<'_>, w: &mut dyn io::Write) -> io::Result<()> {
    let header = &drift.view.header;
    let outcome = if drift.is_none() {
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

fn parts(drift: &Drift<'_>) -> Vec<Part> {
    /// Columns of the details, which an issue shows without breaking lines.
    const WIDTH: usize = 100;
    let mut parts = Vec::new();
    let mut part = |title: String, fill: &dyn Fn(&mut Page)| {
        let mut page = Page::new(WIDTH);
        fill(&mut page);
        parts.push(Part::new(title, true, &page));
    };
    for (why, changes) in &drift.extra {
        let title = format!("Extra {}: {why}", changes.len());
        part(title, &|page| added(page, drift, changes));
    }
    if !drift.changed.is_empty() {
        // Angle brackets would be HTML here.
        let title = format!("Changed {}", drift.changed.len());
        part(title, &|page| changed(page, drift, false));
    }
    if !drift.missing.is_empty() {
        let title = format!("Missing {}", drift.missing.len());
        part(title, &|page| gone(page, drift));
    }
    if !drift.beside.is_empty() {
        let title = format!("Beside ours, left alone: {}", drift.beside.len());
        part(title, &|page| {
            for stranger in drift.beside {
                let words = format!("{} {} {}", stranger.kind, stranger.id, stranger.what);
                let words = Span::words(Label::Plain, &words);
                page.flow(Line::indented(INDENT), INDENT + 2, words);
            }
            beside(page, drift);
        });
    }
    if !drift.outages.is_empty() {
        let title = format!("Outage {}", drift.outages.len());
        part(title, &|page| {
            for note in &drift.outages {
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

fn changed(page: &mut Page, drift: &Drift<'_>, verbose: bool) {
    for one in drifted(&drift.changed, drift.view.catalog) {
        entry(page, &one, verbose);
        let asked: Vec<Asked<'_>> = one.changes.iter().map(|change| Asked::of(change)).collect();
        who::hands(page, drift.who, &asked, INNER);
    }
}

fn gone(page: &mut Page, drift: &Drift<'_>) {
    missing(page, &drift.missing);
    let addresses = drift
        .missing
        .iter()
        .map(|change| change.address.to_string());
    let addresses: Vec<String> = addresses.collect();
    let asked = drift.missing.iter().zip(&addresses);
    let asked = asked.map(|(change, name)| Asked {
        name,
        ..Asked::of(change)
    });
    who::hands(page, drift.who, &asked.collect::<Vec<_>>(), INNER);
}

fn added(page: &mut Page, drift: &Drift<'_>, changes: &[&Change]) {
    for change in changes {
        extra(page, &[change]);
        who::hands(page, drift.who, &[Asked::of(change)], INNER);
    }
}

fn beside(page: &mut Page, drift: &Drift<'_>) {
    let asked = drift.beside.iter().map(|stranger| Asked {
        key: who::stranger_key(stranger),
        name: short_id(&stranger.id),
    });
    who::hands(page, drift.who, &asked.collect::<Vec<_>>(), INNER);
}

/// What is not known of who did it.
fn unknown(page: &mut Page, drift: &Drift<'_>) {
    let Some(trail) = drift.who else { return };
    for remark in who::remarks(trail, &|key| drift.call(key)) {
        page.gap();
        page.flow(Line::default(), INDENT, Span::words(Label::Plain, &remark));
    }
}

/// What is wrong though everything is as it was applied.
fn outages(page: &mut Page, drift: &Drift<'_>) {
    if drift.outages.is_empty() {
        return;
    }
    title(page, "Outage", drift.outages.len(), "");
    for note in &drift.outages {
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
