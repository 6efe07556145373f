//! The plan: for every resource, what is to be done, why, and how much it may hurt. A pure function.

use std::collections::{BTreeMap, BTreeSet};

use crate::blueprint::list;
use crate::diff::{FieldChange, diff};
use crate::snapshot::{Lost, Observed, Snapshot, Stranger, Taken};
use crate::{Address, Blueprint, Doc, Facts, Link, Replacement, Risk, Rule};

/// What is to be done with one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Nothing.
    Keep,
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Make it anew, in this order.
    Replace(Order),
    /// Delete it.
    Delete,
}

/// The order of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// New one first.
    MakeFirst,
    /// Old one first.
    DeleteFirst,
}

/// Why something is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not there.
    Missing,
    /// This field differs.
    Differs(String),
    /// This field differs and can only be set on a new one.
    Forced(String),
    /// What it links to gets a new id.
    Upstream(Address),
    /// Nothing in the environment file asks for it any more.
    NotWanted,
    /// Somebody added it to something that is wholly ours.
    Extra,
    /// A second one under an address that may exist once.
    Spare,
}

/// One resource in the plan.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which.
    pub address: Address,
    /// What is to be done.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The fields that change; empty for a create or delete.
    pub fields: Vec<FieldChange>,
    /// How much it may hurt.
    pub risk: Risk,
    /// What was seen.
    pub before: Option<Observed>,
    /// What is wanted.
    pub after: Option<Doc>,
}

impl Change {
    /// Whether anything is done.
    pub fn changes(&self) -> bool {
        self.action != Action::Keep
    }
}

/// The difference between what is wanted and what was seen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Every resource, kept ones included: by kind in the order of discovery, then by name.
    pub changes: Vec<Change>,
    /// Strangers beside ours.
    pub strangers: Vec<Stranger>,
    /// Ours that do not say so any more: only a [`survey`] has any, and it is not to be applied.
    pub lost: Vec<Lost>,
    /// What was not found because it is part of something lost, and so not looked for: compared with nothing.
    pub unseen: Vec<Address>,
    /// The same text for the same observation: what a saved plan is bound to.
    pub seen: String,
    /// The same text for the same blueprint.
    pub wanted: String,
}

/// A difference that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A name that is needed belongs to somebody else.
    #[error("{}: the name is taken by {}, {}", .0.address, .0.id, .0.why)]
    Taken(Taken),
    /// The environment stands somewhere else, and these exist once for all places.
    #[error("the environment stands in {place} already, and {} exist once for all regions", list(.shared))]
    Elsewhere {
        /// Where.
        place: String,
        /// What the one there and the one here would share.
        shared: Vec<Address>,
    },
    /// One of ours is there and does not say so: whatever is made or deleted without it would double or orphan it.
    #[error("{}: {} {}", .0.address, .0.id, .0.why)]
    Lost(Lost),
    /// Replacing one needs both to exist at once, and that cannot be.
    #[error(
        "{address} must be made anew, but {needed_by} needs it all the time and it cannot exist twice"
    )]
    Unreplaceable {
        /// What must be replaced.
        address: Address,
        /// What stays and needs it.
        needed_by: Address,
    },
    /// What is there already would make AWS refuse a step.
    #[error("{address}: {reason}")]
    Conflict {
        /// The resource that could not be made or deleted.
        address: Address,
        /// What is in the way, as a fragment.
        reason: String,
        /// What to do about it, as a fragment.
        remedy: String,
    },
    /// A kind that the catalog does not hold.
    #[error("{0} is of no known kind")]
    UnknownKind(Address),
}

/// The facts of every kind, by name and in order of discovery.
#[derive(Clone, Debug)]
pub struct Catalog {
    order: Vec<&'static str>,
    facts: BTreeMap<&'static str, Facts>,
}

impl Catalog {
    /// A catalog of kinds, in order of discovery.
    pub fn new(facts: impl IntoIterator<Item = Facts>) -> Self {
        let facts: Vec<Facts> = facts.into_iter().collect();
        Self {
            order: facts.iter().map(|facts| facts.name).collect(),
            facts: facts.into_iter().map(|facts| (facts.name, facts)).collect(),
        }
    }

    /// The facts of one kind.
    pub fn get(&self, kind: &str) -> Option<&Facts> {
        self.facts.get(kind)
    }

    fn rank(&self, kind: &str) -> usize {
        self.order
            .iter()
            .position(|name| *name == kind)
            .unwrap_or(usize::MAX)
    }
}

/// Compares what is wanted with what was seen.
///
/// # Errors
///
/// Everything that keeps the difference from being made.
pub fn plan(
    catalog: &Catalog,
    blueprint: &Blueprint,
    snapshot: &Snapshot,
) -> Result<Plan, Vec<PlanError>> {
    let mut errors = refusals(catalog, blueprint, snapshot);
    errors.extend(snapshot.lost.iter().cloned().map(PlanError::Lost));
    if errors.is_empty() {
        compare_all(catalog, blueprint, snapshot)
    } else {
        Err(errors)
    }
}

