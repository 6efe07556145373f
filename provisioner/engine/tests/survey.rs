//! A look past what has lost the marks by which it is found.
#![allow(clippy::unwrap_used)]

mod common;

use common::facts;
use hcctl_engine::plan::{Catalog, PlanError, plan, survey};
use hcctl_engine::{Action, Address, Blueprint, Doc, Found, Rule, Snapshot};
use serde_json::{Value, json};

const KIND: &str = "box";

fn catalog() -> Catalog {
    let facts = facts(
        KIND,
        &[("within", Rule::Replace), ("size", Rule::Update)],
        &[],
    );
    Catalog::new([facts])
}

fn doc(within: &Value, size: u8) -> Doc {
    Doc::of(&json!({ "within": within, "size": size })).unwrap()
}

#[test]
fn what_is_lost_hides_nothing_else() {
    let to = |name: &str| json!({ "$to": format!("{KIND}/{name}") });
    let mut builder = Blueprint::builder();
    let wanted = [
        ("lost", Value::Null),
        ("found", to("lost")),
        ("part", to("lost")),
        ("part-of-part", to("part")),
        ("missing", Value::Null),
        ("changed", to("found")),
    ];
    for (name, within) in wanted {
        builder.want_doc(Address::new(KIND, name), doc(&within, 1));
    }
    let blueprint = builder.build().unwrap();
    let mut snapshot = Snapshot::default();
    snapshot.add(
        KIND,
        vec![
            Found::Lost {
                name: "lost".to_owned(),
                id: "id-lost".to_owned(),
                why: "has lost its tag".to_owned(),
                remedy: "put it back".to_owned(),
            },
            Found::ours("found", "id-found", doc(&json!({ "$id": "id-lost" }), 1)),
            Found::ours(
                "changed",
                "id-changed",
                doc(&json!({ "$id": "id-found" }), 2),
            ),
        ],
    );
    let errors = plan(&catalog(), &blueprint, &snapshot).unwrap_err();
    assert!(matches!(errors.as_slice(), [PlanError::Lost(lost)] if lost.id == "id-lost"));

    let seen = survey(&catalog(), &blueprint, &snapshot).unwrap();
    let lost: Vec<&str> = seen.lost.iter().map(|lost| lost.id.as_str()).collect();
    assert_eq!(lost, ["id-lost"]);
    let unseen: Vec<String> = seen.unseen.iter().map(ToString::to_string).collect();
    assert_eq!(unseen, ["box/part", "box/part-of-part"]);
    let changes: Vec<(&str, &Action)> = seen
        .changes
        .iter()
        .map(|change| (change.address.name.as_str(), &change.action))
        .collect();
    let wanted = [
        ("changed", &Action::Update),
        ("found", &Action::Keep),
        ("missing", &Action::Create),
    ];
    assert_eq!(changes, wanted);
}

#[test]
fn what_is_in_the_way_is_refused_all_the_same() {
    let mut builder = Blueprint::builder();
    builder.want_doc(Address::new(KIND, "name"), doc(&Value::Null, 1));
    let mut snapshot = Snapshot::default();
    let taken = Found::Taken {
        name: "name".to_owned(),
        id: "id-theirs".to_owned(),
        why: "somebody else's".to_owned(),
    };
    snapshot.add(KIND, vec![taken]);
    let errors = survey(&catalog(), &builder.build().unwrap(), &snapshot).unwrap_err();
    assert!(matches!(errors.as_slice(), [PlanError::Taken(_)]));
}
