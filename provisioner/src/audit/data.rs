//! Data: the services' tables.

use super::control::{Control, Fix, Severity, Verdict};
use super::state::passes;
use crate::resources::table::Spec;

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "DynamoDB.1",
        title: "DynamoDB tables should automatically scale capacity with demand",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("table", |table| {
                if table.spec.on_demand {
                    return Verdict::Passed;
                }
                let why =
                    "its capacity is provisioned; whether that scales: not looked at by hcctl";
                Verdict::NotLookedAt(why.to_owned(), Fix::Apply)
            })
        },
    },
    Control {
        id: "DynamoDB.2",
        title: "DynamoDB tables should have point-in-time recovery enabled",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("table", |table| {
                let why = "what is deleted from it cannot be restored";
                passes(table.spec.point_in_time_recovery, why, Fix::Apply)
            })
        },
    },
    Control {
        id: "DynamoDB.4",
        title: "DynamoDB tables should be present in a backup plan",
        severity: Severity::Medium,
        judge: |state| {
            let fix = "a plan of AWS Backup; 35 days can be restored without";
            state.each::<Spec>("table", |table| {
                table.unmanaged("backup plan", Fix::NotYet(fix))
            })
        },
    },
    Control {
        id: "DynamoDB.6",
        title: "DynamoDB tables should have deletion protection enabled",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Spec>("table", |table| {
                passes(
                    table.spec.deletion_protection,
                    "it can be deleted by mistake",
                    PROTECT,
                )
            })
        },
    },
];

/// What protects the load balancer and the tables.
pub(super) const PROTECT: Fix = Fix::File("protect: true");
