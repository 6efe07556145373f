//! The tree behind the flat parameters of the Query protocol.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// The tree behind flat parameters: `A.member.2.B=x` becomes `{"A":{"member":[{"B":"x"}]}}`; every leaf is a string.
pub(super) fn form_tree<'a>(params: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let mut root = Node::default();
    for (key, text) in params {
        root.insert(key.split('.'), text);
    }
    root.into_value()
}

#[derive(Default)]
struct Node {
    text: Option<String>,
    children: HashMap<String, Node>,
}

impl Node {
    fn insert<'a>(&mut self, mut keys: impl Iterator<Item = &'a str>, text: &str) {
        match keys.next() {
            Some(key) => self
                .children
                .entry(key.to_owned())
                .or_default()
                .insert(keys, text),
            None => self.text = Some(text.to_owned()),
        }
    }

    fn into_value(self) -> Value {
        if self.children.is_empty() {
            return self
                .text
                .map_or_else(|| Value::Object(Map::new()), Value::String);
        }
        if self.children.keys().all(|key| key.parse::<u32>().is_ok()) {
            let by_number: BTreeMap<u32, Node> = self
                .children
                .into_iter()
                .filter_map(|(key, node)| Some((key.parse().ok()?, node)))
                .collect();
            return by_number.into_values().map(Node::into_value).collect();
        }
        let sorted: BTreeMap<String, Node> = self.children.into_iter().collect();
        let members = sorted
            .into_iter()
            .map(|(key, node)| (key, node.into_value()));
        Value::Object(members.collect())
    }
}

/// `{"A":{"member":[x]}}` becomes `{"A":[x]}`.
pub(super) fn without_members(tree: Value) -> Value {
    match tree {
        Value::Object(mut object) if object.len() == 1 && object.contains_key("member") => {
            without_members(object.remove("member").unwrap_or_default())
        }
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, without_members(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_members).collect(),
        leaf => leaf,
    }
}
