//! Data: the services' tables and queues.

use super::control::{Control, Fix, Severity, Verdict};
use super::state::passes;
use crate::resources::queue::Spec as Queue;
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
    Control {
        id: "SQS.1",
        title: "Amazon SQS queues should be encrypted at rest",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<Queue>("queue", |queue| {
                let encrypted =
                    queue.spec.encrypted || queue.spec.other.contains_key("KmsMasterKeyId");
                passes(encrypted, "its messages are not encrypted", Fix::Apply)
            })
        },
    },
    Control {
        id: "SQS.3",
        title: "SQS queue access policies should not allow public access",
        severity: Severity::Critical,
        judge: |state| {
            state.each::<Queue>("queue", |queue| {
                let why = "it has a policy that hcctl did not make, which may let others in";
                passes(queue.spec.policy.is_none(), why, Fix::Apply)
            })
        },
    },
];

/// What protects the load balancer and the tables.
pub(super) const PROTECT: Fix = Fix::File("protect: true");
