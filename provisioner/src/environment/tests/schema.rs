//! The schema and the parser say the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::reading::parse::known_keys;
use super::super::schema;
use super::{COMPLETE, LEAST, environments, must_parse};

/// `environments/schema.json` is what the types say. To bring it up to date: `UPDATE_SCHEMA=1 cargo test -p hcctl schema`.
#[test]
fn the_schema_file_is_current() {
    let path = environments().join("schema.json");
    let current = format!("{:#}\n", schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &current).expect("the schema can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == current,
        "environments/schema.json is not what the types say; run `UPDATE_SCHEMA=1 cargo test -p hcctl schema`"
    );
}

#[test]
fn the_parser_knows_the_keys_of_the_schema_and_no_others() {
    let mut in_schema = BTreeSet::new();
    collect_keys(&schema(), "", &mut in_schema);
    assert_eq!(in_schema, known_keys(COMPLETE));
    assert!(in_schema.contains("services.*.scale.cpu_percent"));
}

fn collect_keys(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    let join = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    for (key, inner) in object(schema, "properties") {
        into.insert(join(key));
        collect_keys(inner, &join(key), into);
    }
    for inner in user_keys(schema) {
        collect_keys(inner, &join("*"), into);
    }
    // What may be null is either null or this; and a list has entries.
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    for inner in choices.chain(schema.get("items")) {
        collect_keys(inner, path, into);
    }
}

fn object<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema[key].as_object().into_iter().flatten()
}

/// The schemas of values whose keys the user chooses.
fn user_keys(schema: &Value) -> impl Iterator<Item = &Value> {
    object(schema, "patternProperties")
        .map(|(_, inner)| inner)
        .chain(Some(&schema["additionalProperties"]).filter(|inner| inner.is_object()))
}

#[test]
fn unknown_keys_are_refused_and_everything_is_described() {
    visit(&schema(), "", &mut |path, schema| {
        if schema.get("properties").is_some() {
            assert_eq!(schema["additionalProperties"], false, "{path}");
        }
        for (key, inner) in object(schema, "properties") {
            let described = inner["description"].as_str().unwrap_or_default();
            assert!(described.len() > 10, "{path}.{key} has no description");
        }
    });
}

