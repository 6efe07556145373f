//! What somebody set on a table that hcctl has no field for: streams, a class, limits, a shorter recovery.

use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, GlobalSecondaryIndexUpdate, OnDemandThroughput,
    PointInTimeRecoveryDescription, StreamSpecification, StreamViewType, TableClass,
    TableDescription, UpdateGlobalSecondaryIndexAction,
};
use hcctl_engine::Fault;

use super::{Spec, calls};
use crate::aws::Aws;
use crate::resources::Others;
use crate::resources::others::Note;

/// What a stream tells of changes.
const STREAM: &str = "StreamViewType";
/// How its storage is paid.
const CLASS: &str = "TableClass";
/// The most requests a second, of the table or, with a name before it, of an index.
const LIMIT: &str = "OnDemandThroughput";
/// For how many days any second can be restored.
const RECOVERY: &str = "RecoveryPeriodInDays";

/// As long as it can be.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html>
const LONGEST: i32 = 35;

/// No limit.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_OnDemandThroughput.html>
const NONE: i64 = -1;

/// What else is set on a table.
pub(super) fn find(seen: &TableDescription) -> Others {
    let mut others = Others::new();
    let stream = seen
        .stream_specification()
        .filter(|stream| stream.stream_enabled);
    let told = stream.map(|stream| stream.stream_view_type().map_or("", StreamViewType::as_str));
    others.some(STREAM, told);
    let class = seen
        .table_class_summary()
        .and_then(|class| class.table_class());
    others.unless(
        CLASS,
        class.map(TableClass::as_str),
        TableClass::Standard.as_str(),
    );
    others.some(LIMIT, seen.on_demand_throughput().and_then(limit));
    for index in seen.global_secondary_indexes() {
        let name = index.index_name().unwrap_or_default();
        let limit = index.on_demand_throughput().and_then(limit);
        others.some(&format!("{name} {LIMIT}"), limit);
    }
    others
}

/// The days for which a table with recovery can be restored, where they are fewer than they could be.
pub(super) fn find_in_backups(others: &mut Others, seen: Option<&ContinuousBackupsDescription>) {
    let recovery = seen.and_then(|backups| backups.point_in_time_recovery_description());
    let days = recovery.and_then(PointInTimeRecoveryDescription::recovery_period_in_days);
    others.some(RECOVERY, days.filter(|days| *days < LONGEST));
}

/// Reads and writes a second at most, where there is such a limit.
fn limit(seen: &OnDemandThroughput) -> Option<String> {
    let one = |what, units: Option<i64>| {
        let units = units.filter(|units| *units > 0);
        units.map(|units| format!("{units} {what} units a second"))
    };
    let both = [
        one("read", seen.max_read_request_units()),
        one("write", seen.max_write_request_units()),
    ];
    let limits: Vec<String> = both.into_iter().flatten().collect();
    (!limits.is_empty()).then(|| limits.join(", "))
}

/// Takes away what else was set, one change a call.
pub(super) async fn plain(aws: &Aws, after: &Spec, before: &Others) -> Result<(), Fault> {
    let free = OnDemandThroughput::builder()
        .max_read_request_units(NONE)
        .max_write_request_units(NONE)
        .build();
    for name in before.keys() {
        if name == RECOVERY {
            calls::recovery(aws, after, Some(LONGEST)).await?;
        } else if name == STREAM {
            let off = StreamSpecification::builder().stream_enabled(false).build();
            let off = off.map_err(calls::own)?;
            calls::update(aws, after, |call| call.stream_specification(off.clone())).await?;
        } else if name == CLASS {
            calls::update(aws, after, |call| call.table_class(TableClass::Standard)).await?;
        } else if name == LIMIT {
            calls::update(aws, after, |call| call.on_demand_throughput(free.clone())).await?;
        } else if let Some(index) = name.strip_suffix(LIMIT).map(str::trim_end)
            && after.indexes.contains_key(index)
        {
            let update = UpdateGlobalSecondaryIndexAction::builder()
                .index_name(index)
                .on_demand_throughput(free.clone())
                .build()
                .map_err(calls::own)?;
            let update = GlobalSecondaryIndexUpdate::builder().update(update).build();
            calls::update(aws, after, |call| {
                call.global_secondary_index_updates(update.clone())
            })
            .await?;
        }
    }
    Ok(())
}
