//! What goes before what, where no link says so.
#![allow(clippy::unwrap_used)]

mod common;

use common::facts;
use hcctl_engine::plan::{Catalog, plan};
use hcctl_engine::steps::{Work, steps};
use hcctl_engine::{Address, Blueprint, Doc, Found, Rule, Snapshot};
use serde_json::{Value, json};

/// `late` comes after `early`; `apart` knows neither.
const KINDS: &[(&str, &[&str])] = &[("early", &[]), ("late", &["early"]), ("apart", &[])];

fn catalog() -> Catalog {
    Catalog::new(KINDS.iter().map(|(name, after)| {
        facts(
            name,
            &[("within", Rule::Replace), ("size", Rule::Update)],
            after,
        )
    }))
}

fn doc(within: &Value, size: u8) -> Doc {
    Doc::of(&json!({ "within": within, "size": size })).unwrap()
}

/// A step by its work and its address, and the steps that it comes after.
fn order(
    wanted: &[(&'static str, &str, Value)],
    seen: Vec<(&'static str, Found<Doc>)>,
) -> Vec<(String, Vec<String>)> {
    let mut builder = Blueprint::builder();
    for (kind, name, within) in wanted {
        builder.want_doc(Address::new(*kind, *name), doc(within, 1));
    }
    let mut snapshot = Snapshot::default();
    for (kind, found) in seen {
        snapshot.add(kind, vec![found]);
    }
    let catalog = catalog();
    let plan = plan(&catalog, &builder.build().unwrap(), &snapshot).unwrap();
    let steps = steps(&catalog, &plan);
    let name = |place: usize| {
        let step = &steps.steps[place];
        let work = match step.work {
            Work::Await => "await",
            Work::Create => "make",
            Work::Update => "change",
            Work::Delete => "delete",
        };
        format!("{work} {}", step.address)
    };
    let all = 0..steps.steps.len();
    all.map(|place| {
        let before = steps.graph.before(place).iter();
        (name(place), before.map(|before| name(*before)).collect())
    })
    .collect()
}

fn after<'a>(order: &'a [(String, Vec<String>)], step: &str) -> &'a [String] {
    let found = order.iter().find(|(name, _)| name == step);
    &found.unwrap_or_else(|| panic!("no {step} in {order:?}")).1
}

#[test]
fn what_is_not_ready_is_waited_for() {
    let pending =
        Found::ours("base", "id-base", doc(&Value::Null, 1)).pending(Some("on its way".to_owned()));
    let to = json!({ "$to": "apart/base" });
    let wanted = [("apart", "base", Value::Null), ("apart", "part", to)];
    let order = order(&wanted, vec![("apart", pending)]);
    assert_eq!(after(&order, "make apart/part"), ["await apart/base"]);
}

#[test]
fn kinds_have_an_order_of_their_own() {
    let all = ["early", "late", "apart"];
    let wanted: Vec<_> = all.iter().map(|kind| (*kind, "a", Value::Null)).collect();
    let made = order(&wanted, Vec::new());
    assert_eq!(after(&made, "make late/a"), ["make early/a"]);
    assert!(after(&made, "make early/a").is_empty());
    assert!(after(&made, "make apart/a").is_empty());
    let seen = all.map(|kind| {
        (
            kind,
            Found::ours("a", format!("id-{kind}"), doc(&Value::Null, 1)),
        )
    });
    let gone = order(&[], seen.into());
    assert_eq!(after(&gone, "delete early/a"), ["delete late/a"]);
    assert!(after(&gone, "delete late/a").is_empty());
    assert!(after(&gone, "delete apart/a").is_empty());
}

#[test]
fn what_is_not_wanted_goes_after_what_comes_of_its_kind() {
    let ours =
        |name: &str, size| Found::ours(name, format!("id-{name}-{size}"), doc(&Value::Null, size));
    let wanted = [
        ("apart", "new", Value::Null),
        ("apart", "changed", Value::Null),
        ("early", "new", Value::Null),
    ];
    let seen = vec![
        ("apart", ours("old", 1)),
        ("apart", ours("changed", 2)),
        // A second one is left by a run that was killed, and nobody waits for its going.
        ("apart", ours("changed", 3)),
    ];
    let order = order(&wanted, seen);
    assert_eq!(after(&order, "delete apart/old"), ["make apart/new"]);
    assert!(after(&order, "delete apart/id-changed-3").is_empty());
    assert!(after(&order, "make early/new").is_empty());
}

#[test]
fn a_plan_lists_kinds_in_the_order_of_the_catalog() {
    let mut builder = Blueprint::builder();
    for (kind, _) in KINDS {
        builder.want_doc(Address::new(*kind, "b"), doc(&Value::Null, 1));
        builder.want_doc(Address::new(*kind, "a"), doc(&Value::Null, 1));
    }
    let blueprint = builder.build().unwrap();
    let plan = plan(&catalog(), &blueprint, &Snapshot::default()).unwrap();
    let listed: Vec<String> = plan
        .changes
        .iter()
        .map(|change| change.address.to_string())
        .collect();
    let wanted = [
        "early/a", "early/b", "late/a", "late/b", "apart/a", "apart/b",
    ];
    assert_eq!(listed, wanted);
}
