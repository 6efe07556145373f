//! Changing any one field of the environment file gives exactly the change that it should: in place where AWS allows, made
//! anew where it does not. What it should be stands in snapshots/, one block per row.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use hcctl::environment::Environment;
use hcctl_sandbox::{Quotas, Settings};
use serde_json::Value;

use crate::support::cases::id;
use crate::support::rows::{DEPLOYMENT, Edit, PLACE, REST, RUNNING, Row, SERVICES, SHAPE};
use crate::support::world::{World, environments, lines, look, parse, seen, text};

/// The text after some edits; each must hit.
fn edited(text: &str, edits: &[Edit]) -> String {
    edits.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "nothing to edit: {from} in\n{text}");
        text.replacen(from, to, 1)
    })
}

/// Plays rows on accounts of their own, one per file to begin with: the change, then the change back. After each nothing
/// may be left to do.
async fn played(rows: &[Row], running: bool) -> String {
    let mut page = String::new();
    let mut world: Option<(String, World)> = None;
    for row in rows {
        let before = edited(&text("dev"), row.given);
        let after = edited(&before, &row.edits());
        let base = parse("dev", &before);
        let world = match world.take() {
            Some((text, ready)) if text == before => world.insert((text, ready)),
            _ => {
                let settings = Settings {
                    quotas: Quotas::none(),
                    ..Settings::instant()
                };
                let ready = World::settled(settings, &base).await;
                if running {
                    ready.deploy(&base, "patient").await;
                }
                world.insert((before, ready))
            }
        };
        let after = if after.contains(A_GROUP) {
            after.replace(A_GROUP, &group(&world.1, &base).await)
        } else {
            after
        };
        let after = parse("dev", &after);
        let _ = write!(page, "== {}:", row.field);
        for (from, to) in row.edits() {
            let _ = write!(page, " {:?} to {:?}", from.trim(), to.trim());
        }
        page.push('\n');
        if let Err(errors) = look(&world.1.aws(&after).await, &after).await {
            page.extend(errors.iter().map(|error| format!("refused: {error}\n")));
            page.push('\n');
            continue;
        }
        let image = if running {
            world.1.image(&base, "patient").await
        } else {
            String::new()
        };
        let plan = world.1.converge(&after).await;
        let lines = lines(&plan);
        if lines.is_empty() {
            page.push_str("no changes\n");
        }
        page.extend(lines.iter().map(|line| format!("{line}\n")));
        page.push('\n');
        if running {
            assert_eq!(
                world.1.image(&after, "patient").await,
                image,
                "{}",
                row.field
            );
            assert!(image.ends_with("-patient-service:v1"), "{image}");
        }
        world.1.converge(&base).await;
    }
    page
}

/// In a row, somebody's security group in the environment's VPC.
const A_GROUP: &str = "SECURITY-GROUP";

/// Makes one.
async fn group(world: &World, environment: &Environment) -> String {
    let aws = world.aws(environment).await;
    let vpc = id(seen(&aws).await.ours(), "vpc", "main");
    let call = aws.ec2.create_security_group().vpc_id(vpc);
    let call = call.group_name("theirs").description("of a database");
    call.send().await.unwrap().group_id.unwrap()
}

#[tokio::test]
async fn place() {
    insta::assert_snapshot!("fields_place", played(PLACE, false).await);
}

#[tokio::test]
async fn services() {
    insta::assert_snapshot!("fields_services", played(SERVICES, false).await);
}

#[tokio::test]
async fn shape() {
    insta::assert_snapshot!("fields_shape", played(SHAPE, false).await);
}

#[tokio::test]
async fn deployment() {
    insta::assert_snapshot!("fields_deployment", played(DEPLOYMENT, false).await);
}

#[tokio::test]
async fn rest() {
    insta::assert_snapshot!("fields_rest", played(REST, false).await);
}

#[tokio::test]
async fn while_an_image_runs() {
    insta::assert_snapshot!("fields_running", played(RUNNING, true).await);
}

#[test]
fn every_property_of_the_schema_has_a_row() {
    let schema = std::fs::read_to_string(environments().join("schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut properties = BTreeSet::new();
    collect(&schema, &schema, "", &mut properties);
    let rows = [PLACE, SERVICES, SHAPE, DEPLOYMENT, REST];
    let covered: BTreeSet<String> = rows
        .iter()
        .flat_map(|rows| rows.iter())
        .map(|row| row.field.to_owned())
        .collect();
    let missing: Vec<&String> = properties.difference(&covered).collect();
    assert!(missing.is_empty(), "no row changes {missing:?}");
    let unknown: Vec<&String> = covered.difference(&properties).collect();
    assert!(unknown.is_empty(), "the schema has no {unknown:?}");
}

/// Every property below `schema`, services' names as `*`.
fn collect(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
    if let Some(place) = schema["$ref"].as_str() {
        let target = root.pointer(place.trim_start_matches('#')).unwrap();
        collect(root, target, path, found);
    }
    for choice in ["anyOf", "oneOf", "allOf"] {
        for one in schema[choice].as_array().into_iter().flatten() {
            collect(root, one, path, found);
        }
    }
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(format!("{path}{key}"));
        collect(root, value, &format!("{path}{key}."), found);
    }
    for inner in ["additionalProperties", "patternProperties"] {
        if schema[inner].is_object() {
            let values = match inner {
                "patternProperties" => schema[inner].as_object().unwrap().values().collect(),
                _ => vec![&schema[inner]],
            };
            for value in values {
                collect(root, value, &format!("{path}*."), found);
            }
        }
    }
}
