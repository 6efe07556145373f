//! The keys of a queue.

use super::reader::{At, Decode, Section};
use crate::environment::defaults;
use crate::environment::queue::Queue;

impl Decode for Queue {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let visibility_seconds = map.or("visibility_seconds", defaults::visibility_seconds);
            let retention_days = map.or("retention_days", defaults::message_days);
            let dead_letter_after = map.or("dead_letter_after", defaults::receives);
            let fifo = map.or("fifo", defaults::fifo);
            Some(Self {
                visibility_seconds: visibility_seconds?,
                retention_days: retention_days?,
                dead_letter_after: dead_letter_after?,
                fifo: fifo?,
            })
        })
    }
}

/// Reads `queue:`, which may be a switch.
#[expect(
    clippy::option_option,
    reason = "one that is wrong is neither there nor left out"
)]
pub(super) fn queue(map: &Section<'_, '_>) -> Option<Option<Queue>> {
    let Some(at) = map.get("queue").filter(|at| !at.is_null()) else {
        return Some(None);
    };
    if at.scalar().is_some() {
        return bool::decode(&at).map(|on| on.then(defaults::queue));
    }
    Queue::decode(&at).map(Some)
}
