//! The services, what they run on, and the tables that they use.

use std::collections::BTreeSet;

use hcctl_engine::Change;

use super::{Pile, around, before, names, read};
use crate::picture::Subject;
use crate::picture::count;
use crate::picture::scene::{Node, Service, Sort, Table};
use crate::resources::service::{self, Strategy};
use crate::resources::{
    cluster, listener_rule, queue, scalable_target, scaling_policy, table, task_definition,
};

/// Says of a service that it has no image.
const WAITS: &str = "waits for its first deploy";

/// The cluster's frame, the services, the tables.
pub(super) fn gather(
    pile: &mut Pile<'_>,
    subject: &Subject<'_>,
) -> (Option<Node>, Vec<Service>, Vec<Table>) {
    let found = pile.take_all("table");
    let full: Vec<Option<String>> = found
        .iter()
        .map(|change| read::<table::Spec>(change).map(|spec| spec.name))
        .collect();
    let tables: Vec<Table> = found.into_iter().map(self::table).collect();
    let cluster = pile.take("cluster", "main").map(|heart| {
        let name = read::<cluster::Spec>(heart).map(|spec| format!(" {}", spec.name));
        let title = format!("ECS cluster{}", name.unwrap_or_default());
        let parts: Vec<&Change> = pile.take("namespace", "main").into_iter().collect();
        around(Sort::Other, title, heart, &parts)
    });
    let hearts = pile.take_all("service");
    let services = hearts.into_iter().map(|heart| {
        let (mut service, named) = self::service(pile, subject, heart);
        service.table =
            named.and_then(|named| full.iter().position(|name| name.as_ref() == Some(&named)));
        service
    });
    (cluster, services.collect(), tables)
}

fn table(heart: &Change) -> Table {
    let name = heart.address.name.clone();
    let mut node = around(Sort::Table, format!("table {name}"), heart, &[]);
    if let Some(spec) = read::<table::Spec>(heart) {
        node.lines.push(spec.name);
        let mut facts = Vec::new();
        facts.extend(spec.on_demand.then_some("on demand"));
        facts.extend(spec.point_in_time_recovery.then_some("restorable"));
        facts.extend(spec.deletion_protection.then_some("protected"));
        node.lines.push(facts.join(", "));
    }
    Table { node, name }
}

/// A service, and the full name of the table that it is given.
fn service(
    pile: &mut Pile<'_>,
    subject: &Subject<'_>,
    heart: &Change,
) -> (Service, Option<String>) {
    let name = heart.address.name.clone();
    let definition = pile.take("task_definition", &name);
    let rule = pile.take("listener_rule", &name);
    let target = pile.take("scalable_target", &name);
    let mut parts: Vec<&Change> = [definition, rule, target].into_iter().flatten().collect();
    parts.extend(pile.take("listener_rule", &format!("{name}-test")));
    for queue in [name.clone(), format!("{name}{}", queue::DEAD_LETTERS)] {
        parts.extend(pile.take("queue", &queue));
    }
    for group in [name.clone(), format!("{name}-alternate")] {
        parts.extend(pile.take("target_group", &group));
    }
    if let Some(target) = target {
        let scales = |spec: &scaling_policy::Spec| names(&spec.target, target);
        parts.extend(pile.take_where("scaling_policy", |change| {
            read(change).as_ref().is_some_and(scales)
        }));
    }
    let mut node = around(Sort::Service, &name, heart, &parts);
    let spec = definition.and_then(read::<task_definition::Spec>);
    let own = read::<service::Spec>(heart);
    let tasks = target
        .and_then(read::<scalable_target::Spec>)
        .map(|spec| (spec.min, spec.max))
        .or_else(|| {
            own.as_ref()
                .map(|own| (own.desired_count, own.desired_count))
        });
    node.lines.extend(own.as_ref().map(strategy));
    let image = spec.as_ref().map(|spec| {
        let known = subject.images.get(&name);
        known.map_or_else(|| image(&spec.image), |known| format!("image {known}"))
    });
    let size = spec.as_ref().map(|spec| size(spec.cpu, spec.memory));
    let service = Service {
        was: was(size.as_deref(), tasks, definition, target),
        paths: rule
            .and_then(read::<listener_rule::Spec>)
            .map(ways_in)
            .unwrap_or_default(),
        image: image.unwrap_or_default(),
        size: size.unwrap_or_default(),
        tasks,
        table: None,
        node,
        name,
    };
    let table = spec.and_then(|spec| spec.environment.get("TABLE").cloned());
    (service, table)
}

