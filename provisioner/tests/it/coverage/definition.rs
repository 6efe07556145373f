//! The table of what a task definition may hold against AWS's published model.

use std::collections::BTreeSet;

use hcctl::definition::{CONTAINER, Member, Shape, TASK};
use serde_json::{Value, json};

use crate::support::python::{ask, python};

/// What the table says of each member, as the model does: its path, what it takes, and the words it can be.
fn flat(members: &[Member], path: &str, found: &mut BTreeSet<String>) {
    for member in members {
        let place = match (path, member.name) {
            ("", "container") => "containerDefinitions[]".to_owned(),
            ("", name) => name.to_owned(),
            (path, name) => format!("{path}.{name}"),
        };
        let mut say = |what: String| {
            found.insert(what);
        };
        match member.shape {
            Shape::Text(_) => say(format!("{place} string")),
            Shape::Number => say(format!("{place} integer")),
            Shape::Switch => say(format!("{place} boolean")),
            Shape::Texts => say(format!("{place}[] string")),
            Shape::Numbers => say(format!("{place}[] integer")),
            Shape::Map => say(format!("{place}{{}} string")),
            Shape::Object(inner) => flat(inner, &place, found),
            Shape::List(_, inner) => flat(inner, &format!("{place}[]"), found),
        }
    }
}

fn model() -> Option<Value> {
    Some(ask(
        &python()?,
        "definition.py",
        &json!({ "operation": "RegisterTaskDefinition" }),
    ))
}

#[test]
fn the_table_is_the_model_of_a_task_definition() {
    let Some(model) = model() else { return };
    let mut table = BTreeSet::new();
    flat(TASK, "", &mut table);
    let model: BTreeSet<String> = serde_json::from_value(model["members"].clone()).unwrap();
    let missing: Vec<&String> = model.difference(&table).collect();
    assert!(missing.is_empty(), "the table lacks {missing:?}");
    let unknown: Vec<&String> = table.difference(&model).collect();
    assert!(unknown.is_empty(), "the model has no {unknown:?}");
}

/// A word that the table takes is one of the model's.
#[test]
fn the_choices_of_the_table_are_the_models() {
    let Some(model) = model() else { return };
    let choices = &model["choices"];
    let mut compared = 0;
    let mut look = |members: &[Member], at: &str| {
        for member in members {
            if let Shape::Text(words @ [_, ..]) = member.shape {
                let path = format!("{at}{}", member.name);
                let theirs: BTreeSet<&str> = choices[&path]
                    .as_array()
                    .unwrap_or_else(|| panic!("{path} has no choices"))
                    .iter()
                    .filter_map(Value::as_str)
                    .collect();
                let unknown: Vec<_> = words
                    .iter()
                    .filter(|word| !theirs.contains(**word))
                    .collect();
                assert!(unknown.is_empty(), "{path}: {unknown:?}");
                compared += 1;
            }
        }
    };
    look(TASK, "");
    look(CONTAINER, "containerDefinitions[].");
    for member in CONTAINER {
        match member.shape {
            Shape::List(_, inner) => {
                look(inner, &format!("containerDefinitions[].{}[].", member.name));
            }
            Shape::Object(inner) => {
                look(inner, &format!("containerDefinitions[].{}.", member.name));
            }
            _ => {}
        }
    }
    assert!(compared > 8, "{compared}");
}
