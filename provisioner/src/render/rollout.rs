//! A rollout for people and for programs: lines while it goes, and its last words.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::json;
use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{count, time};
use super::view::{Shown, Style};
use crate::deploy::image::short;
use crate::deploy::{News, Outcome, Stopped, Told};
use crate::operation::deploy::{Ended, Rollout};

/// Why a deployment that ECS calls successful is no success.
const NOTHING_RAN: &str = "the service stands at 0 tasks, so the image is not proven";

impl Ended {
    /// It did no harm, and no good either.
    fn is_harmless(&self) -> bool {
        let nothing = self.fault.is_none() && self.outcome == Some(Outcome::NothingRan);
        self.succeeded() || nothing
    }

    pub(super) fn word(&self) -> &'static str {
        match &self.outcome {
            _ if self.fault.is_some() => "not started",
            _ if self.already => "unchanged",
            None => "left running",
            Some(Outcome::Succeeded) => "succeeded",
            Some(Outcome::NothingRan) => "ran nothing",
            Some(Outcome::RolledBack(_)) => "rolled back",
            Some(Outcome::RollbackFailed(_)) => "rollback failed",
            Some(Outcome::Stopped(_)) => "stopped",
            Some(Outcome::Overtaken(_)) => "overtaken",
        }
    }

    /// How it ended, for programs.
    pub(super) fn code(&self) -> String {
        match &self.outcome {
            Some(outcome) if self.fault.is_none() && !self.already => outcome.word().to_owned(),
            _ => self.word().replace(' ', "_"),
        }
    }

    pub(super) fn why(&self) -> Option<&str> {
        match &self.outcome {
            _ if self.fault.is_some() => self.fault.as_deref(),
            Some(Outcome::NothingRan) => Some(NOTHING_RAN),
            Some(
                Outcome::RolledBack(why)
                | Outcome::RollbackFailed(why)
                | Outcome::Stopped(why)
                | Outcome::Overtaken(why),
            ) => Some(why),
            _ => None,
        }
    }
}

/// Writes a line, or a few, while a rollout goes; nothing for news that only programs want.
pub fn told(
    service: (&str, usize),
    at: Duration,
    told: &Told,
    approve: &str,
    style: &Style,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let Some((label, text)) = words(told) else {
        return Ok(());
    };
    let mut words = Span::words(label, &text);
    if matches!(told, Told::News(News::Waiting(_))) {
        // A command is not broken: it is copied.
        words.push(Span::new(Label::Hint, approve));
    }
    let (name, width) = service;
    let mut page = Page::new(style.width.max(60));
    let hang = width + 9;
    let lead = Line::default()
        .with(Label::Heading, name)
        .pad_to(width + 2)
        .with(Label::Aside, format!("{:>5}", clock(at)))
        .pad_to(hang);
    page.flow(lead, hang, words);
    if let Told::Stopped(stopped) = told {
        lines_of(&mut page, hang, stopped);
    }
    page.write(style.color, w)
}

/// `0:07`, `12:34`.
fn clock(at: Duration) -> String {
    format!("{}:{:02}", at.as_secs() / 60, at.as_secs() % 60)
}

fn words(told: &Told) -> Option<(Label, String)> {
    Some(match told {
        Told::News(news) => return of_news(news),
        Told::Stopped(stopped) => (Label::Bad, task(stopped)),
        Told::Stopping(why) => (
            Label::Warning,
            format!("{why}; stopping the deployment and rolling back"),
        ),
        Told::Blind(why) => (
            Label::Warning,
            format!("cannot look just now, trying again; the deployment goes on ({why})"),
        ),
    })
}

fn of_news(news: &News) -> Option<(Label, String)> {
    let plain = |text: &str| Some((Label::Plain, text.to_owned()));
    match news {
        News::Stage(stage) => match stage.as_str() {
            "SCALE_UP" => plain("starting tasks of the new revision"),
            "TEST_TRAFFIC_SHIFT" => plain("test traffic moves to the new revision"),
            "CLEAN_UP" => plain("stopping the tasks of the old revision"),
            // The rest is told by what happens in it.
            _ => None,
        },
        News::Tasks { running, wanted } => {
            Some((Label::Plain, format!("{running} of {wanted} new tasks run")))
        }
        News::Traffic(percent) => Some((
            Label::Change,
            format!("{percent} % of production traffic is on the new revision"),
        )),
        News::Baking(bake) => Some((
            Label::Plain,
            format!(
                "baking: the old revision stays for {}, should an alarm go off",
                time(*bake)
            ),
        )),
        News::Waiting(waiting) => {
            let then = if waiting.then == "CONTINUE" {
                "goes on"
            } else {
                "rolls back"
            };
            let until = waiting
                .expires
                .map(|at| format!(" at {}", utc(at)))
                .unwrap_or_default();
            Some((
                Label::Warning,
                format!("waits for approval, and {then}{until} without:"),
            ))
        }
        News::Failing(failed) => Some((
            Label::Bad,
            format!("{} failed", count(*failed as usize, "task")),
        )),
        News::Trouble(trouble) => Some((Label::Bad, trouble.clone())),
        News::Alarms(alarms) => Some((Label::Bad, format!("alarm {} went off", alarms.join(", ")))),
        News::GoingBack(why) => Some((
            Label::Bad,
            why.as_ref().map_or_else(
                || "rolling back".to_owned(),
                |why| format!("rolling back: {why}"),
            ),
        )),
        News::Ended(Outcome::Succeeded) => {
            Some((Label::Good, "done: the new revision serves".to_owned()))
        }
        News::Ended(Outcome::NothingRan) => {
            Some((Label::Warning, format!("nothing ran: {NOTHING_RAN}")))
        }
        News::Ended(Outcome::RolledBack(_)) => Some((
            Label::Bad,
            "rolled back: the old revision serves".to_owned(),
        )),
        News::Ended(Outcome::Overtaken(by)) => Some((
            Label::Bad,
            format!("overtaken by another deployment, {}", last(by)),
        )),
        News::Ended(Outcome::Stopped(why)) => Some((Label::Bad, format!("stopped: {why}"))),
        News::Ended(Outcome::RollbackFailed(why)) => {
            Some((Label::Bad, format!("the rollback failed too: {why}")))
        }
    }
}

