//! Who did what, when, and how it ended: the journal for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{clock, count, day, short_id, time};
use super::view::Style;
use crate::deploy::image::short;
use crate::journal::{End, Run};

/// What there is to show.
#[derive(Clone, Debug)]
pub struct HistoryView<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The region.
    pub region: &'a str,
    /// Its runs, newest first.
    pub runs: &'a [Run],
}

/// Where what was done begins, and where verbs do.
const WHAT: usize = 31;
/// See [`WHAT`].
const VERB: usize = 21;

/// Writes the runs for people, newest first.
pub fn human(view: &HistoryView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let words = format!("{}, {}; times in UTC", view.project, view.region);
    let lead = Line::default().with(Label::Heading, format!("History of {}: ", view.environment));
    page.flow(lead, 2, Span::words(Label::Plain, &words));
    page.gap();
    if view.runs.is_empty() {
        page.line(Line::default().with(Label::Plain, "Nothing was recorded yet."));
    }
    for run in view.runs {
        one(&mut page, run);
    }
    page.write(style.color, w)
}

/// `2026-07-01 09:05:00 deploy`: what a run's id says, for who chooses one.
pub fn heading(id: &str) -> Option<String> {
    let mut parts = id.split('-');
    let (began, command) = (parts.next()?.parse().ok()?, parts.next()?);
    Some(format!("{} {} {command}", day(began), clock(began)))
}

fn one(page: &mut Page, run: &Run) {
    let when = format!("{} {}", day(run.began), clock(run.began));
    let lead = Line::default()
        .with(Label::Plain, when)
        .pad_to(VERB)
        .with(Label::Heading, &run.command)
        .pad_to(WHAT);
    let (label, ending) = ended(run);
    let done = what(run);
    let colon = if done.is_empty() { "" } else { ":" };
    let mut words = Span::words(label, &format!("{ending}{colon}"));
    words.extend(Span::words(Label::Plain, &done));
    page.flow(lead, WHAT, words);
    let who = match run.who.as_str() {
        "" => "unknown".to_owned(),
        arn => short_id(arn).to_owned(),
    };
    let by = Span::words(Label::Aside, &format!("by {who}, run {}", run.id));
    page.flow(Line::indented(WHAT), WHAT, by);
}

/// How a run ended, in words.
pub(super) fn ended(run: &Run) -> (Label, String) {
    let took = run
        .ended
        .map(|ended| Duration::from_secs(ended.saturating_sub(run.began)));
    let took = took.map_or_else(String::new, |took| match took.as_secs() {
        seconds @ 0..60 => format!(" in {seconds}s"),
        _ => format!(" in {}", time(took)),
    });
    match &run.end {
        End::Done => (Label::Good, format!("done{took}")),
        End::Failed => match released(run) {
            Some("rolled_back") => (Label::Bad, format!("rolled back{took}")),
            Some("nothing_ran") => (Label::Warning, format!("ran nothing{took}")),
            Some(_) => (Label::Warning, format!("left{took}")),
            None => (Label::Bad, format!("failed{took}")),
        },
        End::Stopped(why) => (Label::Warning, format!("stopped{took} ({why})")),
        End::UnderWay => (Label::Change, "under way".to_owned()),
        End::Missing => (Label::Bad, "did not end".to_owned()),
        End::Unreadable => (Label::Bad, "its record cannot be read".to_owned()),
    }
}

/// What a run did; where nothing is recorded of that, what it was to do.
fn what(run: &Run) -> String {
    let images = images(run);
    if !images.is_empty() {
        let (tags, outcomes) = (tags(run), outcomes(run));
        // Said of each service only where the run's own ending does not say it of all.
        let same = run.end == End::Done || released(run) == Some("rolled_back");
        let images: Vec<String> = images
            .iter()
            .map(|(service, digest)| {
                let image = match tags.get(service) {
                    Some(tag) => format!("{tag} ({})", short(digest)),
                    None => short(digest),
                };
                match outcomes.get(service) {
                    Some(outcome) if !same => {
                        format!("{service} {image} {}", outcome.replace('_', " "))
                    }
                    _ => format!("{service} {image}"),
                }
            })
            .collect();
        return images.join(", ");
    }
    let done: Vec<String> = steps(run)
        .into_iter()
        .map(|(word, number)| format!("{number} {word}"))
        .collect();
    if !done.is_empty() {
        return done.join(", ");
    }
    match run.plan["changes"].as_array().map(Vec::len) {
        None | Some(0) => String::new(),
        Some(number) => format!("{} planned", count(number, "change")),
    }
}

