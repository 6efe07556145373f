//! Names that the environment files tell: nothing is called.

use std::ffi::OsStr;

use clap::CommandFactory;
use clap_complete::engine::CompletionCandidate;

use super::super::Cli;
use super::candidate;
use super::line::Line;
use crate::environment::{self, Environment};

/// The environments that have a file, also one that is wrong: somebody wants to validate it.
pub(super) fn environments(line: &Line) -> Vec<CompletionCandidate> {
    let directory = line.directory();
    let names = environment::list(&directory).unwrap_or_default();
    let about = |name: &str| {
        let environment = environment::load(&directory, name).ok();
        environment.map(|one| format!("{}, {}", one.project, one.region))
    };
    names
        .into_iter()
        .map(|name| candidate(&name, about(&name).unwrap_or_default()))
        .collect()
}

/// The services of the line's environment that are not named yet.
pub(super) fn services(line: &Line, typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let Some(environment) = environment(line) else {
        return Vec::new();
    };
    let mut candidates = Vec::new();
    for (name, service) in &environment.services {
        let name = name.as_str();
        // The word at the cursor stands on the line, too.
        let named = line.services().filter(|named| *named == name).count();
        if name.starts_with(&*typed) && named <= usize::from(typed == name) {
            let hosts = service.hosts.iter().map(ToString::to_string);
            let ways: Vec<String> = hosts
                .chain(service.paths.iter().map(ToString::to_string))
                .collect();
            candidates.push(candidate(name, ways.join(" ")));
        }
    }
    candidates
}

/// The line's environment, where its file is right.
pub(super) fn environment(line: &Line) -> Option<Environment> {
    environment::load(&line.directory(), &line.environment()).ok()
}

/// The verbs that have a manual.
pub(super) fn verbs() -> Vec<CompletionCandidate> {
    let command = Cli::command();
    command
        .get_subcommands()
        .map(|verb| {
            let about = verb.get_about().map(ToString::to_string);
            candidate(verb.get_name(), about.unwrap_or_default())
        })
        .collect()
}
