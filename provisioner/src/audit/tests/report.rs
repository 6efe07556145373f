//! Two states, one report.

use std::collections::BTreeMap;

use hcctl_engine::{Action, Doc};

use super::{audit, change, doc, plan};
use crate::audit::{Fate, Finding, Fix, Report, Severity, Status, count};
use crate::environment::{ControlId, Reason};

fn balancer(protected: bool) -> Doc {
    doc(
        "load_balancer",
        &[(
            "deletion_protection",
            if protected { "true" } else { "false" },
        )],
    )
}

fn find<'a>(report: &'a Report, id: &str) -> Option<&'a Finding> {
    report.findings.iter().find(|one| one.control.id == id)
}

fn accepted(id: &str, reason: &str) -> BTreeMap<ControlId, Reason> {
    let id = id.parse().expect("a control");
    BTreeMap::from([(id, reason.parse().expect("a reason"))])
}

#[test]
fn each_finding_knows_what_an_apply_does_to_it() {
    let fate = |before, after| {
        let report = audit(vec![change("main", "load_balancer", before, after)]);
        find(&report, "ELB.6").map(|one| (one.fate, one.fix))
    };
    let file = Fix::File("protect: true");
    let (good, bad) = (|| Some(balancer(true)), || Some(balancer(false)));
    assert_eq!(fate(bad(), bad()), Some((Fate::Stays, file)));
    assert_eq!(fate(good(), bad()), Some((Fate::BroughtIn, file)));
    assert_eq!(fate(None, bad()), Some((Fate::BroughtIn, file)));
    assert_eq!(fate(bad(), good()), Some((Fate::Fixed, Fix::Apply)));
    assert_eq!(fate(bad(), None), Some((Fate::Fixed, Fix::Apply)));
    assert_eq!(fate(good(), good()), None);
    assert_eq!(fate(None, good()), None);
}

#[test]
fn what_counts_is_what_is_there_or_else_what_would_be() {
    let of = |before, after| {
        let report = audit(vec![change("main", "load_balancer", before, after)]);
        let ids: Vec<&str> = report.counted().map(|one| one.control.id).collect();
        (report.there, ids.contains(&"ELB.6"))
    };
    assert_eq!(of(None, Some(balancer(false))), (false, true));
    assert_eq!(
        of(Some(balancer(true)), Some(balancer(false))),
        (true, false)
    );
    assert_eq!(
        of(Some(balancer(false)), Some(balancer(true))),
        (true, true)
    );
}

#[test]
fn one_made_anew_carries_nothing_that_was_not_looked_at() {
    let mut change = change(
        "main",
        "load_balancer",
        Some(balancer(true)),
        Some(balancer(true)),
    );
    let kept = audit(vec![change.clone()]);
    let waf = find(&kept, "ELB.16").expect("a finding");
    assert_eq!((waf.status, waf.fate), (Status::NotLookedAt, Fate::Stays));
    assert!(waf.why.contains("not looked at by hcctl"), "{}", waf.why);
    change.action = Action::Replace(hcctl_engine::plan::Order::MakeFirst);
    let replaced = audit(vec![change]);
    let waf = find(&replaced, "ELB.16").expect("a finding");
    assert_eq!((waf.status, waf.fate), (Status::Failed, Fate::Stays));
}

#[test]
fn the_same_said_of_several_is_said_once() {
    let alarm = || doc("alarm", &[("notify", "[]")]);
    let told = doc("alarm", &[]);
    let report = audit(vec![
        change("cpu", "alarm", Some(alarm()), Some(alarm())),
        change("memory", "alarm", Some(alarm()), Some(alarm())),
        change("errors", "alarm", Some(told), Some(alarm())),
    ]);
    let found: Vec<(Fate, usize)> = report
        .findings
        .iter()
        .filter(|one| one.control.id == "CloudWatch.15")
        .map(|one| (one.fate, one.resources.len()))
        .collect();
    assert_eq!(found, [(Fate::BroughtIn, 1), (Fate::Stays, 2)]);
}

#[test]
fn the_worst_comes_first_and_is_counted_first() {
    let rule = doc(
        "security_group_rule",
        &[
            ("peer", r#"{"range":"0.0.0.0/0"}"#),
            ("from_port", "22"),
            ("to_port", "22"),
        ],
    );
    let report = audit(vec![
        change("main", "load_balancer", None, Some(balancer(false))),
        change("ssh", "security_group_rule", Some(rule), None),
        change(
            "cpu",
            "alarm",
            None,
            Some(doc("alarm", &[("notify", "[]")])),
        ),
    ]);
    let severities: Vec<Severity> = report
        .findings
        .iter()
        .map(|one| one.control.severity)
        .collect();
    assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
    assert_eq!(report.findings[0].control.id, "EC2.19");
    let all = count(report.open());
    assert_eq!(all[0], (Severity::Critical, 1));
    // The rule goes, so that it is not among what an apply leaves.
    assert_eq!(report.after_apply()[0].0, Severity::High);
    assert_eq!(report.with(Fate::Fixed), 3);
}

#[test]
fn what_is_accepted_is_kept_and_does_not_count() {
    let changes = || vec![change("main", "load_balancer", None, Some(balancer(false)))];
    let reason = "WAF is in front, in the network account";
    let report = Report::of(&plan(changes()), &accepted("ELB.16", reason));
    let waf = find(&report, "ELB.16").expect("a finding");
    assert_eq!(waf.accepted.as_deref(), Some(reason));
    assert!(report.counted().all(|one| one.control.id != "ELB.16"));
    assert_eq!(report.with(Fate::BroughtIn) + 1, report.findings.len());
    assert!(report.unused.is_empty());
    // What is accepted and passes is told of, so that the file can be tidied.
    let report = Report::of(&plan(changes()), &accepted("ELB.4", reason));
    assert_eq!(report.unused.len(), 1);
    assert_eq!(report.unused[0].0.id, "ELB.4");
}

#[test]
fn an_empty_plan_has_no_findings() {
    let report = audit(Vec::new());
    assert!(!report.there && report.findings.is_empty() && report.passed.is_empty());
}
