//! What changes within a field, down to the value that differs.

use hcctl_engine::diff::FieldChange;
use hcctl_engine::{Address, Doc, Link};
use serde_json::{Map, Value};

use super::document::{DocLine, difference};
use super::text::columns;
use super::value::{document, flat, link, unfold};

/// Up to how many columns a list's member that has parts, or a whole new object, is shown on one line.
const SMALL: usize = 60;

/// One difference. Values are text already, as they are shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Delta {
    /// A value becomes another one.
    Set {
        /// Where, such as `health.interval`.
        path: String,
        /// From what.
        before: String,
        /// To what.
        after: String,
    },
    /// Members of a set come and go.
    Members {
        /// Where.
        path: String,
        /// Who goes.
        gone: Vec<String>,
        /// Who comes.
        new: Vec<String>,
    },
    /// Lines of a document.
    Document {
        /// Where.
        path: String,
        /// The lines.
        lines: Vec<DocLine>,
    },
    /// The value is the same, but what it names gets a new id.
    Upstream {
        /// Where.
        path: String,
        /// What it names.
        target: String,
    },
}

/// The differences in one field; `text` fields are compared line by line.
pub(super) fn deltas(field: &FieldChange, text: bool) -> Vec<Delta> {
    let mut found = Vec::new();
    let (before, after) = (field.before.as_ref(), field.after.as_ref());
    if text && before != after {
        lines(&field.field, before, after, &mut found);
    } else {
        walk(&field.field, before, after, &mut found);
    }
    if found.is_empty() && before != after {
        // Such as an empty list instead of none.
        found.push(set(&field.field, before, after));
    }
    if let Some(target) = &field.upstream {
        // Where the field only begins to name it, the value says so already.
        if found.is_empty() || before.is_some_and(|value| names(value, target)) {
            found.push(Delta::Upstream {
                path: field.field.clone(),
                target: target.to_string(),
            });
        }
    }
    found
}

/// Whether a link to `target` stands anywhere in a value.
fn names(value: &Value, target: &Address) -> bool {
    if let Some(link) = link(value) {
        return link == Link::To(target.clone());
    }
    match value {
        Value::Array(items) => items.iter().any(|item| names(item, target)),
        Value::Object(map) => map.values().any(|item| names(item, target)),
        _ => false,
    }
}

fn walk(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Delta>) {
    let before = before.filter(|value| !value.is_null());
    let after = after.filter(|value| !value.is_null());
    if before == after {
        return;
    }
    match (before.map(shape), after.map(shape)) {
        (Some(Shape::Fields(old)), Some(Shape::Fields(new))) => fields(path, old, new, found),
        (None, Some(Shape::Fields(new))) if !small(after) => fields(path, &Map::new(), new, found),
        (Some(Shape::Fields(old)), None) if !small(before) => fields(path, old, &Map::new(), found),
        (Some(Shape::Items(old)), Some(Shape::Items(new))) => items(path, old, new, found),
        (None, Some(Shape::Items(new))) => items(path, &[], new, found),
        (Some(Shape::Items(old)), None) => items(path, old, &[], found),
        (old, new) if is_text(old.as_ref()) || is_text(new.as_ref()) => {
            lines(path, before, after, found);
        }
        _ => found.push(set(path, before, after)),
    }
}

/// What a value looks like to a reader.
enum Shape<'a> {
    Fields(&'a Map<String, Value>),
    Items(&'a [Value]),
    Text,
    One,
}

fn shape(value: &Value) -> Shape<'_> {
    match value {
        Value::Object(map) if link(value).is_none() => Shape::Fields(map),
        Value::Array(items) => Shape::Items(items),
        Value::String(text) if text.contains('\n') || unfold(text).is_some() => Shape::Text,
        _ => Shape::One,
    }
}

fn is_text(shape: Option<&Shape<'_>>) -> bool {
    matches!(shape, Some(Shape::Text))
}

fn small(value: Option<&Value>) -> bool {
    value.is_none_or(|value| columns(&flat(value)) <= SMALL)
}

fn fields(path: &str, old: &Map<String, Value>, new: &Map<String, Value>, found: &mut Vec<Delta>) {
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    for key in new.keys().chain(gone) {
        walk(&below(path, key), old.get(key), new.get(key), found);
    }
}

/// The path of a key; keys with dots or blanks are set in quotes.
fn below(path: &str, key: &str) -> String {
    if key.is_empty() || key.contains(|c: char| c == '.' || c.is_whitespace()) {
        format!("{path}[\"{key}\"]")
    } else {
        format!("{path}.{key}")
    }
}

fn items(path: &str, old: &[Value], new: &[Value], found: &mut Vec<Delta>) {
    let (gone, come) = (missing(old, new), missing(new, old));
    let array = |items: &[Value]| Value::Array(items.to_vec());
    if gone.is_empty() && come.is_empty() {
        // The same members in another order, or an empty list instead of none.
        if !old.is_empty() {
            found.push(set(path, Some(&array(old)), Some(&array(new))));
        }
    } else if gone
        .iter()
        .chain(&come)
        .all(|item| one(item) || small(Some(item)))
    {
        let text = |items: Vec<&Value>| items.into_iter().map(flat).collect();
        found.push(Delta::Members {
            path: path.to_owned(),
            gone: text(gone),
            new: text(come),
        });
    } else {
        let some = |items: &[Value]| (!items.is_empty()).then(|| array(items));
        lines(path, some(old).as_ref(), some(new).as_ref(), found);
    }
}

/// Whether a value has no parts: a long one is no easier to read in a document.
fn one(value: &Value) -> bool {
    matches!(shape(value), Shape::One)
}

/// The items of `some` that `others` lacks, each as often as it is lacked.
fn missing<'a>(some: &'a [Value], others: &[Value]) -> Vec<&'a Value> {
    let mut others: Vec<&Value> = others.iter().collect();
    let mut lacked = Vec::new();
    for item in some {
        match others.iter().position(|other| *other == item) {
            Some(place) => drop(others.swap_remove(place)),
            None => lacked.push(item),
        }
    }
    lacked
}

fn lines(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Delta>) {
    let document = |value: Option<&Value>| value.map(document).unwrap_or_default();
    let lines = difference(&document(before), &document(after));
    let differs = |line: &DocLine| matches!(line, DocLine::Gone(_) | DocLine::New(_));
    // An object and a text that holds it as JSON read the same.
    found.push(if lines.iter().any(differs) {
        let path = path.to_owned();
        Delta::Document { path, lines }
    } else {
        set(path, before, after)
    });
}

fn set(path: &str, before: Option<&Value>, after: Option<&Value>) -> Delta {
    let text = |value: Option<&Value>| flat(value.unwrap_or(&Value::Null));
    Delta::Set {
        path: path.to_owned(),
        before: text(before),
        after: text(after),
    }
}

/// A doc's fields as differences from nothing, for something that is shown whole.
pub(super) fn whole(doc: &Doc) -> impl Iterator<Item = (String, String)> {
    doc.fields()
        .filter(|(name, value)| *name != "tags" && !value.is_null())
        .map(|(name, value)| (name.to_owned(), flat(value)))
}
