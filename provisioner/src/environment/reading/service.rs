//! One service, key by key.

use std::collections::BTreeMap;

use super::container;
use super::reach;
use super::reader::{At, Decode, Section};
use super::sidecar::{self, Beside};
use crate::environment::container::Task;
use crate::environment::defaults;
use crate::environment::model::{Scale, Service};
use crate::environment::reach::Permissions;
use crate::environment::values::number::{Count, Port, Priority, RulePriority};
use crate::environment::values::path::PathPattern;
use crate::environment::values::place::SecretArn;
use crate::environment::values::rejection::Rejection;
use crate::environment::values::size::{Cpu, Memory};
use crate::environment::values::variable::VariableName;

/// A rule takes five condition values, and five wildcards in them (Elastic Load Balancing, "Quotas for your Application Load
/// Balancers", condition values and condition wildcards per rule).
const MOST_PATHS: usize = 5;

/// Reads a service that gets the given priority unless it names its own.
pub(crate) fn service(at: &At<'_>, automatic: Priority) -> Option<Service> {
    at.section(|map| {
        let paths = paths(map);
        let given = map.get("priority").map(|at| Priority::decode(&at));
        let priority = match given {
            Some(priority) => priority.map(RulePriority::Given),
            None => Some(RulePriority::Automatic(automatic)),
        };
        let port = map.or("port", defaults::port);
        let cpu = map.or("cpu", defaults::cpu);
        let memory: Option<Option<Memory>> = match map.get("memory") {
            Some(at) => Memory::decode(&at).map(Some),
            None => Some(None),
        };
        if let (Some(cpu), Some(Some(memory))) = (cpu, memory)
            && let Err(rejection) = memory.goes_with(cpu)
        {
            map.refuse("memory", rejection);
        }
        let count = map.or("count", defaults::count);
        let scale = match (map.get("scale"), count) {
            (Some(at), count) => scale(&at, count),
            (None, Some(count)) => Some(defaults::scale(count)),
            (None, None) => None,
        };
        let health = map.or("health", defaults::health);
        let grace_seconds = map.or("grace_seconds", defaults::grace_seconds);
        let table = map.or("table", || None);
        let env = settings(map);
        let secrets = secrets(map);
        let image = map.or("image", || None);
        let entrypoint = map.or("entrypoint", Vec::new);
        let command = map.or("command", Vec::new);
        let user = map.or("user", defaults::user);
        let root = map.or("root", defaults::root);
        let capabilities = map.or("capabilities", defaults::capabilities);
        let architecture = map.or("architecture", defaults::architecture);
        let init = map.or("init", defaults::init);
        let stop_seconds = map.or("stop_seconds", defaults::stop_seconds);
        let storage_gib = map.or("storage_gib", || None);
        let volumes = container::volumes(map, root);
        let container_health = map.or("container_health", || None);
        let egress = reach::egress(map);
        let own_group = egress.as_ref().is_some_and(|all| !all.is_empty());
        let security_groups = reach::security_groups(map, own_group);
        let permissions = map.or("permissions", Permissions::default);
        let task = map.or("task", Task::default);
        let depends_on = sidecar::depends_on(map);
        let beside = Beside {
            root,
            volumes: volumes.as_ref(),
            task: task.as_ref(),
            depends_on: depends_on.as_ref(),
            port: port.map(Port::get),
            cpu: cpu.map(Cpu::get),
            memory: match (memory, cpu) {
                (Some(Some(memory)), _) => Some(memory.get()),
                (Some(None), Some(cpu)) => Some(defaults::memory(cpu).get()),
                _ => None,
            },
        };
        let sidecars = sidecar::sidecars(map, &beside);
        let cpu = cpu?;
        Some(Service {
            paths: paths?,
            priority: priority?,
            port: port?,
            cpu,
            memory: memory?.unwrap_or_else(|| defaults::memory(cpu)),
            count: count?,
            scale: scale?,
            health: health?,
            grace_seconds: grace_seconds?,
            table: table?,
            env: env?,
            secrets: secrets?,
            image: image?,
            entrypoint: entrypoint?,
            command: command?,
            user: user?,
            root: root?,
            capabilities: capabilities?,
            architecture: architecture?,
            init: init?,
            stop_seconds: stop_seconds?,
            storage_gib: storage_gib?,
            volumes: volumes?,
            container_health: container_health?,
            egress: egress?,
            security_groups: security_groups?,
            permissions: permissions?,
            sidecars: sidecars?,
            depends_on: depends_on?,
            task: task?,
        })
    })
}

