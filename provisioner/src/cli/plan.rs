//! `hcctl plan`: the difference between the file and the account.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::form::{Document, Page};
use super::scene::page;
use super::session::Session;
use super::signals::end_at_once;
use super::{CommandError, Global, Kind, Which};
use crate::operation::{Observation, Wanted, digest};
use crate::render::json;
use crate::render::saved::SavedPlan;

/// Show what apply would change; changes nothing
///
/// Reads the account in three rounds of calls and takes no lease: read-only credentials do.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Save the plan for `apply --plan FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Exit with 2 where there are changes
    #[arg(long)]
    detailed_exitcode: bool,
}

const HELP: &str = "\
Examples:
  hcctl plan prod                          what would change in production
  hcctl plan prod --out plan.json
                        then: hcctl apply prod --plan plan.json
  hcctl plan dev --format html > plan.html
  hcctl plan dev --detailed-exitcode -q > /dev/null

Exit codes: 0 done; 2 there are changes, with --detailed-exitcode; 4 there can
be no plan, such as in another account or beside something that is in the way.";

pub(super) async fn run(global: Global, form: Page, args: Args) -> Result<(), CommandError> {
    let document = match form {
        Page::Human | Page::Html => Document::Human,
        Page::Json => Document::Json,
        Page::Markdown => Document::Markdown,
    };
    let session = Session::open(global, document, &args.which.environment).await?;
    end_at_once()?;
    let look = session.context.observe(Wanted::File).await?;
    session.context.foresee(&look, Wanted::File).await?;
    if form == Page::Html {
        let page = page(&session, &look).await?;
        let mut out = io::stdout().lock();
        out.write_all(page.as_bytes())?;
        out.flush()?;
    } else {
        session.show(&session.view(&look))?;
    }
    if let Some(path) = &args.out {
        save(&session, &look, path)?;
        session.say(&format!(
            "Saved to {}. Make it so with: {} --plan {}",
            path.display(),
            session.context.again("apply"),
            path.display()
        ));
    } else if !look.plan.is_empty() && !look.leaves && form == Page::Human {
        session.say(&format!(
            "hint: make it so with: {}",
            session.context.again("apply")
        ));
    }
    if args.detailed_exitcode && !look.plan.is_empty() {
        return Err(CommandError::silent(Kind::Changes));
    }
    Ok(())
}

/// Shows the plan before a run: what is to be done does not depend on whether anybody still reads.
pub(super) fn show_before_run(session: &Session, look: &Observation) -> Result<(), CommandError> {
    match session.show(&session.view(look)) {
        Err(error) if error.kind == Kind::ClosedPipe => Ok(()),
        shown => shown,
    }
}

/// What binds a saved plan to this moment.
pub(super) fn saved(session: &Session, look: &Observation) -> SavedPlan {
    let (view, now) = (
        session.view(look),
        aws_smithy_types::DateTime::from_secs(crate::lock::now() as i64),
    );
    SavedPlan {
        hcctl_version: env!("CARGO_PKG_VERSION").to_owned(),
        project: view.header.project.clone(),
        environment: view.header.environment.clone(),
        account: view.header.account.clone(),
        region: view.header.region.clone(),
        blueprint_digest: digest(&look.plan.wanted),
        snapshot_digest: digest(&look.plan.seen),
        created_at: now.to_string(),
        plan: json::plan(&view),
    }
}

fn save(session: &Session, look: &Observation, path: &Path) -> Result<(), CommandError> {
    let text = saved(session, look).to_text(digest);
    let temporary = path.with_extension("partial");
    // A pipe or a device is written to. To rename a file over it would replace it, /dev/null included.
    let special = std::fs::metadata(path).is_ok_and(|place| !place.is_file());
    let write = if special {
        std::fs::write(path, text)
    } else {
        // Whole or not at all: a plan that is cut short must not be read as one.
        std::fs::write(&temporary, text).and_then(|()| std::fs::rename(&temporary, path))
    };
    write.map_err(|error| {
        if !special {
            let _ = std::fs::remove_file(&temporary);
        }
        CommandError::new(
            Kind::Failed,
            format!("cannot write the plan to {}: {error}", path.display()),
        )
        .hint("name a file in a directory that is there and that you may write to")
    })
}
