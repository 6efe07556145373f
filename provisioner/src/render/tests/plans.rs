//! What a person sees of a plan.

use hcctl_engine::{Action, Found, Link};
use serde_json::{Value, json};

use super::super::Style;
use super::super::text::columns;
use super::scene::{Played, STYLE, Scene, readable};

fn to(kind: &str, name: &str) -> Value {
    Link::to(kind, name).encode()
}

fn id(id: &str) -> Value {
    Link::id(id).encode()
}

/// The whole of a small environment, wanted.
fn everything() -> Scene {
    let services = ["appointment", "patient"];
    Scene::default()
        .wants_all("vpc", &["main"])
        .wants_all("default_security_group", &["main"])
        .wants_all("internet_gateway", &["main"])
        .wants_all(
            "subnet",
            &["public-a", "public-b", "private-a", "private-b"],
        )
        .wants_all("elastic_ip", &["a"])
        .wants_all("nat_gateway", &["a"])
        .wants_all("route_table", &["public", "private-a", "private-b"])
        .wants_all("vpc_endpoint", &["s3", "dynamodb"])
        .wants_all("security_group", &["alb", "patient", "appointment"])
        .wants_all(
            "security_group_rule",
            &[
                "alb-http-in",
                "alb-to-patient",
                "alb-to-appointment",
                "patient-from-alb",
                "patient-to-aws",
                "patient-to-dynamodb",
                "appointment-from-alb",
                "appointment-to-aws",
                "appointment-to-dynamodb",
            ],
        )
        .wants_all("role", &["execution", "patient-task", "appointment-task"])
        .wants_all("repository", &services)
        .wants_all(
            "log_group",
            &["appointment", "patient", "container-insights"],
        )
        .wants_all("table", &["patients", "appointments"])
        .wants_all("load_balancer", &["main"])
        .wants_all("target_group", &services)
        .wants_all("listener", &["http"])
        .wants_all("listener_rule", &services)
        .wants_all("cluster", &["main"])
        .wants_all("task_definition", &services)
        .wants_all("service", &services)
        .wants_all("scalable_target", &services)
        .wants_all("scaling_policy", &["appointment-cpu", "patient-cpu"])
        .wants_all(
            "alarm",
            &[
                "appointment-cpu",
                "appointment-memory",
                "appointment-5xx",
                "appointment-unhealthy",
                "patient-cpu",
                "patient-memory",
                "patient-5xx",
                "patient-unhealthy",
                "alb-5xx",
                "alb-rejected",
            ],
        )
        .wants_all("dashboard", &["main"])
        .note("service/patient", "waits for its first deploy")
        .note("service/appointment", "waits for its first deploy")
}

