//! What doctor says of an account that is well and of one that is not, in every form.

use super::super::doctor::{DoctorView, human, markdown};
use super::super::text::columns;
use super::super::view::Style;
use super::scene::STYLE;
use crate::doctor::{Check, Outcome, Report};

fn check(name: &'static str, outcome: Outcome, found: &str, hint: Option<&str>) -> Check {
    Check {
        name,
        outcome,
        found: found.to_owned(),
        hint: hint.map(str::to_owned),
    }
}

fn good() -> Report {
    Report {
        account: Some("123456789012".to_owned()),
        wrong_account: false,
        checks: vec![
            check(
                "file",
                Outcome::Ok,
                "environments/dev.yaml: 2 services",
                None,
            ),
            check(
                "credentials",
                Outcome::Ok,
                "user/maria, by an SSO session (profile dev)",
                None,
            ),
            check(
                "quota-vpcs",
                Outcome::Ok,
                "2 of 5 used, 1 more needed",
                None,
            ),
            check(
                "certificate",
                Outcome::Skipped,
                "none in the file: HTTP only (audit: ELB.1)",
                None,
            ),
            check(
                "service-linked-roles",
                Outcome::Ok,
                "all three are there",
                None,
            ),
        ],
    }
}

fn bad() -> Report {
    let denied = "3 of 184 actions denied; allowed by no policy: ec2 (CreateVpc, DeleteVpc); \
                  by the permissions boundary: iam (PassRole)";
    let mut report = good();
    report.checks.extend([
        check(
            "permissions",
            Outcome::Failed,
            denied,
            Some("provisioner/policies/apply.json has all that an apply needs"),
        ),
        check(
            "quota-internet-gateways",
            Outcome::Failed,
            "5 of 5 used, 1 more needed",
            Some("raise L-A4707A72 of vpc to 6 in Service Quotas, or remove what is not used"),
        ),
        check(
            "container-engine",
            Outcome::Warning,
            "neither docker nor podman is on PATH; push needs one",
            Some("install Docker or Podman; `--sandbox` needs neither"),
        ),
        // What comes from outside is shown as it is, and does nothing.
        check("plan", Outcome::Failed, "a|b <c> \u{1b}[31m*d*", None),
    ]);
    report
}

fn view(report: &Report) -> DoctorView<'_> {
    DoctorView {
        project: "shop",
        environment: "dev",
        region: "us-east-1",
        report,
    }
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_report_for_people_keeps_to_the_width() {
    for (name, report) in [("good", good()), ("bad", bad())] {
        let told = text(|out| human(&view(&report), &STYLE, out));
        assert!(told.lines().all(|line| columns(line) <= 80), "{told}");
        insta::assert_snapshot!(format!("doctor_{name}"), told);
    }
    let narrow = Style { width: 40, ..STYLE };
    let told = text(|out| human(&view(&good()), &narrow, out));
    insta::assert_snapshot!("doctor_narrow", told);
}

#[test]
fn nothing_is_said_by_colour_alone() {
    let color = Style {
        color: true,
        ..STYLE
    };
    let colored = text(|out| human(&view(&bad()), &color, out));
    assert!(colored.contains("\u{1b}["), "{colored}");
    let plain = text(|out| human(&view(&bad()), &STYLE, out));
    let failed = plain.lines().filter(|line| line.starts_with("failed"));
    assert_eq!(failed.count(), 3);
}

#[test]
fn a_report_for_pull_requests_and_programs() {
    let report = bad();
    insta::assert_snapshot!("doctor_markdown", text(|out| markdown(&view(&report), out)));
    insta::assert_json_snapshot!("doctor_json", super::super::json::doctor(&view(&report)));
    assert_eq!(super::super::json::doctor(&view(&good()))["ok"], true);
}
