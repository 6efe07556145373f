//! `hcctl push`: each service's Dockerfile becomes an image in its repository.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::session::{Session, width};
use super::terminal::Terminal;
use super::{CommandError, Format, Global, Kind, Which};
use crate::operation::push::{self, Request};
use crate::push::{EngineName, Event, How, Job, Landed, Order, Outcome};
use crate::render::json::{self, ImageView};

/// Build each service's image from its Dockerfile and push it to ECR
///
/// Builds Dockerfile.SERVICE, beside the environments directory, with Docker or Podman, and pushes it to the service's
/// repository under the tag. A tag that is there already is left as it is and nothing is built: tags are immutable. The
/// digests go to stdout.
///
/// The registry's password goes to the engine's standard input and into a directory of this run's own, which is removed.
///
/// With --sandbox nothing is built: a record is published in the image's stead, for deploy and rollback to be tried with.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The tag to push, such as a version or a commit
    #[arg(long, value_name = "TAG")]
    tag: String,
    /// Only this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<String>,
}

const HELP: &str = "\
Examples:
  hcctl push dev --tag v1.4.2
  hcctl push dev --tag \"$(git rev-parse --short HEAD)\" --service patient
  HCCTL_ENGINE=podman hcctl push prod --tag v1.4.2
  hcctl --sandbox push dev --tag fails-health

HCCTL_ENGINE is docker or podman; without it, the first that answers. -v shows
what the engine writes.

In the sandbox a tag that begins with fails-pull, fails-start, fails-health,
fails-slow, fails-memory, fails-later or fails-secret makes an image that does
so when it is deployed.

hcctl's own tests run this with programs that stand in for Docker and Podman:
they prove what is called and what hcctl does with the answers, not what a real
engine makes of a Dockerfile.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    push::check_tag(&args.tag)?;
    let session = Session::open(global, &args.which.environment).await?;
    let (context, global) = (&session.context, &session.global);
    let request = Request {
        tag: args.tag,
        services: args.service,
        root: root(&global.environments),
        engine: engine().map_err(|name| not_an_engine(&name))?,
        record: global.sandbox,
    };
    let order = push::order(context, request)?;
    context.guard().await?;
    session.say(&format!(
        "Pushing {} for {}: {}, {}.",
        order.tag,
        context.environment.name,
        context.environment.project,
        context.environment.region
    ));
    let width = order.jobs.iter().map(|job| job.service.len()).max();
    let lines = Lines {
        session: &session,
        width: width.unwrap_or_default(),
        verbose: global.verbose > 0,
    };
    let tell = |job: &Job, event: &Event<'_>| lines.tell(job, event);
    let outcomes = work(&session, &order, &tell).await;
    show(&session, &order, &outcomes)?;
    push::verdict(context, &order, &outcomes)?;
    if session.wants(Format::Human) {
        session.say(&push::next(context, &order, &outcomes));
    }
    Ok(())
}

async fn work(
    session: &Session,
    order: &Order,
    tell: &(dyn Fn(&Job, &Event<'_>) + Sync),
) -> Vec<Outcome> {
    let context = &session.context;
    #[cfg(feature = "sandbox")]
    if session.global.sandbox {
        return crate::push::record(&context.aws, order, tell).await;
    }
    let terminal = Terminal::new(&session.global);
    push::push(context, order, tell, &terminal, &terminal).await
}

/// The root of the repository: where the directory with the environments is.
fn root(environments: &Path) -> PathBuf {
    let full = environments.canonicalize();
    let full = full.unwrap_or_else(|_| environments.to_owned());
    full.parent().map_or_else(|| full.clone(), Path::to_owned)
}

/// The engine that HCCTL_ENGINE names; the name itself where it is none.
pub(super) fn engine() -> Result<Option<EngineName>, String> {
    let Some(name) = std::env::var_os("HCCTL_ENGINE").filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let known = name.to_str().and_then(|name| name.parse().ok());
    known.map(Some).ok_or_else(|| name.display().to_string())
}

fn not_an_engine(name: &str) -> CommandError {
    let message = format!("HCCTL_ENGINE names `{name}`");
    CommandError::new(Kind::Config, message).hint("it can be docker or podman")
}

/// What people see while it goes on.
struct Lines<'a> {
    session: &'a Session,
    width: usize,
    verbose: bool,
}

impl Lines<'_> {
    fn tell(&self, job: &Job, event: &Event<'_>) {
        let (word, rest) = match event {
            Event::Line(line) => {
                if self.verbose {
                    let (service, width) = (&job.service, self.width);
                    self.session.pass_on(&format!("{service:width$} | {line}"));
                }
                return;
            }
            Event::There { .. } => ("there", "has this tag already; nothing is built".to_owned()),
            Event::Building { engine } => (
                "building",
                format!("{} for {}, by {engine}", job.dockerfile, job.platform),
            ),
            Event::Busy { since, line } => {
                // What an engine wrote may be long, and is gone with its next line.
                let line = line.chars().take(width().saturating_sub(self.width + 24));
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
        let line = format!(
            "{word:9} {:width$}   {rest}",
            job.service,
            width = self.width
        );
        self.session.say(&line);
    }
}

fn took(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds}s"),
        seconds => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

/// The digests, to stdout.
fn show(session: &Session, order: &Order, outcomes: &[Outcome]) -> Result<(), CommandError> {
    let mut out = io::stdout().lock();
    let landed = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.result.as_ref().ok()?)));
    match session.global.format {
        Format::Json => {
            let images: Vec<_> = outcomes.iter().map(|one| view(order, one)).collect();
            let environment = &session.context.environment;
            let (project, name) = (environment.project.as_ref(), environment.name.as_ref());
            writeln!(out, "{:#}", json::push(project, name, &order.tag, &images))?;
        }
        // The pictures' forms are refused before.
        Format::Human | Format::Html | Format::Svg | Format::Dot | Format::Mermaid => {
            let width = order.jobs.iter().map(|job| job.service.len()).max();
            let width = width.unwrap_or_default();
            for (outcome, image) in landed {
                writeln!(out, "{:width$}  {}", outcome.job.service, image.digest)?;
            }
        }
        Format::Markdown => {
            writeln!(out, "| service | tag | digest | |\n|---|---|---|---|")?;
            for (outcome, image) in landed {
                let (service, how) = (&outcome.job.service, how(image));
                let Landed { digest, .. } = image;
                writeln!(out, "| {service} | `{}` | `{digest}` | {how} |", order.tag)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

fn how(image: &Landed) -> &'static str {
    match image.how {
        How::There => "there",
        How::Pushed => "pushed",
    }
}

fn view<'a>(order: &'a Order, outcome: &'a Outcome) -> ImageView<'a> {
    let (status, digest, reason) = match &outcome.result {
        Ok(image) => (how(image), Some(image.digest.as_str()), None),
        Err(failure) => ("failed", None, Some(failure.reason.as_str())),
    };
    ImageView {
        service: &outcome.job.service,
        repository: outcome.uri.as_deref(),
        tag: &order.tag,
        platform: outcome.job.platform.to_string(),
        status,
        digest,
        reason,
    }
}
