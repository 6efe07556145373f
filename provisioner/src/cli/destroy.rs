//! `hcctl destroy`: removes the environment.

use super::confirm::confirm;
use super::look::{Look, Wanted};
use super::session::Session;
use super::{CommandError, Format, Global, Kind, Which, plan, run};
use crate::resources::repository;

/// Remove everything of an environment, in an order AWS accepts
///
/// Says first which data goes with it. A protected environment is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

const HELP: &str = "\
Examples:
  hcctl destroy dev                 says what goes, and asks for the name
  hcctl destroy dev --yes

Exit codes: 0 nothing is left; 1 something failed, and running it again
continues; 4 refused: protected, not confirmed, another account, or another run
that holds the lease; 130 interrupted, and running it again continues.";

pub(super) async fn run(global: Global, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, &args.which.environment).await?;
    let name = session.environment.name.to_string();
    if session.environment.protect {
        let message = format!(
            "{name} is protected: {} says protect: true",
            session.file.display()
        );
        return Err(CommandError::new(Kind::Refused, message).hint(format!(
            "set protect: false, run {}, then destroy",
            session.again("apply")
        )));
    }
    let look = session.look(Wanted::Nothing).await?;
    if look.plan.is_empty() {
        session.say(&format!(
            "Nothing of {} {name} is in account {}, {}.",
            session.environment.project, look.identity.account, session.environment.region
        ));
        passed_by(&session, &look);
        return Ok(());
    }
    still_protected(&session, &look)?;
    session.foresee(&look, Wanted::Nothing).await?;
    if !session.wants(Format::Json) {
        plan::show_before_run(&session, &look)?;
    }
    warn(&session, &look).await?;
    confirm(
        &format!(
            "Remove all {} resources of {name}?",
            look.plan.changed().count()
        ),
        Some(&name),
        args.yes,
    )?;
    let work = run::Work {
        verb: "destroy",
        look: &look,
        wanted: Wanted::Nothing,
        repeat: session.again("destroy"),
    };
    run::run(&session, work).await?;
    empty(&session, &name).await
}

/// Refuses before the first write what AWS would refuse in the middle: the file says that nothing is protected, but that
/// was never applied.
fn still_protected(session: &Session, look: &Look) -> Result<(), CommandError> {
    let on = |change: &&hcctl_engine::Change| {
        let seen = change.before.as_ref();
        seen.and_then(|seen| seen.raw.field("deletion_protection"))
            .and_then(serde_json::Value::as_bool)
            == Some(true)
    };
    let protected: Vec<String> = look
        .plan
        .changed()
        .filter(on)
        .map(|change| change.address.to_string())
        .collect();
    if protected.is_empty() {
        return Ok(());
    }
    let message = format!(
        "AWS still protects {} against deletion; nothing was changed",
        protected.join(", ")
    );
    let hint = format!(
        "{} says protect: false; apply that first: {}",
        session.file.display(),
        session.again("apply")
    );
    Err(CommandError::new(Kind::Refused, message).hint(hint))
}

/// Says what cannot be brought back.
async fn warn(session: &Session, look: &Look) -> Result<(), CommandError> {
    for change in look.plan.changed() {
        let field = |name: &str| {
            change
                .before
                .as_ref()?
                .raw
                .field(name)?
                .as_str()
                .map(str::to_owned)
        };
        let Some(name) = field("name") else { continue };
        match change.address.kind.as_str() {
            "repository" => {
                let count = repository::images(&look.aws, &name).await?.len();
                if count > 0 {
                    session.say(&format!(
                        "warning: repository {name} is emptied: {count} images go with it."
                    ));
                }
            }
            "table" => session.say(&format!(
                "warning: table {name} goes with all its items and its backups in time."
            )),
            _ => {}
        }
    }
    Ok(())
}

/// Looks again, and says that nothing is left; or what is.
async fn empty(session: &Session, name: &str) -> Result<(), CommandError> {
    let look = session.look(Wanted::Nothing).await?;
    let left: Vec<String> = look
        .plan
        .changed()
        .map(|change| change.address.to_string())
        .collect();
    if !left.is_empty() {
        let message = format!(
            "{} resources of {name} are still there: {}",
            left.len(),
            left.join(", ")
        );
        return Err(CommandError::new(Kind::Failed, message).hint(format!(
            "run {} again: it continues",
            session.again("destroy")
        )));
    }
    let bucket = look.aws.bucket().await?;
    let place = format!(
        "account {}, {}",
        look.identity.account, session.environment.region
    );
    session.say(&format!(
        "Nothing of {} {name} is left in {place}. The journal stays in s3://{bucket}.",
        session.environment.project
    ));
    passed_by(session, &look);
    Ok(())
}

/// Says what has one of this environment's names and stays, because nothing else tells that it is ours.
fn passed_by(session: &Session, look: &Look) {
    for one in &look.foreign {
        session.say(&format!("note: {} stays: {}", one.id, one.why));
    }
}
