//! What was observed of the tasks that really run, for the rooms to go by instead of what images are told.

use std::collections::{BTreeMap, BTreeSet};

use crate::ecs::Task;
use crate::world::World;

/// A world that is live has one of these. It is a setting, not state: who opens the world later starts with none.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// The tasks whose start nothing hinders: they are to be started.
    pub(crate) cleared: BTreeSet<String>,
    /// By task.
    pub(crate) tasks: BTreeMap<String, Seen>,
    /// Where load balancers answer (`127.0.0.1:8080`), by ARN.
    pub(crate) names: BTreeMap<String, String>,
}

/// What was last seen of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It runs.
    Up,
    /// It could not be started, and why.
    Failed(String),
    /// Its container has exited.
    Exited {
        /// The exit code, 128 and the signal's number for one that was killed; none if it never ran.
        code: Option<i32>,
        /// Why, where the runtime knows.
        reason: Option<String>,
    },
}

/// Whether tasks really run.
pub(crate) fn is_on(world: &World) -> bool {
    world.live.is_some()
}

/// What was seen of a task; nothing also where nothing really runs.
pub(crate) fn seen<'w>(world: &'w World, task: &str) -> Option<&'w Seen> {
    world.live.as_ref()?.tasks.get(task)
}

/// Whether a starting task waits for nothing but its process.
pub(crate) fn is_cleared(world: &World, task: &Task) -> bool {
    let live = world.live.as_ref();
    live.is_some_and(|live| live.cleared.contains(&task.arn))
}

/// Lets a task be started.
pub(crate) fn clear(world: &mut World, task: &Task) {
    if let Some(live) = &mut world.live {
        live.cleared.insert(task.arn.clone());
    }
}

/// Where a load balancer really answers.
pub(crate) fn name_of(world: &World, balancer: &str) -> Option<String> {
    world.live.as_ref()?.names.get(balancer).cloned()
}
