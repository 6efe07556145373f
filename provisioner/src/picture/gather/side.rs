//! What stands at the side: images, logs, alarms, permissions, and what fits nowhere.

use std::collections::BTreeSet;

use hcctl_engine::snapshot::Stranger;

use super::network::all_of;
use super::{Pile, bundle, doc};
use crate::picture::count;
use crate::picture::mark::Mark;
use crate::picture::prices::{Cost, Table as Prices};
use crate::picture::scene::{Node, Sort};
use crate::resources::{alarm, log_group, repository};

pub(super) fn gather(
    pile: &mut Pile<'_>,
    strangers: &[Stranger],
    prices: Option<&Prices>,
    rows: &mut Vec<(String, Cost)>,
) -> Vec<Node> {
    let mut cards: Vec<Node> = Vec::new();
    cards.extend(images(pile));
    cards.extend(logs(pile));
    cards.extend(alarms(pile, prices, rows));
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

fn images(pile: &mut Pile<'_>) -> Option<Node> {
    let parts = pile.take_all("repository");
    let mut node = bundle(Sort::Images, "container images", &parts);
    node.lines.push(count(parts.len(), "repository"));
    let specs = parts.iter().filter_map(|change| doc(change)?.read().ok());
    let specs: Vec<repository::Spec> = specs.collect();
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
    node.lines.push(count(parts.len(), "log group"));
    let specs = parts.iter().filter_map(|change| doc(change)?.read().ok());
    let days: BTreeSet<u32> = specs
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

fn alarms(
    pile: &mut Pile<'_>,
    prices: Option<&Prices>,
    rows: &mut Vec<(String, Cost)>,
) -> Option<Node> {
    let parts = pile.take_all("alarm");
    let mut node = bundle(Sort::Alarms, "alarms", &parts);
    node.lines.push(count(parts.len(), "alarm"));
    let specs = parts.iter().filter_map(|change| doc(change)?.read().ok());
    let told: BTreeSet<String> = specs.flat_map(|spec: alarm::Spec| spec.notify).collect();
    node.lines.push(if told.is_empty() {
        "nobody is told".to_owned()
    } else {
        format!("{} told", count(told.len(), "topic"))
    });
    let stays = |change: &&&hcctl_engine::Change| Mark::of(change.action) != Mark::Delete;
    let number = parts.iter().filter(stays).count();
    if let Some(prices) = prices.filter(|_| number > 0) {
        let cost = prices.alarms(number as u32);
        rows.push((count(number, "alarm"), cost));
        node.cost = Some(cost);
    }
    (!parts.is_empty()).then_some(node)
}
