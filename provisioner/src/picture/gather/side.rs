//! What stands at the side: images, logs, alarms, permissions, and what fits nowhere.

use std::collections::BTreeSet;

use hcctl_engine::Change;
use hcctl_engine::snapshot::Stranger;

use super::network::all_of;
use super::{Pile, bundle, read};
use crate::picture::count;
use crate::picture::mark::Mark;
use crate::picture::scene::{Node, Sort};
use crate::resources::{alarm, log_group, repository};

pub(super) fn gather(pile: &mut Pile<'_>, strangers: &[Stranger]) -> Vec<Node> {
    let mut cards: Vec<Node> = Vec::new();
    cards.extend(images(pile));
    cards.extend(logs(pile));
    cards.extend(alarms(pile));
    cards.extend(all_of(
        pile,
        Sort::Dashboard,
        "dashboard",
        &[&[("dashboard", "dashboard")]],
    ));
    cards.extend(all_of(
        pile,
        Sort::Access,
        "roles and firewalls",
        &[
            &[("role", "role")],
            &[
                ("security_group", "security group"),
                ("security_group_rule", "rule"),
            ],
        ],
    ));
    let rest = pile.rest();
    if !rest.is_empty() || !strangers.is_empty() {
        let mut node = bundle(Sort::Other, "beside the picture", &rest);
        let kinds: BTreeSet<&str> = rest.iter().map(|one| one.address.kind.as_str()).collect();
        node.lines.extend(kinds.iter().map(|kind| {
            let many = rest.iter().filter(|one| one.address.kind == *kind).count();
            count(many, &kind.replace('_', " "))
        }));
        if !strangers.is_empty() {
            let text = count(strangers.len(), "stranger");
            node.lines.push(format!("{text}, left alone"));
        }
        cards.push(node);
    }
    cards
}

/// Whether it is still there afterwards.
fn stays(change: &Change) -> bool {
    Mark::of(change.action) != Mark::Delete
}

/// How many there will be, and how many go.
fn many(parts: &[&Change], word: &str) -> String {
    let stay = parts.iter().filter(|change| stays(change)).count();
    match (stay, parts.len() - stay) {
        (stay, 0) => count(stay, word),
        (0, go) => count(go, word),
        (stay, go) => format!("{}, {go} more go", count(stay, word)),
    }
}

/// The specs of what stays; of all, where nothing does.
fn specs<T: serde::de::DeserializeOwned>(parts: &[&Change]) -> Vec<T> {
    let any = parts.iter().any(|change| stays(change));
    let parts = parts.iter().filter(|change| !any || stays(change));
    parts.filter_map(|change| read(change)).collect()
}

fn images(pile: &mut Pile<'_>) -> Option<Node> {
    let parts = pile.take_all("repository");
    let mut node = bundle(Sort::Images, "container images", &parts);
    node.lines.push(many(&parts, "repository"));
    let specs: Vec<repository::Spec> = specs(&parts);
    let mut facts = Vec::new();
    let all = |fact: fn(&repository::Spec) -> bool| specs.iter().all(fact);
    facts.extend(all(|spec| spec.immutable_tags).then_some("immutable tags"));
    facts.extend(all(|spec| spec.scan_on_push).then_some("scanned"));
    node.lines.push(facts.join(", "));
    (!parts.is_empty()).then_some(node)
}

fn logs(pile: &mut Pile<'_>) -> Option<Node> {
    let parts = pile.take_all("log_group");
    let mut node = bundle(Sort::Logs, "logs", &parts);
    node.lines.push(many(&parts, "log group"));
    let days: BTreeSet<u32> = specs(&parts)
        .into_iter()
        .map(|spec: log_group::Spec| spec.retention_days)
        .collect();
    let days: Vec<String> = days
        .into_iter()
        .map(|days| match days {
            0 => "kept for ever".to_owned(),
            days => format!("kept {}", count(days as usize, "day")),
        })
        .collect();
    node.lines.push(days.join(", "));
    (!parts.is_empty()).then_some(node)
}

fn alarms(pile: &mut Pile<'_>) -> Option<Node> {
    let parts = pile.take_all("alarm");
    let mut node = bundle(Sort::Alarms, "alarms", &parts);
    node.lines.push(many(&parts, "alarm"));
    let told = specs(&parts).into_iter();
    let told: BTreeSet<String> = told.flat_map(|spec: alarm::Spec| spec.notify).collect();
    node.lines.push(if told.is_empty() {
        "nobody is told".to_owned()
    } else {
        format!("{} told", count(told.len(), "topic"))
    });
    (!parts.is_empty()).then_some(node)
}
