//! The numbers of a queue.

use super::rejection::number_type;

number_type! {
    /// Seconds for which a message that was received is nobody else's (SQS CreateQueue, `VisibilityTimeout`).
    VisibilitySeconds(u32), 0..=43_200, "a number of seconds that SQS hides a message for"
}

number_type! {
    /// Days that a message is kept (SQS CreateQueue, `MessageRetentionPeriod`).
    MessageDays(u32), 1..=14, "a number of days that SQS keeps a message"
}

number_type! {
    /// How often a message is received before it is a dead letter (SQS CreateQueue, `maxReceiveCount`).
    Receives(u32), 1..=1_000, "a number of times that a message is received"
}

number_type! {
    /// Messages that wait for one task.
    Backlog(u32), 1..=1_000_000, "a number of messages that wait for one task"
}
