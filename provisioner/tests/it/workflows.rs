//! The workflows in .github against what hcctl tells people to set for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::support::served::Served;

/// The variables that a text reads: `vars.NAME`.
fn read_in(text: &str) -> BTreeSet<String> {
    let names = text.split("vars.").skip(1);
    let name = |rest: &str| {
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    names.map(name).collect()
}

/// The variables that are to be set are those that the workflows read, each where they read it.
#[test]
fn the_workflows_read_the_variables_that_are_to_be_set() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(0, "bootstrap --github acme/shop --yes --format json");
    let set_up: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
    // By the environment that they are for; those of the repository are for none.
    let mut set: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
    for variable in set_up["variables"].as_array().unwrap() {
        let environment = variable["environment"].as_str().map(str::to_owned);
        let name = variable["name"].as_str().unwrap().to_owned();
        set.entry(environment).or_default().insert(name);
    }
    // Which hcctl to use is its owner's choice.
    set.entry(None)
        .or_default()
        .insert("HCCTL_VERSION".to_owned());

    let workflows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.github/workflows");
    let mut read: BTreeSet<String> = BTreeSet::new();
    for file in std::fs::read_dir(workflows).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let workflow: Value = serde_saphyr::from_str(&text).unwrap();
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            // A job may be of one environment or another.
            let of = match job["environment"].as_str() {
                None => vec![],
                Some(one) if one.starts_with("${{") => vec!["dev", "prod"],
                Some(one) => vec![one],
            };
            // Whether a job is to be done is decided before it has its environment.
            let early = read_in(&job["if"].to_string());
            for variable in read_in(&job.to_string()) {
                let everywhere = set[&None].contains(&variable);
                let there = |one: &&str| {
                    let set = set.get(&Some((*one).to_owned()));
                    set.is_some_and(|set| set.contains(&variable))
                };
                let here = !of.is_empty() && of.iter().all(there) && !early.contains(&variable);
                assert!(everywhere || here, "{name} reads {variable}");
                read.insert(variable);
            }
        }
    }
    let all: BTreeSet<String> = set.into_values().flatten().collect();
    assert_eq!(read, all);
}
