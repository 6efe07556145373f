//! What AWS's answers can hold, and whose each member is: the tables of the kinds against the published models, and a page
//! with the numbers.

mod behind;
mod definition;
mod named;
mod page;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hcctl::resources::attributes::{LEFT, LISTENER, LOAD_BALANCER, TARGET_GROUP, Usual};
use hcctl::resources::coverage::{Answer, Class, Coverage};
use hcctl::resources::{ACCOUNT_KINDS, COVERAGE, KINDS};
use hcctl_engine::Rule;
use serde_json::{Value, json};

use crate::support::python::{ask, python};

/// Fields that no member of an answer holds by itself.
const OF_NO_MEMBER: &[(&str, &str, &str)] = &[
    (
        "internet_gateway",
        "vpc",
        "told by what it is attached to, as `attached` is",
    ),
    (
        "listener_rule",
        "listener",
        "the rules of a listener are asked for by it",
    ),
    (
        "task_definition",
        "image",
        "an input: what runs is what is wanted",
    ),
    (
        "task_definition",
        "sidecars",
        "the same members of the containers beside the service's own",
    ),
    (
        "listener_rule",
        "weights",
        "what the weights do, by the health of targets",
    ),
    (
        "load_balancer",
        "drop_invalid_headers",
        "one of the attributes",
    ),
    (
        "load_balancer",
        "desync_mitigation",
        "one of the attributes",
    ),
    (
        "load_balancer",
        "deletion_protection",
        "one of the attributes",
    ),
    (
        "target_group",
        "deregistration_delay",
        "one of the attributes",
    ),
    ("queue", "fifo", "one of the attributes"),
    ("queue", "visibility", "one of the attributes"),
    ("queue", "retention", "one of the attributes"),
    ("queue", "wait", "one of the attributes"),
    ("queue", "dead_letters", "one of the attributes"),
    ("queue", "encrypted", "one of the attributes"),
    ("queue", "tls_only", "a part of one of the attributes"),
    (
        "queue",
        "deletion_protection",
        "a part of one of the attributes",
    ),
    ("queue", "policy", "one of the attributes"),
    (
        "scaling_policy",
        "queue",
        "a part of the customized metric, which `metric` holds",
    ),
    ("alarm", "load_balancer", "one of the dimensions"),
    ("alarm", "target_group", "one of the dimensions"),
    ("bucket", "region", "a bucket is asked for in its region"),
];

/// The members of an answer, by the published model.
type Leaves = Vec<String>;

/// One answer with its kind and its members.
struct Known {
    kind: &'static Coverage,
    answer: &'static Answer,
    leaves: Leaves,
}

/// What the models say of every answer and every attribute, or nothing without them.
fn models() -> Option<(Vec<Known>, Vec<BTreeSet<String>>)> {
    let python = python()?;
    let all: Vec<(&Coverage, &Answer)> = COVERAGE
        .iter()
        .flat_map(|kind| kind.answers.iter().map(move |answer| (kind, answer)))
        .collect();
    let asked = |service: &str, operation: &str, at: &str| json!({ "service": service, "operation": operation, "at": at });
    let mut answers: Vec<Value> = all
        .iter()
        .map(|(_, answer)| asked(answer.service, answer.operation, answer.at))
        .collect();
    // What is not asked for must at least be an operation.
    let unasked = COVERAGE.iter().flat_map(|kind| kind.unasked);
    answers.extend(unasked.map(|one| asked(one.service, one.operation, "")));
    let shapes = [
        "LoadBalancerAttribute",
        "TargetGroupAttribute",
        "ListenerAttribute",
    ];
    let told = ask(
        &python,
        "members.py",
        &json!({ "answers": answers, "attributes": shapes }),
    );
    let texts = |value: &Value| serde_json::from_value::<Vec<String>>(value.clone()).unwrap();
    let leaves = told["answers"].as_array().unwrap();
    let known = all
        .into_iter()
        .zip(leaves)
        .map(|((kind, answer), leaves)| Known {
            kind,
            answer,
            leaves: texts(leaves),
        });
    let attributes = told["attributes"].as_array().unwrap();
    let attributes = attributes
        .iter()
        .map(|keys| texts(keys).into_iter().collect());
    Some((known.collect(), attributes.collect()))
}

