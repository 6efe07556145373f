//! What would stop an apply, as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::doctor::DoctorView;
use super::{FORMAT_VERSION, value};
use crate::doctor::Outcome;

/// What would stop an apply.
#[derive(Serialize, JsonSchema)]
pub(super) struct DoctorShape<'a> {
    /// The version of this document. It grows when a field goes or changes its meaning, not when one is added.
    format_version: u32,
    /// The project.
    project: &'a str,
    /// The environment: the stem of its file.
    environment: &'a str,
    /// The region.
    region: &'a str,
    /// The caller's account, where it is known.
    account: Option<&'a str>,
    /// Whether an apply would get through.
    ok: bool,
    /// How many checks ended how.
    counts: CountsShape,
    /// Every check, in the order in which they are read.
    checks: Vec<CheckShape<'a>>,
}

/// How many checks ended how.
#[derive(Serialize, JsonSchema)]
struct CountsShape {
    /// Nothing stands in the way.
    ok: usize,
    /// It stops no apply, or it is not known.
    warning: usize,
    /// It would stop an apply.
    failed: usize,
    /// There was nothing to check.
    skipped: usize,
}

/// One check.
#[derive(Serialize, JsonSchema)]
struct CheckShape<'a> {
    /// What was checked, such as `permissions` or `quota-vpcs`.
    name: &'a str,
    /// `ok`, `warning`, `failed` or `skipped`.
    outcome: &'static str,
    /// What was found, for a person.
    found: &'a str,
    /// What to do about it.
    hint: Option<&'a str>,
}

/// The report for programs: one versioned document.
pub fn doctor(view: &DoctorView<'_>) -> Value {
    let report = view.report;
    let checks = report.checks.iter().map(|check| CheckShape {
        name: check.name,
        outcome: check.outcome.word(),
        found: &check.found,
        hint: check.hint.as_deref(),
    });
    let shape = DoctorShape {
        format_version: FORMAT_VERSION,
        project: view.project,
        environment: view.environment,
        region: view.region,
        account: report.account.as_deref(),
        ok: report.count(Outcome::Failed) == 0,
        counts: CountsShape {
            ok: report.count(Outcome::Ok),
            warning: report.count(Outcome::Warning),
            failed: report.count(Outcome::Failed),
            skipped: report.count(Outcome::Skipped),
        },
        checks: checks.collect(),
    };
    value(&shape)
}
