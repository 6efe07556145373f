//! Whether a task's images are there and can run, and its log groups.

use serde_json::Value;

use super::Told;
use crate::ecr::{self, Pull};
use crate::ecs::{self, Image, Task};
use crate::logs;
use crate::world::World;

/// Why an image cannot be pulled. The digest that the revision found counts, as ECS keeps all tasks of a revision on the same image.
pub(super) fn trouble(
    world: &World,
    region: &str,
    images: &[Image],
    task: &Task,
    told: Option<Told>,
) -> Option<String> {
    for image in images {
        let by_digest = image.digest.as_ref().map(|digest| {
            let bare = image.reference.split('@').next().unwrap_or_default();
            let tag = bare.rfind(':').filter(|at| !bare[*at..].contains('/'));
            format!("{}@{digest}", &bare[..tag.unwrap_or(bare.len())])
        });
        let reference = by_digest.as_ref().unwrap_or(&image.reference);
        if told == Some(Told::Pull) || ecr::pull(world, reference) == Pull::Missing {
            return Some(format!(
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {reference}: {reference}: not found"
            ));
        }
        let platform = platform(world, region, &task.definition);
        if let Some(why) = ecr::unrunnable(world, reference, platform) {
            return Some(format!("CannotPullContainerError: {why}"));
        }
    }
    None
}

/// The platform of a task definition, as images name it.
fn platform(world: &World, region: &str, definition: &str) -> &'static str {
    let shape = ecs::task_definition_of(world, region, definition).unwrap_or_default();
    match shape
        .get("runtimePlatform")
        .map(|it| &it["cpuArchitecture"])
    {
        Some(architecture) if architecture == "ARM64" => "linux/arm64",
        _ => "linux/amd64",
    }
}

/// Why a log driver cannot start: its group is not there, and it may not make it.
pub(super) fn log_trouble(world: &World, region: &str, task: &Task) -> Option<String> {
    let shape = ecs::task_definition_of(world, region, &task.definition)?;
    let containers = shape
        .get("containerDefinitions")
        .and_then(Value::as_array)?;
    for container in containers {
        let log = &container["logConfiguration"];
        let option = |key: &str| log["options"][key].as_str();
        let (Some("awslogs"), Some(group)) = (log["logDriver"].as_str(), option("awslogs-group"))
        else {
            continue;
        };
        let own_region = option("awslogs-region").unwrap_or(region);
        if option("awslogs-create-group") != Some("true")
            && !logs::has_group(world, own_region, group)
        {
            return Some(format!(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to \
                 create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. ({group})"
            ));
        }
    }
    None
}