/// `task 0123 stopped: reason (exit code 1)`
fn task(stopped: &Stopped) -> String {
    let mut text = format!("task {} stopped: {}", short(&stopped.task), stopped.reason);
    let code = stopped.exit_code.map(|code| format!("exit code {code}"));
    let more: Vec<String> = code.into_iter().chain(stopped.container.clone()).collect();
    if !more.is_empty() {
        let _ = write!(text, " ({})", more.join(", "));
    }
    text
}

/// The last lines of a task's log, not broken: whoever reads them wants them as they were.
fn lines_of(page: &mut Page, indent: usize, stopped: &Stopped) {
    for line in &stopped.log {
        page.line(
            Line::indented(indent)
                .with(Label::Aside, "| ")
                .with(Label::Plain, line),
        );
    }
}

/// `14:05 UTC`
fn utc(at: SystemTime) -> String {
    let seconds = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    format!("{:02}:{:02} UTC", seconds / 3600 % 24, seconds / 60 % 60)
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Writes the last words of a rollout.
pub fn ended(view: &Rollout, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    let good = view.services.iter().all(Ended::succeeded);
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for service in &view.services {
        match groups.iter_mut().find(|(word, _)| *word == service.word()) {
            Some((_, count)) => *count += 1,
            None => groups.push((service.word(), 1)),
        }
    }
    let groups: Vec<String> = groups
        .iter()
        .map(|(word, many)| format!("{} {word}", count(*many, "service")))
        .collect();
    let (label, word) = if good {
        (Label::Good, "finished in")
    } else if view
        .services
        .iter()
        .any(|one| one.outcome.is_none() && !one.already)
    {
        (Label::Warning, "was left after")
    } else if view.services.iter().all(Ended::is_harmless) {
        (Label::Warning, "ended after")
    } else {
        (Label::Bad, "failed after")
    };
    let mut lead = Span::words(
        Label::Heading,
        &format!("{} {}", view.verb, view.environment),
    );
    lead.extend(Span::words(label, word));
    let rest = format!("{}: {}.", time(view.took), groups.join(", "));
    lead.extend(Span::words(Label::Plain, &rest));
    page.flow(Line::default(), 2, lead);
    page.gap();
    let width = view.services.iter().map(|one| one.service.len()).max();
    for service in &view.services {
        one(&mut page, service, width.unwrap_or_default());
    }
    if let Some(url) = view.url.as_ref().filter(|_| good) {
        page.gap();
        page.flow(
            Line::default().with(Label::Plain, "Open "),
            2,
            [Span::new(Label::Good, url)],
        );
    }
    page.write(style.color, w)
}

fn one(page: &mut Page, service: &Ended, width: usize) {
    let indent = 2;
    let hang = indent + width + 2;
    let lead = Line::indented(indent)
        .with(Label::Heading, &service.service)
        .pad_to(hang);
    let mut words = Vec::new();
    if service.succeeded() {
        let from = service.from.as_ref().filter(|_| !service.already);
        words.extend(from.map(|from| Span::new(Label::Plain, format!("{from} ->"))));
        words.push(Span::new(Label::Good, &service.to));
        words.extend(Span::words(
            Label::Aside,
            &format!(" revision {}, {}", service.revision, short(&service.digest)),
        ));
        if service.already {
            words.extend(Span::words(Label::Aside, "(ran already)"));
        }
    } else {
        words.push(Span::new(Label::Plain, &service.to));
        let why = service.why();
        let colon = if why.is_some() { ":" } else { "" };
        let bad = if service.is_harmless() {
            Label::Warning
        } else {
            Label::Bad
        };
        words.extend(Span::words(bad, &format!("{}{colon}", service.word())));
        words.extend(
            why.map(|why| Span::words(Label::Plain, why))
                .unwrap_or_default(),
        );
    }
    page.flow(lead, hang, words);
    for stopped in &service.stopped {
        if service.succeeded() {
            break;
        }
        page.flow(
            Line::indented(indent + 2),
            indent + 4,
            Span::words(Label::Plain, &task(stopped)),
        );
        lines_of(page, indent + 4, stopped);
    }
}

impl Shown for Rollout {
    const LINE: bool = true;

    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        ended(self, style, w)
    }

    fn json(&self) -> Value {
        json::rollout(self)
    }
}
