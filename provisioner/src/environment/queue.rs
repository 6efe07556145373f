//! The queue that a service works off.

use schemars::JsonSchema;
use serde::Serialize;

use super::defaults;
use super::values::queue::{MessageDays, Receives, VisibilitySeconds};

/// A queue of SQS whose messages a service works off, with one beside it for those that cannot be worked off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Queue {
    /// Seconds that a task has for a message before others get it again. At least as long as the work takes.
    #[schemars(default = "defaults::visibility_seconds")]
    pub visibility_seconds: VisibilitySeconds,
    /// Days that a message waits before it goes.
    #[schemars(default = "defaults::message_days")]
    pub retention_days: MessageDays,
    /// How often a message is received before it is a dead letter. Those are kept for 14 days, and an alarm tells of them.
    #[schemars(default = "defaults::receives")]
    pub dead_letter_after: Receives,
    /// Whether messages come in the order in which they were sent, and once. Senders then name a group with each.
    #[schemars(default = "defaults::fifo")]
    pub fifo: bool,
}

/// As `queue` is written: a switch, or all of it.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it stands for its schema only")]
pub(crate) enum QueueForm {
    Switch(bool),
    Whole(Queue),
}
