//! `hcctl status`: what runs, what it serves, and what is being deployed.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, SystemTime};

use clap::builder::RangedU64ValueParser;

use super::session::Session;
use super::{CommandError, Format, Global, Which, live};
use crate::operation::status::{Status, status};
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
    let context = &session.context;
    context.guard().await?;
    if !args.watch {
        let seen = status(context, &context.aws.fresh(), None).await?;
        return show(&session, &seen);
    }
    let every = Duration::from_secs(args.interval);
    if io::stdout().is_terminal() && !session.wants(Format::Json) {
        live::screen(&session, every).await
    } else {
        live::changes(&session, every).await
    }
}

/// For somebody who reads what was seen at this moment.
pub(super) fn view<'a>(session: &'a Session, seen: &'a Status, now: SystemTime) -> StatusView<'a> {
    let environment = &session.context.environment;
    StatusView {
        project: environment.project.as_ref(),
        environment: environment.name.as_ref(),
        region: environment.region.as_ref(),
        url: seen.url.clone(),
        services: &seen.services,
        missing: seen.missing.clone(),
        now,
    }
}

fn show(session: &Session, seen: &Status) -> Result<(), CommandError> {
    let view = view(session, seen, seen.at);
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
