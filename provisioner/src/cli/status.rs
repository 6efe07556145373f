//! `hcctl status`: what runs, what it serves, and what is being deployed.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::builder::RangedU64ValueParser;

use super::form::Document;
use super::session::Session;
use super::{CommandError, Global, Which, live};
use crate::operation::status::status;

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

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    context.guard().await?;
    if !args.watch {
        let seen = status(context, &context.aws.fresh(), None).await?;
        return session.show(&live::view(&session, &seen, seen.at));
    }
    let every = Duration::from_secs(args.interval);
    if io::stdout().is_terminal() && session.form != Document::Json {
        live::screen(&session, every).await
    } else {
        live::changes(&session, every).await
    }
}
