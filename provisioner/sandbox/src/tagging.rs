//! The Resource Groups Tagging API: every tagged resource of a region in one list.
//!
//! Owns: nothing; it asks every room. Must not know: HTTP, files, hcctl.

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// Answers one call.
pub(crate) fn handle(_world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    Err(call.unknown_operation())
}
