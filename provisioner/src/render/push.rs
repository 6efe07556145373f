//! What is pushed: a line for each thing that happens, and the digests.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::json::{self, ImageView};
use super::view::{Shown, Style};
use crate::push::{Event, How, Job, Landed, Outcome};

/// What there is to show.
#[derive(Clone, Copy, Debug)]
pub struct PushView<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The tag.
    pub tag: &'a str,
    /// What became of each service's image.
    pub outcomes: &'a [Outcome],
}

/// What people see of an event, where lines have so many columns: service names are set in `names` columns.
pub fn told((job, names): (&Job, usize), event: &Event<'_>, width: usize) -> String {
    let (word, rest) = match event {
        Event::Line(line) => ("", (*line).to_owned()),
        Event::There { .. } => ("there", "has this tag already; nothing is built".to_owned()),
        Event::Building { engine } => (
            "building",
            format!("{} for {}, by {engine}", job.dockerfile, job.platform),
        ),
        Event::Busy { since, line } => {
            // What an engine wrote may be long, and is gone with its next line.
            let line = line.chars().take(width.saturating_sub(names + 24));
            (
                "working",
                format!("{}: {}", took(*since), line.collect::<String>()),
            )
        }
        Event::Built { took: time } => ("built", took(*time)),
        Event::Pushing => ("pushing", format!("to {}", job.repository)),
        Event::Pushed { took: time } => ("pushed", took(*time)),
        Event::Failed(failure) => ("failed", failure.reason.clone()),
    };
    format!("{word:9} {:names$}   {rest}", job.service)
}

fn took(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

fn how(image: &Landed) -> &'static str {
    match image.how {
        How::There => "there",
        How::Pushed => "pushed",
    }
}

impl PushView<'_> {
    fn landed(&self) -> impl Iterator<Item = (&str, &Landed)> {
        let outcomes = self.outcomes.iter();
        outcomes.filter_map(|one| Some((one.job.service.as_str(), one.result.as_ref().ok()?)))
    }

    fn image<'a>(&'a self, outcome: &'a Outcome) -> ImageView<'a> {
        let (status, digest, reason) = match &outcome.result {
            Ok(image) => (how(image), Some(image.digest.as_str()), None),
            Err(failure) => ("failed", None, Some(failure.reason.as_str())),
        };
        ImageView {
            service: &outcome.job.service,
            repository: outcome.uri.as_deref(),
            tag: self.tag,
            platform: outcome.job.platform.to_string(),
            status,
            digest,
            reason,
        }
    }
}

impl Shown for PushView<'_> {
    fn human(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        let width = self.outcomes.iter().map(|one| one.job.service.len()).max();
        let width = width.unwrap_or_default();
        for (service, image) in self.landed() {
            writeln!(w, "{service:width$}  {}", image.digest)?;
        }
        Ok(())
    }

    fn markdown(&self, _: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        writeln!(w, "| service | tag | digest | |\n|---|---|---|---|")?;
        for (service, image) in self.landed() {
            let (tag, digest, how) = (self.tag, &image.digest, how(image));
            writeln!(w, "| {service} | `{tag}` | `{digest}` | {how} |")?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let images: Vec<_> = self.outcomes.iter().map(|one| self.image(one)).collect();
        json::push(self.project, self.environment, self.tag, &images)
    }
}
