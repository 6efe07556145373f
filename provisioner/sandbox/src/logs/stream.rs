//! Log streams and what is in them: the newest thousand events of each.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_cloudwatchlogs::model;

use super::{LogGroup, group_of, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::partition;
use crate::shape;
use crate::world::World;

/// How many events of a stream are kept. AWS keeps them all until their retention is over.
pub(crate) const MOST_EVENTS: usize = 1_000;

/// How many streams of a group are kept: a service whose tasks keep failing makes one with every task.
const MOST_STREAMS: usize = 500;

/// A log stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stream {
    /// Its place in the order of the group's streams.
    number: u64,
    created: u64,
    /// How many events were forgotten, so that every event keeps its place.
    pub(super) forgotten: u64,
    pub(super) events: VecDeque<LogEvent>,
}

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LogEvent {
    pub(super) at: u64,
    pub(super) message: String,
}

impl Stream {
    /// The event at a place that counts from the stream's beginning.
    pub(super) fn at(&self, place: u64) -> Option<&LogEvent> {
        let index = place.checked_sub(self.forgotten)?;
        self.events.get(usize::try_from(index).ok()?)
    }

    /// The place after the newest event.
    pub(super) fn end(&self) -> u64 {
        self.forgotten + self.events.len() as u64
    }

    /// An event's id. Ids of a group sort by time, then by stream, then by place, and never change.
    pub(super) fn event_id(&self, place: u64, event: &LogEvent) -> String {
        format!("{:014}{:010}{place:032}", event.at, self.number)
    }

    fn seen(&self, group: &LogGroup, name: &str) -> Value {
        let mut seen = json!({
            "logStreamName": name,
            "arn": format!("{}:log-stream:{name}", group.arn),
            "creationTime": self.created,
            "storedBytes": 0,
            "uploadSequenceToken": format!("{:056}", self.end()),
        });
        if let (Some(first), Some(last)) = (self.events.front(), self.events.back()) {
            seen["firstEventTimestamp"] = first.at.into();
            seen["lastEventTimestamp"] = last.at.into();
            seen["lastIngestionTime"] = last.at.into();
        }
        seen
    }
}

/// Appends a line, as a log driver does; the stream is made on its first line. Nothing happens if there is no such group and it may not
/// be made.
pub(crate) fn write(
    world: &mut World,
    region: &str,
    group: &str,
    stream: &str,
    at: u64,
    message: &str,
    may_create: bool,
) {
    let groups = &mut world.region(region).logs.groups;
    if may_create && !groups.contains_key(group) {
        let arn = partition::arn(region, "logs", &format!("log-group:{group}"));
        groups.insert(group.to_owned(), LogGroup::plain(arn, at));
    }
    let Some(group) = groups.get_mut(group) else {
        return;
    };
    let numbers = group.streams.values().map(|stream| stream.number);
    let number = numbers.max().map_or(0, |last| last + 1);
    if group.streams.len() == MOST_STREAMS && !group.streams.contains_key(stream) {
        let oldest = group.streams.iter().min_by_key(|(_, it)| it.number);
        if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
            group.streams.remove(&oldest);
        }
    }
    let stream = group
        .streams
        .entry(stream.to_owned())
        .or_insert_with(|| Stream {
            number,
            created: at,
            forgotten: 0,
            events: VecDeque::new(),
        });
    if stream.events.len() == MOST_EVENTS {
        stream.events.pop_front();
        stream.forgotten += 1;
    }
    let message = message.to_owned();
    stream.events.push_back(LogEvent { at, message });
}

/// `DescribeLogStreams`: by prefix, ordered by name or by the last event's time, at most 50 a page.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeLogStreamsRequest = shape::json(call, &[])?;
    let size = input.limit.unwrap_or(50);
    if !(1..=50).contains(&size) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{size}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"
        )));
    }
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => return Err(invalid(format!("orderBy '{other}' is not valid"))),
    };
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    if by_time && !prefix.is_empty() {
        return Err(invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let group = group_of(world, call)?;
    let mut found: Vec<(&String, &Stream)> = group
        .streams
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .collect();
    if by_time {
        found.sort_by_key(|(_, stream)| stream.events.back().map(|event| event.at));
    }
    if input.descending == Some(true) {
        found.reverse();
    }
    let found = found
        .into_iter()
        .map(|(name, stream)| stream.seen(group, name))
        .collect();
    let (found, next) = paging::page(found, input.next_token.as_deref(), size as usize)
        .ok_or_else(|| invalid("The specified nextToken is invalid."))?;
    let mut answer = json!({ "logStreams": found });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}
