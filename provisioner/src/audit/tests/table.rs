//! The table over all controls: one without an example of what fails it fails here.

use std::collections::BTreeSet;

use hcctl_engine::snapshot::Stranger;
use serde_json::Value;

use super::cases::{CASES, Case, Edits, Good};
use super::{audit, change, doc, json, plan};
use crate::audit::{Fate, Fix, Report, Severity, Status, controls};
use crate::environment::{CONTROLS, schema};

/// What an audit says of one resource that is there and stays.
fn seen(case: &Case, edits: Edits) -> Report {
    let doc = doc(case.kind, edits);
    audit(vec![change("one", case.kind, Some(doc.clone()), Some(doc))])
}

fn status(report: &Report, id: &str) -> Option<Status> {
    let found = report.findings.iter().find(|one| one.control.id == id);
    found.map(|one| one.status)
}

fn passed(report: &Report, id: &str) -> bool {
    report.passed.iter().any(|one| one.control.id == id)
}

#[test]
fn every_control_is_seen_to_pass_and_to_fail() {
    for control in controls() {
        let id = control.id;
        let mut cases = CASES.iter().filter(|case| case.id == id);
        let case = cases.next();
        let case = case.unwrap_or_else(|| panic!("{id} has no example that fails it"));
        assert!(cases.next().is_none(), "{id} stands twice in the table");
        assert!(!case.bad.is_empty(), "{id} has no example that fails it");
        for edits in case.bad {
            let report = seen(case, edits);
            let found = status(&report, id);
            assert!(
                found.is_some() && !passed(&report, id),
                "{id} passes {edits:?}"
            );
        }
        if let Good::These(examples) = case.good {
            assert!(!examples.is_empty(), "{id} has no example that passes it");
            for edits in examples {
                let report = seen(case, edits);
                let found = report.findings.iter().find(|one| one.control.id == id);
                assert!(passed(&report, id), "{id} fails {edits:?}: {found:?}");
            }
        }
    }
    let known: BTreeSet<&str> = controls().map(|control| control.id).collect();
    let unknown: Vec<&str> = CASES
        .iter()
        .map(|case| case.id)
        .filter(|id| !known.contains(id))
        .collect();
    assert!(unknown.is_empty(), "no such controls: {unknown:?}");
}

#[test]
fn what_was_not_looked_at_is_never_claimed_absent() {
    for case in CASES {
        if !matches!(case.good, Good::Unmanaged) {
            continue;
        }
        let report = seen(case, &[]);
        assert_eq!(
            status(&report, case.id),
            Some(Status::NotLookedAt),
            "{}",
            case.id
        );
        let made = audit(vec![change(
            "one",
            case.kind,
            None,
            Some(doc(case.kind, &[])),
        )]);
        assert_eq!(status(&made, case.id), Some(Status::Failed), "{}", case.id);
    }
}

#[test]
fn an_endpoint_of_somebody_elses_counts_where_it_is() {
    let vpc = || doc("vpc", &[]);
    let beside = |service: &str| {
        let mut plan = plan(vec![change("main", "vpc", Some(vpc()), Some(vpc()))]);
        plan.strangers.push(Stranger {
            kind: "vpc_endpoint",
            id: "vpce-1".to_owned(),
            what: format!("endpoint for com.amazonaws.us-east-1.{service} in our VPC: no tags"),
        });
        Report::of(&plan, &std::collections::BTreeMap::new())
    };
    let report = beside("ecr.api");
    assert!(passed(&report, "EC2.55") && !passed(&report, "EC2.56"));
    let report = beside("ec2");
    assert!(passed(&report, "EC2.10") && !passed(&report, "EC2.55"));
    // EC2 messages are another service.
    assert!(!passed(&beside("ec2messages"), "EC2.10"));
    // Ours would count too, if hcctl made any.
    let service = json(&Value::from("com.amazonaws.us-east-1.ecr.dkr"));
    let endpoint = doc("vpc_endpoint", &[("service", &service)]);
    let report = audit(vec![
        change("main", "vpc", None, Some(vpc())),
        change("dkr", "vpc_endpoint", None, Some(endpoint)),
    ]);
    assert!(passed(&report, "EC2.56"));
}

#[test]
fn ways_out_are_no_ways_in() {
    let rule = doc(
        "security_group_rule",
        &[
            ("direction", "\"egress\""),
            ("peer", r#"{"range":"0.0.0.0/0"}"#),
            ("from_port", "22"),
            ("to_port", "22"),
        ],
    );
    let report = audit(vec![change("out", "security_group_rule", None, Some(rule))]);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert!(report.idle.iter().any(|control| control.id == "EC2.19"));
}

#[test]
fn the_file_may_accept_exactly_what_is_judged() {
    let judged: BTreeSet<&str> = controls().map(|control| control.id).collect();
    let named: BTreeSet<&str> = CONTROLS.into_iter().collect();
    assert_eq!(judged, named);
    assert_eq!(controls().count(), judged.len(), "a control stands twice");
}

#[test]
fn controls_say_what_security_hub_says() {
    for control in controls() {
        let (service, number) = control.id.split_once('.').expect("a service and a number");
        assert!(
            service.chars().all(|c| c.is_ascii_alphanumeric()),
            "{}",
            control.id
        );
        assert!(number.parse::<u16>().is_ok(), "{}", control.id);
        assert!(control.title.contains(" should "), "{}", control.title);
    }
    let severity = |id: &str| {
        let found = controls().find(|control| control.id == id);
        found.map(|control| control.severity)
    };
    assert_eq!(severity("EC2.19"), Some(Severity::Critical));
    assert_eq!(severity("ECS.5"), Some(Severity::High));
    assert_eq!(severity("ELB.18"), Some(Severity::Medium));
    assert_eq!(severity("IAM.21"), Some(Severity::Low));
}

/// Where the schema has the keys of a service.
const SERVICE: &str = "/properties/services/patternProperties/^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

#[test]
fn a_fix_names_a_key_that_the_file_has() {
    let schema = schema();
    let mut keys = BTreeSet::new();
    for case in CASES {
        for edits in case.bad {
            let made = doc(case.kind, edits);
            let report = audit(vec![change("one", case.kind, None, Some(made))]);
            for finding in report.findings {
                assert_eq!(finding.fate, Fate::BroughtIn);
                let Fix::File(line) = finding.fix else {
                    continue;
                };
                let (key, value) = line.split_once(": ").expect("a key and a value");
                assert!(!value.is_empty());
                let pointer = format!("/properties/{}", key.replace('.', "/properties/"));
                // A service has a name of the user's choice.
                let named = "/properties/services/properties/NAME/";
                let pointer = pointer.replace(named, &format!("{SERVICE}/"));
                assert!(schema.pointer(&pointer).is_some(), "the file has no {key}");
                keys.insert(key);
            }
        }
    }
    assert!(keys.len() >= 5, "only {keys:?}");
}
