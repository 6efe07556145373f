//! The difference of two docs of one kind, field by field.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Address, Doc, Facts, Link, Rule};

/// One field that is to change.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The field's name in the spec.
    pub field: String,
    /// What the kind's rule for the field is.
    pub rule: Rule,
    /// What was seen; `None` where nothing was.
    pub before: Option<Value>,
    /// What is wanted; `None` where nothing is.
    pub after: Option<Value>,
    /// The link's target gets a new id, though its address stays.
    pub upstream: Option<Address>,
}

/// The fields in which `seen` is not as `wanted`; `moving` are the addresses whose id changes in this plan.
pub fn diff(
    facts: &Facts,
    seen: &Doc,
    wanted: &Doc,
    moving: &BTreeSet<Address>,
) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for &(field, rule) in facts.rules {
        if rule == Rule::CreateOnly {
            continue;
        }
        let (before, after) = (seen.field(field), wanted.field(field));
        let upstream = after.and_then(|value| moved(value, moving));
        if before != after || upstream.is_some() {
            changes.push(FieldChange {
                field: field.to_owned(),
                rule,
                before: before.cloned(),
                after: after.cloned(),
                upstream,
            });
        }
    }
    changes
}

/// The first link below `value` whose target moves.
fn moved(value: &Value, moving: &BTreeSet<Address>) -> Option<Address> {
    let mut hit = None;
    crate::doc::collect(value, &mut |link| {
        if let Link::To(address) = link
            && moving.contains(&address)
        {
            hit.get_or_insert(address);
        }
    });
    hit
}
