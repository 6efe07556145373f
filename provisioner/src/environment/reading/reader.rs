//! Reads the tree as types, collecting every error instead of stopping at the first.
//!
//! Navigation and reporting are here; what scalars say is in `scalars`. A key that is asked for is a known key: what a section did not ask for is unknown. So a key's name stands in one place only.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::str::FromStr;

use super::error::{Problem, Span};
use super::suggest::{also_known_as, nearest};
use super::yaml::{Key, Node, Scalar, ScalarKind, Value, WHOLE_FILE, join};
use crate::environment::values::rejection::Rejection;

/// What can be read from a node. `None` means that an error was reported.
pub(crate) trait Decode: Sized {
    /// Reads it.
    fn decode(at: &At<'_>) -> Option<Self>;
}

/// What may be null.
impl<T: Decode> Decode for Option<T> {
    fn decode(at: &At<'_>) -> Option<Self> {
        if at.is_null() {
            Some(None)
        } else {
            T::decode(at).map(Some)
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.list()
    }
}

/// What was found wrong so far.
#[derive(Default)]
pub(crate) struct Findings {
    problems: RefCell<Vec<Problem>>,
    /// Every key that was asked for, as `services.*.cpu`; the schema is held against it.
    asked: RefCell<BTreeSet<String>>,
}

impl Findings {
    pub(crate) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    #[cfg(test)]
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }
}

/// A node with what leads to it.
pub(crate) struct At<'a> {
    node: &'a Node,
    findings: &'a Findings,
    /// As a user reads it: `services.patient.cpu`.
    path: String,
    /// The same with `*` for names of the user's choice: `services.*.cpu`.
    shape: String,
    /// Where its key is, for what has no place of its own.
    key: Span,
}

impl<'a> At<'a> {
    /// The whole file.
    pub(crate) fn root(node: &'a Node, findings: &'a Findings) -> Self {
        Self {
            node,
            findings,
            path: String::new(),
            shape: String::new(),
            key: WHOLE_FILE,
        }
    }

    fn child(&self, key: &Key, node: &'a Node, shape: &str) -> Self {
        Self {
            node,
            findings: self.findings,
            path: join(&self.path, &key.text),
            shape: shape_of(&self.shape, shape),
            key: key.span,
        }
    }

    fn item(&self, index: usize, node: &'a Node) -> Self {
        Self {
            node,
            findings: self.findings,
            path: format!("{}[{index}]", self.path),
            shape: self.shape.clone(),
            key: Span {
                width: 1,
                ..node.span
            },
        }
    }

    /// Where to point: at the value if it is a scalar, else at its key.
    fn place(&self) -> Span {
        match &self.node.value {
            Value::Scalar(_) if self.node.span.width > 0 => self.node.span,
            _ => self.key,
        }
    }

    /// Reports an error of this value.
    pub(crate) fn refuse(&self, rejection: Rejection) {
        self.report(self.place(), rejection, false);
    }

    /// Reports an error of this value's key.
    pub(crate) fn refuse_key(&self, rejection: Rejection) {
        self.report(self.key, rejection, false);
    }

    /// Reports an error at the key, with the value kept out of sight.
    pub(crate) fn refuse_concealed(&self, rejection: Rejection) {
        self.report(self.key, rejection, true);
    }

    fn report(&self, span: Span, rejection: Rejection, conceal: bool) {
        self.findings.push(Problem {
            span,
            key: self.path.clone(),
            reason: rejection.reason,
            remedy: rejection.remedy,
            conceal,
        });
    }

    /// Reports that something else was expected.
    pub(crate) fn expected<T>(&self, wanted: &str, remedy: impl Into<String>) -> Option<T> {
        let found = match &self.node.value {
            Value::Null => "nothing",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Scalar(scalar) => match scalar.kind {
                ScalarKind::Text => "text",
                ScalarKind::Number => "a number",
                ScalarKind::Bool => "true or false",
            },
        };
        self.refuse(Rejection::new(
            format!("expected {wanted}, found {found}"),
            remedy,
        ));
        None
    }