fn visit(schema: &Value, path: &str, look: &mut impl FnMut(&str, &Value)) {
    look(path, schema);
    for (key, inner) in object(schema, "properties") {
        visit(inner, &format!("{path}.{key}"), look);
    }
    for inner in user_keys(schema) {
        visit(inner, &format!("{path}.*"), look);
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_parser() {
    let read = |text: &str| serde_json::to_value(must_parse("dev", text)).expect("it is JSON");
    let least = read(LEAST);
    let image = format!("a/b@sha256:{}", "0".repeat(64));
    let said = read(&LEAST.replace(
        "*\"] }",
        &format!(
            "*\"], container_health: {{ command: x }}, sidecars: {{ patient: {{ image: {image:?}, health: {{ command: x }} }} }} }}"
        ),
    ));
    let mut compared = 0;
    visit(&schema(), "", &mut |path, schema| {
        for (key, inner) in object(schema, "properties") {
            let Some(default) = inner.get("default") else {
                continue;
            };
            let found = match (path, key.as_str()) {
                // Settings of a strategy show only with it.
                (".deployment", "bake_minutes") => {
                    &read(&format!("{LEAST}deployment: {{ strategy: blue_green }}"))["deployment"]
                        [key]
                }
                (".deployment", "percent" | "canary_minutes") => {
                    &read(&format!("{LEAST}deployment: {{ strategy: canary }}"))["deployment"][key]
                }
                (".deployment", "step_percent" | "step_minutes") => {
                    &read(&format!("{LEAST}deployment: {{ strategy: linear }}"))["deployment"][key]
                }
                // Without paths and hosts a service is one inside.
                (".services.*", "paths") => {
                    let inside = LEAST.replace("{ paths: [\"/api/patients*\"] }", "{}");
                    &read(&inside)["services"]["patient"][key]
                }
                // What has no default of its own shows where it is said.
                _ if path.contains(".container_health") || path.contains(".sidecars") => {
                    let pointer = format!(
                        "{path}/{key}",
                        path = path.replace(".*", ".patient").replace('.', "/")
                    );
                    said.pointer(&pointer).unwrap_or(&Value::Null)
                }
                _ => {
                    let pointer =
                        format!("{}/{key}", path.replace(".*", ".patient").replace('.', "/"));
                    least.pointer(&pointer).unwrap_or(&Value::Null)
                }
            };
            assert_eq!(found, default, "{path}.{key}");
            compared += 1;
        }
    });
    assert!(compared >= 25, "only {compared} defaults were compared");
}

#[test]
fn right_files_conform_to_the_schema() {
    let mut texts = vec![LEAST.to_owned(), COMPLETE.to_owned()];
    for name in ["dev", "prod"] {
        let path = environments().join(format!("{name}.yaml"));
        texts.push(std::fs::read_to_string(path).expect("the file is there"));
    }
    for text in texts {
        assert_eq!(conform(&yaml(&text), &schema(), "file"), Ok(()));
    }
}

#[test]
fn the_schema_refuses_settings_of_another_strategy() {
    let schema = schema();
    let with = |deployment: &str| {
        conform(
            &yaml(&format!("{LEAST}deployment: {deployment}")),
            &schema,
            "file",
        )
    };
    for right in [
        "{ strategy: canary, percent: 5 }",
        "{ strategy: rolling, approve: false, test_port: null }",
        "{ strategy: linear, step_percent: 3, approve: true, test_port: 8443 }",
        "{ approve: false }",
    ] {
        assert_eq!(with(right), Ok(()), "{right}");
        must_parse("dev", &format!("{LEAST}deployment: {right}"));
    }
    for wrong in [
        "{ percent: 5 }",
        "{ approve: true }",
        "{ strategy: linear, percent: 5 }",
        "{ strategy: linear, step_percent: 2 }",
        "{ strategy: rolling, bake_minutes: 1 }",
        "{ strategy: purple }",
    ] {
        assert!(with(wrong).is_err(), "{wrong}");
        assert!(
            super::dev(&format!("{LEAST}deployment: {wrong}")).is_err(),
            "{wrong}"
        );
    }
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("it is YAML")
}

/// Whether a value obeys the parts of JSON schema that ours uses, patterns apart; if not, what is wrong.
fn conform(value: &Value, schema: &Value, path: &str) -> Result<(), String> {
    let check = |right: bool, what: &str| {
        if right {
            Ok(())
        } else {
            Err(format!("{path}: {value}: {what}"))
        }
    };
    if let Some(verdict) = schema.as_bool() {
        return check(verdict, "not allowed");
    }
    check(of_type(value, &schema["type"]), "type")?;
    check(
        schema.get("const").is_none_or(|only| only == value),
        "const",
    )?;
    check(
        schema["enum"]
            .as_array()
            .is_none_or(|all| all.contains(value)),
        "enum",
    )?;
    for choices in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choices].as_array() {
            let fits = |choice| conform(value, choice, path).is_ok();
            check(choices.iter().any(fits), "no choice fits")?;
        }
    }
    if let Some(number) = value.as_f64() {
        check(
            schema["minimum"]
                .as_f64()
                .is_none_or(|least| number >= least),
            "too small",
        )?;
        check(
            schema["maximum"].as_f64().is_none_or(|most| number <= most),
            "too large",
        )?;
    }
    for rule in schema["allOf"].as_array().into_iter().flatten() {
        if applies(value, &rule["if"]) {
            conform(value, &rule["then"], path)?;
        }
    }
    for item in value.as_array().into_iter().flatten() {
        conform(item, &schema["items"], path)?;
    }
    match value.as_object() {
        Some(members) => conform_members(members, schema, path),
        None => Ok(()),
    }
}

fn conform_members(members: &Map<String, Value>, schema: &Value, path: &str) -> Result<(), String> {
    for required in schema["required"].as_array().into_iter().flatten() {
        let name = required.as_str().unwrap_or_default();
        if !members.contains_key(name) {
            return Err(format!("{path}.{name} is missing"));
        }
    }
    for (key, inner) in members {
        let path = format!("{path}.{key}");
        if let Some(found) = schema["properties"].get(key) {
            conform(inner, found, &path)?;
        } else if let Some(found) = user_keys(schema).next() {
            conform(inner, found, &path)?;
        } else if schema["additionalProperties"] == false {
            return Err(format!("{path} is unknown"));
        }
    }
    Ok(())
}

/// The one form of condition that is in use: a member has a value, and perhaps must be there.
fn applies(value: &Value, condition: &Value) -> bool {
    let required = condition["required"].as_array().into_iter().flatten();
    let there = required
        .filter_map(Value::as_str)
        .all(|key| value.get(key).is_some());
    there
        && object(condition, "properties")
            .all(|(key, inner)| value.get(key).is_none_or(|found| *found == inner["const"]))
}

fn of_type(value: &Value, wanted: &Value) -> bool {
    match wanted {
        Value::Array(choices) => choices.iter().any(|choice| of_type(value, choice)),
        Value::String(name) => match name.as_str() {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("unknown type {other}"),
        },
        _ => true,
    }
}
