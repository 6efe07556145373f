//! Reading what was written: one stream, or a whole group by time and pattern.

use serde_json::{Value, json};
use winterbaume_cloudwatchlogs::model;

use super::stream::{LogEvent, Stream};
use super::{group_of, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape::{self, Newer};
use crate::world::World;

/// What the SDK has and the generated types do not.
const NEWER: Newer = &["FilterLogEventsRequest.startFromHead"];

/// How many events an answer holds at most (API reference, `GetLogEvents` and `FilterLogEvents`).
const MOST: usize = 10_000;

/// `GetLogEvents`: the newest events unless `startFromHead`; at the stream's end the forward token is the one that was sent.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetLogEventsRequest = shape::json(call, &[])?;
    shape::refuse(call, &["unmask"])?;
    let size = page_size(input.limit)?;
    let group = group_of(world, call)?;
    let stream = group
        .streams
        .get(&input.log_stream_name)
        .ok_or_else(no_stream)?;
    let (from, until) = (input.start_time, input.end_time);
    // The end of the range does not belong to it here; `FilterLogEvents` has it otherwise.
    let asked = |event: &LogEvent| {
        from.is_none_or(|from| event.at as i64 >= from)
            && until.is_none_or(|until| (event.at as i64) < until)
    };
    let token = input.next_token.as_deref().map(place_of).transpose()?;
    let places = stream.forgotten..stream.end();
    let fits = |place: &u64| stream.at(*place).is_some_and(asked);
    let chosen: Vec<u64> = match token {
        Some((Way::Forward, place)) => places
            .filter(|it| *it >= place)
            .filter(fits)
            .take(size)
            .collect(),
        None if input.start_from_head == Some(true) => places.filter(fits).take(size).collect(),
        Some((Way::Backward, _)) | None => {
            let before = token.map_or(u64::MAX, |(_, place)| place);
            let mut back: Vec<u64> = places
                .rev()
                .filter(|it| *it < before)
                .filter(fits)
                .take(size)
                .collect();
            back.reverse();
            back
        }
    };
    let at_rest = token.map_or(stream.end(), |(_, place)| place);
    let first = chosen.first().copied().unwrap_or(at_rest);
    let after = chosen.last().map_or(at_rest, |last| last + 1);
    let events: Vec<Value> = chosen
        .iter()
        .filter_map(|place| stream.at(*place))
        .map(|event| json!({ "timestamp": event.at, "ingestionTime": event.at, "message": event.message }))
        .collect();
    Ok(Answer::Json(json!({
        "events": events,
        "nextForwardToken": format!("f/{after:056}/s"),
        "nextBackwardToken": format!("b/{first:056}/s"),
    })))
}

/// `FilterLogEvents`: the streams' events in the order of time.
pub(super) fn filter(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::FilterLogEventsRequest = shape::json(call, NEWER)?;
    shape::refuse(call, &["unmask"])?;
    let size = page_size(input.limit)?;
    let names = input.log_stream_names.unwrap_or_default();
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    if !names.is_empty() && !prefix.is_empty() {
        return Err(invalid(
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
        ));
    }
    let pattern = Pattern::read(&input.filter_pattern.unwrap_or_default())?;
    let newest_first = call.json["startFromHead"] == false;
    let group = group_of(world, call)?;
    if let Some(missing) = names.iter().find(|name| !group.streams.contains_key(*name)) {
        tracing::debug!(stream = %missing, "asked for a log stream that is not there");
        return Err(no_stream());
    }
    let asked = |event: &LogEvent| {
        input.start_time.is_none_or(|from| event.at as i64 >= from)
            && input.end_time.is_none_or(|until| event.at as i64 <= until)
            && pattern.fits(&event.message)
    };
    let of_stream = |name: &String, stream: &Stream| -> Vec<(String, Value)> {
        let places = stream.forgotten..stream.end();
        places
            .filter_map(|place| Some((place, stream.at(place)?)))
            .filter(|(_, event)| asked(event))
            .map(|(place, event)| {
                let id = stream.event_id(place, event);
                let seen = json!({
                    "logStreamName": name,
                    "timestamp": event.at,
                    "ingestionTime": event.at,
                    "message": event.message,
                    "eventId": id,
                });
                (id, seen)
            })
            .collect()
    };
    let mut found: Vec<(String, Value)> = group
        .streams
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name))
        .filter(|(name, _)| name.starts_with(&prefix))
        .flat_map(|(name, stream)| of_stream(name, stream))
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    if newest_first {
        found.reverse();
    }
    // A token names the last event that was answered, so that what is written meanwhile moves no page.
    if let Some(token) = &input.next_token {
        let last = token
            .strip_prefix("after-")
            .filter(|id| id.len() == 56)
            .ok_or_else(|| invalid("The specified nextToken is invalid."))?;
        let further = |id: &str| if newest_first { id < last } else { id > last };
        found.retain(|(id, _)| further(id));
    }
    let next = (found.len() > size).then(|| format!("after-{}", found[size - 1].0));
    let events: Vec<Value> = found.into_iter().take(size).map(|(_, seen)| seen).collect();
    let mut answer = json!({ "events": events, "searchedLogStreams": [] });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Backward,
}

fn place_of(token: &str) -> Result<(Way, u64), AwsError> {
    let bad = || invalid("The specified nextToken is invalid.");
    let mut parts = token.split('/');
    let way = match parts.next() {
        Some("f") => Way::Forward,
        Some("b") => Way::Backward,
        _ => return Err(bad()),
    };
    let place = parts.next().and_then(|text| text.parse().ok());
    Ok((way, place.ok_or_else(bad)?))
}

fn page_size(limit: Option<i32>) -> Result<usize, AwsError> {
    let limit = limit.map_or(MOST, |limit| usize::try_from(limit).unwrap_or(0));
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        Err(invalid(format!(
            "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 10000"
        )))
    }
}

/// A filter pattern of terms (CloudWatch Logs User Guide, "Filter pattern syntax"): all plain ones, one of those with `?`, none of those
/// with `-`.
struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    fn read(text: &str) -> Result<Self, AwsError> {
        if ["{", "[", "%"]
            .iter()
            .any(|start| text.trim_start().starts_with(start))
        {
            return Err(AwsError::not_simulated("filter patterns other than terms"));
        }
        let mut pattern = Self {
            all: Vec::new(),
            any: Vec::new(),
            none: Vec::new(),
        };
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (list, after) = match rest.as_bytes()[0] {
                b'?' => (&mut pattern.any, &rest[1..]),
                b'-' => (&mut pattern.none, &rest[1..]),
                _ => (&mut pattern.all, rest),
            };
            let (term, left) = match after.strip_prefix('"') {
                Some(quoted) => quoted
                    .split_once('"')
                    .ok_or_else(|| invalid("Invalid filter pattern"))?,
                None => after.split_once(' ').unwrap_or((after, "")),
            };
            list.push(term.to_owned());
            rest = left.trim_start();
        }
        Ok(pattern)
    }

    fn fits(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has)
            && (self.any.is_empty() || self.any.iter().any(has))
            && !self.none.iter().any(has)
    }
}

fn no_stream() -> AwsError {
    AwsError::new(
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
}
