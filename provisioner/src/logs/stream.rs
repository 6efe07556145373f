//! One task's log stream, read as it grows.

use hcctl_engine::{Class, Fault};

use super::Line;
use crate::aws::{Aws, fault};
use crate::resources::log_group;

/// What one container of a task writes.
#[derive(Debug)]
pub struct Stream {
    aws: Aws,
    service: String,
    task: String,
    group: String,
    name: String,
    /// Where the next page begins; nothing before the first.
    token: Option<String>,
}

impl Stream {
    /// The stream that the log driver gives a container: `PREFIX/CONTAINER/TASK`.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
    pub fn of_task(
        aws: &Aws,
        service: &str,
        group: &str,
        prefix: &str,
        container: &str,
        task: &str,
    ) -> Self {
        Self {
            aws: aws.clone(),
            service: service.to_owned(),
            task: task.to_owned(),
            group: log_group::name_of(group).to_owned(),
            name: format!("{prefix}/{container}/{task}"),
            token: None,
        }
    }

    /// The lines that have come since the last time; none where the container has not begun to write.
    ///
    /// # Errors
    ///
    /// What AWS answers, but for a stream that is not there yet.
    pub async fn more(&mut self) -> Result<Vec<Line>, Fault> {
        let mut lines = Vec::new();
        loop {
            let call = self.aws.logs.get_log_events().start_from_head(true);
            let call = call
                .log_group_name(&self.group)
                .log_stream_name(&self.name)
                .set_next_token(self.token.clone());
            let page = match call.send().await.map_err(fault("logs:GetLogEvents")) {
                Err(fault) if fault.class == Class::NotFound => return Ok(lines),
                page => page?,
            };
            let events = page.events.unwrap_or_default();
            let of_task = |event| Line::of_task(&self.service, &self.task, event);
            lines.extend(events.into_iter().map(of_task));
            // At the end AWS answers the token that it was given.
            // <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>
            if page.next_forward_token == self.token {
                return Ok(lines);
            }
            self.token = page.next_forward_token;
        }
    }
}
