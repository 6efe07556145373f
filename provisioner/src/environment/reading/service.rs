//! One service, key by key.

use std::collections::BTreeMap;

use super::container;
use super::reach;
use super::reader::{At, Decode, Section};
use super::sidecar::{self, Beside};
use crate::environment::container::{Health, Task};
use crate::environment::defaults;
use crate::environment::model::{Scale, Service};
use crate::environment::reach::Permissions;
use crate::environment::sizes;
use crate::environment::values::container::Word;
use crate::environment::values::host::HostPattern;
use crate::environment::values::name::ServiceName;
use crate::environment::values::number::{Count, GraceSeconds, Port, Priority, RulePriority};
use crate::environment::values::path::PathPattern;
use crate::environment::values::rejection::Rejection;
use crate::environment::values::secret::SecretSource;
use crate::environment::values::size::{Cpu, Memory};
use crate::environment::values::variable::VariableName;

/// A rule takes five condition values, and five wildcards in them (Elastic Load Balancing, "Quotas for your Application Load
/// Balancers", condition values and condition wildcards per rule).
const MOST_VALUES: usize = 5;

/// Reads a service that gets the given priority unless it names its own.
pub(crate) fn service(at: &At<'_>, automatic: Priority) -> Option<Service> {
    at.section(|map| {
        let (paths, hosts) = (map.or("paths", Vec::new), map.or("hosts", Vec::new));
        let way_in = way_in(map, paths, hosts);
        let calls = services_of(map, "calls");
        let priority = priority(map, automatic);
        let port = map.or("port", defaults::port);
        let (cpu, memory) = size(map);
        let count = map.or("count", defaults::count);
        let queue = super::queue::queue(map);
        let waits = queue.as_ref().is_none_or(Option::is_some);
        let scale = match (map.get("scale"), count) {
            (Some(at), count) => scale(&at, count, waits),
            (None, Some(count)) => Some(defaults::scale(count)),
            (None, None) => None,
        };
        let health = map.or("health", defaults::health);
        let grace_seconds = map.or("grace_seconds", defaults::grace_seconds);
        let table = map.or("table", || None);
        let sends_to = services_of(map, "sends_to");
        let env = settings(map);
        let secrets = secrets(map);
        let image = map.or("image", || None);
        let entrypoint = map.or("entrypoint", Vec::new);
        let command = map.or("command", Vec::new);
        let before_deploy = before_deploy(map);
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
        let own_group = egress.as_ref().is_some_and(|all| !all.is_empty())
            || calls.as_ref().is_some_and(|all| !all.is_empty());
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
        let (paths, hosts) = way_in?;
        Some(Service {
            paths,
            hosts,
            calls: calls?,
            priority: priority?,
            port: port?,
            cpu,
            memory: memory?.unwrap_or_else(|| defaults::memory(cpu)),
            count: count?,
            scale: scale?,
            health: health?,
            grace_seconds: grace_seconds?,
            table: table?,
            queue: queue?,
            sends_to: sends_to?,
            env: env?,
            secrets: secrets?,
            image: image?,
            entrypoint: entrypoint?,
            command: command?,
            before_deploy: before_deploy?,
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

/// The priority that it names, or the given one.
fn priority(map: &Section<'_, '_>, automatic: Priority) -> Option<RulePriority> {
    match map.get("priority") {
        Some(at) => Priority::decode(&at).map(RulePriority::Given),
        None => Some(RulePriority::Automatic(automatic)),
    }
}

/// CPU, and the memory that goes with it where the file names one.
#[expect(
    clippy::option_option,
    reason = "one that is wrong is neither there nor left out"
)]
fn size(map: &Section<'_, '_>) -> (Option<Cpu>, Option<Option<Memory>>) {
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
    (cpu, memory)
}

/// What of requests leads to it, which makes one rule of the load balancer; and nothing that needs one where there is none.
fn way_in(
    map: &Section<'_, '_>,
    paths: Option<Vec<PathPattern>>,
    hosts: Option<Vec<HostPattern>>,
) -> Option<(Vec<PathPattern>, Vec<HostPattern>)> {
    let (paths, hosts) = (paths?, hosts?);
    if paths.is_empty() && hosts.is_empty() {
        return only_inside(map).then_some((paths, hosts));
    }
    let wildcards: usize = paths.iter().map(PathPattern::wildcards).sum::<usize>()
        + hosts.iter().map(HostPattern::wildcards).sum::<usize>();
    let key = if paths.is_empty() { "hosts" } else { "paths" };
    let what = match (paths.len(), hosts.len()) {
        (paths, 0) => format!("{paths} paths"),
        (0, hosts) => format!("{hosts} hosts"),
        (paths, hosts) => format!("{paths} paths and {hosts} hosts"),
    };
    let (key, rejection) = if let Some(path) = twice(&paths) {
        let reason = format!("`{path}` is listed twice");
        ("paths", Rejection::new(reason, "list each path once"))
    } else if let Some(host) = twice(&hosts) {
        let reason = format!("`{host}` is listed twice");
        ("hosts", Rejection::new(reason, "list each host once"))
    } else if paths.len() + hosts.len() > MOST_VALUES {
        let reason = format!("{what}, and a load balancer's rule takes five");
        (key, Rejection::new(reason, "combine some with `*`"))
    } else if wildcards > MOST_VALUES {
        let reason = format!("{wildcards} wildcards, and a load balancer's rule takes five");
        (key, Rejection::new(reason, "use fewer `*` and `?`"))
    } else {
        return Some((paths, hosts));
    };
    map.refuse(key, rejection);
    None
}

/// The first value that stands in a list before.
fn twice<T: PartialEq>(all: &[T]) -> Option<&T> {
    let found = all
        .iter()
        .enumerate()
        .find(|(index, one)| all[..*index].contains(one));
    found.map(|(_, one)| one)
}

/// Refuses what is said of a load balancer that never asks the service, unless it is what it would do anyway.
fn only_inside(map: &Section<'_, '_>) -> bool {
    let health = map.get("health");
    let health = health.filter(|at| at.quietly::<Health>() != Some(defaults::health()));
    let grace = map.get("grace_seconds");
    let grace = grace.filter(|at| at.quietly::<GraceSeconds>() != Some(defaults::grace_seconds()));
    let odd = [
        (
            health,
            "`health` is what the load balancer asks",
            "write `container_health:`, or give the service `paths` or `hosts`",
        ),
        (
            grace,
            "`grace_seconds` are those in which the load balancer's checks do not count",
            "write `start_seconds:` of `container_health:`, or give the service `paths` or `hosts`",
        ),
    ];
    let mut fits = true;
    for (at, what, remedy) in odd {
        let Some(at) = at else { continue };
        let reason =
            format!("{what}, and without `paths` and `hosts` it does not know this service");
        at.refuse(Rejection::new(reason, remedy));
        fits = false;
    }
    fits
}

/// A list of services.
fn services_of(map: &Section<'_, '_>, key: &'static str) -> Option<Vec<ServiceName>> {
    let all: Vec<ServiceName> = map.or(key, Vec::new)?;
    let Some(name) = twice(&all) else {
        return Some(all);
    };
    let reason = format!("`{name}` is listed twice");
    map.refuse(key, Rejection::new(reason, "list each service once"));
    None
}

/// Reads `before_deploy:`, which only a release runs: an image that stands in the file is never released.
fn before_deploy(map: &Section<'_, '_>) -> Option<Vec<Word>> {
    let words = map.or("before_deploy", Vec::<Word>::new)?;
    let length: usize = words.iter().map(|word| word.as_str().len() + 3).sum();
    if length > sizes::OVERRIDES {
        map.refuse(
            "before_deploy",
            Rejection::new(
                format!(
                    "{length} characters with their quotes, and ECS takes {}",
                    sizes::OVERRIDES
                ),
                "put it into a script in the image, and name that",
            ),
        );
        return None;
    }
    if !words.is_empty() && map.get("image").is_some() {
        map.refuse(
            "before_deploy",
            Rejection::new(
                "its `image` stands in the file, so that no `deploy` would run this",
                "remove it, and run the command by hand: `hcctl run ENV SERVICE -- COMMAND`",
            ),
        );
        return None;
    }
    Some(words)
}

/// Reads `scale:`; its defaults follow from the count, which is `None` where that was wrong.
/// Without a queue there is nothing that waits.
fn scale(at: &At<'_>, count: Option<Count>, waits: bool) -> Option<Scale> {
    at.section(|map| {
        let assumed = count.unwrap_or_else(defaults::count);
        let explicit_min: Option<Option<Count>> = map
            .get("min")
            .map_or(Some(None), |at| Count::decode(&at).map(Some));
        let max = map.or("max", || defaults::scale_max(assumed));
        let cpu_percent = map.or("cpu_percent", defaults::scale_cpu_percent);
        let messages_per_task = map.or("messages_per_task", || None);
        if let (Some(Some(_)), false) = (messages_per_task, waits) {
            let reason = "this service has no queue in which messages could wait";
            let remedy = "give it a `queue`, or remove this";
            map.refuse("messages_per_task", Rejection::new(reason, remedy));
            return None;
        }
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
            messages_per_task: messages_per_task?,
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
                    format!("`hcctl secret set ENV {name}` keeps it in Parameter Store, and says what to write under `secrets:` instead"),
                ));
                None
            }
            None => Some((name, value)),
        }
    });
    all(read)
}

pub(super) fn secrets(map: &Section<'_, '_>) -> Option<BTreeMap<VariableName, SecretSource>> {
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
        let source = SecretSource::decode(&at);
        let name = name?;
        if plain.contains(&name) {
            at.refuse_concealed(Rejection::new(
                format!("{name} is also under `env:`"),
                "keep one of the two",
            ));
            return None;
        }
        Some((name, source?))
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
