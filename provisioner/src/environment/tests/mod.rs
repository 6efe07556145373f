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
network: { cidr: 10.2.0.0/18, zones: 3, nat: per_zone, egress: [{ port: 5432, to: pl-0123456789abcdef0, why: databases }] }
edge: { certificate: "arn:aws:acm:eu-central-1:012345678901:certificate/0a1b" }
services:
  patient:
    paths: ["/api/patients*", "/api/v?/patients"]
    hosts: [api.example.com, "*.care.example.com"]
    calls: [appointment, ledger]
    priority: 7
    port: 8080
    cpu: 1024
    memory: 3072
    count: 3
    scale: { min: 2, max: 9, cpu_percent: 65, messages_per_task: 25 }
    queue: { visibility_seconds: 60, retention_days: 7, dead_letter_after: 3, fifo: true }
    sends_to: [patient, ledger]
    health: { path: /api/patients/health, codes: 200-299, interval_seconds: 20, timeout_seconds: 4, healthy: 3, unhealthy: 4, port: 8081 }
    grace_seconds: 90
    table: patients
    env: { RUST_LOG: info, WORKERS: 4, VERBOSE: true, ZIP: 0123, EMPTY: "" }
    secrets:
      SMTP_LOGIN: "arn:aws:secretsmanager:eu-central-1:012345678901:secret:smtp-AbCdEf:login::"
      MAPS: arn:aws:ssm:eu-central-1:012345678901:parameter/maps
    image: public.ecr.aws/nginx/nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    entrypoint: [/bin/sh, -c]
    command: ["exec serve --port 8080", 8080, "true"]
    user: 1000:www
    root: writable
    capabilities: default
    architecture: arm64
    init: false
    stop_seconds: 120
    storage_gib: 21
    volumes: { cache: /var/cache/nginx, run: /var/run }
    container_health: { command: [curl, -f, localhost], interval_seconds: 15, timeout_seconds: 3, retries: 4, start_seconds: 30 }
    egress: [{ port: 53, protocol: udp, to: 10.9.0.0/16, why: the resolver }]
    security_groups: [sg-0123456789abcdef0]
    permissions:
      policies: ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"]
      allow: [{ actions: [s3:GetObject], resources: ["arn:aws:s3:::shop/*"] }]
    sidecars:
      router:
        image: public.ecr.aws/aws-observability/aws-for-fluent-bit@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        essential: true
        env: { LEVEL: info }
        secrets: { KEY: "arn:aws:ssm:eu-central-1:012345678901:parameter/key" }
        entrypoint: [/entry]
        command: [run, 1]
        user: 0
        root: writable
        capabilities: default
        port: 24224
        cpu: 64
        memory: 128
        health: { command: "true", interval_seconds: 15, timeout_seconds: 3, retries: 4, start_seconds: 30 }
        depends_on: { init: success }
        restart: true
        mounts: { cache: /buffers }
        firelens: fluentbit
      init: { image: public.ecr.aws/docker/library/busybox@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef }
    depends_on: { router: healthy }
    task:
      pidMode: task
      volumes: [{ name: shared, efsVolumeConfiguration: { fileSystemId: fs-1, transitEncryption: ENABLED } }]
      container:
        ulimits: [{ name: nofile, softLimit: 65536, hardLimit: 65536 }]
        dockerLabels: { team: care }
        mountPoints: [{ sourceVolume: shared, containerPath: /shared, readOnly: true }]
  appointment:
    paths: [/api/appointments*]
  ledger: { port: 4000, queue: true }
auth: { issuer: "https://auth.example.com/", audience: healthcare-api }
deployment: { strategy: canary, percent: 2.5, canary_minutes: 15, bake_minutes: 30, approve: true, test_port: 8443 }
logs: { retention_days: 365 }
alarms: { cpu_percent: 85, memory_percent: 90, notify: ["arn:aws:sns:eu-central-1:012345678901:alarms"] }
registry: { keep_images: 20 }
protect: true
audit: { accept: { ELB.16: "WAF is in front, in the network account" } }
tags: { Team: Care, CostCenter: 4711 }
"#;
