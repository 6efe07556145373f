//! What somebody wants to know about: a resource that is not as it was applied.

use super::kinds::trace;
use super::trace::{By, Trace};

/// What has become of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// These fields of it were changed.
    Changed(Vec<String>),
    /// It is gone.
    Missing,
    /// Somebody made it.
    Added,
}

/// A resource that has drifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drifted {
    /// By what the asker knows it again.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// What has become of it.
    pub what: What,
    /// Its id, where it is there.
    pub id: Option<String>,
    /// Its own name ([`Trace::name`]), where its kind has one.
    pub name: Option<String>,
    /// The id of what it is part of ([`Trace::owner`]), where that is there.
    pub owner: Option<String>,
}

impl Drifted {
    /// What is recorded of its kind.
    pub(super) fn trace(&self) -> Option<&'static Trace> {
        trace(&self.kind)
    }

    /// The resource that its events are found by; nothing where they are found by their names.
    pub(super) fn found_by(&self, trace: &Trace) -> Option<&str> {
        match trace.by {
            By::Id => self.id.as_deref(),
            By::Name => self.name.as_deref(),
            By::Owner => self.owner.as_deref(),
            By::Event => None,
        }
    }

    /// Whether anything is known of it by which an event could be recognised as its own.
    pub(super) fn is_known(&self, trace: &Trace) -> bool {
        match trace.by {
            By::Event => self.id.is_some() || self.name.is_some() || self.owner.is_some(),
            By::Id | By::Name | By::Owner => self.found_by(trace).is_some(),
        }
    }

    /// What is asked of it: each field by itself, or the whole.
    pub(super) fn parts(&self) -> Vec<Option<&str>> {
        match &self.what {
            What::Changed(fields) => fields.iter().map(|field| Some(field.as_str())).collect(),
            What::Missing | What::Added => vec![None],
        }
    }

    /// The events that can have done it.
    pub(super) fn causes(&self, trace: &Trace, part: Option<&str>) -> Vec<&'static str> {
        match (&self.what, part) {
            (What::Changed(_), Some(field)) => trace.changing(field),
            (What::Missing, _) => trace.gone.to_vec(),
            (What::Changed(_) | What::Added, _) => trace.made.to_vec(),
        }
    }
}
