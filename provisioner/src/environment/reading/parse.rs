//! Text in, environment or all errors out.

use std::path::Path;

use super::error::{Errors, Problem};
use super::reader::{At, Findings};
use super::{check, sections, within, yaml};
use crate::environment::model::Environment;
use crate::environment::values::name::EnvironmentName;

/// Reads an environment file's text. `name` is the environment's, the stem of the file's name; `path` is what errors call the file.
///
/// # Errors
///
/// All errors of the file at once, in the order of their places; of text that is not YAML, the first place where it is not.
pub fn parse(name: &str, path: &Path, text: &str) -> Result<Environment, Errors> {
    let (environment, mut problems) = read(name, text);
    match environment {
        Some(environment) if problems.is_empty() => Ok(environment),
        Some(_) => Err(Errors::of(problems, path, text)),
        None => {
            if problems.is_empty() {
                // Whatever keeps a file from being read is reported where it is noticed; a property test holds that.
                problems.push(yaml::whole_file(
                    "this file cannot be read, and hcctl does not know why",
                    "please report it together with the file",
                ));
            }
            Err(Errors::of(problems, path, text))
        }
    }
}

/// Every key that is known in this text's sections, as `services.*.cpu`.
#[cfg(test)]
pub(crate) fn known_keys(text: &str) -> std::collections::BTreeSet<String> {
    let name = "dev".parse().expect("it is a name");
    let (node, _) = yaml::read(text);
    let node = node.expect("it is YAML");
    let findings = Findings::default();
    sections::environment(&At::root(&node, &findings), &name);
    findings.asked()
}

fn read(name: &str, text: &str) -> (Option<Environment>, Vec<Problem>) {
    let name = match name.parse::<EnvironmentName>() {
        Ok(name) => name,
        Err(rejection) => {
            let reason = format!(
                "the file is named after its environment, and {}",
                rejection.reason
            );
            return (
                None,
                vec![yaml::whole_file(
                    reason,
                    format!("rename the file: {}", rejection.remedy),
                )],
            );
        }
    };
    let (node, mut problems) = yaml::read(text);
    let Some(node) = node else {
        return (None, problems);
    };
    if matches!(node.value, yaml::Value::Null) {
        return (
            None,
            vec![yaml::whole_file(
                "the file says nothing",
                format!("remove it; `hcctl init {name}` then writes one to start from"),
            )],
        );
    }
    let findings = Findings::default();
    let at = At::root(&node, &findings);
    let environment = sections::environment(&at, &name);
    check::across_sections(&at, &name);
    if let Some(environment) = &environment {
        within::sizes(&at, environment);
    }
    problems.extend(findings.into_problems());
    (environment, problems)
}
