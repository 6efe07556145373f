//! What is sent: how many calls, how far apart, and word for word where a deployment depends on it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hcctl_sandbox::Settings;
use serde_json::Value;

use super::stage::{STRATEGIES, place, publish, settings};
use crate::support::proxy::{Proxy, Record};
use crate::support::served::Served;

/// Calls that a deploy of two services may make beside its looks. Of each service's one lists its images, to know which never
/// ran, and two let the policy count an image that was pushed and not deployed; some are about whether anybody answers
/// now, for a deployment on top of an outage would take it for its own state.
const CALLS: usize = 52;

#[test]
fn a_deploy_takes_few_calls_and_looks_once_a_second() {
    let served = Served::start(settings());
    let proxy = Proxy::start(&served.url());
    let place = place("blue_green").at(&proxy.url());
    place.expect(0, "apply dev --yes");
    for tag in ["v1", "v2"] {
        for service in ["patient", "appointment"] {
            publish(&served, service, tag);
        }
    }
    for tag in ["v1", "v2"] {
        proxy.reset();
        place.expect(0, &format!("deploy --image {tag}"));
        let calls = proxy.calls();
        let is = |record: &&Record, name: &str| record.operation.name == name;
        let looks: Vec<&Record> = calls
            .iter()
            .filter(|record| is(record, "DescribeServiceDeployments"))
            // The first one sees whether anything runs before anything is done.
            .skip(1)
            .collect();
        let services = calls
            .iter()
            .filter(|record| is(record, "DescribeServices"))
            .count();
        let others = calls.len() - looks.len() - (services - 1);
        println!(
            "deploy {tag}: {others} calls, {} looks of two calls",
            looks.len()
        );
        assert!(others <= CALLS, "{others}: {:#?}", proxy.counts());
        for pair in looks.windows(2) {
            let apart = pair[1].came.saturating_sub(pair[0].came);
            assert!(apart >= Duration::from_millis(900), "{apart:?}");
        }
    }
}

/// Ids, digests and times are made up by the account; their places stay.
fn settled(text: &str) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let made_up = word.len() >= 8
            && word.chars().all(|c| c.is_ascii_hexdigit())
            && word.chars().any(|c| c.is_ascii_digit())
            && word != "123456789012";
        if made_up {
            let _ = write!(out, "ID{}", &part[word.len()..]);
        } else {
            out.push_str(part);
        }
    }
    out
}

/// The requests of these operations in `records`, the service's name first.
fn requests(records: &[Record], operations: &[&str]) -> Vec<(String, Value)> {
    let wanted = |record: &&Record| operations.contains(&record.operation.name.as_str());
    records
        .iter()
        .filter(wanted)
        .map(|record| {
            let value = match serde_json::from_slice(&record.body) {
                Ok(value) => sorted(value),
                Err(_) => query(&record.body),
            };
            (record.operation.to_string(), value)
        })
        .collect()
}

/// With the members of every object by name: the SDK sends maps in an order of their own.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            Value::Object(map.into_iter().collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A form as a map.
fn query(body: &[u8]) -> Value {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let pairs: BTreeMap<String, String> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| {
            (
                key.to_owned(),
                value.replace("%3A", ":").replace("%2F", "/"),
            )
        })
        .collect();
    serde_json::to_value(pairs).unwrap()
}

/// What makes deployments possible and what starts one, of the patient service with each strategy: AWS's names and
/// values, against the goldens, and (where botocore is at hand) against the API's own published shapes.
#[test]
fn requests_are_what_the_api_publishes() {
    for (strategy, _) in STRATEGIES {
        let served = Served::start(Settings::instant());
        let proxy = Proxy::start(&served.url());
        let place = place(strategy).at(&proxy.url());
        place.expect(0, "apply dev --yes");
        publish(&served, "patient", "v1");
        place.expect(0, "deploy --image v1 --service patient");
        let operations = [
            "CreateService",
            "UpdateService",
            "RegisterTaskDefinition",
            "CreateRule",
        ];
        let mut all = requests(&proxy.calls(), &operations);
        all.retain(|(_, value)| value.to_string().contains("patient"));
        all.sort_by_key(|(name, value)| (name.clone(), settled(&value.to_string())));
        conforms(&all);
        let mut text = String::new();
        for (name, value) in &all {
            let value = serde_json::to_string_pretty(value).unwrap();
            let _ = writeln!(text, "{name} {value}");
        }
        insta::assert_snapshot!(format!("requests_{strategy}"), settled(&text));
    }
}

/// Asks botocore, whose service models AWS publishes, whether it would send these requests: unknown members, wrong types
/// and missing ones are errors.
fn conforms(requests: &[(String, Value)]) {
    let Some(moto) = std::env::var_os("HCCTL_MOTO") else {
        println!("HCCTL_MOTO is not set: the shapes are not asked");
        return;
    };
    let json: Vec<&(String, Value)> = requests
        .iter()
        .filter(|(name, _)| name.starts_with("ecs:"))
        .collect();
    assert!(json.len() >= 4, "{json:?}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), serde_json::to_vec(&json).unwrap()).unwrap();
    let python = Path::new(&moto).with_file_name("python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/deploy/shapes.py");
    let output = Command::new(python)
        .arg(script)
        .arg(file.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
