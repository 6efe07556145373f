//! What belongs together in a plan: resources that are made, changed or deleted alike are shown as one.

use hcctl_engine::diff::FieldChange;
use hcctl_engine::plan::{Catalog, Order};
use hcctl_engine::{Action, Change, Plan, Reason, Risk, Rule};

use super::delta::{Delta, deltas};
use super::words::reason_text;
use crate::operation::drift::by_hand;

/// From how many resources of several kinds on the same change is shown once.
const MANY: usize = 3;

/// Resources of one kind with which the same is done.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) kind: &'a str,
    pub(super) risk: Risk,
    pub(super) names: Vec<&'a str>,
}

/// Rows by kind and risk, in the order of the plan.
pub(super) fn rows<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for change in changes {
        let (kind, risk) = (change.address.kind.as_str(), change.risk);
        let name = change.address.name.as_str();
        match rows
            .iter_mut()
            .find(|row| row.kind == kind && row.risk == risk)
        {
            Some(row) => row.names.push(name),
            None => rows.push(Row {
                kind,
                risk,
                names: vec![name],
            }),
        }
    }
    rows
}

/// One change in place or one replacement, of one or several resources.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) action: Action,
    pub(super) risk: Risk,
    /// Why it cannot be changed in place; empty for a change in place.
    pub(super) because: Vec<String>,
    pub(super) deltas: Vec<Delta>,
    pub(super) changes: Vec<&'a Change>,
    /// Seen the other way round: from what is wanted to what is there.
    pub(super) back: bool,
}

impl<'a> Entry<'a> {
    fn of(catalog: &Catalog, change: &'a Change) -> Self {
        let text = catalog
            .get(&change.address.kind)
            .map_or(&[][..], |facts| facts.text);
        let replaced = matches!(change.action, Action::Replace(_));
        let mut because = Vec::new();
        let mut found = Vec::new();
        for (field, reason) in change.fields.iter().zip(&change.reasons) {
            if replaced && field.rule == Rule::Replace {
                let why = reason_text(reason);
                if !because.contains(&why) {
                    because.push(why);
                }
            }
            let told = replaced && matches!(reason, Reason::Upstream(_));
            let all = deltas(field, text.contains(&field.field.as_str()));
            // What everything is rebuilt for is said once, as the reason.
            found.extend(
                all.into_iter()
                    .filter(|delta| !(told && matches!(delta, Delta::Upstream { .. }))),
            );
        }
        Self {
            action: change.action,
            risk: change.risk,
            because,
            deltas: found,
            changes: vec![change],
            back: false,
        }
    }

    /// What somebody changed by hand; nothing where only something else's id changed.
    fn back(catalog: &Catalog, change: &'a Change) -> Option<Self> {
        let text = catalog
            .get(&change.address.kind)
            .map_or(&[][..], |facts| facts.text);
        let by_hand = by_hand(change).map(|field| FieldChange {
            before: field.after.clone(),
            after: field.before.clone(),
            ..field.clone()
        });
        let found: Vec<Delta> = by_hand
            .flat_map(|field| deltas(&field, text.contains(&field.field.as_str())))
            .collect();
        (!found.is_empty()).then(|| Self {
            action: Action::Update,
            risk: change.risk,
            because: Vec::new(),
            deltas: found,
            changes: vec![change],
            back: true,
        })
    }

    fn same(&self, other: &Self) -> bool {
        self.action == other.action
            && self.risk == other.risk
            && self.because == other.because
            && self.deltas == other.deltas
    }

    /// The kind, where all are of one.
    pub(super) fn kind(&self) -> Option<&'a str> {
        let first = self.changes.first()?.address.kind.as_str();
        let one = self
            .changes
            .iter()
            .all(|change| change.address.kind == first);
        one.then_some(first)
    }
}

/// The plan's changes in place, or its replacements.
pub(super) fn entries<'a>(plan: &'a Plan, catalog: &Catalog, replaced: bool) -> Vec<Entry<'a>> {
    let wanted = |change: &&Change| match change.action {
        Action::Update => !replaced,
        Action::Replace(Order::MakeFirst | Order::DeleteFirst) => replaced,
        Action::Keep | Action::Create | Action::Delete => false,
    };
    let changes = plan.changes.iter().filter(wanted);
    together(changes.map(|change| Entry::of(catalog, change)))
}

/// These changes seen the other way round: what became of them since they were applied.
pub(super) fn drifted<'a>(changes: &[&'a Change], catalog: &Catalog) -> Vec<Entry<'a>> {
    let changes = changes.iter().copied();
    together(changes.filter_map(|change| Entry::back(catalog, change)))
}

/// The same change of several resources is one entry.
fn together<'a>(all: impl Iterator<Item = Entry<'a>>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    for entry in all {
        match entries.iter_mut().find(|other| other.same(&entry)) {
            Some(other) => other.changes.extend(entry.changes),
            None => entries.push(entry),
        }
    }
    entries.into_iter().flat_map(Entry::settle).collect()
}

impl Entry<'_> {
    /// A few resources of several kinds are clearer one by one.
    fn settle(self) -> Vec<Self> {
        if self.kind().is_some() || self.changes.len() >= MANY {
            return vec![self];
        }
        let alone = |change| Self {
            changes: vec![change],
            ..self.clone()
        };
        self.changes.iter().copied().map(alone).collect()
    }
}

/// The plan's deletions by reason, in the order in which reasons first stand.
pub(super) fn deletions(plan: &Plan) -> Vec<(&Reason, Vec<&Change>)> {
    let mut groups: Vec<(&Reason, Vec<&Change>)> = Vec::new();
    for change in &plan.changes {
        let (Action::Delete, Some(reason)) = (change.action, change.reasons.first()) else {
            continue;
        };
        match groups.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, changes)) => changes.push(change),
            None => groups.push((reason, vec![change])),
        }
    }
    groups
}
