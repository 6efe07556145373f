//! Point-in-time recovery and expiry of items.

use serde_json::{Value, json};
use winterbaume_dynamodb::model;

use super::{Status, Table, find, in_use};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// `DescribeContinuousBackups`: `TableNotFoundException`, unlike the table's own operations.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeContinuousBackupsInput = shape::json(call, &[])?;
    let now = world.now();
    let table = find(world, call, &input.table_name).map_err(|_| no_table(&input.table_name))?;
    Ok(backups(table, now))
}

/// `UpdateContinuousBackups`: `ContinuousBackupsUnavailableException` while the table is being created.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UpdateContinuousBackupsInput = shape::json(call, &[])?;
    let now = world.now();
    let table = find(world, call, &input.table_name).map_err(|_| no_table(&input.table_name))?;
    if table.status == Status::Creating {
        let message = format!(
            "Backups are being enabled for the table: {}. Please retry later",
            table.name
        );
        return Err(AwsError::new(
            "ContinuousBackupsUnavailableException",
            message,
        ));
    }
    let sent = input.point_in_time_recovery_specification;
    let days = sent.recovery_period_in_days.unwrap_or(35);
    if !(1..=35).contains(&days) {
        return Err(AwsError::validation(
            "RecoveryPeriodInDays must be between 1 and 35",
        ));
    }
    if sent.point_in_time_recovery_enabled && table.recovery_days.is_none() {
        table.recovery_since = now;
    }
    table.recovery_days = sent.point_in_time_recovery_enabled.then_some(days);
    Ok(backups(table, now))
}

/// `DescribeTimeToLive`.
pub(super) fn describe_expiry(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTimeToLiveInput = shape::json(call, &[])?;
    let description = match &find(world, call, &input.table_name)?.expiry {
        Some(expiry) => {
            json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": expiry.attribute_name })
        }
        None => json!({ "TimeToLiveStatus": "DISABLED" }),
    };
    Ok(Answer::Json(
        json!({ "TimeToLiveDescription": description }),
    ))
}

/// `UpdateTimeToLive`: `ValidationException` for what is so already.
pub(super) fn update_expiry(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UpdateTimeToLiveInput = shape::json(call, &[])?;
    let sent = input.time_to_live_specification;
    let table = find(world, call, &input.table_name)?;
    if table.status != Status::Active {
        return Err(in_use(table));
    }
    match (&table.expiry, sent.enabled) {
        (Some(_), true) => return Err(AwsError::validation("TimeToLive is already enabled")),
        (None, false) => return Err(AwsError::validation("TimeToLive is already disabled")),
        (Some(now), false) if now.attribute_name != sent.attribute_name => {
            let message = format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is {}",
                now.attribute_name
            );
            return Err(AwsError::validation(message));
        }
        _ => {}
    }
    table.expiry = sent.enabled.then(|| sent.clone());
    Ok(Answer::Json(json!({ "TimeToLiveSpecification": sent })))
}

fn backups(table: &Table, now: u64) -> Answer {
    let mut recovery: Value = json!({ "PointInTimeRecoveryStatus": "DISABLED" });
    if let Some(days) = table.recovery_days {
        recovery = json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": days,
            "EarliestRestorableDateTime": epoch(table.recovery_since),
            "LatestRestorableDateTime": epoch(now),
        });
    }
    Answer::Json(json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": recovery,
    } }))
}

fn no_table(name: &str) -> AwsError {
    AwsError::new("TableNotFoundException", format!("Table not found: {name}"))
}
