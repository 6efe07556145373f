//! An environment as YAML again, with every default written out: what is in force, for people and for other tools.

use super::model::Environment;

/// The environment as an environment file. [`parse`](super::parse) reads the same environment from it.
///
/// # Panics
///
/// Never: it consists of maps with text keys, lists, text and numbers, all of which have a YAML form.
pub fn to_yaml(environment: &Environment) -> String {
    serde_saphyr::to_string(environment)
        .expect("maps with text keys, lists, text and numbers have a YAML form")
}
