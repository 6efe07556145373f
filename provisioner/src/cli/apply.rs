//! `hcctl apply`: makes the difference.

use std::path::{Path, PathBuf};

use super::form::Document;
use super::session::Session;
use super::terminal::Terminal;
use super::{CommandError, Global, Kind, Which, plan, report};
use crate::operation::images::first;
use crate::operation::{self, Observation, Wanted, digest};
use crate::render::saved::SavedPlan;

/// Make the account what the environment file says
///
/// Shows the plan, asks, takes the environment's lease and makes the difference, in parallel where nothing depends on
/// something else. A run that stops half-way is continued by running it again.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Make this saved plan, and refuse if anything has changed since
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const HELP: &str = "\
Examples:
  hcctl --sandbox apply dev --yes   try it without an AWS account
  hcctl apply prod                  shows the plan, and asks
  hcctl apply prod --plan plan.json --yes

Exit codes: 0 it is as the file says; 1 something failed, and running it again
continues; 4 refused: not confirmed, a stale plan, another account, or another
run that holds the lease; 130 interrupted, and running it again continues.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let saved = args.plan.as_deref().map(read).transpose()?;
    let session = Session::open(global, form, &args.which.environment).await?;
    let context = &session.context;
    let seen = context.observe(Wanted::File).await?;
    context.foresee(&seen, Wanted::File).await?;
    if let Some(saved) = &saved {
        fresh(&session, &seen, saved)?;
    }
    if session.form != Document::Json {
        plan::show_before_run(&session, &seen)?;
    }
    let terminal = Terminal::new(&session.global).saying_yes(args.yes);
    let applied = operation::apply::apply(context, &seen, &terminal, &terminal).await?;
    let nothing = seen.plan.is_empty() && !seen.is_settling();
    if nothing && session.form != Document::Json {
        if let Some(url) = &applied.url {
            session.say(&format!("Open {url}"));
        }
        return Ok(());
    }
    let next = seen.notes.iter();
    let next = next.map(|note| format!("{} {}", note.address, note.text));
    report::end(&session, "apply", &applied, next.collect())?;
    if !nothing && !seen.waiting.is_empty() {
        for hint in first(context, &seen.waiting) {
            session.say(&hint);
        }
        if context.environment.deployment.approve {
            session.say(&format!(
                "note: what has no tasks needs no approval, and apply went on by itself; an image waits for {} --approve",
                context.again("deploy")
            ));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<SavedPlan, CommandError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        CommandError::new(
            Kind::Config,
            format!("cannot read the plan {}: {error}", path.display()),
        )
        .hint("save one with: hcctl plan ENV --out FILE")
    })?;
    SavedPlan::from_text(&text, digest).map_err(|error| {
        CommandError::new(Kind::Config, format!("{}: {error}", path.display()))
            .hint("make a new one with hcctl plan ENV --out FILE")
    })
}

/// Refuses a saved plan that is not this plan any more.
fn fresh(session: &Session, seen: &Observation, saved: &SavedPlan) -> Result<(), CommandError> {
    let now = plan::saved(session, seen);
    let place = |plan: &SavedPlan| {
        format!(
            "{} {} in account {}, {}",
            plan.project, plan.environment, plan.account, plan.region
        )
    };
    let stale = if place(saved) != place(&now) {
        format!(
            "the plan is for {}, and this is {}",
            place(saved),
            place(&now)
        )
    } else if saved.blueprint_digest != digest(&seen.plan.wanted) {
        "the environment file (or the running image) has changed since the plan was made".to_owned()
    } else if saved.snapshot_digest != digest(&seen.plan.seen) {
        "the account has changed since the plan was made".to_owned()
    } else {
        return Ok(());
    };
    Err(
        CommandError::new(Kind::Refused, format!("stale plan: {stale}"))
            .hint("make and review a new plan; nothing was changed"),
    )
}
