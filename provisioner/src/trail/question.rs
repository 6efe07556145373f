//! What to ask CloudTrail: as few questions as answer for all that has drifted.

use super::drifted::Drifted;
use super::trace::By;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// Whether it is asked where global services' events are told.
    pub global: bool,
    /// `ResourceName` or `EventName`.
    pub key: Key,
    /// Its value.
    pub value: String,
}

/// The attribute that a question is asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// By resource.
    Resource,
    /// By event.
    Event,
}

/// The questions about one resource, or about one field of it.
pub(super) fn about(drifted: &Drifted, part: Option<&str>) -> Vec<Question> {
    let Some(trace) = drifted.trace().filter(|trace| drifted.is_known(trace)) else {
        return Vec::new();
    };
    let of = |key: Key, value: &str| Question {
        global: trace.is_global(),
        key,
        value: value.to_owned(),
    };
    let causes = drifted.causes(trace, part);
    if causes.is_empty() {
        return Vec::new();
    }
    match trace.by {
        By::Event => causes.iter().map(|event| of(Key::Event, event)).collect(),
        By::Id | By::Name | By::Owner => drifted
            .found_by(trace)
            .map(|name| of(Key::Resource, name))
            .into_iter()
            .collect(),
    }
}

/// All questions, each once, in the order of what has drifted.
pub fn questions(all: &[Drifted]) -> Vec<Question> {
    let mut found = Vec::new();
    for drifted in all {
        for part in drifted.parts() {
            for question in about(drifted, part) {
                if !found.contains(&question) {
                    found.push(question);
                }
            }
        }
    }
    found
}
