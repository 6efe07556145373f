//! Who did what, when, and how it ended: the journal for people and for programs.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde_json::Value;

use super::json;
use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{clock, count, day, short_id, time};
use super::view::{Shown, Style};
use crate::deploy::image::short;
use crate::journal::{Did, End, Ending, Entry, Happened, Planned, Run, Step, What};

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
            Some(Ending::RolledBack) => (Label::Bad, format!("rolled back{took}")),
            Some(Ending::NothingRan) => (Label::Warning, format!("ran nothing{took}")),
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
        let same = run.end == End::Done || released(run) == Some(Ending::RolledBack);
        let images: Vec<String> = images
            .iter()
            .map(|(service, digest)| {
                let image = match tags.get(service) {
                    Some(tag) => format!("{tag} ({})", short(digest)),
                    None => short(digest),
                };
                match outcomes.get(service) {
                    Some(outcome) if !same => {
                        format!("{service} {image} {}", outcome.word().replace('_', " "))
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
    match &run.plan {
        Planned::Changes { changes, .. } if !changes.is_empty() => {
            format!("{} planned", count(changes.len(), "change"))
        }
        Planned::Secret { secret, did } => format!("{secret} {did}"),
        _ => String::new(),
    }
}

/// The images that a release rolled out: digests, by service.
pub(super) fn images(run: &Run) -> BTreeMap<&str, &str> {
    match &run.plan {
        Planned::Images { images, .. } => by_service(images),
        _ => BTreeMap::new(),
    }
}

/// The tags that these images were known by, by service.
pub(super) fn tags(run: &Run) -> BTreeMap<&str, &str> {
    match &run.plan {
        Planned::Images { tags, .. } => by_service(tags),
        _ => BTreeMap::new(),
    }
}

/// How a release ended, by service.
pub(super) fn outcomes(run: &Run) -> BTreeMap<&str, Ending> {
    let told = run.events.iter().rev().find_map(|event| match event {
        Entry::Outcomes { outcomes } => Some(outcomes),
        _ => None,
    });
    let told = told.into_iter().flatten();
    told.map(|(service, ending)| (service.as_str(), *ending))
        .collect()
}

/// How a release that was no success ended, where it did not fail: ECS took every service's back (`rolled_back`), there was
/// no task to run it (`nothing_ran`), or somebody stopped watching (`left_running`).
pub(super) fn released(run: &Run) -> Option<Ending> {
    let outcomes = outcomes(run);
    if run.end != End::Failed || outcomes.is_empty() || outcomes.len() != images(run).len() {
        return None;
    }
    let all = |of: &[Ending]| outcomes.values().all(|outcome| of.contains(outcome));
    if all(&[Ending::RolledBack]) {
        return Some(Ending::RolledBack);
    }
    [Ending::NothingRan, Ending::LeftRunning]
        .into_iter()
        .find(|ending| all(&[Ending::Succeeded, *ending]))
}

fn by_service(map: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let pairs = map.iter();
    pairs
        .map(|(service, text)| (service.as_str(), text.as_str()))
        .collect()
}

/// How many steps ended in which way.
pub(super) fn steps(run: &Run) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for event in &run.events {
        let Entry::Step(step) = event else { continue };
        let word = word(step);
        match counts.iter_mut().find(|(other, _)| *other == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts
}

/// How a step of an apply ended.
fn word(step: &Step) -> &'static str {
    match step {
        Step::Failed { .. } => "failed",
        Step::Skipped { .. } => "skipped",
        Step::Finished { verb, .. } => match verb {
            Did::Create => "created",
            Did::Update => "changed",
            Did::Delete => "deleted",
            Did::Await => "ready",
        },
    }
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
        let line = match event {
            Entry::Step(step) => {
                happened(&mut page, step);
                continue;
            }
            Entry::Release(event) => release(event),
            Entry::Before {
                before_deploy,
                task,
                exit_code,
                reason,
            } => {
                let code = exit_code.map_or_else(
                    || "never ran".to_owned(),
                    |code| format!("exit code {code}"),
                );
                format!(
                    "{before_deploy}: the command before its deployment, in task {task}: {code}: {reason}"
                )
            }
            Entry::Outcomes { outcomes } => {
                let each = outcomes.iter();
                let each: Vec<String> = each
                    .map(|(service, ending)| format!("{service} {}", ending.word()))
                    .collect();
                format!("outcomes: {}", each.join(", "))
            }
            Entry::Other(value) => value.to_string(),
        };
        page.flow(Line::default(), 4, Span::words(Label::Plain, &line));
    }
    page.write(style.color, w)
}

fn happened(page: &mut Page, step: &Step) {
    /// Where a step's resource begins.
    const STEP: usize = 10;
    let (label, address, rest) = match step {
        Step::Failed { address, fault, .. } => (Label::Bad, address, fault.clone()),
        Step::Skipped {
            address, because, ..
        } => (Label::Warning, address, format!("because of {because}")),
        Step::Finished {
            address,
            id,
            took_ms,
            ..
        } => {
            let took = time(Duration::from_millis(*took_ms));
            (Label::Good, address, format!("{} {took}", short_id(id)))
        }
    };
    let lead = Line::default()
        .with(label, word(step))
        .pad_to(STEP)
        .with(Label::Plain, address)
        .with(Label::Plain, "  ");
    page.flow(lead, STEP + 2, Span::words(Label::Aside, &rest));
}

/// An event of a release: when, which service, what, and its particulars.
fn release(happened: &Happened) -> String {
    let text = |key: &str, value: &str| format!("{key}: {value}");
    let why = |why: Option<&String>| why.map(|why| text("why", why)).into_iter().collect();
    let (event, rest): (&str, Vec<String>) = match &happened.what {
        What::Stage { stage } => ("stage", vec![text("stage", stage)]),
        What::Tasks { running, wanted } => (
            "tasks",
            vec![format!("running: {running}"), format!("wanted: {wanted}")],
        ),
        What::Traffic { production_percent } => (
            "traffic",
            vec![format!("production_percent: {production_percent:?}")],
        ),
        What::Baking { seconds } => ("baking", vec![format!("seconds: {seconds}")]),
        What::Waiting {
            hook,
            then,
            expires,
        } => {
            let mut rest = vec![text("hook", hook), text("then", then)];
            rest.extend(expires.map(|expires| format!("expires: {expires}")));
            ("waiting", rest)
        }
        What::Failing { failed } => ("failing", vec![format!("failed: {failed}")]),
        What::Trouble { message } => ("trouble", vec![text("message", message)]),
        What::Alarms { alarms } => ("alarms", vec![text("alarms", &alarms.join(" | "))]),
        What::RollingBack { why: reason } => ("rolling_back", why(reason.as_ref())),
        What::Ended { outcome } => ("ended", vec![text("outcome", outcome.word())]),
        What::TaskStopped(task) => {
            let mut rest = vec![text("task", &task.task), text("reason", &task.reason)];
            rest.extend(task.exit_code.map(|code| format!("exit_code: {code}")));
            let container = task.container_reason.as_ref();
            rest.extend(container.map(|reason| text("container_reason", reason)));
            rest.push(text("log", &task.log.join(" | ")));
            ("task_stopped", rest)
        }
        What::Stopping { why: reason } => ("stopping", why(Some(reason))),
        What::Blind { why: reason } => ("blind", why(Some(reason))),
    };
    let at = time(Duration::from_millis(happened.at_ms));
    let rest = rest.join(", ");
    format!("{at}  {}  {event}  {rest}", happened.service)
}

impl Shown for HistoryView<'_> {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        human(self, style, w)
    }

    fn json(&self) -> Value {
        json::history(self)
    }
}

impl Shown for Run {
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        events(self, style, w)
    }

    fn json(&self) -> Value {
        json::one_run(self)
    }
}