/// The paths that lead to a service, with the hosts that they are on.
fn ways_in(rule: listener_rule::Spec) -> Vec<String> {
    if rule.hosts.is_empty() {
        return rule.paths.into_iter().collect();
    }
    let every = BTreeSet::from([String::new()]);
    let paths = if rule.paths.is_empty() {
        &every
    } else {
        &rule.paths
    };
    let mut all = Vec::new();
    for host in &rule.hosts {
        all.extend(paths.iter().map(|path| format!("{host}{path}")));
    }
    all
}

/// How large it was, where that changes.
fn was(
    size_now: Option<&str>,
    tasks_now: Option<(u32, u32)>,
    definition: Option<&Change>,
    target: Option<&Change>,
) -> Option<String> {
    let old = definition.and_then(before::<task_definition::Spec>);
    let old_size = old.map(|spec| size(spec.cpu, spec.memory));
    let old = target.and_then(before::<scalable_target::Spec>);
    let old_tasks = old.map(|spec| (spec.min, spec.max));
    let mut words = Vec::new();
    words.extend(old_size.filter(|old| Some(old.as_str()) != size_now));
    words.extend(
        old_tasks
            .filter(|old| Some(*old) != tasks_now)
            .map(self::tasks),
    );
    (!words.is_empty()).then(|| format!("was {}", words.join(", ")))
}

/// `2 tasks`, `1 to 2 tasks`.
pub(in crate::picture) fn tasks((least, most): (u32, u32)) -> String {
    if least == most {
        count(most as usize, "task")
    } else {
        format!("{least} to {}", count(most as usize, "task"))
    }
}

/// `0.25 vCPU, 0.5 GB`.
fn size(cpu: u32, memory: u32) -> String {
    let of_1024 = |part: u32| f64::from(part) / 1024.0;
    format!("{} vCPU, {} GB", of_1024(cpu), of_1024(memory))
}

fn strategy(spec: &service::Spec) -> String {
    let word = match spec.deployment.strategy {
        Strategy::Rolling => "rolling",
        Strategy::BlueGreen => "blue/green",
        Strategy::Canary => "canary",
        Strategy::Linear => "linear",
    };
    format!("{word} deployments")
}

/// An image's reference without its registry, and its digest as short as people know it.
fn image(reference: &str) -> String {
    if task_definition::is_placeholder(reference) {
        return WAITS.to_owned();
    }
    let last = reference.rsplit('/').next().unwrap_or(reference);
    let (name, digest) = last.split_once("@sha256:").unwrap_or((last, ""));
    let tag = name.split_once(':').map(|(_, tag)| tag);
    let short: String = digest.chars().take(12).collect();
    match (tag, short.is_empty()) {
        (Some(tag), _) => format!("image {tag}"),
        (None, false) => format!("image sha256:{short}"),
        (None, true) => format!("image {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_by_what_people_call_it() {
        let registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-orders";
        let digest = "a".repeat(64);
        assert_eq!(image(&format!("{registry}:v1.4.2")), "image v1.4.2");
        assert_eq!(
            image(&format!("{registry}@sha256:{digest}")),
            "image sha256:aaaaaaaaaaaa"
        );
        assert_eq!(image(&format!("{registry}:v2@sha256:{digest}")), "image v2");
        assert_eq!(image("nginx"), "image nginx");
        let waiting = format!("{registry}:{}", task_definition::PLACEHOLDER);
        assert_eq!(image(&waiting), WAITS);
    }

    #[test]
    fn sizes_read_as_fargate_sells_them() {
        assert_eq!(size(256, 512), "0.25 vCPU, 0.5 GB");
        assert_eq!(size(4096, 30720), "4 vCPU, 30 GB");
        assert_eq!(tasks((1, 1)), "1 task");
        assert_eq!(tasks((2, 6)), "2 to 6 tasks");
    }
}
