//! Reads the scene out of a plan: each resource goes to exactly one box, and what fits none goes to a box of its own.

mod network;
mod services;
mod side;

use std::collections::BTreeSet;

use hcctl_engine::{Address, Change, Doc, Link, Plan};
use serde::de::DeserializeOwned;

use super::scene::{Node, Scene, Sort};
use super::{Mark, Subject};
use crate::price::{Bill, Costs, Table};

pub(super) use services::tasks;

/// The scene of a subject.
pub(super) fn scene(subject: &Subject<'_>) -> Scene {
    let mut pile = Pile::of(subject.plan);
    let network = network::gather(&mut pile);
    let (cluster, mut services, tables) = services::gather(&mut pile, subject);
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let cards = side::gather(&mut pile, &subject.plan.strangers);
    let counts = counts(subject.plan);
    let mut scene = Scene {
        title: format!("{} {}", subject.project, subject.environment),
        place: format!("account {}, {}", subject.account, subject.region),
        outcome: outcome(&counts),
        network: network.frame,
        gateway: network.gateway,
        edge: network.edge,
        listeners: network.listeners,
        zones: network.zones,
        cluster,
        services,
        tables,
        endpoints: network.endpoints,
        cards,
        counts,
        costs: Costs::of(subject.region, subject.plan),
    };
    if let Some(prices) = scene.costs.prices {
        for node in nodes(&mut scene) {
            price(node, subject.plan, prices);
        }
    }
    scene
}

/// Every box.
fn nodes(scene: &mut Scene) -> impl Iterator<Item = &mut Node> {
    let single = [
        &mut scene.network,
        &mut scene.gateway,
        &mut scene.edge,
        &mut scene.cluster,
    ];
    let zones = scene.zones.iter_mut();
    let zones = zones.flat_map(|zone| [&mut zone.public, &mut zone.private, &mut zone.nat]);
    let single = single.into_iter().chain(zones).flatten();
    single
        .chain(&mut scene.cards)
        .chain(scene.services.iter_mut().map(|one| &mut one.node))
        .chain(scene.tables.iter_mut().map(|one| &mut one.node))
        .chain(scene.endpoints.iter_mut().map(|one| &mut one.node))
}

/// Says on a box what its resources will cost; nothing where that is nothing.
fn price(node: &mut Node, plan: &Plan, prices: &Table) {
    let here: BTreeSet<&Address> = node.parts.iter().map(|(_, address)| address).collect();
    let wanted = plan.changes.iter().filter_map(|change| {
        let after = change.after.as_ref()?;
        here.contains(&change.address)
            .then_some((&change.address, after))
    });
    let cost = Bill::of(Some(prices), wanted).total();
    node.cost = (cost != crate::price::Cost::default()).then_some(cost);
}

fn counts(plan: &Plan) -> Vec<(Mark, usize)> {
    let of = |mark| {
        let changes = plan.changes.iter();
        changes
            .filter(|change| Mark::of(change.action) == mark)
            .count()
    };
    Mark::ALL.map(|mark| (mark, of(mark))).to_vec()
}

fn outcome(counts: &[(Mark, usize)]) -> String {
    let some = |(mark, number): &(Mark, usize)| *mark != Mark::Keep && *number > 0;
    let words = counts.iter().filter(|one| some(one));
    let words: Vec<String> = words
        .map(|(mark, number)| format!("{number} to {}", mark.word()))
        .collect();
    if words.is_empty() {
        "no changes".to_owned()
    } else {
        words.join(", ")
    }
}

/// The resources that are in no box yet.
struct Pile<'a> {
    changes: Vec<&'a Change>,
    taken: BTreeSet<&'a Address>,
}

impl<'a> Pile<'a> {
    fn of(plan: &'a Plan) -> Self {
        Self {
            changes: plan.changes.iter().collect(),
            taken: BTreeSet::new(),
        }
    }

    /// Takes one by its address.
    fn take(&mut self, kind: &str, name: &str) -> Option<&'a Change> {
        let mut found = self.take_where(kind, |change| change.address.name == name);
        found.pop()
    }

    /// Takes all of a kind.
    fn take_all(&mut self, kind: &str) -> Vec<&'a Change> {
        self.take_where(kind, |_| true)
    }

    /// Takes those of a kind that are wanted.
    fn take_where(&mut self, kind: &str, wanted: impl Fn(&Change) -> bool) -> Vec<&'a Change> {
        let taken = &self.taken;
        let found = self.changes.iter().copied().filter(|change| {
            change.address.kind == kind && !taken.contains(&change.address) && wanted(change)
        });
        let found: Vec<&'a Change> = found.collect();
        self.taken
            .extend(found.iter().map(|change| &change.address));
        found
    }

    /// Takes all that is left.
    fn rest(&mut self) -> Vec<&'a Change> {
        let taken = std::mem::take(&mut self.taken);
        let rest = self.changes.iter().copied();
        rest.filter(|change| !taken.contains(&change.address))
            .collect()
    }
}

/// What is wanted; of something that goes, what was seen.
fn doc(change: &Change) -> Option<&Doc> {
    let seen = change.before.as_ref().map(|seen| &seen.doc);
    change.after.as_ref().or(seen)
}

/// Its spec, where it has a readable one.
fn read<T: DeserializeOwned>(change: &Change) -> Option<T> {
    doc(change)?.read().ok()
}

/// What was seen of it.
fn before<T: DeserializeOwned>(change: &Change) -> Option<T> {
    change.before.as_ref()?.doc.read().ok()
}

/// Whether a link names this resource.
fn names(link: &Link, change: &Change) -> bool {
    matches!(link, Link::To(address) if *address == change.address)
}

/// A box around one resource and what belongs to it.
fn around(sort: Sort, title: impl Into<String>, heart: &Change, more: &[&Change]) -> Node {
    let own = Mark::of(heart.action);
    let marks = more.iter().map(|part| Mark::of(part.action));
    let mark = Mark::around(own, marks);
    let mut node = bundle(sort, title, &[&[heart], more].concat());
    node.mark = Some(mark);
    node
}

/// A box of resources of equal standing.
fn bundle(sort: Sort, title: impl Into<String>, parts: &[&Change]) -> Node {
    let marks = parts.iter().map(|part| Mark::of(part.action));
    Node {
        sort,
        title: title.into(),
        lines: Vec::new(),
        mark: Some(Mark::of_all(marks)),
        parts: parts
            .iter()
            .map(|part| (Mark::of(part.action), part.address.clone()))
            .collect(),
        cost: None,
    }
}
