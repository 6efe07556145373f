//! The table of the environment file's fields: one row per change of one of them.

mod shape;

pub use shape::SHAPE;

/// A text of the file, and what takes its place.
pub type Edit = (&'static str, &'static str);

/// One change of one field.
pub struct Row {
    /// The field, as the schema nests it; `*` stands for a service's name.
    pub field: &'static str,
    /// What makes dev.yaml the file before the change.
    pub given: &'static [Edit],
    /// The change.
    pub edit: Edit,
    /// What must change with it.
    pub also: Option<Edit>,
}

impl Row {
    const fn and(mut self, from: &'static str, to: &'static str) -> Self {
        self.also = Some((from, to));
        self
    }

    /// The whole change.
    pub fn edits(&self) -> Vec<Edit> {
        [Some(self.edit), self.also].into_iter().flatten().collect()
    }
}

const fn row(field: &'static str, from: &'static str, to: &'static str) -> Row {
    Row {
        field,
        given: &[],
        edit: (from, to),
        also: None,
    }
}

const fn given(
    given: &'static [Edit],
    field: &'static str,
    from: &'static str,
    to: &'static str,
) -> Row {
    Row {
        field,
        given,
        edit: (from, to),
        also: None,
    }
}

/// The file as a whole, the network and the edge.
pub const PLACE: &[Row] = &[
    row("region", "region: us-east-1", "region: eu-west-1"),
    row("project", "project: healthcare-app ", "project: other-app "),
    row(
        "account",
        "region: us-east-1",
        "region: us-east-1\naccount: \"123456789012\"",
    ),
    row(
        "permissions_boundary",
        "region: us-east-1",
        "region: us-east-1\npermissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess",
    ),
    given(
        &[(
            "region: us-east-1",
            "region: us-east-1\npermissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess",
        )],
        "permissions_boundary",
        "PowerUserAccess",
        "ReadOnlyAccess",
    ),
    row("network", "nat: single", "nat: per_zone"),
    row("network.cidr", "10.0.0.0/16", "10.9.0.0/16"),
    row("network.zones", "zones: 2", "zones: 3"),
    given(
        &[("zones: 2", "zones: 3")],
        "network.zones",
        "zones: 3",
        "zones: 2",
    ),
    row("network.nat", "nat: single", "nat: per_zone"),
    given(
        &[("nat: single", "nat: per_zone")],
        "network.nat",
        "nat: per_zone",
        "nat: single",
    ),
    row(
        "network.egress",
        "nat: single",
        "nat: single\n  egress: [{ port: 5432, to: 10.9.0.0/16, why: the database }]",
    ),
    row("edge", "certificate: null", CERTIFICATE),
    row("edge.certificate", "certificate: null", CERTIFICATE),
    given(
        &[("certificate: null", CERTIFICATE)],
        "edge.certificate",
        CERTIFICATE,
        OTHER_CERTIFICATE,
    ),
];

const CERTIFICATE: &str = "certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-4111-8111-111111111111";
const OTHER_CERTIFICATE: &str = "certificate: arn:aws:acm:us-east-1:123456789012:certificate/22222222-2222-4222-8222-222222222222";

const PATHS: &str = "paths: [\"/api/patients*\"]";

