//! What runs, and where it answers.

use std::time::SystemTime;

use super::{CommandError, Context};
use crate::aws::Aws;
use crate::deploy::state::{self, State};

/// What one look found.
#[derive(Clone, Debug)]
pub struct Status {
    /// The services that are there.
    pub services: Vec<State>,
    /// Services of the file that are not there.
    pub missing: Vec<String>,
    /// Where the environment answers.
    pub url: Option<String>,
    /// When it was.
    pub at: SystemTime,
}

/// Looks; where it answers is asked only where that is not known.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub async fn status(
    context: &Context,
    aws: &Aws,
    url: Option<String>,
) -> Result<Status, CommandError> {
    let services = state::all(&aws.fresh()).await?;
    let there = |name: &String| services.iter().any(|state| state.live.name == *name);
    let names = context.environment.services.keys().map(ToString::to_string);
    let url = match url {
        None if !services.is_empty() => context.url().await?,
        known => known,
    };
    Ok(Status {
        missing: names.filter(|name| !there(name)).collect(),
        services,
        url,
        at: SystemTime::now(),
    })
}