/// Fields in place: nested ones, sets, documents, links, a revision.
fn updates() -> Scene {
    let health = |interval: i32, path: &str| json!({"health": {"path": path, "interval": interval, "codes": "200"}});
    let policy = |actions: &[&str]| {
        json!({"name": "patient-task", "policies": {"table": {
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": actions,
                "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/healthcare-app-dev-patients",
                "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
            }]
        }}})
    };
    let task = |level: &str, memory: i32, more: Option<&str>| json!({"environment": {"RUST_LOG": level, "MODE": more, "PORT": "3000"}, "memory": memory, "image": "v1"});
    let service = json!({"task_definition": to("task_definition", "patient"), "subnets": [to("subnet", "private-a")]});
    let seen =
        json!({"task_definition": id("arn:td:1"), "subnets": [id("subnet-0a"), id("subnet-9old")]});
    let subnet = |public: bool| json!({"cidr": "10.0.11.0/24", "public_ip": public});
    Scene::default()
        .changes("target_group/patient", "tg-1", &health(30, "/health"), &health(10, "/health"))
        .changes("target_group/appointment", "tg-2", &health(30, "/up"), &health(10, "/health"))
        .changes(
            "role/patient-task",
            "role-1",
            &policy(&["dynamodb:GetItem", "dynamodb:Scan"]),
            &policy(&["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]),
        )
        .changes("subnet/private-a", "subnet-0a", &subnet(true), &subnet(false))
        .changes("task_definition/patient", "arn:td:1", &task("debug", 512, Some("old")), &task("info", 1024, None))
        .changes("service/patient", "svc-1", &seen, &service)
        .changes(
            "alarm/patient-cpu",
            "alarm-1",
            &json!({"description": "CPU of patient", "threshold": 80.0, "notify": []}),
            &json!({"description": "CPU of patient is high: look at its tasks first", "threshold": 75.5,
                    "notify": ["arn:aws:sns:us-east-1:123456789012:healthcare-app-dev-operators-on-call"]}),
        )
        .changes("listener/http", "lst-1", &json!({"port": 80}), &json!({"port": 80, "certificate": "arn:aws:acm:x"}))
        .keeps("vpc/main", "vpc-0a", &json!({"cidr": "10.0.0.0/16"}))
}

fn replaces() -> Scene {
    let subnet = |cidr: &str, vpc: Value| json!({"vpc": vpc, "cidr": cidr, "public_ip": false});
    let seen = |at: &str, cidr: &str| (format!("subnet/{at}"), subnet(cidr, id("vpc-0a")));
    let mut scene = Scene::default()
        .changes("vpc/main", "vpc-0a", &json!({"cidr": "10.0.0.0/16"}), &json!({"cidr": "10.1.0.0/16"}))
        .changes(
            "table/patients",
            "table-1",
            &json!({"key": {"hash": "id"}, "tags": {}}),
            &json!({"key": {"hash": "pk", "range": "sk"}, "tags": {"Team": "care"}}),
        )
        .changes(
            "security_group_rule/alb-in",
            "sgr-1",
            &json!({"group": id("sg-1"), "protocol": "tcp", "port": 80, "peer": {"range": "0.0.0.0/0"}}),
            &json!({"group": id("sg-1"), "protocol": "tcp", "port": 443, "peer": {"range": "0.0.0.0/0"}}),
        );
    for (name, cidr) in [("private-a", "10.1.11.0/24"), ("private-b", "10.1.12.0/24")] {
        let (at, before) = seen(name, &cidr.replace("10.1", "10.0"));
        scene = scene.changes(&at, name, &before, &subnet(cidr, to("vpc", "main")));
    }
    for name in ["public-a", "public-b"] {
        let (at, before) = seen(name, "10.0.1.0/24");
        scene = scene.changes(
            &at,
            name,
            &before,
            &subnet("10.0.1.0/24", to("vpc", "main")),
        );
    }
    let table = |vpc: Value| json!({"vpc": vpc, "routes": {"0.0.0.0/0": to("nat_gateway", "a")}});
    let nat = json!({"subnet": to("subnet", "public-a")});
    scene
        .changes(
            "nat_gateway/a",
            "nat-0a",
            &json!({"subnet": id("public-a")}),
            &nat,
        )
        .changes(
            "route_table/private-a",
            "rtb-1",
            &table(id("vpc-0a")),
            &table(to("vpc", "main")),
        )
}

fn deletes() -> Scene {
    let rule = json!({"group": id("sg-0alb"), "protocol": "tcp", "port": 22, "peer": {"range": "0.0.0.0/0"}});
    Scene::default()
        .saw("table/visits", "table-1", &json!({"key": {"hash": "pk"}}))
        .saw("repository/visit", "repo-1", &json!({"lifecycle": null}))
        .saw(
            "service/visit",
            "svc-1",
            &json!({"deployment": {"kind": "rolling"}}),
        )
        .saw("alarm/visit-cpu", "alarm-1", &json!({"threshold": 80}))
        .saw("alarm/visit-memory", "alarm-2", &json!({"threshold": 80}))
        .found(
            "security_group_rule/x",
            Found::ours("sgr-0f00", "sgr-0f00", doc(&rule)).by_hand(),
        )
        .keeps("elastic_ip/a", "eipalloc-1", &json!({"name": "a"}))
        .saw("elastic_ip/a", "eipalloc-2", &json!({"name": "a"}))
}

fn doc(value: &Value) -> hcctl_engine::Doc {
    hcctl_engine::Doc::of(value).expect("an object")
}

fn nothing() -> Scene {
    Scene::default()
        .keeps("vpc/main", "vpc-0a", &json!({"cidr": "10.0.0.0/16"}))
        .wants("nat_gateway/a", &json!({"subnet": id("subnet-0a")}))
        .found(
            "nat_gateway/a",
            Found::ours("a", "nat-0a", doc(&json!({"subnet": id("subnet-0a")})))
                .pending(Some("pending".to_owned())),
        )
        .stranger("security_group", "sg-0f00", "'launch-wizard-1', in our VPC")
        .stranger(
            "service",
            "arn:aws:ecs:us-east-1:123456789012:service/healthcare-app-dev-cluster/debug",
            "runs in our cluster",
        )
}

/// One more tag on everything.
fn tags() -> Scene {
    let mut scene = Scene::default();
    let (old, new) = (
        json!({"Project": "p"}),
        json!({"Project": "p", "Team": "care"}),
    );
    for (kind, names) in [
        ("vpc", &["main"][..]),
        (
            "subnet",
            &["private-a", "private-b", "public-a", "public-b"],
        ),
        ("security_group", &["alb", "patient", "appointment"]),
        ("load_balancer", &["main"]),
        ("vpc_endpoint", &["s3", "dynamodb"]),
    ] {
        for name in names {
            let at = format!("{kind}/{name}");
            scene = scene.changes(&at, &at, &json!({"tags": old}), &json!({"tags": new}));
        }
    }
    scene
}

/// All scenes, for what holds of each.
pub(super) fn all() -> Vec<(&'static str, Played)> {
    [
        ("everything", everything()),
        ("updates", updates()),
        ("replaces", replaces()),
        ("deletes", deletes()),
        ("nothing", nothing()),
        ("tags", tags()),
    ]
    .map(|(name, scene)| (name, scene.play()))
    .into()
}

#[test]
fn a_plan_reads_well_in_eighty_columns() {
    for (name, played) in all() {
        insta::assert_snapshot!(format!("plan_{name}"), played.human());
    }
}

#[test]
fn colour_says_what_words_say() {
    for (name, played) in all() {
        let colored = played.styled(&Style {
            color: true,
            ..STYLE
        });
        let mut plain = colored.clone();
        while let Some(start) = plain.find('\u{1b}') {
            let end = plain[start..].find('m').expect("the end of a colour");
            plain.replace_range(start..=start + end, "");
        }
        assert_eq!(plain, played.human());
        insta::assert_snapshot!(format!("color_{name}"), readable(&colored));
    }
}

#[test]
fn verbose_leaves_nothing_out() {
    let verbose = Style {
        verbose: true,
        ..STYLE
    };
    let scene = updates().wants(
        "table/patients",
        &json!({"key": {"hash": "pk", "range": "sk"}, "tags": {"Team": "care"}}),
    );
    insta::assert_snapshot!("verbose_updates", scene.play().styled(&verbose));
}

#[test]
fn a_whole_environment_fits_on_one_screen() {
    let played = everything().play();
    assert!(
        played
            .plan
            .changed()
            .all(|change| change.action == Action::Create)
    );
    assert!(played.plan.changes.len() > 55);
    assert!(played.human().lines().count() <= 50);
    // A tag more on everything is one change to read.
    assert!(tags().play().human().lines().count() <= 12);
}

#[test]
fn the_first_line_says_where() {
    for (_, played) in all() {
        let text = played.human();
        let first = text.lines().next().unwrap_or_default();
        for part in ["dev", "healthcare-app", "123456789012", "us-east-1"] {
            assert!(first.contains(part), "{part} is not in '{first}'");
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_a_single_word_is() {
    for width in [40, 60, 80, 100, 132] {
        for (name, played) in all() {
            let text = played.styled(&Style { width, ..STYLE });
            for line in text.lines().filter(|line| columns(line) > width) {
                let words: Vec<&str> = line
                    .split(' ')
                    .filter(|word| !["", "+", "-"].contains(word))
                    .collect();
                assert_eq!(words.len(), 1, "{name} at {width}: '{line}'");
            }
            assert!(
                !text.lines().any(|line| line.ends_with(' ')),
                "{name} at {width}: a line ends with blanks"
            );
        }
    }
}