/// Compares all that can be recognised, for somebody who only looks: what is lost is told beside the difference, and so is
/// what would have to be looked for within it.
///
/// # Errors
///
/// As [`plan`], but for what is lost.
pub fn survey(
    catalog: &Catalog,
    blueprint: &Blueprint,
    snapshot: &Snapshot,
) -> Result<Plan, Vec<PlanError>> {
    let errors = refusals(catalog, blueprint, snapshot);
    if !errors.is_empty() {
        return Err(errors);
    }
    let lost: BTreeSet<&Address> = snapshot.lost.iter().map(|lost| &lost.address).collect();
    let there: BTreeSet<&Address> = snapshot.ours().iter().map(|seen| &seen.address).collect();
    let mut unseen = BTreeSet::new();
    for address in blueprint.in_order() {
        let links = blueprint.get(address).map(Doc::links).unwrap_or_default();
        let within = links.iter().any(|(_, link)| {
            let Link::To(to) = link else { return false };
            lost.contains(to) || unseen.contains(to)
        });
        if within && !there.contains(address) && !lost.contains(address) {
            unseen.insert(address.clone());
        }
    }
    let rest = blueprint.without(|address| lost.contains(address) || unseen.contains(address));
    Ok(Plan {
        lost: snapshot.lost.clone(),
        unseen: unseen.into_iter().collect(),
        ..compare_all(catalog, &rest, snapshot)?
    })
}

/// What keeps any difference from being made.
fn refusals(catalog: &Catalog, blueprint: &Blueprint, snapshot: &Snapshot) -> Vec<PlanError> {
    let mut errors: Vec<PlanError> = Vec::new();
    errors.extend(
        blueprint
            .iter()
            .filter(|(a, _)| catalog.get(&a.kind).is_none())
            .map(|(a, _)| PlanError::UnknownKind(a.clone())),
    );
    let taken = snapshot
        .taken
        .iter()
        .filter(|taken| blueprint.get(&taken.address).is_some());
    errors.extend(taken.cloned().map(PlanError::Taken));
    let mut places: BTreeMap<&String, Vec<Address>> = BTreeMap::new();
    for (address, place) in &snapshot.elsewhere {
        if blueprint.get(address).is_some() {
            places.entry(place).or_default().push(address.clone());
        }
    }
    errors.extend(
        places
            .into_iter()
            .map(|(place, shared)| PlanError::Elsewhere {
                place: place.clone(),
                shared,
            }),
    );
    errors
}

fn compare_all(
    catalog: &Catalog,
    blueprint: &Blueprint,
    snapshot: &Snapshot,
) -> Result<Plan, Vec<PlanError>> {
    let mut seen = snapshot.lift(blueprint, &catalog.facts);
    let seen_text = canonical(catalog, &seen, &snapshot.strangers);
    let mut changes: BTreeMap<Address, Change> = BTreeMap::new();
    let mut moving = BTreeSet::new();
    for address in blueprint.in_order() {
        let (Some(facts), Some(wanted)) = (catalog.get(&address.kind), blueprint.get(address))
        else {
            continue;
        };
        let change = compare(facts, address, wanted, seen.remove(address), &moving);
        let moves = match change.action {
            Action::Create | Action::Replace(_) => true,
            Action::Update => revised(facts, &change.fields),
            Action::Keep | Action::Delete => false,
        };
        if moves {
            moving.insert(address.clone());
        }
        changes.insert(address.clone(), change);
    }
    for (address, observed) in seen {
        let risk = catalog
            .get(&address.kind)
            .map_or(Risk::None, |facts| facts.delete_risk);
        let reason = match (observed.extra, observed.spare) {
            (true, _) => Reason::Extra,
            (_, true) => Reason::Spare,
            _ => Reason::NotWanted,
        };
        let change = Change {
            address: address.clone(),
            action: Action::Delete,
            reasons: vec![reason],
            fields: Vec::new(),
            risk,
            before: Some(observed),
            after: None,
        };
        changes.insert(address, change);
    }
    settle_orders(catalog, &mut changes)?;
    let mut changes: Vec<Change> = changes.into_values().collect();
    changes.sort_by(|a, b| {
        (catalog.rank(&a.address.kind), &a.address)
            .cmp(&(catalog.rank(&b.address.kind), &b.address))
    });
    Ok(Plan {
        changes,
        strangers: snapshot.strangers.clone(),
        lost: Vec::new(),
        unseen: Vec::new(),
        seen: seen_text,
        wanted: blueprint.canonical(),
    })
}