    /// The scalar this is, if it is one.
    pub(crate) fn scalar(&self) -> Option<&'a Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether there is nothing, or an explicit `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.node.value, Value::Null)
    }

    /// Whether this is a list.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    /// A list, each item read in turn. Nothing at all is an empty list.
    fn list<T: Decode>(&self) -> Option<Vec<T>> {
        let items = match &self.node.value {
            Value::Null => return Some(Vec::new()),
            Value::List(items) => items,
            Value::Scalar(scalar) => {
                return self.expected(
                    "a list",
                    format!("write [\"{}\"]", scalar.text.escape_debug()),
                );
            }
            Value::Map(_) => {
                return self.expected("a list", "write `- value` on a line each, or [a, b]");
            }
        };
        // All are read before one that failed is noticed.
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(index, item)| T::decode(&self.item(index, item)))
            .collect();
        read.into_iter().collect()
    }

    /// Says that a key is known, where a mapping has keys that the user chooses beside it.
    pub(crate) fn knows(&self, key: &str) {
        let shape = shape_of(&self.shape, key);
        self.findings.asked.borrow_mut().insert(shape);
    }

    /// A mapping whose keys the user chooses. Nothing at all is an empty one.
    pub(crate) fn entries<K: FromStr<Err = Rejection>>(&self) -> Option<Vec<(Option<K>, At<'a>)>> {
        let entries = match &self.node.value {
            Value::Null => return Some(Vec::new()),
            Value::Map(entries) => entries,
            _ => {
                return self.expected(
                    "a mapping",
                    "write `name: value` on lines of their own, indented",
                );
            }
        };
        let read = entries.iter().map(|(key, node)| {
            let at = self.child(key, node, "*");
            let name = match key.text.parse() {
                Ok(name) => Some(name),
                Err(rejection) => {
                    at.report(key.span, rejection, false);
                    None
                }
            };
            (name, at)
        });
        Some(read.collect())
    }

    /// A mapping with names that somebody else has chosen, each as it is.
    pub(crate) fn mapping(&self) -> Option<Vec<(&'a str, At<'a>)>> {
        if matches!(self.node.value, Value::Map(_) | Value::Null) {
            return Some(self.children());
        }
        self.expected(
            "a mapping",
            "write its keys on lines of their own, indented",
        )
    }

    /// A mapping with known keys. Nothing at all is one without entries.
    pub(crate) fn section<T>(&self, read: impl FnOnce(&Section<'_, 'a>) -> Option<T>) -> Option<T> {
        let entries = match &self.node.value {
            Value::Null => &[],
            Value::Map(entries) => entries.as_slice(),
            _ => {
                return self.expected(
                    "a mapping",
                    "write its keys on lines of their own, indented",
                );
            }
        };
        let section = Section {
            at: self,
            entries,
            known: RefCell::default(),
            missing: RefCell::default(),
        };
        let value = read(&section);
        section.finish();
        value
    }

    /// The value of a key, if this is a mapping that has it.
    pub(crate) fn find(&self, key: &str) -> Option<At<'a>> {
        self.children()
            .into_iter()
            .find_map(|(found, at)| (found == key).then_some(at))
    }

    /// Whether this is a mapping that has the key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// The entries, if this is a mapping.
    pub(crate) fn children(&self) -> Vec<(&'a str, At<'a>)> {
        let Value::Map(entries) = &self.node.value else {
            return Vec::new();
        };
        entries
            .iter()
            .map(|(key, node)| (key.text.as_str(), self.child(key, node, "*")))
            .collect()
    }

    /// The items, if this is a list.
    pub(crate) fn items(&self) -> Vec<At<'a>> {
        let Value::List(items) = &self.node.value else {
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(index, item)| self.item(index, item))
            .collect()
    }

    /// What this says, without reporting anything.
    pub(crate) fn quietly<T: Decode>(&self) -> Option<T> {
        let ignored = Findings::default();
        T::decode(&At::root(self.node, &ignored))
    }

    /// What a key of this mapping says, without reporting anything.
    pub(crate) fn peek<T: Decode>(&self, key: &str) -> Option<T> {
        self.find(key)?.quietly()
    }
}

fn shape_of(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}.{key}")
    }
}

/// A mapping with known keys, while it is read.
pub(crate) struct Section<'s, 'a> {
    at: &'s At<'a>,
    entries: &'a [(Key, Node)],
    known: RefCell<Vec<&'static str>>,
    /// Required keys that are not there, with an example of each.
    missing: RefCell<Vec<(&'static str, String)>>,
}

impl<'a> Section<'_, 'a> {
    /// The value of a key, if it is there.
    pub(crate) fn get(&self, key: &'static str) -> Option<At<'a>> {
        self.known.borrow_mut().push(key);
        let shape = shape_of(&self.at.shape, key);
        self.at.findings.asked.borrow_mut().insert(shape);
        let (found, node) = self.entries.iter().find(|(k, _)| k.text == key)?;
        Some(self.at.child(found, node, key))
    }

    /// A key that must be there, with an example of it for whoever forgot.
    pub(crate) fn required<T: Decode>(&self, key: &'static str, example: &str) -> Option<T> {
        let Some(at) = self.get(key) else {
            self.missing.borrow_mut().push((key, example.to_owned()));
            return None;
        };
        T::decode(&at)
    }

    /// A key with a default.
    pub(crate) fn or<T: Decode>(
        &self,
        key: &'static str,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        match self.get(key) {
            Some(at) => T::decode(&at),
            None => Some(default()),
        }
    }

    /// Reports an error of a key's value; of the section where the key is not there.
    pub(crate) fn refuse(&self, key: &'static str, rejection: Rejection) {
        match self.get(key) {
            Some(at) => at.refuse(rejection),
            None => self.at.refuse_key(rejection),
        }
    }

    /// Reports the keys nobody asked for, and those that were asked for in vain.
    fn finish(&self) {
        let known: BTreeSet<&str> = self.known.borrow().iter().copied().collect();
        let mut meant = Vec::new();
        for (key, node) in self.entries {
            if known.contains(key.text.as_str()) {
                continue;
            }
            let near = also_known_as(&key.text)
                .filter(|name| known.contains(name))
                .or_else(|| nearest(&key.text, known.iter().copied()));
            let remedy = if let Some(near) = near {
                format!("did you mean `{near}`?")
            } else {
                let all: Vec<&str> = known.iter().copied().collect();
                format!("known here: {}", all.join(", "))
            };
            meant.extend(near);
            let at = self.at.child(key, node, "?");
            at.refuse_key(Rejection::new("unknown key", remedy));
        }
        for (key, example) in self.missing.borrow().iter() {
            // A key that is there with a slip in its name is reported once.
            if !meant.contains(key) {
                self.at.refuse_key(Rejection::new(
                    format!("`{key}` is missing"),
                    format!("add `{key}: {example}`"),
                ));
            }
        }
    }
}
