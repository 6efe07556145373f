//! Removing an environment.

use super::apply::{self, Applied};
use super::{Ask, CommandError, Context, Events, Kind, Observation, Wanted};
use crate::doctor::protection::is_protected;
use crate::resources::{queue, repository};

/// Looks at what there is to remove; nothing in the plan where nothing is.
///
/// # Errors
///
/// A refusal, where the file or AWS protects it, or AWS would refuse in the middle.
pub async fn observe(context: &Context, events: &impl Events) -> Result<Observation, CommandError> {
    let name = &context.environment.name;
    if context.environment.protect {
        let message = format!(
            "{name} is protected: {} says protect: true",
            context.file.display()
        );
        return Err(CommandError::new(Kind::Refused, message).hint(format!(
            "set protect: false, run {}, then destroy",
            context.again("apply")
        )));
    }
    let seen = context.observe(Wanted::Nothing).await?;
    if seen.plan.is_empty() {
        events.say(&format!(
            "Nothing of {} {name} is in account {}, {}.",
            context.environment.project, seen.identity.account, context.environment.region
        ));
        passed_by(&seen, events);
        return Ok(seen);
    }
    still_protected(context, &seen)?;
    context.foresee(&seen, Wanted::Nothing).await?;
    Ok(seen)
}

/// Removes what was seen, once somebody agrees.
///
/// # Errors
///
/// As [`apply::apply`].
pub async fn destroy(
    context: &Context,
    seen: &Observation,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Applied, CommandError> {
    warn(seen, events).await?;
    let name = context.environment.name.to_string();
    let count = seen.plan.changed().count();
    ask.confirm(
        &format!("Remove all {count} resources of {name}?"),
        Some(&name),
    )?;
    apply::run(context, "destroy", (seen, Wanted::Nothing), events, ask).await
}

/// Refuses before the first write what AWS would refuse in the middle: the file says that nothing is protected, but that
/// was never applied.
fn still_protected(context: &Context, seen: &Observation) -> Result<(), CommandError> {
    let protected: Vec<String> = seen
        .plan
        .changed()
        .filter(|change| is_protected(change))
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
        context.file.display(),
        context.again("apply")
    );
    Err(CommandError::new(Kind::Refused, message).hint(hint))
}

/// Says what cannot be brought back.
async fn warn(seen: &Observation, events: &impl Events) -> Result<(), CommandError> {
    for change in seen.plan.changed() {
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
                let count = repository::images(&seen.aws, &name).await?.len();
                if count > 0 {
                    events.say(&format!(
                        "warning: repository {name} is emptied: {count} images go with it."
                    ));
                }
            }
            "queue" => {
                let count = queue::messages(&seen.aws, &name).await?;
                if count > 0 {
                    events.say(&format!(
                        "warning: queue {name} goes with about {count} messages in it."
                    ));
                }
            }
            "table" => events.say(&format!(
                "warning: table {name} goes with all its items and its backups in time."
            )),
            _ => {}
        }
    }
    Ok(())
}

/// Looks again, and says that nothing is left.
///
/// # Errors
///
/// What is left.
pub async fn verify(context: &Context, events: &impl Events) -> Result<(), CommandError> {
    let name = &context.environment.name;
    let seen = context.observe(Wanted::Nothing).await?;
    let left: Vec<String> = seen
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
            context.again("destroy")
        )));
    }
    let bucket = seen.aws.bucket().await?;
    events.say(&format!(
        "Nothing of {} {name} is left in account {}, {}. The journal stays in s3://{bucket}.",
        context.environment.project, seen.identity.account, context.environment.region
    ));
    passed_by(&seen, events);
    Ok(())
}

/// Says what has one of this environment's names and stays, because nothing else tells that it is ours.
fn passed_by(seen: &Observation, events: &impl Events) {
    for one in &seen.foreign {
        events.say(&format!("note: {} stays: {}", one.id, one.why));
    }
}