/// Whether a member is this one or below it.
pub(crate) fn is_under(leaf: &str, path: &str) -> bool {
    let rest = leaf.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

/// Whose a member is: the longest path that it is under.
pub(crate) fn class_of(answer: &Answer, leaf: &str) -> Option<Class> {
    let all = answer.members.iter();
    let all = all.flat_map(|(class, paths)| paths.iter().map(move |path| (*class, *path)));
    let own = all.filter(|(_, path)| is_under(leaf, path));
    own.max_by_key(|(_, path)| path.len())
        .map(|(class, _)| class)
}

#[test]
fn every_kind_is_classified() {
    let kinds: BTreeSet<&str> = KINDS
        .iter()
        .chain(ACCOUNT_KINDS)
        .map(|kind| kind.facts().name)
        .collect();
    let covered: BTreeSet<&str> = COVERAGE.iter().map(|kind| kind.kind).collect();
    assert_eq!(covered, kinds);
}

/// What is owned is a field that is compared, and every field that is compared is somewhere in an answer.
#[test]
fn owned_members_and_fields_belong_together() {
    for kind in COVERAGE {
        let mut fields: BTreeSet<&str> = kind.rules.iter().map(|(field, _)| *field).collect();
        let rule = |field: &str| {
            let mut rules = kind.rules.iter();
            let found = rules.find(|(name, _)| *name == field);
            found
                .unwrap_or_else(|| panic!("{} has no {field}", kind.kind))
                .1
        };
        for (class, paths) in kind.answers.iter().flat_map(|answer| answer.members) {
            match class {
                Class::Owned(field) => {
                    assert_ne!(
                        rule(field),
                        Rule::CreateOnly,
                        "{} {field}: {paths:?}",
                        kind.kind
                    );
                    fields.remove(field);
                }
                Class::Fixed(field) => {
                    let fixed = matches!(rule(field), Rule::Replace | Rule::CreateOnly);
                    assert!(fixed, "{} {field}: {paths:?}", kind.kind);
                    fields.remove(field);
                }
                _ => {}
            }
        }
        for (_, field, _) in OF_NO_MEMBER.iter().filter(|(of, ..)| *of == kind.kind) {
            fields.remove(field);
        }
        fields.retain(|field| rule(field) != Rule::CreateOnly);
        assert!(fields.is_empty(), "{}: no member is {fields:?}", kind.kind);
    }
}

#[test]
fn every_member_of_the_models_is_somebodys() {
    let Some((all, _)) = models() else { return };
    let mut wrong = Vec::new();
    for Known {
        kind,
        answer,
        leaves,
    } in &all
    {
        let place = format!("{} {} {}", kind.kind, answer.operation, answer.at);
        for leaf in leaves
            .iter()
            .filter(|leaf| class_of(answer, leaf).is_none())
        {
            wrong.push(format!("{place}: nobody has classified {leaf}"));
        }
        let mut twice: BTreeMap<&str, u32> = BTreeMap::new();
        for (class, paths) in answer.members {
            for path in *paths {
                *twice.entry(path).or_default() += 1;
                let leaf = leaves.iter().any(|leaf| leaf == path);
                let exact = matches!(class, Class::Owned(_) | Class::Fixed(_));
                if exact && !leaf || !leaves.iter().any(|leaf| is_under(leaf, path)) {
                    wrong.push(format!("{place}: the model has no {path}"));
                }
            }
        }
        let twice = twice.iter().filter(|(_, times)| **times > 1);
        wrong.extend(twice.map(|(path, _)| format!("{place}: {path} stands there twice")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Attributes are keys and values in the models; the keys stand in their documentation.
#[test]
fn every_attribute_of_the_edge_is_known() {
    let Some((_, documented)) = models() else {
        return;
    };
    let fields: [&[&str]; 3] = [
        &[
            "deletion_protection.enabled",
            "routing.http.desync_mitigation_mode",
            "routing.http.drop_invalid_header_fields.enabled",
        ],
        &["deregistration_delay.timeout_seconds"],
        &[],
    ];
    let usual: [Usual; 3] = [LOAD_BALANCER, TARGET_GROUP, LISTENER];
    let mut left: BTreeSet<&str> = LEFT.iter().map(|(key, _)| *key).collect();
    for ((documented, usual), fields) in documented.iter().zip(usual).zip(fields) {
        assert!(documented.len() > 10, "{documented:?}");
        let mut keys: BTreeSet<&str> = documented.iter().map(String::as_str).collect();
        for key in usual.iter().map(|(key, _)| key).chain(fields) {
            assert!(keys.remove(key), "the documentation has no {key}");
        }
        let unknown: Vec<&&str> = keys
            .iter()
            .filter(|key| !LEFT.iter().any(|(left, _)| left == *key))
            .collect();
        assert!(
            unknown.is_empty(),
            "nobody has said what is usual for {unknown:?}"
        );
        left.retain(|key| !keys.contains(key));
    }
    assert!(left.is_empty(), "the documentation has no {left:?}");
}

/// `provisioner/COVERAGE.md` says what the tables say. `UPDATE_SCHEMA=1` writes it anew.
#[test]
fn the_page_says_what_the_tables_say() {
    let Some((all, _)) = models() else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("COVERAGE.md");
    let text = page::page(&all);
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "provisioner/COVERAGE.md is out of date: UPDATE_SCHEMA=1 writes it"
    );
}
