//! `hcctl drift`: what is not as it was applied.

use hcctl_engine::Risk;

use super::form::Document;
use super::session::Session;
use super::signals::end_at_once;
use super::terminal::Terminal;
use super::{CommandError, Global, Kind, Which};
use crate::operation::drift::{Drift, drift};
use crate::render::drift::DriftView;
use crate::trail::Stopped;

/// Show what is not as it was applied, extras included; changes nothing
///
/// Changed fields with what is there and what the file says, missing resources, what somebody added to ours, and what
/// stands beside ours in the network, the cluster or the load balancer, which no apply touches. hcctl keeps no state:
/// the file stands for the last apply, so that a change of it that is not applied yet shows too. Takes no lease:
/// read-only credentials do. A service that nobody answers for is told, too: it is no drift where no apply ends it. It does
/// not look at the alarms that Auto Scaling keeps for a policy. CloudTrail's event history is asked who did it: it tells of 90 days, up to 15 minutes late.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Leave out what stands beside ours
    #[arg(long)]
    ours: bool,
    /// Do not ask CloudTrail who did it
    #[arg(long)]
    no_who: bool,
}

const HELP: &str = "\
Examples:
  hcctl drift prod
  hcctl drift prod --format json | jq '.changed[].address'
  hcctl drift prod --ours         leave out what no apply would touch

Exit codes: 0 there is no drift, 2 there is.

CloudTrail is asked for 20 seconds at most (or --timeout), for it takes two
questions a second. That needs cloudtrail:LookupEvents; without it, all else is
shown. By hand:
  aws cloudtrail lookup-events --region REGION \\
    --lookup-attributes AttributeKey=ResourceName,AttributeValue=sg-0123
or CloudTrail's page \"Event history\" in the console.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    end_at_once()?;
    let context = &session.context;
    let terminal = Terminal::new(&session.global);
    let found = drift(context, (!args.ours, !args.no_who), &terminal).await?;
    let seen = &found.seen;
    let view = DriftView {
        view: session.view(seen),
        found: Drift::of(&seen.plan, !args.ours),
        outages: &found.outages,
        who: found.trail.as_ref(),
    };
    session.show(&view)?;
    if view.found.is_none() {
        return Ok(());
    }
    if session.form == Document::Human {
        let lossy = seen
            .plan
            .changed()
            .any(|change| change.risk == Risk::DataLoss);
        hints(&session, &view, lossy || seen.leaves);
    }
    Err(CommandError::silent(Kind::Changes))
}

/// What to do about it. Where an apply would lose data, nobody is sent there without having read the plan.
fn hints(session: &Session, drift: &DriftView<'_>, lossy: bool) {
    for lost in drift.found.lost {
        session.say(&format!("hint: {}: {}", lost.address, lost.remedy));
    }
    if !drift.found.lost.is_empty() {
        session.say("hint: then look again: until it is back, plan and apply refuse");
    } else if drift.found.ours() > 0 && lossy {
        session.say(&format!(
            "hint: read first what an apply would lose: {}",
            session.context.again("plan")
        ));
    } else if drift.found.ours() > 0 {
        session.say(&format!(
            "hint: put it back with: {} (or write it into {})",
            session.context.again("apply"),
            session.context.file.display()
        ));
    }
    if !drift.found.beside.is_empty() {
        session.say("hint: apply leaves alone what stands beside ours; --ours leaves it out here");
    }
    let answered = drift
        .who
        .is_some_and(|trail| !matches!(trail.stopped, Some(Stopped::Fault(_))));
    // Nothing else can ask the embedded AWS.
    let outside = !answered && !session.global.sandbox;
    if let Some(id) = drift.found.asked().filter(|_| outside) {
        session.say(&format!(
            "hint: CloudTrail's event history tells who: aws cloudtrail lookup-events --region {} --lookup-attributes AttributeKey=ResourceName,AttributeValue={id}",
            session.context.environment.region
        ));
    }
}