/// One service.
pub const SERVICES: &[Row] = &[
    row(
        "services",
        "\nauth: null",
        "  last: { paths: [\"/api/last*\"] }\n\nauth: null",
    ),
    row(
        "services",
        "\nauth: null",
        "  inner: { port: 4000 }\n\nauth: null",
    ),
    // Two change places, and each is in the other's way.
    given(
        &[
            (PATHS, "priority: 3\n    paths: [\"/api/patients*\"]"),
            (
                APPOINTMENT,
                "priority: 4\n    paths: [\"/api/appointments*\"]",
            ),
        ],
        "services.*.priority",
        "priority: 3",
        "priority:  4",
    )
    .and("priority: 4", "priority: 3"),
    row(
        "services",
        "  patient:\n",
        "  billing: { paths: [\"/api/bills*\"] }\n\n  patient:\n",
    ),
    given(
        &[(
            "  patient:\n",
            "  billing: { paths: [\"/api/bills*\"], table: bills }\n\n  patient:\n",
        )],
        "services",
        "  billing: { paths: [\"/api/bills*\"], table: bills }\n\n",
        "",
    ),
    row(
        "services.*.paths",
        PATHS,
        "paths: [\"/api/patients*\", \"/api/people*\"]",
    ),
    row(
        "services.*.priority",
        PATHS,
        "paths: [\"/api/patients*\"]\n    priority: 7",
    ),
    row(
        "services.*.port",
        PATHS,
        "paths: [\"/api/patients*\"]\n    port: 4000",
    ),
    given(
        &[(PATIENT_512, PATIENT_1024)],
        "services.*.cpu",
        "cpu: 256   ",
        "cpu: 512   ",
    ),
    row("services.*.memory", PATIENT_512, PATIENT_1024),
    // Afterwards the count is autoscaling's: a new number changes nothing.
    given(
        &[(PATIENT, PATIENT_TWO)],
        "services.*.count",
        "count: 2",
        "count: 1",
    ),
    row(
        "services.*.scale",
        PATIENT,
        "count: 1\n    health: /health\n    table: patients ",
    ),
    given(
        &[(PATIENT, PATIENT_TWO)],
        "services.*.scale.min",
        "min: 1",
        "min: 2",
    ),
    row(
        "services.*.scale.max",
        PATIENT,
        "count: 1\n    scale: { max: 3, cpu_percent: 70 }\n    health: /health\n    table: patients ",
    ),
    row(
        "services.*.scale.cpu_percent",
        PATIENT,
        "count: 1\n    scale: { max: 2, cpu_percent: 60 }\n    health: /health\n    table: patients ",
    ),
    given(
        &[(
            PATIENT,
            "count: 1\n    queue: true\n    scale: { max: 2, cpu_percent: 70 }\n    health: /health\n    table: patients ",
        )],
        "services.*.scale.messages_per_task",
        "scale: { max: 2, cpu_percent: 70 }",
        "scale: { max: 2, cpu_percent: 70, messages_per_task: 25 }",
    ),
    row(
        "services.*.health",
        PATIENT,
        "count: 1\n    scale: { max: 2, cpu_percent: 70 }\n    health: /ready\n    table: patients ",
    ),
    row(
        "services.*.grace_seconds",
        PATHS,
        "paths: [\"/api/patients*\"]\n    grace_seconds: 90",
    ),
    row("services.*.table", "table: patients ", "table: people "),
    row("services.*.table", "table: patients ", "#"),
    given(
        &[("table: patients ", "#")],
        "services.*.table",
        "health: /health\n    #",
        "health: /health\n    table: people #",
    ),
    row(
        "services.*.env",
        "env: { RUST_LOG: info }      ",
        "env: { RUST_LOG: debug, MODE: quiet } ",
    ),
    row(
        "services.*.secrets",
        PATHS,
        "paths: [\"/api/patients*\"]\n    secrets: { DB: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf\" }",
    ),
];

/// The same while an image runs: it stays the one that runs, whatever else changes.
pub const RUNNING: &[Row] = &[
    given(
        &[(PATIENT_512, PATIENT_1024)],
        "services.*.cpu",
        "cpu: 256   ",
        "cpu: 512   ",
    ),
    row("services.*.memory", PATIENT_512, PATIENT_1024),
    row(
        "services.*.env",
        "env: { RUST_LOG: info }      ",
        "env: { RUST_LOG: debug, MODE: quiet } ",
    ),
    row(
        "services.*.health",
        PATIENT,
        "count: 1\n    scale: { max: 2, cpu_percent: 70 }\n    health: /ready\n    table: patients ",
    ),
    given(
        &[(PATIENT, PATIENT_TWO)],
        "services.*.count",
        "count: 2",
        "count: 1",
    ),
    given(
        &[(PATIENT, PATIENT_TWO)],
        "services.*.scale.min",
        "min: 1",
        "min: 2",
    ),
    row(
        "services.*.port",
        PATHS,
        "paths: [\"/api/patients*\"]\n    port: 4000",
    ),
    row(
        "services.*.task",
        PATHS,
        "paths: [\"/api/patients*\"]\n    task: { container: { workingDirectory: /srv } }",
    ),
    row(
        "tags",
        "region: us-east-1",
        "region: us-east-1\ntags: { Team: care }",
    ),
];

const APPOINTMENT: &str = "paths: [\"/api/appointments*\"]";
const PATIENT_512: &str = "the smallest task there is\n    memory: 512";
const PATIENT_1024: &str = "the smallest task there is\n    memory: 1024";
const PATIENT_TWO: &str = "count: 2\n    scale: { min: 1, max: 2, cpu_percent: 70 }\n    health: /health\n    table: patients ";
const PATIENT: &str =
    "count: 1\n    scale: { max: 2, cpu_percent: 70 }\n    health: /health\n    table: patients ";

