//! A resource's spec as a canonical tree: what diffs, plans and renderers work on.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Link;

/// The fields of one resource that hcctl owns, as a tree with [`Link`]s in it.
///
/// Canonical by type: a kind's spec uses sets where order means nothing and newtypes where the cloud knows several
/// spellings, so two docs of one kind are equal exactly if the resources are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Doc(Map<String, Value>);

/// A spec that is not a struct with named fields, or a doc that is not of the kind's shape.
#[derive(Debug, thiserror::Error)]
#[error("a spec does not have the expected shape: {0}")]
pub struct ShapeError(String);

impl Doc {
    /// The doc of a typed spec.
    pub fn of(spec: &impl Serialize) -> Result<Self, ShapeError> {
        match serde_json::to_value(spec) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            Ok(other) => Err(ShapeError(format!("{other} has no fields"))),
            Err(error) => Err(ShapeError(error.to_string())),
        }
    }

    /// The typed spec of a doc.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ShapeError> {
        T::deserialize(Value::Object(self.0.clone())).map_err(|error| ShapeError(error.to_string()))
    }

    /// The fields in the order of the spec.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// One field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every link in the doc, with the top-level field that holds it.
    pub fn links(&self) -> Vec<(&str, Link)> {
        let mut links = Vec::new();
        for (field, value) in &self.0 {
            collect(value, &mut |link| links.push((field.as_str(), link)));
        }
        links
    }

    /// The doc with every link replaced by what `change` makes of it.
    #[must_use]
    pub fn map_links(&self, change: &mut dyn FnMut(Link) -> Link) -> Self {
        let fields = self.0.iter();
        Self(
            fields
                .map(|(field, value)| (field.clone(), map_value(value, change)))
                .collect(),
        )
    }

    /// The doc without some fields.
    #[must_use]
    pub fn without(&self, drop: impl Fn(&str) -> bool) -> Self {
        let fields = self.0.iter().filter(|(field, _)| !drop(field));
        Self(
            fields
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect(),
        )
    }

    /// The doc as a JSON value.
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Calls `found` for every link below `value`.
pub(crate) fn collect(value: &Value, found: &mut dyn FnMut(Link)) {
    if let Some(link) = Link::decode(value) {
        return found(link);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn map_value(value: &Value, change: &mut dyn FnMut(Link) -> Link) -> Value {
    if let Some(link) = Link::decode(value) {
        return change(link).encode();
    }
    match value {
        Value::Array(items) => items.iter().map(|item| map_value(item, change)).collect(),
        Value::Object(map) => {
            let fields = map.iter();
            Value::Object(
                fields
                    .map(|(key, item)| (key.clone(), map_value(item, change)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}
