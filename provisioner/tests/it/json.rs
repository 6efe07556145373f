//! What the real binary writes with `--format json` is what `provisioner/schemas/` says, for every verb that writes any.
//!
//! The schemas allow further fields, for whoever reads a later hcctl; here none is allowed, so that a field that is
//! written and not described fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};

use boon::{Compiler, SchemaIndex, Schemas};
use hcctl::render::json::schema::OUTPUTS;
use serde_json::Value;

use crate::cli::leases::held;
use crate::deploy::stage::{Stage, publish};
use crate::support::place::{Place, Ran, interrupt, wait};
use crate::support::served::Served;

/// The schemas, each closed against what it does not name.
struct Described {
    schemas: Schemas,
    by_verb: BTreeMap<&'static str, SchemaIndex>,
    seen: BTreeSet<&'static str>,
}

impl Described {
    fn read() -> Self {
        let (mut schemas, mut by_verb) = (Schemas::new(), BTreeMap::new());
        for output in OUTPUTS {
            let mut schema = output.schema();
            close(&mut schema);
            let place = format!("memory:///{}.json", output.verb);
            let mut compiler = Compiler::new();
            compiler.add_resource(&place, schema).unwrap();
            by_verb.insert(output.verb, compiler.compile(&place, &mut schemas).unwrap());
        }
        Self {
            schemas,
            by_verb,
            seen: BTreeSet::new(),
        }
    }

    /// Holds a verb's stdout against its schema; at least one document must be in it.
    #[track_caller]
    fn holds(&mut self, verb: &'static str, stdout: &str) {
        let lines = OUTPUTS
            .iter()
            .any(|output| output.verb == verb && output.lines);
        let documents: Vec<&str> = if lines {
            stdout.lines().collect()
        } else {
            vec![stdout]
        };
        assert!(!documents.is_empty(), "{verb} writes nothing");
        for document in documents {
            let value: Value = serde_json::from_str(document)
                .unwrap_or_else(|error| panic!("{verb}: {error}: {document}"));
            if let Err(error) = self.schemas.validate(&value, self.by_verb[verb]) {
                panic!("{verb}: {error:#}\n{value:#}");
            }
            assert_eq!(value["format_version"], 1, "{verb}");
        }
        self.seen.insert(verb);
    }

    #[track_caller]
    fn ran(&mut self, verb: &'static str, ran: &Ran) {
        self.holds(verb, &ran.out);
    }
}

