//! How a service's container is made up, what is beside it, what it reaches and what it may do.

use super::{APPOINTMENT, Edit, PATHS, PATIENT, Row, given, row};

/// Patient with one more key.
macro_rules! concat_paths {
    ($more:literal) => {
        concat!("paths: [\"/api/patients*\"]\n    ", $more)
    };
}

/// How a service's container is made up.
pub const SHAPE: &[Row] = &[
    row(
        "services.*.hosts",
        PATHS,
        concat_paths!("hosts: [patients.example.com]"),
    ),
    given(
        &[
            (
                PATHS,
                "priority: 3\n    paths: [\"/api/patients*\"]\n    hosts: [patients.example.com]",
            ),
            (
                APPOINTMENT,
                "priority: 4\n    paths: [\"/api/appointments*\"]",
            ),
        ],
        "services.*.paths",
        "paths: [\"/api/patients*\"]\n    hosts",
        "hosts",
    ),
    row(
        "services.*.calls",
        PATHS,
        concat_paths!("calls: [appointment]"),
    ),
    row("services.*.queue", PATHS, concat_paths!("queue: true")),
    given(
        &[QUEUE],
        "services.*.queue.visibility_seconds",
        "visibility_seconds: 60",
        "visibility_seconds: 90",
    ),
    given(
        &[QUEUE],
        "services.*.queue.retention_days",
        "retention_days: 7",
        "retention_days: 8",
    ),
    given(
        &[QUEUE],
        "services.*.queue.dead_letter_after",
        "dead_letter_after: 3",
        "dead_letter_after: 4",
    ),
    given(
        &[QUEUE],
        "services.*.queue.fifo",
        "fifo: false",
        "fifo: true",
    ),
    given(
        &[(PATHS, concat_paths!("queue: true"))],
        "services.*.sends_to",
        "queue: true",
        "queue: true\n    sends_to: [patient]",
    ),
    row("services.*.image", PATHS, IMAGE),
    row(
        "services.*.entrypoint",
        PATHS,
        concat_paths!("entrypoint: [/bin/sh, -c]"),
    ),
    row(
        "services.*.command",
        PATHS,
        concat_paths!("command: [serve, --port, 3000]"),
    ),
    // A command of releases: nothing that stands changes with it.
    row(
        "services.*.before_deploy",
        PATHS,
        concat_paths!("before_deploy: [bin/migrate, --up]"),
    ),
    row("services.*.user", PATHS, concat_paths!("user: image")),
    row("services.*.root", PATHS, concat_paths!("root: writable")),
    row(
        "services.*.capabilities",
        PATHS,
        concat_paths!("capabilities: default"),
    ),
    row(
        "services.*.architecture",
        PATHS,
        concat_paths!("architecture: arm64"),
    ),
    row("services.*.init", PATHS, concat_paths!("init: false")),
    row(
        "services.*.stop_seconds",
        PATHS,
        concat_paths!("stop_seconds: 120"),
    ),
    row(
        "services.*.storage_gib",
        PATHS,
        concat_paths!("storage_gib: 50"),
    ),
    row(
        "services.*.volumes",
        PATHS,
        concat_paths!("volumes: { cache: /var/cache }"),
    ),
    row(
        "services.*.container_health",
        PATHS,
        concat_paths!("container_health: { command: /bin/health }"),
    ),
    given(
        &[CHECKED],
        "services.*.container_health.command",
        "/bin/true",
        "/bin/health",
    ),
    given(
        &[CHECKED],
        "services.*.container_health.interval_seconds",
        "interval_seconds: 20",
        "interval_seconds: 25",
    ),
    given(
        &[CHECKED],
        "services.*.container_health.timeout_seconds",
        "timeout_seconds: 4",
        "timeout_seconds: 6",
    ),
    given(
        &[CHECKED],
        "services.*.container_health.retries",
        "retries: 2",
        "retries: 5",
    ),
    given(
        &[CHECKED],
        "services.*.container_health.start_seconds",
        "start_seconds: 9",
        "start_seconds: 0",
    ),
    given(
        &[ASKED],
        "services.*.health.path",
        "path: /ready",
        "path: /live",
    ),
    given(
        &[ASKED],
        "services.*.health.codes",
        "codes: 200",
        "codes: 200-399",
    ),
    given(
        &[ASKED],
        "services.*.health.interval_seconds",
        "interval_seconds: 20",
        "interval_seconds: 25",
    ),
    given(
        &[ASKED],
        "services.*.health.timeout_seconds",
        "timeout_seconds: 4",
        "timeout_seconds: 6",
    ),
    given(
        &[ASKED],
        "services.*.health.healthy",
        " healthy: 4",
        " healthy: 5",
    ),
    given(
        &[ASKED],
        "services.*.health.unhealthy",
        "unhealthy: 6",
        "unhealthy: 7",
    ),
    given(
        &[ASKED],
        "services.*.health.port",
        "port: 9000",
        "port: 9001",
    ),
    row(
        "services.*.task",
        PATHS,
        concat_paths!(
            "task: { pidMode: task, container: { ulimits: [{ name: nofile, softLimit: 4096, hardLimit: 8192 }] } }"
        ),
    ),
    row(
        "services.*.egress",
        PATHS,
        concat_paths!("egress: [{ port: 5432, to: 10.9.0.0/16, why: the database }]"),
    ),
    row(
        "services.*.security_groups",
        PATHS,
        concat_paths!("security_groups: [SECURITY-GROUP]"),
    ),
    row("services.*.permissions", PATHS, MAY.1),
    row(
        "services.*.permissions.policies",
        PATHS,
        concat_paths!("permissions: { policies: [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"] }"),
    ),
    given(
        &[MAY],
        "services.*.permissions.allow",
        "s3:GetObject",
        "s3:PutObject",
    ),
    row(
        "services.*.sidecars",
        PATHS,
        concat_paths!(
            "sidecars: { agent: { image: public.ecr.aws/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef } }"
        ),
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.image",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.essential",
        "essential: true",
        "essential: false",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.env",
        "LEVEL: info",
        "LEVEL: debug",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.secrets",
        "parameter/one",
        "parameter/two",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.entrypoint",
        "[/one]",
        "[/two]",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.command",
        "[run, fast]",
        "[run, slow]",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.user",
        "user: 7",
        "user: image",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.root",
        "root: writable",
        "root: read_only",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.capabilities",
        "capabilities: default",
        "capabilities: none",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.port",
        "port: 9125",
        "port: 9126",
    ),
    given(&[BESIDE], "services.*.sidecars.*.cpu", "cpu: 32", "cpu: 64"),
    given(
        &[BESIDE],
        "services.*.sidecars.*.memory",
        "memory: 64",
        "memory: 128",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health",
        "health: { command: /bin/true, interval_seconds: 20, timeout_seconds: 4, retries: 2, start_seconds: 9 }, ",
        "",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health.command",
        "/bin/true",
        "/bin/health",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health.interval_seconds",
        "interval_seconds: 20",
        "interval_seconds: 25",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health.timeout_seconds",
        "timeout_seconds: 4",
        "timeout_seconds: 6",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health.retries",
        "retries: 2",
        "retries: 5",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.health.start_seconds",
        "start_seconds: 9",
        "start_seconds: 8",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.depends_on",
        "init: success",
        "init: start",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.restart",
        "restart: true",
        "restart: false",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.mounts",
        "tmp: /one",
        "tmp: /two",
    ),
    given(
        &[BESIDE],
        "services.*.sidecars.*.firelens",
        "firelens: fluentbit",
        "firelens: fluentd",
    ),
    given(
        &[BESIDE],
        "services.*.depends_on",
        "depends_on: { agent: start }",
        "depends_on: {}",
    ),
];

