//! What is not as it was applied: the plan's difference seen the other way round, and who did it.
//!
//! There is no state file, so the environment file stands for the last apply. A resource that would only be touched
//! because another one is made again has not drifted, and is left out.

use hcctl_engine::diff::FieldChange;
use hcctl_engine::snapshot::{Lost, Stranger};
use hcctl_engine::{Action, Address, Change, Doc, Link, Plan, Reason};
use serde_json::Value;

use super::{CommandError, Context, Event, Events, Note, Observation, remarks};
use crate::trail::{self, Drifted, Pace, Trail, What, questions, trace};

/// So many questions are asked without a word.
const FEW: usize = 4;

/// What is not as it was applied.
#[derive(Clone, Debug)]
pub struct Drift<'a> {
    /// Resources of which somebody changed a field.
    pub changed: Vec<&'a Change>,
    /// Resources that are not there.
    pub missing: Vec<&'a Change>,
    /// Resources in ours that nobody asked for, by the reason why they are extra.
    pub extra: Vec<(&'static str, Vec<&'a Change>)>,
    /// Strangers beside ours, which no apply touches.
    pub beside: &'a [Stranger],
    /// Ours that have lost the tags by which they are found: until these are back, nothing can be applied.
    pub lost: &'a [Lost],
    /// What is part of those and was not found, so that nothing is known of it.
    pub unseen: &'a [Address],
}

impl<'a> Drift<'a> {
    /// Sorts a plan by what has become of its resources; with `beside`, also what stands beside them.
    pub fn of(plan: &'a Plan, beside: bool) -> Self {
        let mut found = Self {
            changed: Vec::new(),
            missing: Vec::new(),
            extra: Vec::new(),
            beside: if beside { &plan.strangers } else { &[] },
            lost: &plan.lost,
            unseen: &plan.unseen,
        };
        for change in plan.changed() {
            match change.action {
                Action::Create => found.missing.push(change),
                Action::Update | Action::Replace(_) if by_hand(change).next().is_some() => {
                    found.changed.push(change);
                }
                Action::Delete => {
                    let why = why(change);
                    match found.extra.iter_mut().find(|(other, _)| *other == why) {
                        Some((_, changes)) => changes.push(change),
                        None => found.extra.push((why, vec![change])),
                    }
                }
                Action::Keep | Action::Update | Action::Replace(_) => {}
            }
        }
        found
    }

    /// Whether everything is as it was applied.
    pub fn is_none(&self) -> bool {
        self.ours() == 0 && self.beside.is_empty() && self.lost.is_empty()
    }

    /// How many of our resources have drifted: what an apply puts back.
    pub fn ours(&self) -> usize {
        self.changed.len() + self.missing.len() + self.extras()
    }

    /// How many are extra.
    pub fn extras(&self) -> usize {
        self.extra.iter().map(|(_, changes)| changes.len()).sum()
    }

    /// The id of a resource that drifted and is there to be asked about.
    pub fn asked(&self) -> Option<&'a str> {
        let extra = self.extra.iter().flat_map(|(_, changes)| changes);
        let mut there = self.changed.iter().chain(extra);
        let seen = there.find_map(|change| change.before.as_ref());
        seen.map(|seen| seen.id.as_str())
            .or(self.beside.first().map(|stranger| stranger.id.as_str()))
    }

    /// The fields of a resource that somebody changed.
    pub fn fields(&self, change: &Change) -> Vec<String> {
        by_hand(change).map(|field| field.field.clone()).collect()
    }
}

/// The fields of a resource that differ by themselves, and not because what they name gets a new id.
pub fn by_hand(change: &Change) -> impl Iterator<Item = &FieldChange> {
    let fields = change.fields.iter();
    fields.filter(|field| field.upstream.is_none())
}

/// By what a resource is known to those who look for its author.
pub fn key(change: &Change) -> String {
    let id = change.before.as_ref().map(|seen| seen.id.clone());
    id.unwrap_or_else(|| change.address.to_string())
}

/// Why something is extra.
fn why(change: &Change) -> &'static str {
    match change.reasons.first() {
        Some(Reason::Extra) => "added by hand",
        Some(Reason::Spare) => "a second one, left by a run that was killed",
        _ => "not in the file",
    }
}

