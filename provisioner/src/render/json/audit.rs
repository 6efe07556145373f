//! An audit as a document, and the findings that plans carry.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::audit::AuditView;
use super::super::findings::{fate_name, fix, status_name};
use super::plan::HeaderShape;
use super::{FORMAT_VERSION, value};
use crate::audit::{Control, Finding, Fix, Report, Severity, count};

/// An audit.
#[derive(Serialize, JsonSchema)]
pub(super) struct AuditShape<'a> {
    /// The version of this document.
    format_version: u32,
    /// Where it is about.
    header: HeaderShape<'a>,
    /// What `--fail-on` counts: `now`, what is there; `after_apply` where nothing is.
    judged: &'static str,
    /// How many findings count there, without the accepted ones.
    counts: CountsShape,
    /// Every finding, the worst first; accepted ones have their reason.
    findings: Vec<FindingShape<'a>>,
    /// The controls that pass now and after an apply.
    passed: Vec<PassedShape<'a>>,
    /// The ids of controls that are about nothing in this environment.
    not_applicable: Vec<&'static str>,
    /// The ids of controls that the file accepts and that have no finding.
    accepted_in_vain: Vec<&'static str>,
    /// How many strangers stand beside ours and were not judged.
    strangers: usize,
}

/// Numbers by severity.
#[derive(Default, Serialize, JsonSchema)]
struct CountsShape {
    /// Findings of critical severity.
    critical: usize,
    /// Findings of high severity.
    high: usize,
    /// Findings of medium severity.
    medium: usize,
    /// Findings of low severity.
    low: usize,
}

/// A control that does not pass.
#[derive(Serialize, JsonSchema)]
pub(super) struct FindingShape<'a> {
    /// The control's Security Hub id, such as `ELB.16`.
    id: &'static str,
    /// Its title.
    title: &'static str,
    /// `critical`, `high`, `medium` or `low`.
    severity: &'static str,
    /// `failed`, or `not_looked_at` where hcctl cannot say.
    status: &'static str,
    /// Whether it is there now.
    now: bool,
    /// Whether it is there after an apply.
    after_apply: bool,
    /// What an apply does to it: `stays`, `brought_in` or `fixed`.
    fate: &'static str,
    /// The addresses of the resources.
    resources: Vec<String>,
    /// Why it does not pass.
    why: &'a str,
    /// What makes it pass.
    fix: FixShape,
    /// Why the environment file accepts it, where it does. Then it fails nothing.
    accepted: Option<&'a str>,
}

/// What makes a control pass.
#[derive(Serialize, JsonSchema)]
struct FixShape {
    /// `file`: a line of the environment file; `apply`: an apply; `not_yet`: something that hcctl does not do yet.
    by: &'static str,
    /// The line, the command, or what is to be done.
    text: String,
}

/// A control that passes.
#[derive(Serialize, JsonSchema)]
struct PassedShape<'a> {
    /// The control's Security Hub id.
    id: &'a str,
    /// Its title.
    title: &'a str,
    /// `critical`, `high`, `medium` or `low`.
    severity: &'static str,
    /// The addresses of the resources that it is about.
    resources: Vec<String>,
}

/// An audit: header, counts, findings, and what passes.
pub fn audit(view: &AuditView<'_>) -> Value {
    let report = view.report;
    let id = |control: &&'static Control| control.id;
    value(&AuditShape {
        format_version: FORMAT_VERSION,
        header: HeaderShape::of(&view.header),
        judged: if report.there { "now" } else { "after_apply" },
        counts: counts(report),
        findings: findings(report, &view.header.environment),
        passed: report
            .passed
            .iter()
            .map(|one| PassedShape {
                id: one.control.id,
                title: one.control.title,
                severity: one.control.severity.word(),
                resources: one.resources.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        not_applicable: report.idle.iter().map(id).collect(),
        accepted_in_vain: report
            .unused
            .iter()
            .map(|(control, _)| control.id)
            .collect(),
        strangers: report.strangers,
    })
}

/// The findings of a report.
pub(super) fn findings<'a>(report: &'a Report, environment: &str) -> Vec<FindingShape<'a>> {
    let findings = report.findings.iter();
    findings.map(|one| finding(one, environment)).collect()
}

fn finding<'a>(finding: &'a Finding, environment: &str) -> FindingShape<'a> {
    FindingShape {
        id: finding.control.id,
        title: finding.control.title,
        severity: finding.control.severity.word(),
        status: status_name(finding.status),
        now: finding.fate.now(),
        after_apply: finding.fate.after_apply(),
        fate: fate_name(finding.fate),
        resources: finding.resources.iter().map(ToString::to_string).collect(),
        why: &finding.why,
        fix: FixShape {
            by: match finding.fix {
                Fix::File(_) => "file",
                Fix::Apply => "apply",
                Fix::NotYet(_) => "not_yet",
            },
            text: fix(finding.fix, environment).1,
        },
        accepted: finding.accepted.as_deref(),
    }
}

fn counts(report: &Report) -> CountsShape {
    let mut counts = CountsShape::default();
    for (severity, number) in count(report.counted()) {
        match severity {
            Severity::Critical => counts.critical = number,
            Severity::High => counts.high = number,
            Severity::Medium => counts.medium = number,
            Severity::Low => counts.low = number,
        }
    }
    counts
}
