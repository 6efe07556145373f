//! The containers beside a service's own.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{At, Decode, Section};
use super::service::{secrets, settings};
use crate::environment::container::{Root, Task};
use crate::environment::defaults;
use crate::environment::sidecar::{Condition, Firelens, Sidecar};
use crate::environment::values::container::{
    ContainerCpu, ContainerMemory, ContainerName, ContainerPath, MountName, TMP, VolumeName,
};
use crate::environment::values::rejection::Rejection;

impl Decode for Condition {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[
            ("start", Self::Start),
            ("complete", Self::Complete),
            ("success", Self::Success),
            ("healthy", Self::Healthy),
        ])
    }
}

impl Decode for Firelens {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("fluentbit", Self::Fluentbit), ("fluentd", Self::Fluentd)])
    }
}

impl Decode for Sidecar {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let image = map.required("image", "REGISTRY/REPOSITORY@sha256:DIGEST");
            let essential = map.or("essential", defaults::essential);
            let env = settings(map);
            let secrets = secrets(map);
            let entrypoint = map.or("entrypoint", Vec::new);
            let command = map.or("command", Vec::new);
            let user = map.or("user", defaults::user);
            let root = map.or("root", defaults::root);
            let capabilities = map.or("capabilities", defaults::capabilities);
            let port = map.or("port", || None);
            let cpu = map.or("cpu", || None);
            let memory = map.or("memory", || None);
            let health = map.or("health", || None);
            let depends_on = depends_on(map);
            let restart = map.or("restart", defaults::restart);
            let mounts = mounts(map);
            let firelens = map.or("firelens", || None);
            Some(Self {
                image: image?,
                essential: essential?,
                env: env?,
                secrets: secrets?,
                entrypoint: entrypoint?,
                command: command?,
                user: user?,
                root: root?,
                capabilities: capabilities?,
                port: port?,
                cpu: cpu?,
                memory: memory?,
                health: health?,
                depends_on: depends_on?,
                restart: restart?,
                mounts: mounts?,
                firelens: firelens?,
            })
        })
    }
}

/// Reads `depends_on:`.
pub(super) fn depends_on(map: &Section<'_, '_>) -> Option<BTreeMap<ContainerName, Condition>> {
    let Some(at) = map.get("depends_on") else {
        return Some(BTreeMap::new());
    };
    let read: Vec<_> = at
        .entries::<ContainerName>()?
        .into_iter()
        .map(|(name, at)| Some((name, Condition::decode(&at)?)))
        .collect();
    read.into_iter()
        .map(|one| one.and_then(|(name, it)| Some((name?, it))))
        .collect()
}

fn mounts(map: &Section<'_, '_>) -> Option<BTreeMap<MountName, ContainerPath>> {
    let Some(at) = map.get("mounts") else {
        return Some(BTreeMap::new());
    };
    let read: Vec<_> = at
        .entries::<MountName>()?
        .into_iter()
        .map(|(name, at)| Some((name, ContainerPath::decode(&at)?)))
        .collect();
    read.into_iter()
        .map(|one| one.and_then(|(name, it)| Some((name?, it))))
        .collect()
}

/// What else of the service its sidecars go by.
pub(super) struct Beside<'a> {
    pub(super) root: Option<Root>,
    pub(super) volumes: Option<&'a BTreeMap<VolumeName, ContainerPath>>,
    pub(super) task: Option<&'a Task>,
    pub(super) depends_on: Option<&'a BTreeMap<ContainerName, Condition>>,
    pub(super) port: Option<u16>,
    pub(super) cpu: Option<u32>,
    pub(super) memory: Option<u32>,
}

/// Reads `sidecars:`.
pub(super) fn sidecars(
    map: &Section<'_, '_>,
    beside: &Beside<'_>,
) -> Option<BTreeMap<ContainerName, Sidecar>> {
    let Some(at) = map.get("sidecars") else {
        if let Some((name, _)) = beside.depends_on.and_then(BTreeMap::first_key_value) {
            map.refuse("depends_on", nobody(name.as_str()));
            return None;
        }
        return fits(map, &BTreeMap::new(), beside).then(BTreeMap::new);
    };
    let entries = at.entries::<ContainerName>()?;
    let mut found = BTreeMap::new();
    let mut good = true;
    for (name, at) in &entries {
        match (name, Sidecar::decode(at)) {
            (Some(name), Some(sidecar)) => drop(found.insert(name.clone(), sidecar)),
            _ => good = false,
        }
    }
    if !good {
        return None;
    }
    for (name, at) in &entries {
        if let Some((name, sidecar)) = name.as_ref().and_then(|name| found.get_key_value(name))
            && let Some((key, rejection)) = wrong(name, sidecar, &found, beside)
        {
            at.find(key).as_ref().unwrap_or(at).refuse_key(rejection);
            good = false;
        }
    }
    let awaited = beside.depends_on.into_iter().flatten();
    for (name, condition) in awaited {
        if let Some(rejection) = waits(name, *condition, &found) {
            map.refuse("depends_on", rejection);
            good = false;
        }
    }
    good &= fits(map, &found, beside);
    good.then_some(found)
}

