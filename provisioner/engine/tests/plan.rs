//! What a plan says of itself: whether there is anything to do, why, and what it is bound to.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::facts;
use hcctl_engine::plan::{Catalog, Plan, plan};
use hcctl_engine::report::Report;
use hcctl_engine::{
    Action, Address, Blueprint, Doc, Event, Fault, Found, Reason, Risk, Rule, Snapshot, Verb,
};
use serde_json::json;

const KIND: &str = "box";

fn catalog() -> Catalog {
    Catalog::new([facts(
        KIND,
        &[("size", Rule::Update), ("count", Rule::CreateOnly)],
        &[],
    )])
}

fn ours(name: &str, size: u8, count: u8) -> Found<Doc> {
    let doc = Doc::of(&json!({ "size": size, "count": count })).unwrap();
    Found::ours(name, format!("id-{name}"), doc)
}

/// Of one box that is wanted, with a size of 1 and a count of 1.
fn planned(seen: Vec<Found<Doc>>) -> Plan {
    let mut builder = Blueprint::builder();
    let doc = Doc::of(&json!({ "size": 1, "count": 1 })).unwrap();
    builder.want_doc(Address::new(KIND, "a"), doc);
    let mut snapshot = Snapshot::default();
    snapshot.add(KIND, seen);
    plan(&catalog(), &builder.build().unwrap(), &snapshot).unwrap()
}

#[test]
fn a_plan_is_empty_where_all_is_as_wanted() {
    assert!(planned(vec![ours("a", 1, 1)]).is_empty());
    assert!(!planned(vec![ours("a", 2, 1)]).is_empty());
    assert!(!planned(Vec::new()).is_empty());
}

#[test]
fn a_deletion_says_why() {
    let plan = planned(vec![
        ours("a", 1, 1),
        ours("by-hand", 1, 1).by_hand(),
        ours("old", 1, 1),
    ]);
    let deleted: Vec<(&str, &[Reason])> = plan
        .changed()
        .map(|change| {
            assert_eq!(change.action, Action::Delete);
            (change.address.name.as_str(), change.reasons.as_slice())
        })
        .collect();
    let wanted: [(&str, &[Reason]); 2] =
        [("by-hand", &[Reason::Extra]), ("old", &[Reason::NotWanted])];
    assert_eq!(deleted, wanted);
}

/// A saved plan is made only where the same is seen again, but for what belongs to somebody else.
#[test]
fn what_a_plan_is_bound_to_is_what_was_seen_of_ours() {
    let stranger = |id: &str| Found::Extra {
        id: id.to_owned(),
        what: "beside ours".to_owned(),
    };
    let seen = |size, count, id| planned(vec![ours("a", size, count), stranger(id)]).seen;
    assert_eq!(
        seen(1, 1, "id-theirs"),
        "box id-theirs\nbox/a id-a {\"size\":1}\n"
    );
    assert_eq!(seen(1, 7, "id-theirs"), seen(1, 1, "id-theirs"));
    assert_ne!(seen(2, 1, "id-theirs"), seen(1, 1, "id-theirs"));
    assert_ne!(seen(1, 1, "id-other"), seen(1, 1, "id-theirs"));
}

#[test]
fn a_report_is_complete_where_nothing_was_left() {
    let address = || Address::new(KIND, "a");
    let finished = |verb| Event::Finished {
        address: address(),
        verb,
        id: "id-a".to_owned(),
        took: Duration::ZERO,
    };
    let mut report = Report::default();
    for verb in [Verb::Create, Verb::Create, Verb::Delete] {
        report.take(&finished(verb));
    }
    assert!(report.complete());
    let counts = [Verb::Create, Verb::Update, Verb::Delete].map(|verb| report.count(verb));
    assert_eq!(counts, [2, 0, 1]);
    let failed = Event::Failed {
        address: address(),
        verb: Verb::Update,
        fault: Fault::own("box:Update", "no"),
        took: Duration::ZERO,
    };
    let skipped = Event::Skipped {
        address: address(),
        verb: Verb::Update,
        because: address(),
    };
    for event in [failed, skipped] {
        let mut report = report.clone();
        report.take(&event);
        assert!(!report.complete(), "{event:?}");
    }
    let unstarted = Report {
        unstarted: vec![(address(), Verb::Create)],
        ..report.clone()
    };
    let stopped = Report {
        stopped: Some("Ctrl-C".to_owned()),
        ..report
    };
    assert!(!unstarted.complete() && !stopped.complete());
}

#[test]
fn a_risk_has_a_word() {
    let all = [Risk::None, Risk::Brief, Risk::Replace, Risk::DataLoss];
    assert_eq!(
        all.map(Risk::word),
        ["none", "brief", "replace", "data loss"]
    );
    assert!(all.is_sorted());
}
