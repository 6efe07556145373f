//! Who is trusted with what.

mod rights;
mod trust;

use std::path::Path;

use hcctl_engine::{Address, Blueprint};
use serde_json::Value;

use super::{Repository, Wanted};
use crate::environment::{self, Environment};

const ACCOUNT: &str = "123456789012";

fn text(name: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    std::fs::read_to_string(dir.join(format!("{name}.yaml"))).expect("it is there")
}

fn environment(name: &str, text: &str) -> Environment {
    environment::parse(name, Path::new("test.yaml"), text).expect("it is right")
}

fn repository(ids: Option<(u64, u64)>) -> Repository {
    let named: Repository = "acme/health-care".parse().expect("it is a name");
    Repository { ids, ..named }
}

fn set_up(environments: &[Environment], repository: Option<&Repository>) -> Blueprint {
    let wanted = Wanted {
        environments,
        account: ACCOUNT,
        repository,
    };
    wanted.build().expect("it can be drawn")
}

/// A field of what is wanted.
fn field(blueprint: &Blueprint, address: &str, field: &str) -> Value {
    let address: Address = address.parse().expect("an address");
    let doc = blueprint.get(&address);
    let doc = doc.unwrap_or_else(|| panic!("no {address}"));
    doc.field(field).expect("the field").clone()
}

/// Whether a text has the form of a pattern of IAM's: `*` is anything, `?` is one character.
fn like(pattern: &str, text: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .any(|at| like(rest.as_str(), &text[at..])),
        Some(one) => {
            let mut chars = text.chars();
            let first = chars.next();
            first.is_some_and(|first| one == '?' || one == first)
                && like(rest.as_str(), chars.as_str())
        }
    }
}

/// One or many.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a statement's conditions hold for a request with these keys.
fn holds(conditions: &Value, request: &[(String, String)]) -> bool {
    let operators = conditions.as_object().into_iter().flatten();
    let mut all = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, wanted)| (operator.as_str(), key, wanted))
    });
    all.all(|(operator, key, wanted)| {
        let given = request.iter().find(|(name, _)| name == key);
        let wanted = texts(wanted);
        match (operator, given) {
            ("StringEqualsIfExists", None) => true,
            ("StringEquals" | "StringEqualsIfExists", Some((_, given))) => {
                wanted.contains(&given.as_str())
            }
            ("StringLike", Some((_, given))) => wanted.iter().any(|one| like(one, given)),
            ("StringEquals" | "StringLike", None) => false,
            (other, _) => panic!("the test does not know {other}"),
        }
    })
}

#[test]
fn patterns_are_matched_as_iam_matches_them() {
    assert!(like("a*c", "abbc") && like("*", "") && like("a?c", "abc"));
    assert!(!like("a*c", "abb") && !like("a?c", "ac") && !like("", "a"));
}

/// Nothing that would mean more than itself in a trust policy is taken for a repository.
#[test]
fn only_names_are_repositories() {
    for good in ["acme/health-care", "A-c-m-e_corp/.github", "a/b_c.d"] {
        let named: Repository = good.parse().expect(good);
        assert_eq!(named.to_string(), good);
    }
    for bad in [
        "",
        "acme",
        "acme/",
        "/repo",
        "*/repo",
        "acme/*",
        "acme/re?o",
        "acme/a/b",
        "acme/a:b",
        "acme@1/repo@2",
        "acme/repo ",
        "ac me/repo",
        "acme/r\u{e9}po",
        "${aws:x}/repo",
    ] {
        assert!(bad.parse::<Repository>().is_err(), "{bad:?}");
    }
}

#[test]
fn without_a_repository_nothing_of_pipelines_is_wanted() {
    let all = [environment("dev", &text("dev"))];
    let blueprint = set_up(&all, None);
    let kinds: Vec<&str> = blueprint
        .iter()
        .map(|(address, _)| address.kind.as_str())
        .collect();
    assert_eq!(kinds, ["bucket", "managed_policy"]);
    let wanted = Wanted {
        environments: &all,
        account: ACCOUNT,
        repository: None,
    };
    let seen: Vec<&str> = wanted.kinds().iter().map(|one| one.facts().name).collect();
    assert_eq!(seen, kinds);
}
