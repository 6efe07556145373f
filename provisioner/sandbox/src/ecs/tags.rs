//! Tags on clusters, services, task definitions and tasks.

use serde_json::json;
use winterbaume_ecs::model as wire;

use super::model::Life;
use super::{client, invalid, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::{Tags, from_list, to_list};
use crate::world::World;

/// `TagResource`: a key that is there gets the new value.
pub(super) fn add(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::TagResourceRequest = shape::json(call, &[])?;
    let added = from_list(call.json.get("tags"), "key", "value")?;
    by_arn(world, call, &input.resource_arn)?.extend(added);
    Ok(Answer::empty())
}

/// `UntagResource`: a key that is not there is no error.
pub(super) fn remove(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::UntagResourceRequest = shape::json(call, &[])?;
    by_arn(world, call, &input.resource_arn)?.retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

/// `ListTagsForResource`.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListTagsForResourceRequest = shape::json(call, &[])?;
    let tags = to_list(by_arn(world, call, &input.resource_arn)?, "key", "value");
    Ok(Answer::Json(json!({ "tags": tags })))
}

fn by_arn<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut Tags, AwsError> {
    let prefix = call.arn("ecs", "");
    let Some((kind, rest)) = arn
        .strip_prefix(&prefix)
        .and_then(|rest| rest.split_once('/'))
    else {
        return Err(invalid(format!("Invalid ARN: {arn}")));
    };
    let state = state(world, call);
    match kind {
        "cluster" => {
            let cluster = state
                .clusters
                .get_mut(rest)
                .filter(|it| it.life == Life::Active);
            cluster
                .map(|it| &mut it.tags)
                .ok_or_else(reference::no_cluster)
        }
        "service" => {
            let service = state
                .services
                .get_mut(rest)
                .filter(|it| it.life != Life::Inactive);
            service
                .map(|it| &mut it.tags)
                .ok_or_else(|| invalid("The specified service was not found."))
        }
        "task" => state
            .tasks
            .get_mut(arn)
            .map(|it| &mut it.tags)
            .ok_or_else(|| invalid("The specified task was not found.")),
        "task-definition" => {
            let missing = || client("The specified task definition does not exist.");
            let (family, revision) = rest.split_once(':').ok_or_else(missing)?;
            let revisions = state.definitions.get_mut(family).ok_or_else(missing)?;
            let revision = revision.parse().map_err(|_| missing())?;
            revisions
                .get_mut(&revision)
                .map(|it| &mut it.tags)
                .ok_or_else(missing)
        }
        _ => Err(invalid(format!("Invalid ARN: {arn}"))),
    }
}
