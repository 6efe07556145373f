//! Tests of the room as a whole. What concerns one value only stands beside it.

mod errors;
mod files;
mod properties;
mod schema;
mod sizes;
mod template;
mod values;

use std::path::{Path, PathBuf};

use super::{Environment, Errors, parse};

/// The directory of the repository's own environment files.
fn environments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments")
}

/// Parses text as `environments/dev.yaml`.
fn dev(text: &str) -> Result<Environment, Errors> {
    parse("dev", Path::new("environments/dev.yaml"), text)
}

/// Parses text that must be right, and shows why if it is not.
fn must_parse(name: &str, text: &str) -> Environment {
    match parse(name, Path::new("environments/x.yaml"), text) {
        Ok(environment) => environment,
        Err(errors) => panic!("{errors}\n---\n{text}"),
    }
}

/// Holds a text against `provisioner/tests/environment/{name}.snap`.
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/environment")
        .join(name);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path.parent().expect("it is in a directory"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = path.file_name().and_then(|name| name.to_str());
    settings.bind(|| insta::assert_snapshot!(name.expect("it is a name"), text));
}

/// The least a file must say.
const LEAST: &str = "\
project: healthcare-app
region: us-east-1
network: { cidr: 10.0.0.0/16 }
services:
  patient: { paths: [\"/api/patients*\"] }
";

/// A file that says everything that can be said.
const COMPLETE: &str = r#"
project: healthcare-app
region: eu-central-1
account: "012345678901"
permissions_boundary: arn:aws:iam::012345678901:policy/edge/limits
network: { cidr: 10.2.0.0/18, zones: 3, nat: per_zone }
edge: { certificate: "arn:aws:acm:eu-central-1:012345678901:certificate/0a1b" }
services:
  patient:
    paths: ["/api/patients*", "/api/v?/patients"]
    priority: 7
    port: 8080
    cpu: 1024
    memory: 3072
    count: 3
    scale: { min: 2, max: 9, cpu_percent: 65 }
    health: /api/patients/health
    grace_seconds: 90
    table: patients
    env: { RUST_LOG: info, WORKERS: 4, VERBOSE: true, ZIP: 0123, EMPTY: "" }
    secrets:
      SMTP_LOGIN: "arn:aws:secretsmanager:eu-central-1:012345678901:secret:smtp-AbCdEf:login::"
      MAPS: arn:aws:ssm:eu-central-1:012345678901:parameter/maps
  appointment:
    paths: [/api/appointments*]
auth: { issuer: "https://auth.example.com/", audience: healthcare-api }
deployment: { strategy: canary, percent: 2.5, canary_minutes: 15, bake_minutes: 30, approve: true, test_port: 8443 }
logs: { retention_days: 365 }
alarms: { cpu_percent: 85, memory_percent: 90, notify: ["arn:aws:sns:eu-central-1:012345678901:alarms"] }
registry: { keep_images: 20 }
protect: true
audit: { accept: { ELB.16: "WAF is in front, in the network account" } }
tags: { Team: Care, CostCenter: 4711 }
"#;
