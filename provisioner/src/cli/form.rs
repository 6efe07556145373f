//! The forms of output: all that there are, and which of them a verb has.

use clap::ValueEnum;

use super::{CommandError, Kind};

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person.
    Human,
    /// One JSON document, or JSON Lines of events.
    Json,
    /// For a pull request's comment.
    Markdown,
    /// One page for a browser (plan).
    Html,
    /// A picture (graph).
    Svg,
    /// A picture for Graphviz (graph).
    Dot,
    /// A picture for Mermaid, which GitHub shows in Markdown (graph).
    Mermaid,
    /// What is wrong, for editors and code scanning (validate).
    Sarif,
}

/// What most verbs write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Document {
    Human,
    Json,
    Markdown,
}

/// What `plan` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Page {
    Human,
    Json,
    Markdown,
    Html,
}

/// What `graph` writes; for a person, what the file's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Picture {
    Human,
    Svg,
    Dot,
    Mermaid,
}

/// What `validate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Findings {
    Human,
    Json,
    Sarif,
}

/// What verbs write that have no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Words {
    Human,
}

impl Format {
    /// The form as one of a verb's own, or a refusal with those that it has.
    pub(super) fn of<F: ValueEnum>(self, verb: &str) -> Result<F, CommandError> {
        let wanted = name(&self);
        F::from_str(&wanted, false).map_err(|_| {
            let all: Vec<String> = F::value_variants().iter().map(name).collect();
            let error = CommandError::new(Kind::Config, format!("{verb} has no form {wanted}"));
            match all.split_last() {
                Some((last, rest)) if !rest.is_empty() => {
                    error.hint(format!("{} and {last} are there for it", rest.join(", ")))
                }
                _ => error.hint("leave --format out"),
            }
        })
    }
}

fn name(form: &impl ValueEnum) -> String {
    let value = form.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
