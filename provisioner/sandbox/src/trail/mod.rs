//! CloudTrail: the event history of management events, as `LookupEvents` tells it (JSON 1.1).
//!
//! Owns: what was called last, and by whom. Must not know: what the calls did. An event lists its resources for EC2 and
//! IAM only, which is what
//! [AWS's list](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events-supported-resource-types.html)
//! promises of the services here; the others' events name theirs in `requestParameters`. Long texts are left out of the
//! records, and so is everything but the newest events: the world's file does not grow without bound.

mod event;
mod lookup;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AwsError};
use crate::call::{Call, Service};
use crate::world::World;
use event::Event;

/// So many events are kept of a region.
pub(crate) const MOST_EVENTS: usize = 500;

/// The events of one region, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    events: VecDeque<Event>,
    /// When the last lookups were let in, in milliseconds since 1970.
    #[serde(skip)]
    asked: VecDeque<u64>,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "LookupEvents" => lookup::events(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Keeps a write call that was done, with its answer. What S3's objects and CloudTrail itself are asked is no management
/// event that is kept.
pub(crate) fn record(world: &mut World, call: &Call, request_id: &str, answer: &Answer) {
    let Some(event) = Event::of(call, request_id, world.now(), answer) else {
        return;
    };
    let region = match call.service {
        // Events of services that have no region are kept in one for all.
        // <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
        Service::Iam => call.partition().global_region,
        _ => &call.region,
    };
    let events = &mut world.region(region).trail.events;
    if events.len() >= MOST_EVENTS {
        events.pop_front();
    }
    events.push_back(event);
}
