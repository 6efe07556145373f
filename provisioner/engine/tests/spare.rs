//! Of several resources under one address, the one that fits best keeps it.
#![allow(clippy::unwrap_used)]

mod common;

use common::facts;
use hcctl_engine::plan::{Catalog, plan};
use hcctl_engine::{Action, Address, Blueprint, Doc, Found, Reason, Rule, Snapshot};
use serde_json::json;

const KIND: &str = "box";

/// By id, which one stays and which one goes, of some with these fields (`shape` cannot be changed in place; `size` and
/// `color` can).
fn kept(seen: &[(&str, u8, u8, &str)]) -> (Vec<String>, Vec<String>) {
    let facts = facts(
        KIND,
        &[
            ("shape", Rule::Replace),
            ("size", Rule::Update),
            ("color", Rule::Update),
        ],
        &[],
    );
    let doc = |shape, size, color| {
        Doc::of(&json!({ "shape": shape, "size": size, "color": color })).unwrap()
    };
    let mut builder = Blueprint::builder();
    builder.want_doc(Address::new(KIND, "one"), doc(1, 1, "red"));
    let mut snapshot = Snapshot::default();
    let found = seen
        .iter()
        .map(|(id, shape, size, color)| Found::ours("one", *id, doc(*shape, *size, color)));
    snapshot.add(KIND, found.collect());
    let plan = plan(&Catalog::new([facts]), &builder.build().unwrap(), &snapshot).unwrap();
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for change in plan.changes {
        let id = change.before.unwrap().id;
        if change.action == Action::Delete {
            assert_eq!(change.reasons, [Reason::Spare]);
            gone.push(id);
        } else {
            kept.push(id);
        }
    }
    (kept, gone)
}

#[test]
fn what_fits_stays() {
    let of = |kept: &str, gone: &str| (vec![kept.to_owned()], vec![gone.to_owned()]);
    assert_eq!(
        kept(&[("a", 1, 1, "red"), ("b", 1, 2, "red")]),
        of("a", "b")
    );
    assert_eq!(
        kept(&[("a", 1, 2, "red"), ("b", 1, 1, "red")]),
        of("b", "a")
    );
    // One field that cannot be changed outweighs all that can.
    assert_eq!(
        kept(&[("a", 2, 1, "red"), ("b", 1, 2, "blue")]),
        of("b", "a")
    );
    assert_eq!(
        kept(&[("a", 1, 2, "blue"), ("b", 2, 1, "red")]),
        of("a", "b")
    );
    // The fewer changes, the better; of equals, the same one every time.
    assert_eq!(
        kept(&[("a", 1, 2, "blue"), ("b", 1, 2, "red")]),
        of("b", "a")
    );
    assert_eq!(
        kept(&[("b", 1, 1, "red"), ("a", 1, 1, "red")]),
        of("a", "b")
    );
}

#[test]
fn of_many_one_stays() {
    let seen = [("a", 1, 2, "red"), ("b", 1, 1, "red"), ("c", 2, 1, "red")];
    let (kept, mut gone) = kept(&seen);
    gone.sort();
    assert_eq!(
        (kept, gone),
        (vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()])
    );
}
