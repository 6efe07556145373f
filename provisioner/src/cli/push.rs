//! `hcctl push`: each service's Dockerfile becomes an image in its repository.

use std::path::{Path, PathBuf};

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::width;
use super::{CommandError, Global, Kind, Which};
use crate::operation::push::{self, Request};
use crate::push::{EngineName, Event, Job, Order, Outcome};
use crate::render::push::{self as words, PushView};

/// Build each service's image from its Dockerfile and push it to ECR
///
/// Builds Dockerfile.SERVICE, beside the environments directory, with Docker or Podman, and pushes it to the service's
/// repository under the tag. A tag that is there already is left as it is and nothing is built: tags are immutable. The
/// digests go to stdout.
///
/// The registry's password goes to the engine's standard input and into a directory of this run's own, which is removed.
///
/// With --sandbox nothing is built: a record is published in the image's stead, for deploy and rollback to be tried with. While
/// `hcctl sandbox serve` runs and HCCTL_ENGINE names an engine, it builds and pushes to the sandbox's own registry.
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
fails-slow, fails-memory, fails-before, fails-later or fails-secret makes an image that does
so when it is deployed.

hcctl's own tests run this with programs that stand in for Docker and Podman:
they prove what is called and what hcctl does with the answers, not what a real
engine makes of a Dockerfile.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    push::check_tag(&args.tag)?;
    let session = Session::open(global, form, &args.which.environment).await?;
    let (context, global) = (&session.context, &session.global);
    let engine = engine().map_err(|name| not_an_engine(&name))?;
    // The sandbox has a registry only while it is served, and its user an engine only where one is named.
    let record = global.sandbox && !(session.behind.is_served() && engine.is_some());
    let request = Request {
        tag: args.tag,
        services: args.service,
        root: root(&global.environments),
        engine,
        record,
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
    let width_of = order.jobs.iter().map(|job| job.service.len()).max();
    let names = width_of.unwrap_or_default();
    let tell = |job: &Job, event: &Event<'_>| match event {
        Event::Line(line) if global.verbose > 0 => {
            session.pass_on(&format!("{:names$} | {line}", job.service));
        }
        Event::Line(_) => {}
        event => session.say(&words::told((job, names), event, width())),
    };
    let outcomes = work(&session, &order, record, &tell).await;
    session.show(&PushView {
        project: context.environment.project.as_ref(),
        environment: context.environment.name.as_ref(),
        tag: &order.tag,
        outcomes: &outcomes,
    })?;
    push::verdict(context, &order, &outcomes)?;
    if session.form == Document::Human {
        session.say(&push::next(context, &order, &outcomes));
    }
    Ok(())
}

async fn work(
    session: &Session,
    order: &Order,
    #[cfg_attr(
        not(feature = "sandbox"),
        expect(unused_variables, reason = "without a sandbox everything is built")
    )]
    record: bool,
    tell: &(dyn Fn(&Job, &Event<'_>) + Sync),
) -> Vec<Outcome> {
    let context = &session.context;
    #[cfg(feature = "sandbox")]
    if record {
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