/// Forbids fields that a schema does not name. Parts that are joined (`flatten`, tagged enums) are closed as a whole.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            for (key, inner) in &mut *map {
                // What stands in here is named as data, not as schemas.
                if key != "enum" && key != "const" && key != "required" {
                    close(inner);
                }
            }
            let open = map.get("additionalProperties").is_some();
            if map.contains_key("properties") && !open {
                let whole = ["oneOf", "anyOf", "allOf", "$ref"];
                let joined = whole.iter().any(|key| map.contains_key(*key));
                if joined {
                    for key in whole {
                        if let Some(parts) = map.get_mut(key).and_then(Value::as_array_mut) {
                            parts.iter_mut().for_each(reopen);
                        }
                    }
                    map.insert("unevaluatedProperties".to_owned(), false.into());
                } else {
                    map.insert("additionalProperties".to_owned(), false.into());
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn reopen(part: &mut Value) {
    if let Some(map) = part.as_object_mut() {
        map.remove("additionalProperties");
        map.remove("unevaluatedProperties");
    }
}

#[test]
fn a_field_that_no_schema_names_is_found() {
    let mut described = Described::read();
    let good = serde_json::json!({ "format_version": 1, "url": "http://127.0.0.1:1" });
    described.holds("sandbox-serve", &good.to_string());
    for (field, value) in [("more", Value::from(1)), ("url", Value::Null)] {
        let mut bad = good.clone();
        bad[field] = value;
        let index = described.by_verb["sandbox-serve"];
        assert!(described.schemas.validate(&bad, index).is_err(), "{field}");
    }
}

#[test]
fn every_verb_writes_what_its_schema_says() {
    let mut described = Described::read();
    environment_from_nothing(&mut described);
    leases(&mut described);
    releases(&mut described);
    account(&mut described);
    secrets(&mut described);
    files_and_sandbox(&mut described);
    let all: BTreeSet<&str> = OUTPUTS.iter().map(|output| output.verb).collect();
    let unseen: Vec<&&str> = all.difference(&described.seen).collect();
    assert!(
        unseen.is_empty(),
        "no output of these was looked at: {unseen:?}"
    );
}

/// A plan of everything, an apply, drift, leases, failures, and the end.
fn environment_from_nothing(described: &mut Described) {
    let (_served, place) = Served::with_place();
    let json = |line: &str| format!("{line} --format json");
    described.ran("plan", &place.expect(0, &json("plan dev")));
    described.ran("history", &place.expect(0, &json("history dev")));
    described.ran("unlock", &place.expect(0, &json("unlock dev --yes")));
    described.ran("apply", &place.expect(0, &json("apply dev --yes")));
    described.ran("plan", &place.expect(0, &json("plan dev")));
    described.ran("drift", &place.expect(0, &json("drift dev")));
    described.ran("audit", &place.expect(0, &json("audit dev")));
    let ran = place.run(&json("doctor dev"));
    described.ran("doctor", &ran);
    described.ran("cost", &place.expect(0, &json("cost dev")));
    described.ran("status", &place.expect(0, &json("status dev")));
    place.edit(
        "environments/dev.yaml",
        "retention_days: 7",
        "retention_days: 30",
    );
    place.edit("environments/dev.yaml", "10.0.0.0/16", "10.9.0.0/16");
    described.ran("plan", &place.expect(0, &json("plan dev")));
    described.ran("drift", &place.expect(2, &json("drift dev")));
    place.edit("environments/dev.yaml", "10.9.0.0/16", "10.0.0.0/16");
    described.ran("apply", &place.expect(0, &json("apply dev --yes")));
    described.ran("destroy", &place.expect(0, &json("destroy dev --yes")));
    let history = place.expect(0, &json("history dev"));
    described.ran("history", &history);
    let value: Value = serde_json::from_str(&history.out).unwrap();
    let run = value["runs"][0]["run"].as_str().unwrap();
    described.ran(
        "history",
        &place.expect(0, &json(&format!("history dev --run {run}"))),
    );
}

/// A lease that somebody holds, told of and then broken.
fn leases(described: &mut Described) {
    let (_served, place) = held(3_000);
    for (code, line, broken) in [
        (4, "unlock dev --format json", false),
        (0, "unlock dev --yes --format json", true),
    ] {
        let ran = place.expect(code, line);
        described.ran("unlock", &ran);
        let value: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(value["broken"], broken);
        assert_eq!(value["holder"]["host"], "ci-7");
    }
}

/// Releases that succeed, fail and go back, with what they leave in the logs.
fn releases(described: &mut Described) {
    let json = |line: &str| format!("{line} --format json");
    let shifted = Stage::new("canary");
    publish(&shifted.served, "patient", "v3");
    let ran = shifted
        .place
        .expect(0, &json("deploy --image v3 --service patient"));
    described.ran("deploy", &ran);
    described.ran("status", &shifted.place.expect(0, &json("status")));

    let stage = Stage::new("rolling");
    let place = &stage.place;
    publish(&stage.served, "patient", "v3");
    let patient = |line: &str| json(&format!("{line} --service patient"));
    place.expect(0, "deploy --image v3 --service patient");
    described.ran(
        "deploy",
        &place.expect(5, &patient("deploy --image fails-start")),
    );
    let paths = "paths: [\"/api/patients*\"]";
    let with = format!("{paths}\n    before_deploy: [bin/migrate]");
    place.edit("environments/dev.yaml", paths, &with);
    publish(&stage.served, "patient", "fails-before");
    let ran = place.expect(5, &patient("deploy --image fails-before"));
    described.ran("deploy", &ran);
    place.edit("environments/dev.yaml", &with, paths);
    described.ran("status", &place.expect(0, &json("status")));
    described.ran("logs", &place.expect(0, &patient("logs --since 3650d")));
    described.ran("logs", &place.expect(0, &patient("logs --previous")));
    described.ran(
        "run",
        &place.expect(0, "run dev patient --format json -- bin/migrate"),
    );
    let line = "run dev patient --format json --detach -- bin/migrate";
    described.ran("run", &place.expect(0, line));
    described.ran("restart", &place.expect(0, &patient("restart")));
    described.ran("rollback", &place.expect(0, &patient("rollback")));
    described.ran("drift", &place.expect(0, &json("drift")));
    described.ran("plan", &place.expect(0, &json("plan")));
}

/// The account's set-up: a plan that nobody confirms, the run, what is left to do.
fn account(described: &mut Described) {
    let (_served, place) = Served::with_place();
    let line = "bootstrap --github acme/health-care --format json";
    described.ran("bootstrap", &place.expect(4, line));
    let ran = place.expect(0, &format!("{line} --yes"));
    assert!(ran.out.lines().count() > 10, "{}", ran.out);
    described.ran("bootstrap", &ran);
    described.ran("bootstrap", &place.expect(0, line));
    described.ran("bootstrap", &place.expect(0, "bootstrap --format json"));
}

/// A secret from its first value to its end.
fn secrets(described: &mut Described) {
    let (_served, place) = Served::with_place();
    let json = |line: &str| format!("secret {line} --format json");
    let ran = place.run_with(&json("set dev KEY"), "hush");
    described.ran("secret-set", &ran);
    described.ran("secret-list", &place.expect(0, &json("list dev")));
    described.ran("secret-rm", &place.expect(0, &json("rm dev KEY --yes")));
    let used = "secrets: { KEY: \"ssm:/healthcare-app/dev/KEY\" }\n    env:";
    place.edit("environments/dev.yaml", "env:", used);
    described.ran("secret-list", &place.expect(2, &json("list dev")));
}

/// What needs no account.
fn files_and_sandbox(described: &mut Described) {
    let place = Place::new();
    let json = |line: &str| format!("{line} --format json");
    described.ran("validate", &place.expect(0, &json("validate")));
    place.edit("environments/dev.yaml", "services:", "servcies:");
    described.ran("validate", &place.expect(3, &json("validate")));
    described.ran("validate", &place.expect(3, &json("validate nowhere")));

    let place = Place::new();
    described.ran("sandbox-status", &place.expect(0, &json("sandbox status")));
    place.expect(0, "--sandbox apply dev --yes");
    described.ran("sandbox-status", &place.expect(0, &json("sandbox status")));
    described.ran(
        "push",
        &place.expect(0, &json("--sandbox push dev --tag v1")),
    );
    described.ran(
        "push",
        &place.expect(0, &json("--sandbox push dev --tag v1")),
    );

    let mut child = place.start(&json("sandbox serve --port 0 --memory"));
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with("}\n") {
        assert_ne!(out.read_line(&mut text).unwrap(), 0, "it ended: {text}");
    }
    interrupt(&child);
    wait(&mut child);
    described.holds("sandbox-serve", &text);
}

#[test]
fn verbs_without_data_refuse_other_forms() {
    let place = Place::new();
    for line in ["init shop", "completions bash", "man", "sandbox reset"] {
        let ran = place.expect(3, &format!("{line} --format json"));
        ran.says(&["has no form json", "hint: leave --format out"]);
        assert_eq!(ran.out, "");
    }
}
