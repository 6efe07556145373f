//! Removing an environment.

use hcctl_engine::Class;

use super::apply::{self, Applied};
use super::{Ask, CommandError, Context, Events, Kind, Observation, Wanted};
use crate::doctor::protection::is_protected;
use crate::resources::{queue, repository};
use crate::secret::own::{self, Removed};

/// What there is to remove.
pub struct Left {
    /// The look at its resources.
    pub seen: Observation,
    /// The names of the secrets that hcctl keeps for it.
    pub secrets: Vec<String>,
}

impl Left {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.seen.plan.is_empty() && self.secrets.is_empty()
    }
}

/// Looks at what there is to remove.
///
/// # Errors
///
/// A refusal, where the file or AWS protects it, or AWS would refuse in the middle.
pub async fn observe(context: &Context, events: &impl Events) -> Result<Left, CommandError> {
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
    let secrets = secrets(context, events).await?;
    let left = Left { seen, secrets };
    let seen = &left.seen;
    if left.is_empty() {
        events.say(&format!(
            "Nothing of {} {name} is in account {}, {}.",
            context.environment.project, seen.identity.account, context.environment.region
        ));
        passed_by(seen, events);
        return Ok(left);
    }
    still_protected(context, seen)?;
    context.foresee(seen, Wanted::Nothing).await?;
    Ok(left)
}

/// The secrets that hcctl keeps for the environment. Whoever may not look could not have set any.
async fn secrets(context: &Context, events: &impl Events) -> Result<Vec<String>, CommandError> {
    match own::list(&context.aws).await {
        Err(fault) if fault.class == Class::Denied => {
            events.say(&format!(
                "note: whether hcctl keeps secrets for {} is not known, and those stay: {fault}",
                context.environment.name
            ));
            Ok(Vec::new())
        }
        all => Ok(all?.into_iter().map(|one| one.name).collect()),
    }
}

/// Removes what was seen, once somebody agrees.
///
/// # Errors
///
/// As [`apply::apply`].
pub async fn destroy(
    context: &Context,
    left: &Left,
    events: &impl Events,
    ask: &impl Ask,
) -> Result<Applied, CommandError> {
    let Left { seen, secrets } = left;
    warn(seen, events).await?;
    if !secrets.is_empty() {
        events.say(&format!(
            "warning: the secrets that hcctl keeps go with it: {}.",
            secrets.join(", ")
        ));
    }
    let name = context.environment.name.to_string();
    let count = seen.plan.changed().count();
    ask.confirm(
        &format!("Remove all {count} resources of {name}?"),
        Some(&name),
    )?;
    let applied = apply::run(context, "destroy", (seen, Wanted::Nothing), events, ask).await?;
    // Last: as long as a task runs, another may have to start.
    if applied.report.complete() {
        for secret in secrets {
            if own::remove(&context.aws, secret).await? == Removed::Foreign {
                let path = own::path(&context.aws.scope);
                events.say(&format!("note: {path}{secret} stays: hcctl did not set it"));
            }
        }
    }
    Ok(applied)
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
