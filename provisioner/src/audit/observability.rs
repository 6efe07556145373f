//! What can be seen of the environment: alarms and logs.

use super::control::{Control, Fix, Severity};
use super::state::passes;
use crate::resources::{alarm, log_group};

pub(super) const CONTROLS: &[Control] = &[
    Control {
        id: "CloudWatch.15",
        title: "CloudWatch alarms should have specified actions configured",
        severity: Severity::High,
        judge: |state| {
            state.each::<alarm::Spec>("alarm", |alarm| {
                let fix = Fix::File("alarms.notify: [arn:aws:sns:...]");
                passes(
                    !alarm.spec.notify.is_empty(),
                    "nobody is told when it goes off",
                    fix,
                )
            })
        },
    },
    Control {
        id: "CloudWatch.16",
        title: "CloudWatch log groups should be retained for a specified time period",
        severity: Severity::Medium,
        judge: |state| {
            state.each::<log_group::Spec>("log_group", |group| {
                let days = group.spec.retention_days;
                let unit = if days == 1 { "day" } else { "days" };
                // 0 is for ever.
                let good = days == 0 || days >= YEAR;
                let why = format!("events go after {days} {unit}, and a year is asked for");
                passes(good, &why, Fix::File("logs.retention_days: 365"))
            })
        },
    },
];

/// The days that CloudWatch.16 asks for unless somebody tells it otherwise.
const YEAR: u32 = 365;
