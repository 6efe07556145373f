//! `hcctl unlock`: shows who holds the lease, and breaks it.

use std::io::{self, Write};

use super::confirm::confirm;
use super::form::Document;
use super::session::Session;
use super::width;
use super::{CommandError, Global};
use crate::lock::{Holder, holder};
use crate::operation::lease;
use crate::render::json::{self, LeaseView};
use crate::render::prose;

/// Show who works on an environment, and break their lease after a question
///
/// A lease that is not renewed ends by itself after 90 seconds: breaking one is for a holder that is dead for certain
/// when there is no time to wait.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The environment; must be named
    #[arg(value_name = "ENV")]
    environment: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const HELP: &str = "\
Examples:
  hcctl unlock prod                 who holds the lease? and asks
  hcctl unlock prod --yes

Exit codes: 0 nobody holds it any more; 4 not confirmed.";

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.environment).await?;
    let context = &session.context;
    context.guard().await?;
    let name = &context.environment.name;
    let mut out = io::stdout();
    let as_json = session.form == Document::Json;
    let tell = |holder: Option<&Holder>, broken: bool| {
        let view = holder.map(view);
        let document = json::lease(name.as_ref(), view.as_ref(), broken);
        writeln!(io::stdout(), "{document:#}")
    };
    let Some((holder, etag)) = holder(&context.aws).await? else {
        if as_json {
            tell(None, false)?;
        } else {
            writeln!(out, "Nobody holds the lease of {name}.")?;
        }
        return Ok(());
    };
    let left = holder.seconds_left();
    let ends = if left > 0 {
        format!("it ends in {left} s unless it is renewed")
    } else {
        format!("it ended {} s ago", -left)
    };
    let described = format!("{name}: {}; {ends}.", holder.describe());
    if as_json {
        session.say(&described);
    } else {
        out.write_all(prose(&described, width()).as_bytes())?;
    }
    let asked = confirm(
        "Break it? If that run is alive, it stops before its next step.",
        None,
        args.yes,
    );
    if asked.is_err() && as_json {
        // Who holds it is what was asked for, broken or not.
        tell(Some(&holder), false)?;
    }
    asked?;
    lease::break_held(context, &etag).await?;
    if as_json {
        tell(Some(&holder), true)?;
    } else {
        writeln!(out, "Broken.")?;
    }
    Ok(())
}

fn view(holder: &Holder) -> LeaseView {
    LeaseView {
        owner: holder.owner.clone(),
        host: holder.host.clone(),
        process: holder.process,
        run: holder.run.clone(),
        command: holder.command.clone(),
        taken: holder.taken,
        expires: holder.expires,
    }
}