/// The images that a release rolled out: digests, by service.
pub(super) fn images(run: &Run) -> BTreeMap<&str, &str> {
    by_service(&run.plan["images"])
}

/// The tags that these images were known by, by service.
pub(super) fn tags(run: &Run) -> BTreeMap<&str, &str> {
    by_service(&run.plan["tags"])
}

/// How a release ended, by service.
pub(super) fn outcomes(run: &Run) -> BTreeMap<&str, &str> {
    let told = run
        .events
        .iter()
        .rev()
        .find(|event| event["outcomes"].is_object());
    told.map_or_else(BTreeMap::new, |event| by_service(&event["outcomes"]))
}

/// How a release that was no success ended, where it did not fail: ECS took every service's back (`rolled_back`), there was
/// no task to run it (`nothing_ran`), or somebody stopped watching (`left_running`).
pub(super) fn released(run: &Run) -> Option<&'static str> {
    let outcomes = outcomes(run);
    if run.end != End::Failed || outcomes.is_empty() || outcomes.len() != images(run).len() {
        return None;
    }
    let all = |of: &[&str]| outcomes.values().all(|outcome| of.contains(outcome));
    if all(&["rolled_back"]) {
        return Some("rolled_back");
    }
    if all(&["succeeded", "nothing_ran"]) {
        return Some("nothing_ran");
    }
    all(&["succeeded", "left_running"]).then_some("left_running")
}

fn by_service(map: &Value) -> BTreeMap<&str, &str> {
    let map = map.as_object().into_iter().flatten();
    map.filter_map(|(service, text)| Some((service.as_str(), text.as_str()?)))
        .collect()
}

/// How many steps ended in which way.
pub(super) fn steps(run: &Run) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for event in &run.events {
        let Some(word) = step(event) else { continue };
        match counts.iter_mut().find(|(other, _)| *other == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts
}

/// How a step of an apply ended; nothing for what is no step.
fn step(event: &Value) -> Option<&'static str> {
    event.get("address")?;
    if event.get("failed").is_some() {
        return Some("failed");
    }
    if event.get("skipped").is_some() {
        return Some("skipped");
    }
    Some(match event["verb"].as_str()? {
        "create" => "created",
        "update" => "changed",
        "delete" => "deleted",
        _ => "ready",
    })
}

/// Writes one run's events for people.
pub fn events(run: &Run, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    one(&mut page, run);
    if !run.hcctl.is_empty() {
        let version = format!("hcctl {}", run.hcctl);
        page.line(Line::indented(WHAT).with(Label::Aside, version));
    }
    page.gap();
    if run.events.is_empty() {
        page.line(Line::default().with(Label::Plain, "Nothing that happened was recorded."));
    }
    for event in &run.events {
        happened(&mut page, event);
    }
    page.write(style.color, w)
}

fn happened(page: &mut Page, event: &Value) {
    /// Where a step's resource begins.
    const STEP: usize = 10;
    let text = |key: &str| event[key].as_str().unwrap_or_default();
    let Some(word) = step(event) else {
        let line = told(event);
        return page.flow(Line::default(), 4, Span::words(Label::Plain, &line));
    };
    let (label, rest) = match word {
        "failed" => (Label::Bad, text("failed").to_owned()),
        "skipped" => (Label::Warning, format!("because of {}", text("skipped"))),
        _ => {
            let took = Duration::from_millis(event["milliseconds"].as_u64().unwrap_or_default());
            let id = short_id(text("id"));
            (Label::Good, format!("{id} {}", time(took)))
        }
    };
    let lead = Line::default()
        .with(label, word)
        .pad_to(STEP)
        .with(Label::Plain, text("address"))
        .with(Label::Plain, "  ");
    page.flow(lead, STEP + 2, Span::words(Label::Aside, &rest));
}

/// An event of a release: when, which service, what, and its particulars as they were recorded.
fn told(event: &Value) -> String {
    let mut line = String::new();
    if let Some(at) = event["at_ms"].as_u64() {
        let _ = write!(line, "{}  ", time(Duration::from_millis(at)));
    }
    for key in ["service", "event"] {
        if let Some(text) = event[key].as_str() {
            let _ = write!(line, "{text}  ");
        }
    }
    let said = ["at_ms", "service", "event", "format_version"];
    let rest = event.as_object().into_iter().flatten();
    let rest: Vec<String> = rest
        .filter(|(key, value)| !said.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| format!("{key}: {}", plain(value)))
        .collect();
    line + &rest.join(", ")
}

/// A value without the quotes and brackets of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" | "),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| format!("{key} {}", plain(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}
