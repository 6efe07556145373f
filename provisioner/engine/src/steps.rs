//! From a plan to a graph of steps: what must be done before what.
//!
//! Five rules, over the links that are wanted and the links that were seen:
//!
//! 1. make(a) after make(d) for every d that a is to link to;
//! 2. a replacement's own delete and make in the order that the plan chose;
//! 3. delete(d) after delete(a) for every a that was seen to hold d;
//! 4. delete(d) after make(a) where a stays and was seen to hold d;
//! 5. make(d) after delete(a) where a, which is to link to d, is replaced and its old one goes first: what is left of
//!    something that somebody deleted must not act on what comes in its place.
//!
//! The fifth, links that the cloud does not enforce, and the order of kinds ([`crate::Kind::AFTER`]), are followed where they
//! leave the graph free of cycles.

use std::collections::BTreeMap;

use crate::order::Graph;
use crate::plan::{Action, Catalog, Change, Order, Plan, Reason, holds};
use crate::{Address, Link};

/// One thing to do.
#[derive(Clone, Debug)]
pub struct Step {
    /// With which resource.
    pub address: Address,
    /// What.
    pub work: Work,
    /// The place of its change in [`Plan::changes`].
    pub change: usize,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    /// Wait until something that is there already can be used.
    Await,
    /// Make it, for the first time or anew.
    Create,
    /// Change it in place.
    Update,
    /// Delete it, for good or because a new one takes its place.
    Delete,
}

/// Steps and their order.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// The steps.
    pub steps: Vec<Step>,
    /// What each comes after, by place.
    pub graph: Graph,
}

/// The steps of a plan.
///
/// The rules leave no cycle where [`crate::plan::plan`] settled the orders of replacement (a property test holds this
/// over random graphs).
pub fn steps(catalog: &Catalog, plan: &Plan) -> Steps {
    let mut steps = Vec::new();
    let mut makes: BTreeMap<&Address, usize> = BTreeMap::new();
    let mut deletes: BTreeMap<&Address, usize> = BTreeMap::new();
    for (place, change) in plan.changes.iter().enumerate() {
        let mut add = |work| {
            steps.push(Step {
                address: change.address.clone(),
                work,
                change: place,
            });
            steps.len() - 1
        };
        let pending = change
            .before
            .as_ref()
            .is_some_and(|seen| seen.pending.is_some());
        match change.action {
            Action::Keep if pending => drop(makes.insert(&change.address, add(Work::Await))),
            Action::Keep => {}
            Action::Create => drop(makes.insert(&change.address, add(Work::Create))),
            Action::Update => drop(makes.insert(&change.address, add(Work::Update))),
            Action::Delete => drop(deletes.insert(&change.address, add(Work::Delete))),
            Action::Replace(_) => {
                makes.insert(&change.address, add(Work::Create));
                deletes.insert(&change.address, add(Work::Delete));
            }
        }
    }
    let mut graph = Graph::new(steps.len());
    let mut loose = Vec::new();
    for change in &plan.changes {
        let address = &change.address;
        let (make, delete) = (makes.get(address).copied(), deletes.get(address).copied());
        own_order(&mut graph, change.action, make, delete);
        if let (Some(make), Some(wanted)) = (make, &change.after) {
            for (_, link) in wanted.links() {
                if let Link::To(target) = link
                    && let Some(&before) = makes.get(&target)
                {
                    graph.add(make, before);
                    let new = plan
                        .changes
                        .iter()
                        .any(|other| other.address == target && other.action == Action::Create);
                    if change.action == Action::Replace(Order::DeleteFirst) && new {
                        loose.extend(delete.map(|delete| (before, delete)));
                    }
                }
            }
        }
        hold_back(
            &mut graph,
            &mut loose,
            catalog,
            change,
            (make, delete),
            &deletes,
        );
    }
    for (node, before) in loose {
        graph.add_if_free(node, before);
    }
    order_of_kinds(&mut graph, catalog, plan, &makes, &deletes);
    new_before_old(&mut graph, plan, &makes, &deletes);
    Steps { steps, graph }
}

