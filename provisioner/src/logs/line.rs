//! One line of a log.

use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, OutputLogEvent};

/// What a task wrote at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// The service's name.
    pub service: String,
    /// The task's id.
    pub task: String,
    /// The event's id, unique in its group; empty where AWS tells none.
    pub id: String,
    /// What it says, without the end of the line.
    pub message: String,
}

impl Line {
    pub(super) fn filtered(service: &str, event: FilteredLogEvent) -> Self {
        // `PREFIX/CONTAINER/TASK`: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
        let stream = event.log_stream_name.unwrap_or_default();
        let task = stream.rsplit('/').next().unwrap_or_default();
        Self {
            at: event.timestamp.unwrap_or_default().unsigned_abs(),
            service: service.to_owned(),
            task: task.to_owned(),
            id: event.event_id.unwrap_or_default(),
            message: ended(event.message),
        }
    }

    pub(super) fn of_task(service: &str, task: &str, event: OutputLogEvent) -> Self {
        Self {
            at: event.timestamp.unwrap_or_default().unsigned_abs(),
            service: service.to_owned(),
            task: task.to_owned(),
            id: String::new(),
            message: ended(event.message),
        }
    }
}

fn ended(message: Option<String>) -> String {
    let mut message = message.unwrap_or_default();
    message.truncate(message.trim_end().len());
    message
}
