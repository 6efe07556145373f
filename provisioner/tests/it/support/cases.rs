//! Per kind, how one of it vanishes from dev and how one more appears.

use std::future::Future;
use std::pin::Pin;

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use hcctl::aws::Aws;
use hcctl_engine::{Observed, Snapshot};
use serde_json::Value;

/// How one vanishes.
pub enum Vanishes {
    /// AWS lets it go while everything else stands.
    Alone(&'static str),
    /// AWS lets it go only after these.
    After(&'static [&'static str], &'static str),
    /// Nearly everything stands in it: it goes with all the rest.
    WithAll(&'static str),
    /// AWS never lets it go; hcctl's own delete leaves it alone.
    Never(&'static str),
}

use Vanishes::{After, Alone, Never, WithAll};

/// By kind.
pub const VANISHES: &[(&str, Vanishes)] = &[
    ("vpc", WithAll("main")),
    // Every VPC has one for as long as it lives.
    ("default_security_group", Never("main")),
    (
        "internet_gateway",
        After(
            &["nat_gateway/a", "elastic_ip/nat-a", "load_balancer/main"],
            "main",
        ),
    ),
    ("subnet", Alone("private-a")),
    ("elastic_ip", After(&["nat_gateway/a"], "nat-a")),
    ("nat_gateway", Alone("a")),
    ("route_table", Alone("private-a")),
    ("vpc_endpoint", Alone("s3")),
    (
        "security_group",
        After(&["security_group_rule/alb-to-tasks-3000"], "tasks"),
    ),
    ("security_group_rule", Alone("alb-http")),
    ("load_balancer", Alone("main")),
    ("target_group", After(&["listener_rule/patient"], "patient")),
    ("listener", Alone("http")),
    ("listener_rule", Alone("patient")),
    ("role", Alone("execution")),
    ("repository", Alone("patient")),
    ("log_group", Alone("patient")),
    ("table", Alone("patients")),
    (
        "cluster",
        After(
            &[
                "service/appointment",
                "service/ledger",
                "service/mailer",
                "service/patient",
            ],
            "main",
        ),
    ),
    ("queue", Alone("mailer")),
    (
        "namespace",
        After(&["service/ledger", "service/patient"], "main"),
    ),
    ("alarm", Alone("patient-cpu")),
    // Deregistered or even deleted, one that a service names can be read for as long as that service lives:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/delete-task-definition-v2.html
    ("task_definition", After(&["service/patient"], "patient")),
    ("service", Alone("patient")),
    ("scalable_target", Alone("patient")),
    ("scaling_policy", Alone("patient-cpu")),
    ("dashboard", Alone("main")),
];

/// Fields of one of ours and what they get instead, as JSON.
type Edits = &'static [(&'static str, &'static str)];

/// Makes something by hand.
type Make = for<'a> fn(Aws, &'a Snapshot) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How one more appears, modelled on one of ours.
pub enum Appears {
    /// With our tags, under an address that the file does not have: a service was taken out of the file, say.
    Left(&'static str, Edits),
    /// Without our tags: it is reported and left alone.
    Stranger(&'static str, Edits),
    /// In the place of ours, which is found by its one name: deleted after these, made again without our tags. A plan
    /// refuses to touch it.
    Taken(&'static [&'static str], &'static str),
    /// By hand inside something of ours; the plan's line names this.
    Inside(&'static str, Make),
    /// Never: AWS has one for all.
    Once,
}

use Appears::{Inside, Left, Stranger, Taken};

/// By kind.
pub const APPEARS: &[(&str, Appears)] = &[
    ("vpc", Left("main", &[("cidr", "\"10.77.0.0/16\"")])),
    (
        "default_security_group",
        Inside("update default_security_group/main: rules", |aws, seen| {
            Box::pin(open_ssh(
                aws,
                id(seen.ours(), "default_security_group", "main"),
            ))
        }),
    ),
    (
        "internet_gateway",
        Inside("delete internet_gateway/stray", |aws, _| {
            Box::pin(spare_gateway(aws))
        }),
    ),
    (
        "subnet",
        Left("private-a", &[("cidr", "\"10.0.200.0/24\"")]),
    ),
    (
        "subnet",
        Stranger("private-a", &[("cidr", "\"10.0.201.0/24\"")]),
    ),
    ("elastic_ip", Left("nat-a", &[])),
    (
        "nat_gateway",
        Inside("delete nat_gateway/stray", |aws, seen| {
            Box::pin(spare_nat(aws, id(seen.ours(), "subnet", "public-b")))
        }),
    ),
    ("route_table", Left("private-a", &[("subnets", "[]")])),
    ("route_table", Stranger("private-a", &[("subnets", "[]")])),
    ("vpc_endpoint", Left("s3", &[("route_tables", "[]")])),
    ("security_group", Left("tasks", &[("name", "\"stray\"")])),
    (
        "security_group",
        Stranger("tasks", &[("name", "\"stranger\"")]),
    ),
    (
        "security_group_rule",
        Inside("delete security_group_rule/sgr-", |aws, seen| {
            Box::pin(open_ssh(aws, id(seen.ours(), "security_group", "tasks")))
        }),
    ),
    (
        "security_group_rule",
        Left("alb-http", &[("from_port", "81"), ("to_port", "81")]),
    ),
    ("load_balancer", Taken(&[], "main")),
    (
        "target_group",
        Left("patient", &[("name", "\"healthcare-app-dev-stray\"")]),
    ),
    ("listener", Left("http", &[("port", "8088")])),
    ("listener", Stranger("http", &[("port", "8089")])),
    ("listener_rule", Left("patient", &[("priority", "400")])),
    ("listener_rule", Stranger("patient", &[("priority", "401")])),
    (
        "role",
        Left(
            "patient-task",
            &[("name", "\"healthcare-app-dev-stray-task\"")],
        ),
    ),
    (
        "repository",
        Left(
            "patient",
            &[("name", "\"healthcare-app-dev-stray-service\"")],
        ),
    ),
    (
        "log_group",
        Left("patient", &[("name", "\"/ecs/healthcare-app-dev/stray\"")]),
    ),
    (
        "table",
        Left("patients", &[("name", "\"healthcare-app-dev-stray\"")]),
    ),
    (
        "cluster",
        Taken(
            &[
                "service/appointment",
                "service/ledger",
                "service/mailer",
                "service/patient",
            ],
            "main",
        ),
    ),
    (
        "queue",
        Left("mailer", &[("name", "\"healthcare-app-dev-stray-queue\"")]),
    ),
    (
        "namespace",
        Taken(&["service/ledger", "service/patient"], "main"),
    ),
    (
        "alarm",
        Left(
            "patient-cpu",
            &[("name", "\"healthcare-app-dev-stray-cpu\"")],
        ),
    ),
    (
        "task_definition",
        Left(
            "patient",
            &[("family", "\"healthcare-app-dev-stray-service\"")],
        ),
    ),
    (
        "service",
        Left(
            "patient",
            &[("name", "\"healthcare-app-dev-stray-service\"")],
        ),
    ),
    ("service", Stranger("patient", &[("name", "\"stranger\"")])),
    (
        "scalable_target",
        Taken(&["scaling_policy/patient-cpu"], "patient"),
    ),
    (
        "scaling_policy",
        Left(
            "patient-cpu",
            &[
                ("name", "\"healthcare-app-dev-patient-memory\""),
                ("metric", "\"ECSServiceAverageMemoryUtilization\""),
            ],
        ),
    ),
    ("dashboard", Taken(&[], "main")),
];

/// The id of one of ours.
pub fn id(seen: &[Observed], kind: &str, name: &str) -> String {
    one(seen, kind, name).id.clone()
}

/// The fields of one of ours, with links by id.
pub fn spec(seen: &[Observed], kind: &str, name: &str) -> Value {
    one(seen, kind, name).raw.to_value()
}

fn one<'a>(seen: &'a [Observed], kind: &str, name: &str) -> &'a Observed {
    let of = |seen: &&Observed| seen.address.kind == kind && seen.address.name == name;
    seen.iter().find(of).unwrap()
}

/// The classic: a way in for today that stays for years.
pub async fn open_ssh(aws: Aws, group: String) {
    let from = aws_sdk_ec2::types::IpRange::builder().cidr_ip("203.0.113.7/32");
    let permission = aws_sdk_ec2::types::IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(from.build());
    aws.ec2
        .authorize_security_group_ingress()
        .group_id(group)
        .ip_permissions(permission.build())
        .send()
        .await
        .unwrap();
}

/// A VPC has one at most, so a second one is ours and attached to nothing.
async fn spare_gateway(aws: Aws) {
    aws.ec2
        .create_internet_gateway()
        .tag_specifications(ours(
            &aws,
            ResourceType::InternetGateway,
            "internet_gateway",
        ))
        .send()
        .await
        .unwrap();
}

/// An address serves one gateway only, so a second gateway has an address of its own.
async fn spare_nat(aws: Aws, subnet: String) {
    let address = aws
        .ec2
        .allocate_address()
        .tag_specifications(ours(&aws, ResourceType::ElasticIp, "elastic_ip"))
        .send()
        .await
        .unwrap();
    aws.ec2
        .create_nat_gateway()
        .subnet_id(subnet)
        .allocation_id(address.allocation_id.unwrap())
        .tag_specifications(ours(&aws, ResourceType::Natgateway, "nat_gateway"))
        .send()
        .await
        .unwrap();
}

/// The tags of one of ours that no file asks for.
fn ours(aws: &Aws, of: ResourceType, kind: &str) -> TagSpecification {
    let tags = aws.tags(kind, "stray", &aws.scope.tags);
    let tags = tags
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    TagSpecification::builder()
        .resource_type(of)
        .set_tags(Some(tags.collect()))
        .build()
}
