//! A row per control: what passes it, and what fails it.

/// Fields of a kind's example and what they get instead, as JSON.
pub(super) type Edits = &'static [(&'static str, &'static str)];

/// How a control is seen to judge.
pub(super) struct Case {
    pub(super) id: &'static str,
    /// The kind that it judges.
    pub(super) kind: &'static str,
    /// What passes.
    pub(super) good: Good,
    /// What fails.
    pub(super) bad: &'static [Edits],
}

/// What passes a control.
pub(super) enum Good {
    /// The kind's example with these changes, each.
    These(&'static [Edits]),
    /// Nothing that a spec can say: hcctl neither makes nor looks at it.
    Unmanaged,
    /// Nothing that a spec can say, though some of what fails is seen.
    Never,
}

use Good::{Never, These, Unmanaged};

const fn case(id: &'static str, kind: &'static str, good: Good, bad: &'static [Edits]) -> Case {
    Case {
        id,
        kind,
        good,
        bad,
    }
}

const OPEN: &str = r#"{"range":"0.0.0.0/0"}"#;
const OPEN_V6: &str = r#"{"range":"::/0"}"#;
const OFFICE: &str = r#"{"range":"203.0.113.0/24"}"#;
const FORWARD: &str = r#"{"forward":{"$to":"target_group/orders"}}"#;
const ALL_ALLOWED: &str =
    r#"{"x":{"Statement":[{"Effect":"Allow","Action":["s3:GetObject","*"],"Resource":"*"}]}}"#;
const ALL_DENIED: &str = r#"{"x":{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}}"#;
const SERVICE: &str =
    r#"{"x":{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}}}"#;
const ADMIN: &str = r#"["arn:aws:iam::aws:policy/AdministratorAccess"]"#;
const OWN: &str = r#"["arn:aws:iam::123456789012:policy/ours"]"#;

pub(super) const CASES: &[Case] = &[
    case(
        "EC2.2",
        "default_security_group",
        These(&[&[("rules", "[]")]]),
        &[&[]],
    ),
    case("EC2.6", "vpc", Unmanaged, &[&[]]),
    case("EC2.10", "vpc", Never, &[&[]]),
    case(
        "EC2.13",
        "security_group_rule",
        These(&[
            &[],
            &[("peer", OFFICE), ("from_port", "22"), ("to_port", "22")],
            &[("peer", OPEN), ("from_port", "443"), ("to_port", "443")],
            &[
                ("peer", OPEN),
                ("protocol", "\"udp\""),
                ("from_port", "0"),
                ("to_port", "99"),
            ],
        ]),
        &[
            &[("peer", OPEN), ("from_port", "22"), ("to_port", "22")],
            &[("peer", OPEN_V6), ("from_port", "0"), ("to_port", "65535")],
            &[
                ("peer", OPEN),
                ("protocol", "\"-1\""),
                ("from_port", "-1"),
                ("to_port", "-1"),
            ],
        ],
    ),
    case(
        "EC2.14",
        "security_group_rule",
        These(&[&[("peer", OPEN), ("from_port", "22"), ("to_port", "22")]]),
        &[&[("peer", OPEN), ("from_port", "3000"), ("to_port", "4000")]],
    ),
    case(
        "EC2.15",
        "subnet",
        These(&[&[]]),
        &[&[("public_ip", "true")]],
    ),
    case(
        "EC2.18",
        "security_group_rule",
        These(&[
            &[],
            &[("peer", OPEN), ("from_port", "80"), ("to_port", "80")],
            &[("peer", OPEN), ("from_port", "443"), ("to_port", "443")],
        ]),
        &[
            &[("peer", OPEN), ("from_port", "8443"), ("to_port", "8443")],
            &[("peer", OPEN), ("from_port", "80"), ("to_port", "443")],
            &[
                ("peer", OPEN_V6),
                ("protocol", "\"udp\""),
                ("from_port", "443"),
                ("to_port", "443"),
            ],
            &[
                ("peer", OPEN),
                ("protocol", "\"-1\""),
                ("from_port", "-1"),
                ("to_port", "-1"),
            ],
        ],
    ),
    case(
        "EC2.19",
        "security_group_rule",
        These(&[
            // 3000 is one of the risky ports, and open to the load balancer only.
            &[],
            &[("peer", OPEN), ("from_port", "8443"), ("to_port", "8443")],
        ]),
        &[&[("peer", OPEN), ("from_port", "8080"), ("to_port", "8080")]],
    ),
    case("EC2.21", "vpc", Unmanaged, &[&[]]),
    case("EC2.55", "vpc", Never, &[&[]]),
    case("EC2.56", "vpc", Never, &[&[]]),
    case(
        "ELB.1",
        "listener",
        These(&[
            &[],
            &[
                ("protocol", "\"HTTP\""),
                ("default", "\"redirect_to_https\""),
            ],
        ]),
        &[
            &[("protocol", "\"HTTP\""), ("default", FORWARD)],
            &[
                ("protocol", "\"HTTP\""),
                ("default", r#"{"other":"fixed-response"}"#),
            ],
        ],
    ),
    case(
        "ELB.4",
        "load_balancer",
        These(&[&[]]),
        &[&[("drop_invalid_headers", "false")]],
    ),
    case("ELB.5", "load_balancer", Unmanaged, &[&[]]),
    case(
        "ELB.6",
        "load_balancer",
        These(&[&[]]),
        &[&[("deletion_protection", "false")]],
    ),
    case(
        "ELB.12",
        "load_balancer",
        These(&[&[], &[("desync_mitigation", "\"defensive\"")]]),
        &[&[("desync_mitigation", "\"monitor\"")]],
    ),
    case(
        "ELB.13",
        "load_balancer",
        These(&[&[]]),
        &[&[("subnets", r#"[{"$to":"subnet/public-a"}]"#)]],
    ),
    case("ELB.16", "load_balancer", Unmanaged, &[&[]]),
    case(
        "ELB.17",
        "listener",
        These(&[&[]]),
        &[&[("ssl_policy", "\"ELBSecurityPolicy-TLS13-1-2-2021-06\"")]],
    ),
    case(
        "ELB.18",
        "listener",
        These(&[&[]]),
        &[
            &[("protocol", "\"HTTP\""), ("default", FORWARD)],
            &[
                ("protocol", "\"HTTP\""),
                ("default", "\"redirect_to_https\""),
            ],
        ],
    ),
    case("ELB.21", "target_group", Unmanaged, &[&[]]),
    case("ELB.22", "target_group", Unmanaged, &[&[]]),
    case(
        "ECS.2",
        "service",
        These(&[&[("public_ip", "false")]]),
        &[&[("public_ip", "true")]],
    ),
    case(
        "ECS.3",
        "task_definition",
        These(&[&[("other", "{}")], &[("other", r#"{"pidMode":"task"}"#)]]),
        &[&[("other", r#"{"pidMode":"host"}"#)]],
    ),
    case(
        "ECS.4",
        "task_definition",
        These(&[&[]]),
        &[
            &[("other", r#"{"container":{"privileged":true}}"#)],
            &[("sidecars", r#"{"proxy":{"privileged":true}}"#)],
        ],
    ),
    case(
        "ECS.5",
        "task_definition",
        These(&[&[]]),
        &[
            &[("read_only_root", "false")],
            &[("sidecars", r#"{"proxy":{"user":"1000"}}"#)],
        ],
    ),
    case(
        "ECS.8",
        "task_definition",
        These(&[&[]]),
        &[
            &[("environment", r#"{"AWS_SECRET_ACCESS_KEY":"x"}"#)],
            &[(
                "sidecars",
                r#"{"proxy":{"environment":{"AWS_SECRET_ACCESS_KEY":{"value":"x"}}}}"#,
            )],
        ],
    ),
    case(
        "ECS.9",
        "task_definition",
        These(&[&[]]),
        &[&[("logs", "null")], &[("sidecars", r#"{"proxy":{}}"#)]],
    ),
    case(
        "ECS.10",
        "service",
        These(&[&[], &[("platform_version", "\"1.4.0\"")]]),
        &[&[("platform_version", "\"1.3.0\"")]],
    ),
    case(
        "ECS.12",
        "cluster",
        These(&[&[], &[("container_insights", "\"enabled\"")]]),
        &[&[("container_insights", "\"disabled\"")]],
    ),
    case(
        "ECS.16",
        "service",
        These(&[&[("public_ip", "false")]]),
        &[&[("public_ip", "true")]],
    ),
    case(
        "ECS.17",
        "task_definition",
        These(&[&[]]),
        &[&[("other", r#"{"networkMode":"host"}"#)]],
    ),
    case(
        "ECS.20",
        "task_definition",
        These(&[&[], &[("user", "\"nobody\"")]]),
        &[
            &[("user", "\"\"")],
            &[("user", "\"0\"")],
            &[("user", "\"root:root\"")],
            &[("user", "\"0:65532\"")],
            &[("sidecars", r#"{"proxy":{"user":"root"}}"#)],
        ],
    ),
    case(
        "HCCTL.1",
        "task_definition",
        These(&[&[("environment", r#"{"AUTH_ISSUER":"https://a.example/"}"#)]]),
        &[&[("environment", "{}")]],
    ),
    case(
        "ECR.1",
        "repository",
        These(&[&[]]),
        &[&[("scan_on_push", "false")]],
    ),
    case(
        "ECR.2",
        "repository",
        These(&[&[]]),
        &[&[("immutable_tags", "false")]],
    ),
    case(
        "ECR.3",
        "repository",
        These(&[&[]]),
        &[&[("lifecycle", "null")]],
    ),
    case(
        "ECR.5",
        "repository",
        Never,
        &[
            &[("encryption", "\"AES256\"")],
            &[("encryption", "\"KMS\"")],
        ],
    ),
    case(
        "IAM.1",
        "role",
        These(&[&[], &[("policies", SERVICE)], &[("policies", ALL_DENIED)]]),
        &[
            &[("policies", ALL_ALLOWED)],
            &[("attached", ADMIN)],
            &[("attached", OWN)],
        ],
    ),
    case(
        "IAM.21",
        "role",
        These(&[&[], &[("policies", ALL_DENIED)]]),
        &[
            &[("policies", SERVICE)],
            &[("policies", ALL_ALLOWED)],
            &[("attached", OWN)],
        ],
    ),
    case(
        "KMS.2",
        "role",
        These(&[
            &[],
            &[(
                "policies",
                r#"{"x":{"Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:us-east-1:123456789012:key/1"}]}}"#,
            )],
            &[(
                "policies",
                r#"{"x":{"Statement":[{"Effect":"Allow","Action":"kms:Describe*","Resource":"*"}]}}"#,
            )],
        ]),
        &[
            &[("policies", ALL_ALLOWED)],
            &[(
                "policies",
                r#"{"x":{"Statement":[{"Effect":"Allow","Action":"KMS:decrypt","Resource":"*"}]}}"#,
            )],
            &[(
                "policies",
                r#"{"x":{"Statement":[{"Effect":"Allow","Action":"kms:ReEncrypt*","Resource":"arn:aws:kms:*:123456789012:key/*"}]}}"#,
            )],
        ],
    ),
    case(
        "DynamoDB.1",
        "table",
        These(&[&[]]),
        &[&[("on_demand", "false")]],
    ),
    case(
        "DynamoDB.2",
        "table",
        These(&[&[]]),
        &[&[("point_in_time_recovery", "false")]],
    ),
    case("DynamoDB.4", "table", Unmanaged, &[&[]]),
    case(
        "DynamoDB.6",
        "table",
        These(&[&[]]),
        &[&[("deletion_protection", "false")]],
    ),
    case(
        "SQS.1",
        "queue",
        These(&[&[]]),
        &[&[("encrypted", "false")]],
    ),
    case("SQS.3", "queue", These(&[&[("policy", "null")]]), &[&[]]),
    case(
        "CloudWatch.15",
        "alarm",
        These(&[&[]]),
        &[&[("notify", "[]")]],
    ),
    case(
        "CloudWatch.16",
        "log_group",
        These(&[&[("retention_days", "365")], &[("retention_days", "0")]]),
        &[&[("retention_days", "364")], &[("retention_days", "1")]],
    ),
];
