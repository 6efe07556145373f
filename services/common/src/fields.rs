//! Reads a JSON object field by field and gathers every mistake, so that one answer names them all.
//!
//! Must not know what the fields mean: each reader is a function from the text to a value or a fixed reason. Values are
//! never repeated in an error.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::problem::{FieldError, Kind, Problem};

/// Why a value is refused; a fixed sentence.
pub type Reason = &'static str;

/// Reads a JSON body: its type, its encoding, its form.
pub fn object(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, Problem> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    // serde_json stops at 128 levels of nesting and refuses invalid UTF-8.
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::fields(vec![FieldError {
            field: Cow::Borrowed(""),
            reason: Cow::Borrowed("must be an object"),
        }])),
        Err(_) => Err(Problem::because(
            Kind::Malformed,
            "the body is not valid JSON",
        )),
    }
}

/// An object being read.
#[derive(Debug)]
pub struct Fields<'e> {
    object: Map<String, Value>,
    path: String,
    errors: &'e mut Vec<FieldError>,
}

impl<'e> Fields<'e> {
    /// Starts at the root of a body.
    pub fn root(object: Map<String, Value>, errors: &'e mut Vec<FieldError>) -> Self {
        Self {
            object,
            path: String::new(),
            errors,
        }
    }

    fn wrong(&mut self, name: &str, reason: Reason) {
        let field = format!("{}/{name}", self.path);
        self.errors.push(FieldError {
            field: field.into(),
            reason: reason.into(),
        });
    }

    /// Notes a mistake in a field already read, such as one that does not fit another.
    pub fn refuse(&mut self, name: &str, reason: Reason) {
        self.wrong(name, reason);
    }

    /// A text that must be there.
    pub fn text<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        if self.object.contains_key(name) {
            self.optional(name, read)
        } else {
            self.wrong(name, "is required");
            None
        }
    }

    /// A text that may be absent.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Option<T> {
        let read = match self.object.swap_remove(name)? {
            Value::String(text) => read(&text),
            _ => Err("must be a string"),
        };
        read.map_err(|reason| self.wrong(name, reason)).ok()
    }

    /// An object that must be there.
    pub fn nested<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.object.swap_remove(name) {
            None => self.wrong(name, "is required"),
            Some(Value::Object(object)) => return self.child(name, object, read),
            Some(_) => self.wrong(name, "must be an object"),
        }
        None
    }

    fn child<T>(
        &mut self,
        name: &str,
        object: Map<String, Value>,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut child = Fields {
            object,
            path: format!("{}/{name}", self.path),
            errors: self.errors,
        };
        let value = read(&mut child);
        child.finish();
        value
    }

    /// A list of objects, absent meaning empty.
    pub fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        let items = self.list(name, most);
        let mut values = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let place = format!("{name}/{at}");
            match item {
                Value::Object(object) => values.extend(self.child(&place, object, &mut read)),
                _ => self.wrong(&place, "must be an object"),
            }
        }
        values
    }

    /// A list of texts, absent meaning empty.
    pub fn texts<T>(
        &mut self,
        name: &str,
        most: usize,
        read: impl Fn(&str) -> Result<T, Reason>,
    ) -> Vec<T> {
        let items = self.list(name, most);
        let mut values = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            match item.as_str().ok_or("must be a string").and_then(&read) {
                Ok(value) => values.push(value),
                Err(reason) => self.wrong(&format!("{name}/{at}"), reason),
            }
        }
        values
    }

    fn list(&mut self, name: &str, most: usize) -> Vec<Value> {
        match self.object.swap_remove(name) {
            None => {}
            Some(Value::Array(items)) if items.len() <= most => return items,
            Some(Value::Array(_)) => self.wrong(name, "has too many entries"),
            Some(_) => self.wrong(name, "must be a list"),
        }
        Vec::new()
    }

    /// What nobody asked for is a mistake too: a misspelt optional field must not vanish. Its name is not repeated, since a
    /// client may have put data there.
    pub fn finish(self) {
        if !self.object.is_empty() {
            let field = if self.path.is_empty() {
                "/".to_owned()
            } else {
                self.path
            };
            self.errors.push(FieldError {
                field: field.into(),
                reason: "has a field that is not known here".into(),
            });
        }
    }
}