/// Who is let in, what is seen and kept, and what may go.
pub const REST: &[Row] = &[
    row("auth", "auth: null", AUTH),
    given(
        &[("auth: null", AUTH)],
        "auth.issuer",
        "https://a.example/",
        "https://b.example/",
    ),
    given(
        &[("auth: null", AUTH)],
        "auth.audience",
        "audience: api",
        "audience: app",
    ),
    row(
        "logs",
        "logs: { retention_days: 7 }",
        "logs: { retention_days: 30 }",
    ),
    row(
        "logs.retention_days",
        "retention_days: 7",
        "retention_days: 30",
    ),
    row("alarms", "alarms: { cpu_percent: 80, notify: [] }", ""),
    row(
        "alarms.cpu_percent",
        "{ cpu_percent: 80,",
        "{ cpu_percent: 85,",
    ),
    row(
        "alarms.memory_percent",
        "{ cpu_percent: 80,",
        "{ cpu_percent: 80, memory_percent: 75,",
    ),
    row(
        "alarms.notify",
        "notify: []",
        "notify: [\"arn:aws:sns:us-east-1:123456789012:on-call\"]",
    ),
    row(
        "registry",
        "registry: { keep_images: 5 }",
        "registry: { keep_images: 9 }",
    ),
    row("registry.keep_images", "keep_images: 5", "keep_images: 9"),
    // A word to whoever reads an audit: nothing in AWS changes with it.
    row("audit", "region: us-east-1", ACCEPTED),
    row("audit.accept", "region: us-east-1", ACCEPTED),
    row("protect", "protect: false", "protect: true").and("auth: null", AUTH),
    row(
        "tags",
        "region: us-east-1",
        "region: us-east-1\ntags: { Team: care }",
    ),
    // What others keep is no concern of a plan.
    row(
        "tags.ignore",
        "region: us-east-1",
        "region: us-east-1\ntags: { ignore: [\"cost-*\"] }",
    ),
    given(
        &[TAGGED],
        "tags",
        "tags: { Team: care }",
        "tags: { Team: cure }",
    ),
    given(&[TAGGED], "tags", "tags: { Team: care }", ""),
    // A new revision takes its tags along.
    // What others keep is no concern of a plan.
    row(
        "tags.ignore",
        "region: us-east-1",
        "region: us-east-1\ntags: { ignore: [\"cost-*\"] }",
    ),
    given(
        &[TAGGED],
        "tags",
        "tags: { Team: care }",
        "tags: { Team: cure }",
    )
    .and(PATIENT_512, PATIENT_1024),
];

const ACCEPTED: &str =
    "region: us-east-1\naudit: { accept: { ELB.16: \"WAF is in front, in the network account\" } }";

const TAGGED: Edit = (
    "region: us-east-1",
    "region: us-east-1\ntags: { Team: care }",
);
const AUTH: &str = "auth: { issuer: \"https://a.example/\", audience: api }";

const BLUE_GREEN: &[Edit] = &[("strategy: rolling", "strategy: blue_green")];
const CANARY: &[Edit] = &[("strategy: rolling", "strategy: canary\n  percent: 10")];
const LINEAR: &[Edit] = &[("strategy: rolling", "strategy: linear\n  step_percent: 20")];

/// How a new image takes over.
pub const DEPLOYMENT: &[Row] = &[
    row("deployment", "deployment:\n  strategy: rolling\n", ""),
    row(
        "deployment.strategy",
        "strategy: rolling",
        "strategy: blue_green",
    ),
    row(
        "deployment.strategy",
        "strategy: rolling",
        "strategy: canary",
    ),
    row(
        "deployment.strategy",
        "strategy: rolling",
        "strategy: linear",
    ),
    given(
        BLUE_GREEN,
        "deployment.strategy",
        "strategy: blue_green",
        "strategy: rolling",
    ),
    given(
        BLUE_GREEN,
        "deployment.strategy",
        "strategy: blue_green",
        "strategy: canary",
    ),
    given(
        BLUE_GREEN,
        "deployment.bake_minutes",
        "strategy: blue_green",
        "strategy: blue_green\n  bake_minutes: 33",
    ),
    given(
        BLUE_GREEN,
        "deployment.approve",
        "strategy: blue_green",
        "strategy: blue_green\n  approve: true",
    ),
    given(
        BLUE_GREEN,
        "deployment.test_port",
        "strategy: blue_green",
        "strategy: blue_green\n  test_port: 8443",
    ),
    given(CANARY, "deployment.percent", "percent: 10", "percent: 25"),
    given(
        CANARY,
        "deployment.canary_minutes",
        "percent: 10",
        "percent: 10\n  canary_minutes: 44",
    ),
    given(
        LINEAR,
        "deployment.step_percent",
        "step_percent: 20",
        "step_percent: 50",
    ),
    given(
        LINEAR,
        "deployment.step_minutes",
        "step_percent: 20",
        "step_percent: 20\n  step_minutes: 7",
    ),
];
