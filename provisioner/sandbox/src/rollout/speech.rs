//! What the containers of a task write to their log streams.
//!
//! A line at the start, a line for a health check every quarter of a minute, and for a failing image a last line that tells why. The
//! streams are `PREFIX/CONTAINER/TASK` (ECS Developer Guide, "Send Amazon ECS logs to CloudWatch").

use serde_json::Value;

use super::Told;
use crate::ecs::{self, Task};
use crate::live;
use crate::logs;
use crate::world::World;

/// How often a running container writes a line.
const EVERY: u64 = 15_000;

/// Writes what the running containers of a region have had to say up to now.
pub(super) fn catch_up(world: &mut World, region: &str) {
    if live::is_on(world) {
        return;
    }
    let now = world.now();
    let tasks = world.region(region).ecs.tasks.values();
    let due: Vec<Task> = tasks
        .filter(|task| task.is_running() && task.speaks_at <= now)
        .cloned()
        .collect();
    for task in due {
        // After a long pause only what the stream can hold is written.
        let lines = (now - task.speaks_at) / EVERY + 1;
        let kept = lines.min(logs::MOST_EVENTS as u64);
        for number in lines - kept..lines {
            let at = task.speaks_at + number * EVERY;
            write(world, region, &task, at, routine(task.told));
        }
        if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
            task.speaks_at += lines * EVERY;
        }
    }
}

/// The first line, when the containers start; and the last one of those that exit at once.
pub(super) fn start(world: &mut World, region: &str, task: &Task) {
    let now = world.now();
    write(world, region, task, now, "listening");
    if let Some(task) = world.region(region).ecs.tasks.get_mut(&task.arn) {
        task.speaks_at = now + EVERY;
    }
}

/// The last line of a container that fails.
pub(super) fn last_words(world: &mut World, region: &str, task: &Task) {
    let line = match task.told {
        Some(Told::Start) => "error: cannot open the store: no such table",
        Some(Told::Memory) => "warn: the cache holds 480 MiB and grows",
        Some(Told::Health) => "error: /health answers 503: the store is not reachable",
        Some(Told::Later) => "error: a request failed with 500: cannot read the store",
        _ => return,
    };
    let now = world.now();
    write(world, region, task, now, line);
}

/// The last line of a task that is told to stop.
pub(super) fn farewell(world: &mut World, region: &str, task: &Task) {
    let now = world.now();
    write(world, region, task, now, "SIGTERM: finishing open requests");
}

fn routine(told: Option<Told>) -> &'static str {
    match told {
        Some(Told::Health) => "GET /health 503",
        _ => "GET /health 200",
    }
}

/// Writes a line, unless the containers really run and write their own.
fn write(world: &mut World, region: &str, task: &Task, at: u64, line: &str) {
    if !live::is_on(world) {
        log(world, region, task, at, line);
    }
}

/// Writes a line to the stream of every container that logs to CloudWatch.
pub(crate) fn log(world: &mut World, region: &str, task: &Task, at: u64, line: &str) {
    let shape = ecs::task_definition_of(world, region, &task.definition).unwrap_or_default();
    let containers = shape
        .get("containerDefinitions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for container in &containers {
        let log = &container["logConfiguration"];
        let option = |key: &str| log["options"][key].as_str();
        let name = container["name"].as_str();
        let (Some("awslogs"), Some(group), Some(prefix), Some(name)) = (
            log["logDriver"].as_str(),
            option("awslogs-group"),
            option("awslogs-stream-prefix"),
            name,
        ) else {
            continue;
        };
        let stream = format!("{prefix}/{name}/{}", task.id());
        let own_region = option("awslogs-region").unwrap_or(region).to_owned();
        let may_create = option("awslogs-create-group") == Some("true");
        logs::write(world, &own_region, group, &stream, at, line, may_create);
    }
}