fn paths(map: &Section<'_, '_>) -> Option<Vec<PathPattern>> {
    let paths: Vec<PathPattern> = map.required("paths", "[\"/api/patients*\"]")?;
    let wildcards: usize = paths.iter().map(PathPattern::wildcards).sum();
    let twice = paths
        .iter()
        .enumerate()
        .find(|(index, path)| paths[..*index].contains(path));
    let rejection = if paths.is_empty() {
        Rejection::new(
            "there is no path, so no request would reach this service",
            "add one: [\"/api/patients*\"]",
        )
    } else if let Some((_, path)) = twice {
        Rejection::new(format!("`{path}` is listed twice"), "list each path once")
    } else if paths.len() > MOST_PATHS {
        Rejection::new(
            format!(
                "{} paths, and a load balancer's rule takes five",
                paths.len()
            ),
            "combine some with `*`",
        )
    } else if wildcards > MOST_PATHS {
        Rejection::new(
            format!("{wildcards} wildcards, and a load balancer's rule takes five"),
            "use fewer `*` and `?`",
        )
    } else {
        return Some(paths);
    };
    map.refuse("paths", rejection);
    None
}

/// Reads `scale:`; its defaults follow from the count, which is `None` where that was wrong.
fn scale(at: &At<'_>, count: Option<Count>) -> Option<Scale> {
    at.section(|map| {
        let assumed = count.unwrap_or_else(defaults::count);
        let explicit_min: Option<Option<Count>> = map
            .get("min")
            .map_or(Some(None), |at| Count::decode(&at).map(Some));
        let max = map.or("max", || defaults::scale_max(assumed));
        let cpu_percent = map.or("cpu_percent", defaults::scale_cpu_percent);
        let min = explicit_min?.unwrap_or_else(|| defaults::scale_min(assumed));
        let (count, max) = (count?, max?);
        let rejection = if max < count {
            let reason = format!("at most {max} tasks, but the service's count is {count}");
            Some((
                "max",
                reason,
                format!("write {count} or more, or lower `count`"),
            ))
        } else if min > max {
            let reason = format!("at least {min} tasks, but at most {max}");
            Some((
                "min",
                reason,
                format!("write {max} or less, or raise `max`"),
            ))
        } else if count < min {
            let reason = format!("at least {min} tasks, but the service's count is {count}");
            Some((
                "min",
                reason,
                format!("write {count} or less, or raise `count`"),
            ))
        } else {
            None
        };
        if let Some((key, reason, remedy)) = rejection {
            map.refuse(key, Rejection::new(reason, remedy));
            return None;
        }
        Some(Scale {
            min,
            max,
            cpu_percent: cpu_percent?,
        })
    })
}

pub(super) fn settings(map: &Section<'_, '_>) -> Option<BTreeMap<VariableName, String>> {
    let Some(at) = map.get("env") else {
        return Some(BTreeMap::new());
    };
    let read = at.entries::<VariableName>()?.into_iter().map(|(name, at)| {
        let value = at.as_written()?;
        let name = name?;
        if value.contains('\0') {
            at.refuse(Rejection::new(
                "an environment variable cannot contain a zero byte",
                "remove it",
            ));
            return None;
        }
        match name.betrays_secret(&value) {
            Some(reason) => {
                at.refuse_concealed(Rejection::new(
                    reason,
                    format!("keep it in Secrets Manager or SSM, and write its ARN under `secrets:`: `{name}: arn:aws:secretsmanager:...`"),
                ));
                None
            }
            None => Some((name, value)),
        }
    });
    all(read)
}

pub(super) fn secrets(map: &Section<'_, '_>) -> Option<BTreeMap<VariableName, SecretArn>> {
    let Some(at) = map.get("secrets") else {
        return Some(BTreeMap::new());
    };
    let plain: Vec<VariableName> = map
        .get("env")
        .map(|at| at.children())
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, _)| name.parse().ok())
        .collect();
    let read = at.entries::<VariableName>()?.into_iter().map(|(name, at)| {
        let arn = SecretArn::decode(&at);
        let name = name?;
        if plain.contains(&name) {
            at.refuse_concealed(Rejection::new(
                format!("{name} is also under `env:`"),
                "keep one of the two",
            ));
            return None;
        }
        Some((name, arn?))
    });
    all(read)
}

/// All entries, every one of which was read before one that failed is noticed.
fn all<T>(
    entries: impl Iterator<Item = Option<(VariableName, T)>>,
) -> Option<BTreeMap<VariableName, T>> {
    let read: Vec<Option<(VariableName, T)>> = entries.collect();
    read.into_iter().collect()
}
