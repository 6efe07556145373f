//! The lease around what is changed: taken, or who holds it; and given back.

use super::{CommandError, Context, Events, Kind};
use crate::aws::Aws;
use crate::lock::{Lease, LockError, break_lease, holder};

/// Takes the lease of `what`, or says who holds it and how that ends; `unlock` is the command that breaks it.
pub(super) async fn take(
    aws: &Aws,
    verb: &str,
    (what, unlock): (&str, Option<String>),
    events: &impl Events,
) -> Result<Lease, CommandError> {
    let lease = Lease::take(aws, verb).await.map_err(|error| match error {
        LockError::Fault(fault) => fault.into(),
        LockError::Held(holder) => {
            let message = format!("{what} is being worked on by {}", holder.describe());
            let error = CommandError::new(Kind::Refused, message).hint(format!(
                "wait: unless it is renewed, its lease ends in {} s",
                holder.seconds_left().max(0)
            ));
            match unlock {
                Some(unlock) => error.hint(format!("if that run is dead for certain: {unlock}")),
                None => error,
            }
        }
    })?;
    if let Some(holder) = &lease.taken_over {
        events.say(&format!(
            "note: took over the expired lease of {}",
            holder.describe()
        ));
    }
    Ok(lease)
}

/// Gives the lease back. What that says matters less than what the run says.
pub(super) async fn give_back(lease: Lease, events: &impl Events) {
    if let Err(fault) = lease.release().await {
        events.say(&format!(
            "warning: the lease could not be given back and ends by itself: {fault}"
        ));
    }
}

/// Breaks the environment's lease that is the version `etag`.
///
/// # Errors
///
/// A fault, or the lease that is still there.
pub async fn break_held(context: &Context, etag: &str) -> Result<(), CommandError> {
    break_lease(&context.aws, etag).await?;
    let now = holder(&context.aws).await?;
    if now.is_some_and(|(_, now)| now == etag) {
        return Err(CommandError::new(Kind::Failed, "the lease is still there")
            .hint("run the same command again"));
    }
    Ok(())
}
