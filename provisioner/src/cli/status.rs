//! `hcctl status`: what runs, what it serves, and what is being deployed.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, SystemTime};

use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Format, Global, Kind, Which};
use crate::deploy::state::{self, State};
use crate::render::json;
use crate::render::status::{StatusView, human};

/// Show what runs: services, tasks, images, traffic, targets, alarms, deployments
///
/// Only reads. With --watch it shows the same again every two seconds until Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Go on showing until Ctrl-C
    #[arg(long)]
    watch: bool,
}

const HELP: &str = "\
Examples:
  hcctl status prod
  hcctl status prod --watch
  hcctl status prod --format json | jq '.services[].image'";

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// To the upper left corner, and everything after it gone.
const HOME: &str = "\u{1b}[H\u{1b}[J";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    session.guard().await?;
    if !args.watch {
        return show(&session, false).await;
    }
    let mut signals = Signals::listen()?;
    let terminal = io::stdout().is_terminal() && !session.wants(Format::Json);
    loop {
        show(&session, terminal).await?;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = signals.next() => return Err(CommandError::silent(Kind::Interrupted)),
        }
    }
}

async fn show(session: &Session, redraw: bool) -> Result<(), CommandError> {
    let aws = session.aws.fresh();
    let states = state::all(&aws).await?;
    let there = |name: &&String| !states.iter().any(|state| state.live.name == **name);
    let names: Vec<String> = session
        .environment
        .services
        .keys()
        .map(ToString::to_string)
        .collect();
    let view = StatusView {
        project: session.environment.project.as_ref(),
        environment: session.environment.name.as_ref(),
        region: session.environment.region.as_ref(),
        url: url(session, &states).await?,
        missing: names.iter().filter(there).cloned().collect(),
        services: &states,
        now: SystemTime::now(),
    };
    // Whole, so that a screen that is drawn again does not flicker.
    let mut text = Vec::new();
    if session.wants(Format::Json) {
        writeln!(text, "{}", json::status(&view))?;
    } else {
        if redraw {
            text.extend_from_slice(HOME.as_bytes());
        }
        human(&view, &session.style(), &mut text)?;
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}

async fn url(session: &Session, states: &[State]) -> Result<Option<String>, CommandError> {
    if states.is_empty() {
        return Ok(None);
    }
    super::run::url(session).await
}
