//! `hcctl status`: what runs, what it serves, and what is being deployed.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, SystemTime};

use clap::builder::RangedU64ValueParser;

use super::session::Session;
use super::{CommandError, Format, Global, Which, live};
use crate::aws::Aws;
use crate::deploy::state::{self, State};
use crate::render::json;
use crate::render::status::{StatusView, human};

/// Show what runs: services, tasks, images, traffic, targets, alarms, deployments
///
/// Only reads. With --watch it goes on until Ctrl-C, which is its success: on a terminal as one screen that is kept up
/// to date, elsewhere as a block (with --format json a line) for each change. A look that fails is tried again, later and
/// later, and what was seen last stays.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Go on showing until Ctrl-C (or --timeout)
    #[arg(short, long)]
    watch: bool,
    /// With --watch: between two looks, at least 2
    #[arg(long, value_name = "SECONDS", default_value = "2", requires = "watch", value_parser = RangedU64ValueParser::<u64>::new().range(2..=3600))]
    interval: u64,
}

const HELP: &str = "\
Examples:
  hcctl status prod
  hcctl status prod --watch
  hcctl status prod --watch --interval 30 --format json | jq -c .services
  hcctl status prod --format json | jq '.services[].image'

A look takes some ten calls, which count towards the account's limits: on a
busy account, or with many who watch, take a longer --interval.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    session.guard().await?;
    if !args.watch {
        let aws = session.aws.fresh();
        let seen = Seen::look(&session, &aws, None).await?;
        return show(&session, &seen);
    }
    let every = Duration::from_secs(args.interval);
    if io::stdout().is_terminal() && !session.wants(Format::Json) {
        live::screen(&session, every).await
    } else {
        live::changes(&session, every).await
    }
}

/// What one look found.
pub(super) struct Seen {
    states: Vec<State>,
    /// Services of the file that are not there.
    missing: Vec<String>,
    pub(super) url: Option<String>,
    /// When it was.
    pub(super) at: SystemTime,
}

impl Seen {
    /// Looks; where it answers is asked once only.
    pub(super) async fn look(
        session: &Session,
        aws: &Aws,
        url: Option<String>,
    ) -> Result<Self, CommandError> {
        let states = state::all(&aws.fresh()).await?;
        let there = |name: &String| states.iter().any(|state| state.live.name == *name);
        let names = session.environment.services.keys().map(ToString::to_string);
        let url = match url {
            None if !states.is_empty() => super::run::url(session).await?,
            known => known,
        };
        Ok(Self {
            missing: names.filter(|name| !there(name)).collect(),
            states,
            url,
            at: SystemTime::now(),
        })
    }

    /// For somebody who reads it at this moment.
    pub(super) fn view<'a>(&'a self, session: &'a Session, now: SystemTime) -> StatusView<'a> {
        StatusView {
            project: session.environment.project.as_ref(),
            environment: session.environment.name.as_ref(),
            region: session.environment.region.as_ref(),
            url: self.url.clone(),
            services: &self.states,
            missing: self.missing.clone(),
            now,
        }
    }
}

fn show(session: &Session, seen: &Seen) -> Result<(), CommandError> {
    let view = seen.view(session, seen.at);
    let mut text = Vec::new();
    if session.wants(Format::Json) {
        writeln!(text, "{}", json::status(&view))?;
    } else {
        human(&view, &session.style(), &mut text)?;
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}