/// What one look at the drift found.
pub struct Found {
    /// The look.
    pub seen: Observation,
    /// What keeps requests from being answered, and no apply puts back.
    pub outages: Vec<Note>,
    /// Who did it, where that was asked.
    pub trail: Option<Trail>,
}

/// Looks for drift; with `beside`, also beside what is ours; with `who`, asks CloudTrail who did it.
///
/// # Errors
///
/// As [`Context::observe`]; what CloudTrail refuses is in the trail.
pub async fn drift(
    context: &Context,
    (beside, who): (bool, bool),
    events: &impl Events,
) -> Result<Found, CommandError> {
    let seen = context.survey().await?;
    let drift = Drift::of(&seen.plan, beside);
    let trail = if who && !drift.is_none() {
        Some(did(context, &seen, &drift, events).await)
    } else {
        None
    };
    Ok(Found {
        outages: remarks::silent(context, &seen.outages),
        trail,
        seen,
    })
}

/// What CloudTrail says of all that has drifted.
async fn did(
    context: &Context,
    seen: &Observation,
    drift: &Drift<'_>,
    events: &impl Events,
) -> Trail {
    let all = drifted(seen, drift);
    let mut pace = Pace::default();
    if let Some(limit) = context.limit {
        pace.limit = pace.limit.min(limit);
    }
    let number = questions(&all).len();
    if number > FEW {
        let text = format!("Asking CloudTrail who did it: {number} questions, two a second.");
        let _ = events.tell(Event::Busy(&text));
    }
    trail::ask(&seen.aws, &all, pace).await
}

fn drifted(seen: &Observation, drift: &Drift<'_>) -> Vec<Drifted> {
    let changed = drift.changed.iter().map(|change| {
        let fields = drift.fields(change);
        of(seen, change, What::Changed(fields))
    });
    let missing = drift
        .missing
        .iter()
        .map(|change| of(seen, change, What::Missing));
    let extra = drift.extra.iter().flat_map(|(_, changes)| changes);
    let extra = extra.map(|change| of(seen, change, What::Added));
    let beside = drift.beside.iter().map(beside);
    changed.chain(missing).chain(extra).chain(beside).collect()
}

fn of(seen: &Observation, change: &Change, what: What) -> Drifted {
    let kind = change.address.kind.clone();
    let row = trace(&kind);
    let before = change.before.as_ref();
    let docs = [before.map(|seen| &seen.raw), change.after.as_ref()];
    let field = |name: Option<&str>| {
        let mut docs = docs.iter().flatten();
        docs.find_map(|doc: &&Doc| doc.field(name?))
    };
    let name = field(row.and_then(|row| row.name)).and_then(Value::as_str);
    let owner = field(row.and_then(|row| row.owner));
    let owner = owner.and_then(|value| serde_json::from_value(value.clone()).ok());
    Drifted {
        key: key(change),
        kind,
        what,
        id: before.map(|seen| seen.id.clone()),
        name: name.map(str::to_owned),
        owner: owner.and_then(|link| id(seen, &link)),
    }
}

fn beside(stranger: &Stranger) -> Drifted {
    Drifted {
        key: stranger.id.clone(),
        kind: stranger.kind.to_owned(),
        what: What::Added,
        id: Some(stranger.id.clone()),
        name: None,
        owner: None,
    }
}

/// The id behind a link, where what it names is there.
fn id(seen: &Observation, link: &Link) -> Option<String> {
    match link {
        Link::Id(id) => Some(id.clone()),
        Link::To(address) => {
            let all = || {
                let all = seen.plan.changes.iter();
                all.filter(|change| change.address == *address)
            };
            let there = all().find_map(|change| change.before.as_ref());
            if let Some(there) = there {
                return Some(there.id.clone());
            }
            // A scalable target that is gone still goes by its service in events.
            let wanted = all().find_map(|change| change.after.as_ref());
            let service = wanted.filter(|_| address.kind == "scalable_target")?;
            let service = service.field("service")?;
            id(seen, &serde_json::from_value(service.clone()).ok()?)
        }
    }
}