fn compare(
    facts: &Facts,
    address: &Address,
    wanted: &Doc,
    seen: Option<Observed>,
    moving: &BTreeSet<Address>,
) -> Change {
    let mut change = Change {
        address: address.clone(),
        action: Action::Create,
        reasons: vec![Reason::Missing],
        fields: Vec::new(),
        risk: Risk::None,
        before: None,
        after: Some(wanted.clone()),
    };
    let Some(seen) = seen else { return change };
    change.fields = diff(facts, &seen.doc, wanted, moving);
    change.before = Some(seen);
    change.reasons = change.fields.iter().map(reason).collect();
    let forced = change
        .fields
        .iter()
        .any(|field| field.rule == Rule::Replace);
    (change.action, change.risk) = if forced {
        let order = match facts.replacement {
            Replacement::MakeFirst => Order::MakeFirst,
            Replacement::DeleteFirst | Replacement::Unique => Order::DeleteFirst,
        };
        (Action::Replace(order), facts.delete_risk.max(Risk::Replace))
    } else if change.fields.is_empty() {
        (Action::Keep, Risk::None)
    } else {
        let brief = change
            .fields
            .iter()
            .any(|field| facts.brief.contains(&field.field.as_str()));
        (Action::Update, if brief { Risk::Brief } else { Risk::None })
    };
    change
}

/// Whether an update of these fields makes a new revision, with a new id.
fn revised(facts: &Facts, fields: &[FieldChange]) -> bool {
    let stays = |field: &FieldChange| facts.stays.contains(&field.field.as_str());
    facts.revises && !fields.iter().all(stays)
}

fn reason(field: &FieldChange) -> Reason {
    match (&field.upstream, field.rule) {
        (Some(address), _) => Reason::Upstream(address.clone()),
        (None, Rule::Replace) => Reason::Forced(field.field.clone()),
        (None, _) => Reason::Differs(field.field.clone()),
    }
}

/// The links that keep a resource, as it was seen, from being deleted before its referrer is.
pub(crate) fn holds<'a>(
    facts: Option<&'a Facts>,
    seen: &'a Doc,
) -> impl Iterator<Item = Address> + 'a {
    let mention = move |field: &str| {
        let rules = facts.map_or(&[][..], |facts| facts.rules);
        rules
            .iter()
            .any(|(name, rule)| *name == field && *rule == Rule::Mention)
    };
    seen.links()
        .into_iter()
        .filter_map(move |(field, link)| match link {
            Link::To(address) if !mention(field) => Some(address),
            _ => None,
        })
}

/// Turns delete-first into make-first where something that stays, or goes late, needs the old one until then.
fn settle_orders(
    catalog: &Catalog,
    changes: &mut BTreeMap<Address, Change>,
) -> Result<(), Vec<PlanError>> {
    let mut referrers: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    for change in changes.values() {
        let Some(seen) = &change.before else { continue };
        for target in holds(catalog.get(&change.address.kind), &seen.doc) {
            referrers
                .entry(target)
                .or_default()
                .push(change.address.clone());
        }
    }
    // Late: its old instance goes only after something new was made.
    let mut late: BTreeMap<Address, Address> = BTreeMap::new();
    loop {
        let mut found = Vec::new();
        for (target, users) in &referrers {
            let Some(change) = changes.get(target) else {
                continue;
            };
            if late.contains_key(target)
                || !matches!(change.action, Action::Delete | Action::Replace(_))
            {
                continue;
            }
            let needed_by = users.iter().find(|user| match changes[*user].action {
                Action::Keep
                | Action::Update
                | Action::Create
                | Action::Replace(Order::MakeFirst) => true,
                Action::Delete | Action::Replace(Order::DeleteFirst) => late.contains_key(*user),
            });
            if let Some(user) = needed_by {
                found.push((target.clone(), user.clone()));
            }
        }
        if found.is_empty() {
            return Ok(());
        }
        let mut errors = Vec::new();
        for (address, needed_by) in found {
            let unique = catalog
                .get(&address.kind)
                .is_some_and(|facts| facts.replacement == Replacement::Unique);
            if let Some(change) = changes.get_mut(&address)
                && change.action == Action::Replace(Order::DeleteFirst)
            {
                if unique {
                    errors.push(PlanError::Unreplaceable {
                        address: address.clone(),
                        needed_by: needed_by.clone(),
                    });
                }
                change.action = Action::Replace(Order::MakeFirst);
            }
            late.insert(address, needed_by);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
    }
}

/// What was seen as text, without what belongs to somebody else.
fn canonical(
    catalog: &Catalog,
    seen: &BTreeMap<Address, Observed>,
    strangers: &[Stranger],
) -> String {
    let mut lines: Vec<String> = seen
        .values()
        .map(|one| {
            let rules = catalog
                .get(&one.address.kind)
                .map_or(&[][..], |facts| facts.rules);
            let foreign = |field: &str| {
                rules
                    .iter()
                    .any(|(name, rule)| *name == field && *rule == Rule::CreateOnly)
            };
            format!(
                "{} {} {}\n",
                one.address,
                one.id,
                one.doc.without(foreign).to_value()
            )
        })
        .collect();
    lines.extend(
        strangers
            .iter()
            .map(|stranger| format!("{} {}\n", stranger.kind, stranger.id)),
    );
    lines.sort();
    lines.concat()
}

impl Plan {
    /// Whether anything is to be done.
    pub fn is_empty(&self) -> bool {
        !self.changes.iter().any(Change::changes)
    }

    /// The resources with which something is to be done.
    pub fn changed(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.changes())
    }
}
