//! Application Auto Scaling.
//!
//! Owns: the state and behaviour of Application Auto Scaling. Must not know: HTTP, files, hcctl.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;

/// Everything this room keeps.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {}

/// Answers one call.
pub(crate) fn handle(_world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    Err(call.unknown_operation())
}

/// This room's tagged resources.
pub(crate) fn tagged(_world: &World, _region: &str) -> Vec<Tagged> {
    Vec::new()
}

/// How many of each kind there are.
pub(crate) fn count(_world: &World) -> Vec<(&'static str, usize)> {
    Vec::new()
}
