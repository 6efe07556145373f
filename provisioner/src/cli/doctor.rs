//! `hcctl doctor`: what would stop an apply, said before it does.

use std::io::{self, Write};

use super::plan::leave;
use super::push;
use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Format, Global, Kind, Which};
use crate::doctor::{Asked, Outcome, Report};
use crate::operation::doctor::doctor;
use crate::render::doctor::{DoctorView, human, markdown};
use crate::render::json;

/// Say what would stop an apply: credentials, permissions, quotas, clock, certificate
///
/// Only reads, and takes no lease. What the caller may do is simulated by IAM from provisioner/policies/apply.json;
/// quotas are compared with what is there and what the plan would make. A check that cannot be done says so.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
}

const HELP: &str = "\
Examples:
  hcctl doctor prod
  hcctl doctor prod --format json | jq '.checks[] | select(.outcome==\"failed\")'

Exit codes: 0 nothing would stop an apply, 1 something would, 4 the file is for
another account.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    tokio::spawn(leave(Signals::listen()?));
    let report = doctor(&session.context, engine(&session)).await;
    show(&session, &report)?;
    if report.wrong_account {
        return Err(CommandError::silent(Kind::Refused));
    }
    if report.count(Outcome::Failed) > 0 {
        return Err(CommandError::silent(Kind::Failed));
    }
    Ok(())
}

fn engine(session: &Session) -> Asked {
    if session.global.sandbox {
        return Asked::Sandbox;
    }
    match push::engine() {
        Ok(None) => Asked::Any,
        Ok(Some(engine)) => Asked::Named(engine),
        Err(name) => Asked::Unknown(name),
    }
}

fn show(session: &Session, report: &Report) -> Result<(), CommandError> {
    let view = DoctorView {
        project: session.context.environment.project.as_ref(),
        environment: session.context.environment.name.as_ref(),
        region: session.context.environment.region.as_ref(),
        report,
    };
    let mut out = io::stdout().lock();
    match session.global.format {
        // Pages and pictures are refused before.
        Format::Human | Format::Html | Format::Svg | Format::Dot | Format::Mermaid => {
            human(&view, &session.style(), &mut out)?;
        }
        Format::Markdown => markdown(&view, &mut out)?,
        Format::Json => writeln!(out, "{:#}", json::doctor(&view))?,
    }
    out.flush()?;
    Ok(())
}
