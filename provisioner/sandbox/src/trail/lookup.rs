//! [LookupEvents](https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html): newest first, by one
//! attribute at most, two calls a second.

use serde_json::{Value, json};

use super::event::Event;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::world::World;

/// So many calls a second of an account in a region.
const CALLS_A_SECOND: usize = 2;
/// How far back events are told.
const KEPT_MS: u64 = 90 * 86_400_000;

/// Answers with the events that the call asks for.
pub(super) fn events(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "LookupAttributes",
        "StartTime",
        "EndTime",
        "EventCategory",
        "MaxResults",
        "NextToken",
    ])?;
    if let Some(category) = call.text("EventCategory") {
        if category == "insight" {
            return Err(AwsError::not_simulated("CloudTrail's Insights events"));
        }
        return Err(AwsError::new(
            "InvalidEventCategoryException",
            format!("{category} is not a valid event category"),
        ));
    }
    let wanted = Wanted::read(call)?;
    let (now, lag) = (world.now(), world.delays.trail);
    let trail = &mut world.region(&call.region).trail;
    trail.asked.retain(|at| now < at + 1_000);
    if trail.asked.len() >= CALLS_A_SECOND {
        return Err(AwsError::new("ThrottlingException", "Rate exceeded"));
    }
    trail.asked.push_back(now);
    let told =
        |event: &&Event| event.at + lag <= now && now < event.at + KEPT_MS && wanted.has(event);
    let found: Vec<Value> = trail
        .events
        .iter()
        .rev()
        .filter(told)
        .map(Event::seen)
        .collect();
    let (page, next) = paging::page(found, call.text("NextToken"), wanted.size)
        .ok_or_else(|| AwsError::new("InvalidNextTokenException", "The token is not valid"))?;
    let mut answer = json!({ "Events": page });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

struct Wanted {
    attribute: Option<(String, String)>,
    /// In milliseconds since 1970.
    start: u64,
    end: u64,
    size: usize,
}

impl Wanted {
    fn read(call: &Call) -> Result<Self, AwsError> {
        let attributes = call.json["LookupAttributes"].as_array();
        let attribute = match attributes.map_or(&[][..], Vec::as_slice) {
            [] => None,
            [one] => Some(attribute(one)?),
            _ => return Err(invalid("only one lookup attribute can be given")),
        };
        let size = match &call.json["MaxResults"] {
            Value::Null => 50,
            size => size
                .as_u64()
                .filter(|size| (1..=50).contains(size))
                .ok_or_else(|| {
                    AwsError::new(
                        "InvalidMaxResultsException",
                        "MaxResults must be between 1 and 50",
                    )
                })? as usize,
        };
        let time = |key: &str| {
            let seconds = call.json[key].as_f64();
            seconds.map(|seconds| (seconds * 1_000.0) as u64)
        };
        let start = time("StartTime").unwrap_or(0);
        let end = time("EndTime").unwrap_or(u64::MAX);
        if start > end {
            return Err(AwsError::new(
                "InvalidTimeRangeException",
                "StartTime must not be after EndTime",
            ));
        }
        Ok(Self {
            attribute,
            start,
            end,
            size,
        })
    }

    fn has(&self, event: &Event) -> bool {
        let in_time = (self.start..=self.end).contains(&event.at);
        let named = self.attribute.as_ref().is_none_or(|(key, value)| {
            let any = |part: fn(&(String, String)) -> &String| {
                event.resources.iter().any(|one| part(one) == value)
            };
            match key.as_str() {
                "AccessKeyId" => event.key == *value,
                "EventId" => event.id == *value,
                "EventName" => event.name == *value,
                "EventSource" => event.source == *value,
                "ReadOnly" => value == "false",
                "ResourceName" => any(|(_, name)| name),
                "ResourceType" => any(|(kind, _)| kind),
                // `attribute` lets nothing else through.
                _ => event.user == *value,
            }
        });
        in_time && named
    }
}

fn attribute(one: &Value) -> Result<(String, String), AwsError> {
    const KEYS: [&str; 8] = [
        "AccessKeyId",
        "EventId",
        "EventName",
        "EventSource",
        "ReadOnly",
        "ResourceName",
        "ResourceType",
        "Username",
    ];
    match (one["AttributeKey"].as_str(), one["AttributeValue"].as_str()) {
        (Some(key), Some(value)) if KEYS.contains(&key) && (1..=2_000).contains(&value.len()) => {
            Ok((key.to_owned(), value.to_owned()))
        }
        _ => Err(invalid(
            "an attribute needs one of the known keys, and a value of 1 to 2,000 characters",
        )),
    }
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidLookupAttributesException", message)
}