/// Rule 2.
fn own_order(graph: &mut Graph, action: Action, make: Option<usize>, delete: Option<usize>) {
    if let (Some(make), Some(delete)) = (make, delete) {
        match action {
            Action::Replace(Order::MakeFirst) => graph.add(delete, make),
            _ => graph.add(make, delete),
        }
    }
}

/// Rules 3 and 4: what `change` was seen to link to goes after it.
fn hold_back(
    graph: &mut Graph,
    loose: &mut Vec<(usize, usize)>,
    catalog: &Catalog,
    change: &Change,
    (make, delete): (Option<usize>, Option<usize>),
    deletes: &BTreeMap<&Address, usize>,
) {
    let Some(seen) = &change.before else { return };
    // Something replaced lets go of what it held when its old instance goes; something that stays, when it is changed.
    let Some(lets_go) = delete.or(make) else {
        return;
    };
    let held: Vec<Address> = holds(catalog.get(&change.address.kind), &seen.doc).collect();
    for (_, link) in seen.doc.links() {
        let Link::To(target) = link else { continue };
        let Some(&goes) = deletes.get(&target) else {
            continue;
        };
        if held.contains(&target) {
            graph.add(goes, lets_go);
        } else {
            loose.push((goes, lets_go));
        }
    }
}

/// Kinds that come after other kinds: all edges of a pair of kinds at once where they fit, one by one where they do not.
fn order_of_kinds(
    graph: &mut Graph,
    catalog: &Catalog,
    plan: &Plan,
    makes: &BTreeMap<&Address, usize>,
    deletes: &BTreeMap<&Address, usize>,
) {
    let of_kind = |map: &BTreeMap<&Address, usize>, kind: &str| -> Vec<usize> {
        map.iter()
            .filter(|(address, _)| address.kind == kind)
            .map(|(_, &step)| step)
            .collect()
    };
    let mut kinds: Vec<&str> = plan
        .changes
        .iter()
        .map(|change| change.address.kind.as_str())
        .collect();
    kinds.dedup();
    for kind in kinds {
        for earlier in catalog.get(kind).map_or(&[][..], |facts| facts.after) {
            let mut edges = Vec::new();
            for &node in &of_kind(makes, kind) {
                edges.extend(
                    of_kind(makes, earlier)
                        .into_iter()
                        .map(|before| (node, before)),
                );
            }
            for &before in &of_kind(deletes, kind) {
                edges.extend(
                    of_kind(deletes, earlier)
                        .into_iter()
                        .map(|node| (node, before)),
                );
            }
            add_where_free(graph, edges);
        }
    }
}

/// What is not wanted goes after what comes of its kind: where a renamed service cannot be made, the old one stays; and
/// what is made may take over what somebody seems to have added.
fn new_before_old(
    graph: &mut Graph,
    plan: &Plan,
    makes: &BTreeMap<&Address, usize>,
    deletes: &BTreeMap<&Address, usize>,
) {
    let mut edges = Vec::new();
    for old in &plan.changes {
        let unwanted = old.action == Action::Delete
            && matches!(old.reasons[..], [Reason::NotWanted | Reason::Extra]);
        let Some(&goes) = deletes.get(&old.address).filter(|_| unwanted) else {
            continue;
        };
        for new in &plan.changes {
            if new.action == Action::Create && new.address.kind == old.address.kind {
                edges.extend(makes.get(&new.address).map(|&comes| (goes, comes)));
            }
        }
    }
    add_where_free(graph, edges);
}

/// Adds edges all at once where that leaves no cycle, else those one by one that close none.
fn add_where_free(graph: &mut Graph, edges: Vec<(usize, usize)>) {
    let mut trial = graph.clone();
    for &(node, before) in &edges {
        trial.add(node, before);
    }
    if trial.sorted().is_ok() {
        *graph = trial;
        return;
    }
    for (node, before) in edges {
        graph.add_if_free(node, before);
    }
}
