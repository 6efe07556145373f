//! What of the world is to run: its tasks, with all that starting one takes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ecr;
use crate::ecs::{self, Phase, Task};
use crate::rollout::{self, Told};
use crate::world::World;

/// A task.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) arn: String,
    pub(super) region: String,
    /// Its address in the world.
    pub(super) ip: String,
    pub(super) wish: Wish,
    pub(super) container: Container,
    pub(super) image: Image,
}

/// What is to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Run,
    /// With its process left alone until it has drained.
    Drain,
    Stop,
}

/// What its definition says.
#[derive(Debug, Clone, Default)]
pub(super) struct Container {
    pub(super) port: Option<u16>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) command: Vec<String>,
    pub(super) entry_point: Vec<String>,
    pub(super) user: Option<String>,
    pub(super) read_only: bool,
    pub(super) drop_capabilities: Vec<String>,
    /// In MiB.
    pub(super) memory: Option<u64>,
    /// In seconds.
    pub(super) stop_timeout: u64,
    /// Why it cannot be run here.
    pub(super) trouble: Option<String>,
}

/// Its image.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) repository: String,
    pub(super) digest: String,
    /// Whether an engine pushed it, layers and all.
    pub(super) pushed: bool,
}

/// The tasks that have not stopped.
pub(super) fn all(world: &World) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (region, state) in &world.regions {
        for task in state.ecs.tasks.values().filter(|task| !task.is_stopped()) {
            let Some(wish) = wish(world, task) else {
                continue;
            };
            let (container, image) = described(world, region, task);
            jobs.push(Job {
                arn: task.arn.clone(),
                region: region.clone(),
                ip: task
                    .place
                    .as_ref()
                    .map(|place| place.ip.clone())
                    .unwrap_or_default(),
                wish,
                container,
                image,
            });
        }
    }
    jobs
}

fn wish(world: &World, task: &Task) -> Option<Wish> {
    match task.phase {
        Phase::Starting => super::is_cleared(world, task).then_some(Wish::Run),
        Phase::Running => Some(Wish::Run),
        Phase::Stopping => {
            let ends = task.stopped_at.unwrap_or_default();
            let told = ends.saturating_sub(world.delays.task_stop);
            Some(if told <= world.now() {
                Wish::Stop
            } else {
                Wish::Drain
            })
        }
        Phase::Stopped => None,
    }
}

fn described(world: &World, region: &str, task: &Task) -> (Container, Image) {
    let shape = ecs::task_definition_of(world, region, &task.definition).unwrap_or_default();
    let containers = shape.get("containerDefinitions").and_then(Value::as_array);
    let containers = containers.map(Vec::as_slice).unwrap_or_default();
    let mut container = containers.first().map(read).unwrap_or_default();
    if let Some(definition) = containers.first() {
        container.take_secrets(world, region, definition);
    }
    if let Some(lone) = &task.lone {
        container.override_with(&lone.overrides["containerOverrides"][0]);
    }
    if containers.len() != 1 {
        let message = format!(
            "the sandbox runs tasks of one container, and this has {}",
            containers.len()
        );
        container.trouble = Some(message);
    }
    if container.memory.is_none() {
        let memory = shape.get("memory").and_then(Value::as_str);
        container.memory = memory.and_then(|text| text.parse().ok());
    }
    let reference = containers
        .first()
        .and_then(|it| it["image"].as_str())
        .unwrap_or_default();
    let digest = match ecr::pull(world, reference) {
        ecr::Pull::Found(digest) => digest,
        ecr::Pull::Missing | ecr::Pull::Elsewhere => String::new(),
    };
    let name = reference.split(['@']).next().unwrap_or_default();
    let name = name.split_once('/').map_or(name, |(_, rest)| rest);
    let repository = name.split(':').next().unwrap_or_default().to_owned();
    let pushed = ecr::layer::is_pushed(world, region, &repository, &digest);
    if !pushed {
        container.spoil(task.told);
    }
    let image = Image {
        repository,
        digest,
        pushed,
    };
    (container, image)
}

fn read(definition: &Value) -> Container {
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect()
    };
    let pairs = definition["environment"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let env = pairs.iter().filter_map(|pair| {
        Some((
            pair["name"].as_str()?.to_owned(),
            pair["value"].as_str()?.to_owned(),
        ))
    });
    let port = definition["portMappings"][0]["containerPort"].as_u64();
    Container {
        port: port.and_then(|port| u16::try_from(port).ok()),
        env: env.collect(),
        command: texts(&definition["command"]),
        entry_point: texts(&definition["entryPoint"]),
        user: definition["user"].as_str().map(str::to_owned),
        read_only: definition["readonlyRootFilesystem"] == true,
        drop_capabilities: texts(&definition["linuxParameters"]["capabilities"]["drop"]),
        memory: definition["memory"].as_u64(),
        stop_timeout: definition["stopTimeout"].as_u64().unwrap_or(30),
        trouble: None,
    }
}

impl Container {
    /// Gives it the values of its definition's secrets, as ECS does when it starts.
    fn take_secrets(&mut self, world: &World, region: &str, definition: &Value) {
        let all = definition["secrets"].as_array();
        for secret in all.into_iter().flatten() {
            let (name, from) = (secret["name"].as_str(), secret["valueFrom"].as_str());
            let (Some(name), Some(from)) = (name, from) else {
                continue;
            };
            match rollout::secret::given(world, region, from) {
                Ok(value) => drop(self.env.insert(name.to_owned(), value)),
                Err(why) => self.trouble = Some(why),
            }
        }
    }

    /// What a call to `RunTask` puts in the definition's place.
    fn override_with(&mut self, overrides: &Value) {
        let texts = |value: &Value| -> Vec<String> {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let texts = list.iter().filter_map(|it| it.as_str());
            texts.map(str::to_owned).collect()
        };
        if overrides["command"].is_array() {
            self.command = texts(&overrides["command"]);
        }
        let pairs = overrides["environment"].as_array();
        for pair in pairs.into_iter().flatten() {
            if let (Some(name), Some(value)) = (pair["name"].as_str(), pair["value"].as_str()) {
                self.env.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Gives it settings with which a program behaves as a record's tag tells: it does not start, it listens where nobody asks, or it
    /// answers health checks and nothing else.
    fn spoil(&mut self, told: Option<Told>) {
        let wrong = match told {
            Some(Told::Start) => ("PORT", "none".to_owned()),
            Some(Told::Health) => ("PORT", self.port.unwrap_or(80).wrapping_add(1).to_string()),
            Some(Told::Later) => ("TABLE", "no-such-table".to_owned()),
            _ => return,
        };
        self.env.insert(wrong.0.to_owned(), wrong.1);
    }
}
