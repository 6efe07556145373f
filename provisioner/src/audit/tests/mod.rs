//! Every control is seen to pass and to fail, and both states are put together as they should be.

mod cases;
mod report;
mod table;

use std::collections::BTreeMap;

use hcctl_engine::snapshot::Observed;
use hcctl_engine::{Action, Address, Change, Doc, Plan, Risk};
use serde_json::Value;

use super::Report;
use crate::resources::KINDS;

/// The example of a kind with some fields changed, as JSON.
fn doc(kind: &str, edits: &[(&str, &str)]) -> Doc {
    let kind = KINDS.iter().find(|one| one.facts().name == kind);
    let mut value = kind.expect("a kind").example().to_value();
    for (field, json) in edits {
        let target = &mut value[*field];
        assert!(
            !target.is_null() || *json == "null" || value_may_be_null(field),
            "no field {field}"
        );
        *target = serde_json::from_str(json).expect("JSON");
    }
    Doc::of(&value).expect("an object")
}

/// Fields that an example leaves empty.
fn value_may_be_null(field: &str) -> bool {
    ["certificate", "ssl_policy"].contains(&field)
}

/// A change from what was seen to what is wanted.
fn change(name: &str, kind: &str, before: Option<Doc>, after: Option<Doc>) -> Change {
    let address = Address::new(kind, name);
    let action = match (&before, &after) {
        (None, _) => Action::Create,
        (_, None) => Action::Delete,
        (Some(before), Some(after)) if before == after => Action::Keep,
        _ => Action::Update,
    };
    Change {
        before: before.map(|doc| Observed {
            address: address.clone(),
            id: format!("{name}-id"),
            raw: doc.clone(),
            doc,
            pending: None,
            extra: false,
            spare: false,
        }),
        address,
        action,
        reasons: Vec::new(),
        fields: Vec::new(),
        risk: Risk::None,
        after,
    }
}

fn plan(changes: Vec<Change>) -> Plan {
    Plan {
        changes,
        ..Plan::default()
    }
}

/// What an audit finds that accepts nothing.
fn audit(changes: Vec<Change>) -> Report {
    Report::of(&plan(changes), &BTreeMap::new())
}

/// A value, so that a table can hold it as text.
fn json(value: &Value) -> String {
    value.to_string()
}
