//! What runs: one block per service for people, one document for programs.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::json;
use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{moment, time};
use super::view::{Shown, Style};
use crate::deploy::Status;
use crate::deploy::image::short;
use crate::deploy::state::{Deployment, State};

/// What there is to show.
#[derive(Clone, Debug)]
pub struct StatusView<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The region.
    pub region: &'a str,
    /// Where it answers.
    pub url: Option<String>,
    /// Its services.
    pub services: &'a [State],
    /// Services of the file that are not there.
    pub missing: Vec<String>,
    /// The present moment.
    pub now: SystemTime,
}

/// Writes the status for people.
pub fn human(view: &StatusView<'_>, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let lead = Line::default().with(
        Label::Heading,
        format!("{} {}", view.project, view.environment),
    );
    let mut words = vec![Span::new(Label::Aside, view.region)];
    words.extend(view.url.iter().map(|url| Span::new(Label::Plain, url)));
    page.flow(lead.with(Label::Plain, "  "), 2, words);
    for state in view.services {
        page.gap();
        service(&mut page, state, view.now);
    }
    for name in &view.missing {
        page.gap();
        page.line(absent(name));
    }
    page.write(style.color, w)
}

/// A service of the file that is not there.
pub(super) fn absent(name: &str) -> Line {
    let line = Line::default().with(Label::Heading, name);
    line.with(Label::Warning, "  not made yet")
}

/// Where what belongs to a service begins, and where its values do.
pub(super) const INDENT: usize = 2;
/// See [`INDENT`].
pub(super) const VALUES: usize = 14;

/// How a service does, in a word.
pub(super) fn health(state: &State) -> (Label, &'static str) {
    let live = &state.live;
    if live.is_waiting() {
        (Label::Warning, "waits for its first deploy")
    } else if live.desired == 0 {
        (Label::Warning, "scaled to nothing")
    } else if live.running < live.desired {
        (Label::Bad, "tasks are missing")
    } else if state.split.points_at_nobody() {
        (Label::Bad, "traffic goes to nobody")
    } else if state.outage.is_some() {
        (Label::Bad, "nobody answers")
    } else if !state.alarms.is_empty() {
        (Label::Bad, "an alarm has gone off")
    } else {
        match under_way(state) {
            Some(Status::GoingBack) => (Label::Bad, "runs; rolling back"),
            Some(_) => (Label::Change, "runs; a deployment is under way"),
            None => (Label::Good, "runs"),
        }
    }
}

/// Where its deployment stands, until it is over.
fn under_way(state: &State) -> Option<Status> {
    let status = state.deployment.as_ref()?.sight.status;
    (!status.is_over()).then_some(status)
}

/// Writes one service.
pub(super) fn service(page: &mut Page, state: &State, now: SystemTime) {
    let live = &state.live;
    let short_of = live.running < live.desired;
    let (label, word) = health(state);
    page.line(
        Line::default()
            .with(Label::Heading, &live.name)
            .with(Label::Plain, "  ")
            .with(label, word),
    );
    let digest = live.digest().map(short).unwrap_or_default();
    let name = state.image();
    // Without a tag the digest is its name.
    let digest = (name != digest).then(|| Span::new(Label::Aside, digest));
    let mut words = vec![Span::new(Label::Plain, name)];
    words.extend(digest);
    words.extend(Span::words(
        Label::Aside,
        &format!("revision {}", live.revision()),
    ));
    // ECS names the newest revision; until its deployment is over another one serves.
    match under_way(state) {
        Some(Status::GoingBack) => words.extend(Span::words(Label::Bad, "(being rolled back)")),
        Some(_) => words.extend(Span::words(Label::Change, "(being deployed)")),
        None => {}
    }
    row(page, "image", words);
    let mut tasks = format!("{} of {} run", live.running, live.desired);
    if live.pending > 0 {
        let _ = write!(tasks, ", {} start", live.pending);
    }
    if let Some((min, max)) = state.scale {
        let _ = write!(tasks, " (scaled between {min} and {max})");
    }
    row(
        page,
        "tasks",
        Span::words(if short_of { Label::Bad } else { Label::Plain }, &tasks),
    );
    for group in &state.split.groups {
        let share = state.split.percent(group);
        let targets: Vec<String> = group
            .targets
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        let targets = if targets.is_empty() {
            "no targets".to_owned()
        } else {
            targets.join(", ")
        };
        let bad = share > 0.0 && group.healthy() == 0 && live.desired > 0;
        let mut words = vec![Span::new(Label::Plain, format!("{share:.0} %"))];
        words.extend(Span::words(
            if bad { Label::Bad } else { Label::Plain },
            &format!("to {}: {targets}", group.name()),
        ));
        row(page, "traffic", words);
        for reason in &group.reasons {
            row(page, "", Span::words(Label::Bad, reason));
        }
    }
    if let Some(outage) = &state.outage {
        row(page, "outage", Span::words(Label::Bad, outage));
    }
    if !state.alarms.is_empty() {
        let text = format!("{} went off", state.alarms.join(", "));
        row(page, "alarms", Span::words(Label::Bad, &text));
    } else if state.alarm_count > 0 {
        let text = format!("none of {} has gone off", state.alarm_count);
        row(page, "alarms", Span::words(Label::Plain, &text));
    }
    if let Some((label, text)) = deployed(state, now) {
        row(page, "deployment", Span::words(label, &text));
    }
}

