//! What an audit says of dev and of prod: the words, in every form.

use std::collections::BTreeMap;
use std::time::Duration;

use hcctl::audit::{Report, controls};
use hcctl::blueprint;
use hcctl::environment::Environment;
use hcctl::render::audit::{AuditView, human, markdown};
use hcctl::render::{Header, Style, json};
use hcctl::resources::KINDS;
use hcctl_engine::drive::catalog;
use hcctl_engine::plan::plan;
use hcctl_engine::{Plan, Snapshot};
use hcctl_sandbox::{ACCOUNT, Settings};

use crate::support::world::{World, inputs, load, parse, text};

/// What an apply would make where nothing is.
fn from_nothing(environment: &Environment) -> Plan {
    let wanted = blueprint::build(environment, &inputs(environment)).unwrap();
    plan(&catalog(KINDS), &wanted, &Snapshot::default()).unwrap()
}

fn header(environment: &Environment) -> Header {
    Header {
        project: environment.project.to_string(),
        environment: environment.name.to_string(),
        account: ACCOUNT.to_owned(),
        caller: format!("arn:aws:iam::{ACCOUNT}:user/maria"),
        region: environment.region.to_string(),
        file: format!("environments/{}.yaml", environment.name),
        api_calls: Some(53),
        took: Duration::ZERO,
    }
}

fn told(environment: &Environment, plan: &Plan, verbose: bool) -> String {
    let report = Report::of(plan, &environment.audit.accept);
    let view = AuditView {
        header: header(environment),
        report: &report,
    };
    let style = Style {
        color: false,
        width: 80,
        verbose,
    };
    let mut page = Vec::new();
    human(&view, &style, &mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    for line in page.lines() {
        let words = line.split(' ').filter(|word| !word.is_empty()).count();
        assert!(line.chars().count() <= 80 || words == 1, "{line}");
    }
    page
}

const CERTIFICATE: &str = "certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-4111-8111-111111111111";

/// Production as the comments in its file ask for it.
fn finished() -> Environment {
    parse("prod", &finished_text())
}

fn finished_text() -> String {
    text("prod")
        .replace("certificate: null", CERTIFICATE)
        .replace(
            "notify: []",
            "notify: [\"arn:aws:sns:us-east-1:123456789012:on-call\"]",
        )
        .replace(
            "protect: true",
            "protect: true\naudit:\n  accept:\n    ELB.16: WAF is in front, in the network account\n    ECR.5: images hold no secrets\n    ELB.4: it used to fail\n",
        )
}

/// With a queue, which few environments have.
fn with_a_queue(text: &str) -> String {
    text.replace("\nservices:\n", "\nservices:\n  mailer: { queue: true }\n")
}

#[test]
fn for_people() {
    let dev = load("dev");
    insta::assert_snapshot!("audit_dev", told(&dev, &from_nothing(&dev), false));
    let prod = finished();
    insta::assert_snapshot!("audit_prod", told(&prod, &from_nothing(&prod), true));
}

#[tokio::test]
async fn of_what_is_there() {
    let dev = load("dev");
    let world = World::settled(Settings::instant(), &dev).await;
    let plan = world.plan(&finished_dev()).await;
    insta::assert_snapshot!("audit_dev_changes", told(&finished_dev(), &plan, false));
}

/// Development with a certificate and a test port that EC2.19 counts among the risky ones.
fn finished_dev() -> Environment {
    let text = text("dev")
        .replace("certificate: null", CERTIFICATE)
        .replace(
            "strategy: rolling",
            "strategy: blue_green\n  test_port: 8080",
        );
    parse("dev", &text)
}

#[test]
fn for_a_pull_request_and_for_programs() {
    let prod = finished();
    let report = Report::of(&from_nothing(&prod), &prod.audit.accept);
    let view = AuditView {
        header: header(&prod),
        report: &report,
    };
    let mut page = Vec::new();
    markdown(&view, &mut page).unwrap();
    insta::assert_snapshot!("audit_comment", String::from_utf8(page).unwrap());
    let document = json::audit(&view);
    assert_eq!(document["format_version"], 1);
    insta::assert_snapshot!("audit_json", format!("{document:#}"));
}

#[test]
fn every_control_says_something_of_a_whole_environment() {
    let prod = parse("prod", &with_a_queue(&finished_text()));
    let report = Report::of(&from_nothing(&prod), &BTreeMap::new());
    let idle: Vec<&str> = report.idle.iter().map(|control| control.id).collect();
    assert!(idle.is_empty(), "about nothing: {idle:?}");
    let told = report.findings.iter().map(|one| one.control.id);
    let told = told.chain(report.passed.iter().map(|one| one.control.id));
    let told: std::collections::BTreeSet<&str> = told.collect();
    assert_eq!(told.len(), controls().count());
}
