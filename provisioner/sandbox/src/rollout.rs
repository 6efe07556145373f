//! ECS's control loop, as a pure step over the world.
//!
//! Owns: how a service comes to its desired state. Must not know: HTTP, files, hcctl.

use crate::world::World;

/// Brings every service of a region one step on.
pub(crate) fn settle(_world: &mut World, _region: &str) {}
