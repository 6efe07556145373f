//! The secrets of a task's containers: what each is given, and why one cannot be read.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html>

use serde_json::Value;

use super::Told;
use crate::ecs::{self, Task};
use crate::partition;
use crate::world::World;
use crate::{secrets, ssm};

/// Which store a secret is in, in ECS's words.
fn store(from: &str) -> &'static str {
    if from.split(':').nth(2) == Some("secretsmanager") {
        "asm"
    } else {
        "ssm"
    }
}

/// What a container is given for the `valueFrom` of a secret: the ARN of a secret, with what of it is meant, or the ARN or the name of
/// a parameter.
pub(crate) fn given(world: &World, region: &str, from: &str) -> Result<String, String> {
    let place = from.split(':').nth(3).unwrap_or(region);
    let found = match store(from) {
        "asm" => secrets::given(world, place, from)
            .map_err(|why| format!("failed to fetch secret {from} from secrets manager: {why}")),
        _ => ssm::given(world, place, from),
    };
    found.map_err(|why| unread(from, &why))
}

fn unread(from: &str, why: &str) -> String {
    let what = match store(from) {
        "asm" => "unable to retrieve secret from asm",
        _ => "unable to retrieve secrets from ssm",
    };
    format!(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: {what}: service \
         call has been retried 1 time(s): {why}"
    )
}

/// Why a secret of a task cannot be read: one that cannot, or, for an image that is told so, the first.
pub(super) fn trouble(
    world: &World,
    region: &str,
    task: &Task,
    told: Option<Told>,
) -> Option<String> {
    let shape = ecs::task_definition_of(world, region, &task.definition).unwrap_or_default();
    let containers = shape.get("containerDefinitions").and_then(Value::as_array);
    let all = containers.into_iter().flatten();
    let all = all.flat_map(|container| {
        let lists = [
            &container["secrets"],
            &container["logConfiguration"]["secretOptions"],
        ];
        lists
            .into_iter()
            .filter_map(serde_json::Value::as_array)
            .flatten()
    });
    let mut named = all.filter_map(|secret| secret["valueFrom"].as_str());
    if told == Some(Told::Secret) {
        let of_nothing = partition::arn(region, "secretsmanager", "secret:missing");
        let from = named.next().unwrap_or(&of_nothing);
        let why = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
        let why = format!("failed to fetch secret {from} from secrets manager: {why}");
        return Some(unread(from, &why));
    }
    named.find_map(|from| given(world, region, from).err())
}