fn nobody(name: &str) -> Rejection {
    Rejection::new(
        format!("there is no sidecar `{name}`"),
        "name one of the service's `sidecars`",
    )
}

/// What is wrong with one, by the key where it stands.
fn wrong(
    name: &ContainerName,
    sidecar: &Sidecar,
    all: &BTreeMap<ContainerName, Sidecar>,
    beside: &Beside<'_>,
) -> Option<(&'static str, Rejection)> {
    let tmp = beside.root == Some(Root::ReadOnly);
    for mount in sidecar.mounts.keys() {
        let own = beside
            .volumes
            .is_some_and(|volumes| volumes.keys().any(|it| it.as_str() == mount.as_str()));
        let raw = beside
            .task
            .and_then(|task| task.members().get("volumes")?.as_array());
        let raw = raw
            .into_iter()
            .flatten()
            .any(|it| it["name"] == mount.as_str());
        if !(own || raw || mount.as_str() == TMP && tmp) {
            let reason = format!("the service has no volume `{mount}`");
            return Some((
                "mounts",
                Rejection::new(reason, "add it to the service's `volumes:`"),
            ));
        }
    }
    for (other, condition) in &sidecar.depends_on {
        if other == name {
            let reason = "a container cannot wait for itself";
            return Some(("depends_on", Rejection::new(reason, "remove it")));
        }
        if let Some(rejection) = waits(other, *condition, all) {
            return Some(("depends_on", rejection));
        }
    }
    if circle(name, all) {
        let reason = "these sidecars wait for one another in a circle";
        return Some(("depends_on", Rejection::new(reason, "remove one of them")));
    }
    if sidecar
        .port
        .is_some_and(|port| Some(port.get()) == beside.port)
    {
        let reason =
            "the service listens on this port, and the containers of a task share their network";
        return Some(("port", Rejection::new(reason, "choose another port")));
    }
    if sidecar.firelens.is_some() {
        let first = all.iter().find(|(_, one)| one.firelens.is_some());
        if let Some((first, _)) = first
            && first != name
        {
            let reason = format!("`{first}` routes the task's logs already");
            return Some((
                "firelens",
                Rejection::new(reason, "one container of a task can"),
            ));
        }
    }
    None
}

/// What is wrong with waiting for a sidecar.
fn waits(
    name: &ContainerName,
    condition: Condition,
    all: &BTreeMap<ContainerName, Sidecar>,
) -> Option<Rejection> {
    let Some(awaited) = all.get(name) else {
        return Some(nobody(name.as_str()));
    };
    match condition {
        Condition::Healthy if awaited.health.is_none() => Some(Rejection::new(
            format!("`{name}` has no `health`, so that it is never healthy"),
            "write a check, or wait for `start`",
        )),
        Condition::Complete | Condition::Success if awaited.essential => Some(Rejection::new(
            format!("`{name}` is essential, and its end would end the task"),
            "write `essential: false` there, or wait for `start`",
        )),
        _ => None,
    }
}

/// Whether a sidecar waits for itself through others.
fn circle(start: &ContainerName, all: &BTreeMap<ContainerName, Sidecar>) -> bool {
    let mut seen = BTreeSet::new();
    let mut next: Vec<&ContainerName> = vec![start];
    while let Some(name) = next.pop() {
        for other in all
            .get(name)
            .into_iter()
            .flat_map(|one| one.depends_on.keys())
        {
            if other == start {
                return true;
            }
            if seen.insert(other) {
                next.push(other);
            }
        }
    }
    false
}

/// Whether what is kept for the sidecars is less than the task has, and logs that are routed have a router.
fn fits(
    map: &Section<'_, '_>,
    all: &BTreeMap<ContainerName, Sidecar>,
    beside: &Beside<'_>,
) -> bool {
    let cpu: u32 = all
        .values()
        .filter_map(|one| one.cpu)
        .map(ContainerCpu::get)
        .sum();
    let memory: u32 = all
        .values()
        .filter_map(|one| one.memory)
        .map(ContainerMemory::get)
        .sum();
    let sums = [("cpu", cpu, beside.cpu), ("memory", memory, beside.memory)];
    for (key, sum, task) in sums {
        if let Some(task) = task.filter(|task| sum >= *task) {
            let reason = format!("the sidecars' {key} is {sum}, and the whole task has {task}");
            let remedy =
                format!("leave some to the service: raise the service's `{key}`, or lower theirs");
            map.refuse("sidecars", Rejection::new(reason, remedy));
            return false;
        }
    }
    let driver = beside.task.and_then(|task| {
        let logs = task.members().get("container")?.get("logConfiguration")?;
        logs.get("logDriver")?.as_str()
    });
    if driver == Some("awsfirelens") && all.values().all(|one| one.firelens.is_none()) {
        let reason = "the log driver awsfirelens needs a sidecar that routes the logs";
        let remedy = "write `firelens: fluentbit` at one of the `sidecars`";
        map.refuse("task", Rejection::new(reason, remedy));
        return false;
    }
    true
}
