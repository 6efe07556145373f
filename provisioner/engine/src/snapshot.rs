//! What was seen in the cloud, and its ids lifted to addresses.

use std::collections::BTreeMap;

use crate::kind::Found;
use crate::{Address, Blueprint, Doc, Facts, Link, Rule};

/// One resource of ours, as it was seen.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its address.
    pub address: Address,
    /// The cloud's id.
    pub id: String,
    /// Its fields with links by id, as kinds read and write them.
    pub raw: Doc,
    /// Its fields with links to what is ours lifted to addresses.
    pub doc: Doc,
    /// Why it is not usable yet.
    pub pending: Option<String>,
    /// It stands inside something of ours, made by somebody else.
    pub extra: bool,
    /// It is a second one under an address that another one fills better (left by a killed run).
    pub spare: bool,
}

/// A stranger beside ours: reported, never touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// Its kind.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What it is, for a person.
    pub what: String,
}

/// A stranger under a name that ours would need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The address that would have the name.
    pub address: Address,
    /// The stranger's id.
    pub id: String,
    /// What tells that it is not ours.
    pub why: String,
}

/// One of ours that does not say so any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The address that it must have had.
    pub address: Address,
    /// Its id.
    pub id: String,
    /// What it lacks.
    pub why: String,
    /// What makes it recognisable again.
    pub remedy: String,
}

/// Everything seen, before it is compared with anything.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    ours: Vec<Observed>,
    /// Strangers beside ours.
    pub strangers: Vec<Stranger>,
    /// Strangers under our names.
    pub taken: Vec<Taken>,
    /// Ours that serve the environment somewhere else, with the place.
    pub elsewhere: Vec<(Address, String)>,
    /// Ours that do not say so any more.
    pub lost: Vec<Lost>,
}

impl Snapshot {
    /// Adds what one kind's observation found.
    pub fn add(&mut self, kind: &'static str, found: Vec<Found<Doc>>) {
        for one in found {
            match one {
                Found::Ours(ours) => self.ours.push(Observed {
                    address: Address::new(kind, ours.name),
                    id: ours.id,
                    doc: ours.spec.clone(),
                    raw: ours.spec,
                    pending: ours.pending,
                    extra: ours.extra,
                    spare: false,
                }),
                Found::Extra { id, what } => self.strangers.push(Stranger { kind, id, what }),
                Found::Taken { name, id, why } => self.taken.push(Taken {
                    address: Address::new(kind, name),
                    id,
                    why,
                }),
                Found::Elsewhere { name, place } => {
                    self.elsewhere.push((Address::new(kind, name), place));
                }
                Found::Lost {
                    name,
                    id,
                    why,
                    remedy,
                } => self.lost.push(Lost {
                    address: Address::new(kind, name),
                    id,
                    why,
                    remedy,
                }),
            }
        }
    }

    /// What was seen of ours, as it was seen.
    pub fn ours(&self) -> &[Observed] {
        &self.ours
    }

    /// Gives every resource an address of its own, lifts ids to addresses and brings docs into canonical form.
    ///
    /// Of several under one address the one that fits the blueprint best keeps it: a run killed while it replaced a
    /// resource, or a create whose answer was lost, leaves two.
    pub fn lift(
        &self,
        blueprint: &Blueprint,
        facts: &BTreeMap<&str, Facts>,
    ) -> BTreeMap<Address, Observed> {
        let mut groups: BTreeMap<&Address, Vec<&Observed>> = BTreeMap::new();
        for seen in &self.ours {
            groups.entry(&seen.address).or_default().push(seen);
        }
        let mut lifted = BTreeMap::new();
        for (address, mut group) in groups {
            group
                .sort_by_key(|seen| (misfit(seen, blueprint.get(address), facts), seen.id.clone()));
            for (place, seen) in group.into_iter().enumerate() {
                let mut seen = seen.clone();
                if place > 0 {
                    seen.spare = true;
                    seen.address.name.clone_from(&seen.id);
                }
                lifted.insert(seen.address.clone(), seen);
            }
        }
        let lost = self.lost.iter().map(|lost| (&lost.id, &lost.address));
        let ours = lifted.values().map(|seen| (&seen.id, &seen.address));
        let ids: BTreeMap<String, Address> = lost
            .chain(ours)
            .map(|(id, address)| (id.clone(), address.clone()))
            .collect();
        for seen in lifted.values_mut() {
            let doc = seen.raw.map_links(&mut |link| match link {
                Link::Id(id) => ids
                    .get(&id)
                    .map_or(Link::Id(id), |address| Link::To(address.clone())),
                to @ Link::To(_) => to,
            });
            seen.doc = facts
                .get(seen.address.kind.as_str())
                .map_or(doc.clone(), |facts| (facts.canonical)(&doc));
        }
        lifted
    }
}

/// How badly a resource fits what is wanted under its address: fields that would force a replacement first.
fn misfit(seen: &Observed, wanted: Option<&Doc>, facts: &BTreeMap<&str, Facts>) -> (usize, usize) {
    let (Some(wanted), Some(facts)) = (wanted, facts.get(seen.address.kind.as_str())) else {
        return (0, 0);
    };
    let differs = |rule: Rule| {
        let fields = facts
            .rules
            .iter()
            .filter(|(_, r)| *r == rule)
            .map(|(field, _)| *field);
        // Links cannot be compared before lifting; plain fields can.
        fields
            .filter(|field| {
                plain(wanted.field(field)) && wanted.field(field) != seen.raw.field(field)
            })
            .count()
    };
    (differs(Rule::Replace), differs(Rule::Update))
}

fn plain(value: Option<&serde_json::Value>) -> bool {
    let mut plain = true;
    if let Some(value) = value {
        crate::doc::collect(value, &mut |_| plain = false);
    }
    plain
}
