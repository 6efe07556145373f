//! What a plan takes away from whoever uses the environment: a service that runs and is no longer in the file, most of all
//! where another one is to stand in its place under another name.

use std::collections::BTreeSet;

use hcctl_engine::{Action, Address, Change, Plan};

use super::Note;
use crate::environment::Environment;
use crate::resources::{listener_rule, service, table, task_definition};

/// A service that runs and goes.
struct Leaver<'a> {
    name: &'a str,
    /// The path patterns that lead to it.
    paths: BTreeSet<String>,
    /// What goes with it and cannot be brought back.
    lost: String,
}

/// Remarks about services that run and go.
pub(super) fn notes(plan: &Plan, environment: &Environment) -> Vec<Note> {
    let mut notes = Vec::new();
    for leaver in leavers(plan) {
        let mut heirs = 0;
        for (name, service) in &environment.services {
            let paths: Vec<String> = service.paths.iter().map(ToString::to_string).collect();
            let taken: Vec<&str> = paths
                .iter()
                .filter(|path| leaver.paths.contains(*path))
                .map(String::as_str)
                .collect();
            let new = find(plan, "service", name.as_str())
                .is_some_and(|change| change.action == Action::Create);
            if new && !taken.is_empty() {
                heirs += 1;
                notes.push(Note {
                    address: Address::new("service", name.as_str()),
                    text: replaced(&leaver, name.as_str(), &taken.join(", ")),
                });
            }
        }
        if heirs == 0 {
            let paths: Vec<&str> = leaver.paths.iter().map(String::as_str).collect();
            notes.push(Note {
                address: Address::new("service", leaver.name),
                text: if paths.is_empty() {
                    format!("runs, and goes with {}", leaver.lost)
                } else {
                    format!(
                        "runs, and goes with {}; {} then leads to it no more",
                        leaver.lost,
                        paths.join(", ")
                    )
                },
            });
        }
    }
    notes
}

/// A renamed key is a service that goes and another one that comes: AWS has no other name for what runs.
fn replaced(leaver: &Leaver<'_>, heir: &str, paths: &str) -> String {
    let Leaver { name, lost, .. } = leaver;
    format!(
        "takes {paths} over from the running service {name}, which the file no longer has: {name} goes with {lost}, and \
         {paths} has no target at all until {heir} has an image. The safe way: keep {name} as it was and add {heir} beside it \
         with another path, apply, push and deploy {heir}; then give {heir} these paths, take {name} out, and apply again"
    )
}

fn leavers(plan: &Plan) -> Vec<Leaver<'_>> {
    let gone = plan.changed().filter(|change| {
        change.address.kind == "service" && change.action == Action::Delete && runs(plan, change)
    });
    gone.map(|change| {
        let name = change.address.name.as_str();
        let rule = find(plan, "listener_rule", name).and_then(|change| change.before.as_ref());
        let rule = rule.and_then(|seen| seen.raw.read::<listener_rule::Spec>().ok());
        Leaver {
            name,
            paths: rule.map(|rule| rule.paths).unwrap_or_default(),
            lost: lost(plan, name),
        }
    })
    .collect()
}

/// Whether there is an image that it runs, and tasks that run it.
fn runs(plan: &Plan, change: &Change) -> bool {
    let seen = change.before.as_ref();
    let spec = seen.and_then(|seen| seen.raw.read::<service::Spec>().ok());
    let image = definition(plan, &change.address.name).map(|definition| definition.image);
    spec.is_some_and(|spec| spec.desired_count > 0)
        && image.is_some_and(|image| !task_definition::is_placeholder(&image))
}

fn definition(plan: &Plan, service: &str) -> Option<task_definition::Spec> {
    let seen = find(plan, "task_definition", service)?.before.as_ref()?;
    seen.raw.read().ok()
}

/// `its images, its logs and table shop-dev-carts with all its items`.
fn lost(plan: &Plan, service: &str) -> String {
    let goes = |kind: &str| {
        find(plan, kind, service).is_some_and(|change| change.action == Action::Delete)
    };
    let env = definition(plan, service).map(|definition| definition.environment);
    let named = |change: &&Change| {
        let seen = change.before.as_ref();
        let table = seen.and_then(|seen| seen.raw.read::<table::Spec>().ok());
        table.is_some_and(|table| {
            let mut values = env.iter().flat_map(|env| env.values());
            values.any(|value| *value == table.name)
        })
    };
    let tables = plan
        .changed()
        .filter(|change| change.address.kind == "table" && change.action == Action::Delete)
        .filter(named)
        .map(|change| format!("table {} with all its items", change.address.name));
    let own = [
        ("repository", "its images"),
        ("log_group", "its logs"),
        ("queue", "the messages in its queue"),
    ];
    let own = own.iter().filter(|(kind, _)| goes(kind));
    let mut parts: Vec<String> = own.map(|(_, words)| (*words).to_owned()).collect();
    parts.extend(tables);
    match parts.pop() {
        None => "its tasks".to_owned(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

fn find<'a>(plan: &'a Plan, kind: &str, name: &str) -> Option<&'a Change> {
    let mut changes = plan.changes.iter();
    changes.find(|change| change.address.kind == kind && change.address.name == name)
}
