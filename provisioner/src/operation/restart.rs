//! New tasks for what runs: the same image and task definition, by the service's own strategy.

use std::collections::BTreeMap;

use super::deploy::Request;
use super::{CommandError, Context, Kind};
use crate::deploy::live;

/// What is to be rolled out so that these services get new tasks, with [`super::deploy::deploy`].
///
/// # Errors
///
/// A refusal where a service runs nothing yet.
pub async fn restart(context: &Context, services: &[String]) -> Result<Request, CommandError> {
    context.guard().await?;
    let lives = live::all(&context.aws.fresh()).await?;
    let mut images = BTreeMap::new();
    let mut tags = BTreeMap::new();
    for name in services {
        let live = lives.get(name);
        let Some(digest) = live.and_then(|live| live.digest()) else {
            let message =
                format!("{name} runs no image that could be restarted; nothing was changed");
            return Err(CommandError::new(Kind::Refused, message).hint(format!(
                "what runs: {}; leave it out with --service",
                context.again("status")
            )));
        };
        images.insert(name.clone(), digest.to_owned());
        if let Some(tag) = live.and_then(|live| live.tag()) {
            tags.insert(digest.to_owned(), tag.to_owned());
        }
    }
    Ok(Request {
        verb: "restart",
        images,
        tags,
        // Where nobody answers, new tasks may be the cure.
        cure: true,
        restart: true,
        prepare: false,
    })
}