fn row(page: &mut Page, name: &str, words: impl IntoIterator<Item = Span>) {
    let lead = Line::indented(INDENT)
        .with(Label::Aside, name)
        .pad_to(VALUES);
    page.flow(lead, VALUES, words);
}

/// How its latest deployment stands; nothing where it had none.
pub(super) fn deployed(state: &State, now: SystemTime) -> Option<(Label, String)> {
    let deployment = state.deployment.as_ref()?;
    // It was made without an image, and ECS calls that a deployment that succeeded.
    if state.live.is_waiting() && deployment.sight.status == Status::Successful {
        return None;
    }
    let (label, text) = stands(deployment, now);
    let nothing = state.unproven && state.live.running == 0;
    if nothing && deployment.sight.status == Status::Successful {
        let text = format!("{text}, but nothing ran: the image is not proven");
        return Some((Label::Warning, text));
    }
    Some((label, text))
}

fn stands(deployment: &Deployment, now: SystemTime) -> (Label, String) {
    let sight = &deployment.sight;
    let ago = |at: Option<SystemTime>| {
        let since = at.and_then(|at| now.duration_since(at).ok());
        since.map_or_else(String::new, |since| format!(" {} ago", time(since)))
    };
    let why = sight
        .reason
        .as_ref()
        .map_or_else(String::new, |why| format!(": {why}"));
    match sight.status {
        Status::Successful => (Label::Plain, format!("succeeded{}", ago(deployment.ended))),
        Status::RolledBack => (
            Label::Bad,
            format!("rolled back{}{why}", ago(deployment.ended)),
        ),
        Status::RollbackFailed => (
            Label::Bad,
            format!("its rollback failed{}{why}", ago(deployment.ended)),
        ),
        Status::Stopped => (
            Label::Warning,
            format!("stopped{}{why}", ago(deployment.ended)),
        ),
        Status::GoingBack => (Label::Bad, format!("rolling back{why}")),
        Status::Going => {
            let stage = sight.stage.as_deref().unwrap_or("in progress");
            let mut text = format!(
                "{}, begun{}; {} of {} new tasks run",
                stage.to_lowercase().replace('_', " "),
                ago(deployment.began),
                sight.running,
                sight.wanted
            );
            if sight.failed > 0 {
                let _ = write!(text, ", {} failed", sight.failed);
            }
            if sight.waiting.is_some() {
                text += "; waits for approval";
            }
            if let Some(left) = deployment
                .baked
                .map(|end| end.duration_since(now).unwrap_or(Duration::ZERO))
            {
                let _ = write!(text, "; about {} of its bake left", time(left));
            }
            (Label::Change, text)
        }
    }
}

/// The status's document with the moment at which it was seen.
pub fn at(mut document: Value, at: SystemTime) -> Value {
    document["at"] = moment_of(at).into();
    document
}

/// `2026-07-01T09:05:00Z`
pub fn moment_of(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH);
    moment(since.unwrap_or_default().as_secs())
}

impl Shown for StatusView<'_> {
    const LINE: bool = true;

    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn json(&self) -> Value {
        json::status(self)
    }
}
