//! What is said of one field, by the shape of its values.

use hcctl_engine::diff::FieldChange;
use hcctl_engine::{Address, Link, Rule};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::delta::{Delta, deltas};
use super::super::document::DocLine;

fn between(before: Option<Value>, after: Option<Value>) -> Vec<Delta> {
    change(before, after, None, false)
}

fn change(
    before: Option<Value>,
    after: Option<Value>,
    upstream: Option<Address>,
    text: bool,
) -> Vec<Delta> {
    let field = FieldChange {
        field: "f".to_owned(),
        rule: Rule::Update,
        before,
        after,
        upstream,
    };
    deltas(&field, text)
}

fn set(path: &str, before: &str, after: &str) -> Delta {
    let [path, before, after] = [path, before, after].map(str::to_owned);
    Delta::Set {
        path,
        before,
        after,
    }
}

fn members(path: &str, gone: &[&str], new: &[&str]) -> Delta {
    let owned = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
    Delta::Members {
        path: path.to_owned(),
        gone: owned(gone),
        new: owned(new),
    }
}

#[test]
fn only_what_differs_within_an_object_is_said() {
    let found = between(
        Some(json!({"a": 1, "b": {"c": "x", "d e": 2}, "gone": true})),
        Some(json!({"a": 1, "b": {"c": "y", "d e": 3}, "come": {"x": 1}})),
    );
    let expected = [
        set("f.b.c", "x", "y"),
        set("f.b[\"d e\"]", "2", "3"),
        set("f.come", "not set", "{x: 1}"),
        set("f.gone", "true", "not set"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn members_come_and_go_as_often_as_they_do() {
    let found = between(Some(json!(["a", "b", "b"])), Some(json!(["b", "c", "a"])));
    assert_eq!(found, [members("f", &["b"], &["c"])]);
    let found = between(Some(json!([{"to": "a"}])), Some(json!([{"to": "b"}])));
    assert_eq!(found, [members("f", &["{to: a}"], &["{to: b}"])]);
    let long = "x".repeat(90);
    assert_eq!(
        between(None, Some(json!([long]))),
        [members("f", &[], &[&long])]
    );
}

#[test]
fn another_order_is_a_difference_too() {
    let found = between(Some(json!(["a", "b"])), Some(json!(["b", "a"])));
    assert_eq!(found, [set("f", "[a, b]", "[b, a]")]);
}

#[test]
fn a_difference_is_never_said_with_nothing() {
    let odd = [
        (Some(json!([])), None),
        (Some(json!({})), None),
        (None, Some(json!(null))),
        (Some(json!("1")), Some(json!(1))),
        (Some(json!(1)), Some(json!(1.5))),
        (Some(json!({"a": []})), Some(json!({"a": null}))),
        (Some(json!("{\"a\":1}")), Some(json!({"a": 1}))),
        (Some(json!("a\nb")), Some(json!("a\nb\n"))),
    ];
    for (before, after) in odd {
        for text in [false, true] {
            let found = change(before.clone(), after.clone(), None, text);
            assert!(!found.is_empty(), "{before:?} {after:?}");
        }
    }
}

#[test]
fn documents_are_compared_by_line() {
    let (before, after) = (json!("{\"a\":1,\"b\":2}"), json!("{\"b\":3,\"a\":1}"));
    let found = between(Some(before), Some(after));
    let [Delta::Document { lines, .. }] = found.as_slice() else {
        panic!("{found:?}");
    };
    let changed: Vec<&DocLine> = lines
        .iter()
        .filter(|line| matches!(line, DocLine::Gone(_) | DocLine::New(_)))
        .collect();
    let expected = [
        DocLine::Gone("  \"b\": 2".to_owned()),
        DocLine::New("  \"b\": 3".to_owned()),
    ];
    assert_eq!(changed, expected.iter().collect::<Vec<_>>());
}

#[test]
fn what_a_link_names_is_said_once() {
    let main = Address::new("vpc", "main");
    let link = Link::To(main.clone()).encode();
    let upstream = Delta::Upstream {
        path: "f".to_owned(),
        target: "vpc/main".to_owned(),
    };
    let found = change(
        Some(link.clone()),
        Some(link.clone()),
        Some(main.clone()),
        false,
    );
    assert_eq!(found.as_slice(), std::slice::from_ref(&upstream));
    let old = Link::id("vpc-0a").encode();
    let found = change(Some(old), Some(link.clone()), Some(main.clone()), false);
    assert_eq!(found, [set("f", "vpc-0a", "vpc/main")]);
    // It was named before, and something else differs.
    let found = change(
        Some(json!([link, 1])),
        Some(json!([link, 2])),
        Some(main),
        false,
    );
    assert_eq!(found, [members("f", &["1"], &["2"]), upstream]);
}

/// JSON of any shape, small enough to be of a spec.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z{\"\n é東]{0,6}".prop_map(Value::from),
        "[a-z]{1,3}/[a-z]{1,3}".prop_map(|to| json!({"$to": to})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-c. ]{0,2}", inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_differs_is_said(before in values(), after in values(), text: bool) {
        let found = change(Some(before.clone()), Some(after.clone()), None, text);
        prop_assert_eq!(found.is_empty(), before == after);
        prop_assert!(change(Some(before.clone()), Some(before), None, text).is_empty());
        prop_assert!(!change(None, Some(after), None, text).is_empty());
    }
}