const QUEUE: Edit = (
    PATHS,
    concat_paths!(
        "queue: { visibility_seconds: 60, retention_days: 7, dead_letter_after: 3, fifo: false }"
    ),
);
const IMAGE: &str = concat_paths!(
    "image: public.ecr.aws/nginx/nginx@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
);
const MAY: Edit = (
    PATHS,
    concat_paths!(
        "permissions: { allow: [{ actions: [\"s3:GetObject\"], resources: [\"arn:aws:s3:::shop/*\"] }] }"
    ),
);
const BESIDE: Edit = (
    PATHS,
    concat_paths!(
        "depends_on: { agent: start }\n    sidecars: { init: { image: public.ecr.aws/i/i@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210 }, agent: { image: public.ecr.aws/a/b@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, essential: true, env: { LEVEL: info }, secrets: { KEY: arn:aws:ssm:us-east-1:123456789012:parameter/one }, entrypoint: [/one], command: [run, fast], user: 7, root: writable, capabilities: default, port: 9125, cpu: 32, memory: 64, health: { command: /bin/true, interval_seconds: 20, timeout_seconds: 4, retries: 2, start_seconds: 9 }, depends_on: { init: success }, restart: true, mounts: { tmp: /one }, firelens: fluentbit } }"
    ),
);
const CHECKED: Edit = (
    PATHS,
    concat_paths!(
        "container_health: { command: /bin/true, interval_seconds: 20, timeout_seconds: 4, retries: 2, start_seconds: 9 }"
    ),
);
const ASKED: Edit = (
    PATIENT,
    "count: 1\n    scale: { max: 2, cpu_percent: 70 }\n    health: { path: /ready, codes: 200, interval_seconds: 20, timeout_seconds: 4, healthy: 4, unhealthy: 6, port: 9000 }\n    table: patients ",
);
