//! What is said at the end of a run, and of an observation that failed.

use std::time::Duration;

use hcctl_engine::{Class, Fault, Report, Verb};

use super::super::text::columns;
use super::super::{ReportView, Style, human, json};
use super::scene::{STYLE, address, readable};

fn denied(operation: &str, request: &str) -> Fault {
    Fault {
        operation: operation.to_owned(),
        code: Some("UnauthorizedOperation".to_owned()),
        message: format!(
            "You are not authorized to perform this operation. User: \
             arn:aws:iam::123456789012:user/eve is not authorized to perform: {operation}"
        ),
        request_id: Some(request.to_owned()),
        class: Class::Denied,
        remedy: Some("give the role the permissions in README.md".to_owned()),
    }
}

fn view() -> ReportView {
    ReportView {
        verb: "apply",
        environment: "dev".to_owned(),
        urls: vec!["http://healthcare-app-dev-alb-1.us-east-1.elb.amazonaws.com".to_owned()],
        next: vec!["Roll out an image with `hcctl deploy dev --image TAG`.".to_owned()],
    }
}

fn complete() -> Report {
    let mut report = Report {
        took: Duration::from_secs(252),
        ..Report::default()
    };
    for (at, verb) in [
        ("vpc/main", Verb::Create),
        ("subnet/private-a", Verb::Create),
        ("subnet/private-b", Verb::Create),
        ("alarm/patient-cpu", Verb::Update),
        ("nat_gateway/a", Verb::Await),
        ("alarm/visit-cpu", Verb::Delete),
    ] {
        report.done.push((address(at), verb, "id".to_owned()));
    }
    report
}

fn failed() -> Report {
    let mut report = complete();
    let limit = Fault {
        operation: "ec2:CreateNatGateway".to_owned(),
        code: Some("NatGatewayLimitExceeded".to_owned()),
        message: "The maximum number of NAT gateways has been reached.\n".to_owned(),
        request_id: Some("4d1f0a2e-1b7c".to_owned()),
        class: Class::Other,
        remedy: Some(
            "ask for more NAT gateways per zone in Service Quotas (L-FE5A380F)".to_owned(),
        ),
    };
    report
        .failed
        .push((address("nat_gateway/a"), Verb::Create, limit));
    for (number, at) in ["role/execution", "role/patient-task"]
        .into_iter()
        .enumerate()
    {
        let fault = denied("iam:CreateRole", &format!("request-{number}"));
        report.failed.push((address(at), Verb::Create, fault));
    }
    let gave_up = Fault::own(
        "service/visit",
        "svc-1: 1 of 2 tasks run, still so after 15 min",
    )
    .class(Class::NotYet);
    report
        .failed
        .push((address("service/visit"), Verb::Update, gave_up));
    for (at, because) in [
        ("route_table/private-a", "nat_gateway/a"),
        ("route_table/private-b", "nat_gateway/a"),
        ("task_definition/patient", "role/execution"),
        ("service/patient", "nat_gateway/a"),
    ] {
        report
            .skipped
            .push((address(at), Verb::Create, address(because)));
    }
    report.skipped.push((
        address("cluster/old"),
        Verb::Delete,
        address("service/visit"),
    ));
    report
}

fn stopped() -> Report {
    Report {
        stopped: Some("interrupted".to_owned()),
        unstarted: vec![
            (address("service/patient"), Verb::Create),
            (address("service/appointment"), Verb::Create),
            (address("table/visits"), Verb::Delete),
        ],
        ..complete()
    }
}

fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("complete", complete()),
        ("failed", failed()),
        ("stopped", stopped()),
        ("nothing", Report::default()),
    ]
}

fn said(report: &Report, style: &Style) -> String {
    let mut out = Vec::new();
    human::report(report, &view(), style, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

fn faults(faults: &[Fault]) -> String {
    let mut out = Vec::new();
    human::faults(faults, &STYLE, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_last_words_say_what_was_done_and_what_to_do() {
    for (name, report) in all() {
        insta::assert_snapshot!(format!("report_{name}"), said(&report, &STYLE));
        insta::assert_json_snapshot!(
            format!("report_{name}_json"),
            json::report(&report, &view())
        );
    }
    let colored = said(
        &failed(),
        &Style {
            color: true,
            ..STYLE
        },
    );
    insta::assert_snapshot!("report_failed_color", readable(&colored));
}

#[test]
fn the_url_is_given_only_when_everything_was_done() {
    let url = &view().urls[0];
    for (name, report) in all() {
        let human = said(&report, &STYLE);
        assert_eq!(human.contains(url), report.complete(), "{name}");
        assert_eq!(human.contains("stays done"), !report.complete(), "{name}");
    }
}

#[test]
fn twelve_denied_calls_are_one_thing_to_mend() {
    let operations = [
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeAddresses",
        "ec2:DescribeNatGateways",
        "ec2:DescribeRouteTables",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeInternetGateways",
        "ecs:DescribeClusters",
        "ecs:ListServices",
        "dynamodb:ListTables",
    ];
    let all: Vec<Fault> = operations
        .iter()
        .map(|operation| denied(operation, operation))
        .collect();
    let text = faults(&all);
    assert_eq!(text.matches("hint:").count(), 1);
    assert!(operations.iter().all(|operation| text.contains(operation)));
    insta::assert_snapshot!("faults_denied", text);
}

#[test]
fn different_failures_stand_apart() {
    let expired = |operation: &str| Fault {
        code: Some("ExpiredToken".to_owned()),
        ..Fault::own(
            operation,
            "The security token included in the request is expired",
        )
        .class(Class::Credentials)
        .remedy("run `aws sso login`, then try again")
    };
    let all = [
        expired("ec2:DescribeVpcs"),
        Fault::own("dynamodb:DescribeTable", "the answer has no table"),
        Fault::own("ecs:DescribeServices", "the answer has no service"),
        expired("ecs:DescribeClusters"),
    ];
    insta::assert_snapshot!("faults_apart", faults(&all));
    assert_eq!(faults(&[]), "");
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_a_single_word_is() {
    for (name, report) in all() {
        for width in [40, 60, 80, 132] {
            let text = said(&report, &Style { width, ..STYLE });
            for line in text.lines().filter(|line| columns(line) > width) {
                assert_eq!(
                    line.split_whitespace().count(),
                    1,
                    "{name} at {width}: '{line}'"
                );
            }
        }
    }
}

#[test]
fn without_better_advice_a_run_is_to_be_run_again() {
    let view = ReportView {
        next: Vec::new(),
        ..view()
    };
    for (name, report) in all() {
        let mut out = Vec::new();
        human::report(&report, &view, &STYLE, &mut out).expect("a Vec takes all");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text.contains("hint: run the same command again"),
            !report.complete(),
            "{name}"
        );
    }
}

#[test]
fn waiting_alone_is_said_too() {
    let mut report = Report::default();
    report
        .done
        .push((address("nat_gateway/a"), Verb::Await, "nat-1".to_owned()));
    assert!(said(&report, &STYLE).contains("1 resource usable now"));
}
