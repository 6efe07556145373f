//! `hcctl doctor`: what would stop an apply, said before it does.

use super::form::Document;
use super::push;
use super::session::Session;
use super::signals::end_at_once;
use super::{CommandError, Global, Kind, Which};
use crate::doctor::{Asked, Outcome};
use crate::operation::doctor::doctor;
use crate::render::doctor::DoctorView;

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

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    end_at_once()?;
    let report = doctor(&session.context, engine(&session)).await;
    let environment = &session.context.environment;
    session.show(&DoctorView {
        project: environment.project.as_ref(),
        environment: environment.name.as_ref(),
        region: environment.region.as_ref(),
        report: &report,
    })?;
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
