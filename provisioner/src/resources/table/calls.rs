//! The calls about a table, and what their answers mean.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, ContinuousBackupsDescription,
    CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndex,
    GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, PointInTimeRecoverySpecification,
    PointInTimeRecoveryStatus, Projection, ProjectionType, ScalarAttributeType, SseSpecification,
    SseType, TableDescription, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
};
use hcctl_engine::{Class, Fault};
use serde_json::Value;

use super::{Index, Keys, Spec, other, unsettled};
use crate::aws::{Aws, Tags, fault, read_document};

/// An update of a table.
pub(super) type Update = UpdateTableFluentBuilder;

/// How long one change of a table may take; an index over much data takes longest.
const PATIENCE: Duration = Duration::from_mins(30);

/// The names of the environment's tables.
///
/// An account with more tables than one answer holds is entered where ours begin: DynamoDB lists them by name.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTables.html>
pub(super) async fn list(aws: &Aws) -> Result<Vec<String>, Fault> {
    let prefix = aws.scope.prefix();
    let mut names = Vec::new();
    let mut from: Option<String> = None;
    loop {
        let call = aws
            .dynamodb
            .list_tables()
            .set_exclusive_start_table_name(from.clone());
        let answer = call.send().await.map_err(fault("dynamodb:ListTables"))?;
        names.extend(answer.table_names.unwrap_or_default());
        let Some(last) = answer.last_evaluated_table_name else {
            break;
        };
        let before_ours = prefix.trim_end_matches('-');
        from = if last.as_str() < before_ours {
            Some(before_ours.to_owned())
        } else if last.as_str() < prefix.as_str() || last.starts_with(&prefix) {
            Some(last)
        } else {
            break;
        };
    }
    let ours: BTreeSet<String> = names
        .into_iter()
        .filter(|name| name.starts_with(&prefix))
        .collect();
    Ok(ours.into_iter().collect())
}

pub(super) async fn describe(aws: &Aws, name: &str) -> Result<Option<TableDescription>, Fault> {
    let call = aws.dynamodb.describe_table().table_name(name);
    match call.send().await.map_err(fault("dynamodb:DescribeTable")) {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => Ok(outcome?.table),
    }
}

/// What of the past can be restored; nothing where there is no such table.
pub(super) async fn backups(
    aws: &Aws,
    name: &str,
) -> Result<Option<ContinuousBackupsDescription>, Fault> {
    let call = aws.dynamodb.describe_continuous_backups().table_name(name);
    match call
        .send()
        .await
        .map_err(fault("dynamodb:DescribeContinuousBackups"))
    {
        // The word that this one call has for a table that is not, or not yet, there.
        Err(fault) if fault.is("TableNotFoundException") => Ok(None),
        outcome => Ok(outcome?.continuous_backups_description),
    }
}

/// Whether any second of the past can be restored.
pub(super) fn recoverable(backups: Option<&ContinuousBackupsDescription>) -> bool {
    let recovery = backups.and_then(|backups| backups.point_in_time_recovery_description());
    let status = recovery.and_then(|recovery| recovery.point_in_time_recovery_status());
    status == Some(&PointInTimeRecoveryStatus::Enabled)
}

/// Who else may use a table, as a policy of its own says.
pub(super) async fn policy(aws: &Aws, name: &str) -> Result<Option<Value>, Fault> {
    let arn = aws.arn("dynamodb", &format!("table/{name}")).await?;
    let call = aws.dynamodb.get_resource_policy().resource_arn(arn);
    match call
        .send()
        .await
        .map_err(fault("dynamodb:GetResourcePolicy"))
    {
        Err(fault) if fault.class == Class::NotFound => Ok(None),
        outcome => Ok(outcome?.policy.map(|text| read_document(&text))),
    }
}

/// The attribute by which items go; empty where none do.
pub(super) async fn ttl(aws: &Aws, name: &str) -> Result<String, Fault> {
    let call = aws.dynamodb.describe_time_to_live().table_name(name);
    let answer = call.send().await;
    let ttl = answer
        .map_err(fault("dynamodb:DescribeTimeToLive"))?
        .time_to_live_description;
    Ok(ttl
        .filter(|ttl| {
            matches!(
                ttl.time_to_live_status,
                Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
            )
        })
        .and_then(|ttl| ttl.attribute_name)
        .unwrap_or_default())
}

/// What a description says of a spec; recovery, expiry and policy have calls of their own.
pub(super) fn read(seen: TableDescription, tags: Tags) -> Spec {
    let other = other::find(&seen);
    let types: Vec<AttributeDefinition> = seen.attribute_definitions.unwrap_or_default();
    let key = |schema: &[KeySchemaElement], which: &KeyType| -> String {
        let element = schema.iter().find(|element| element.key_type == *which);
        let Some(name) = element.map(|element| element.attribute_name.clone()) else {
            return String::new();
        };
        let defined = types.iter().find(|one| one.attribute_name == name);
        match defined.map(|one| &one.attribute_type) {
            Some(ScalarAttributeType::S) | None => name,
            Some(other) => format!("{name} ({})", other.as_str()),
        }
    };
    let pair = |schema: Option<Vec<KeySchemaElement>>| {
        let schema = schema.unwrap_or_default();
        (key(&schema, &KeyType::Hash), key(&schema, &KeyType::Range))
    };
    let (hash, range) = pair(seen.key_schema);
    let mode = seen.billing_mode_summary.and_then(|mode| mode.billing_mode);
    let encrypted = seen.sse_description.and_then(|sse| sse.status);
    // Without a word about encryption it is DynamoDB's own key:
    // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html>
    let own_key =
        encrypted.is_none_or(|status| matches!(status.as_str(), "DISABLED" | "DISABLING"));
    let indexes = seen.global_secondary_indexes.unwrap_or_default();
    let indexes = indexes.into_iter().filter_map(|index| {
        let (hash, range) = pair(index.key_schema);
        let what = index.projection;
        let further = what
            .as_ref()
            .map(|what| what.non_key_attributes().join(", "));
        let kind = what.and_then(|what| what.projection_type);
        let projection =
            kind.map(|kind| format!("{} {}", kind.as_str(), further.unwrap_or_default()));
        let projection = projection.map(|what| what.trim_end().to_owned());
        (index
            .index_status
            .is_none_or(|status| status.as_str() != "DELETING"))
        .then_some((
            index.index_name?,
            Index {
                hash,
                range,
                projection: projection.unwrap_or_default(),
            },
        ))
    });
    Spec {
        indexes: indexes.collect(),
        name: seen.table_name.unwrap_or_default(),
        keys: Keys { hash, range },
        on_demand: mode == Some(BillingMode::PayPerRequest),
        encryption: if own_key { "owned" } else { "kms" }.to_owned(),
        point_in_time_recovery: false,
        ttl_attribute: String::new(),
        deletion_protection: seen.deletion_protection_enabled.unwrap_or_default(),
        policy: None,
        other,
        tags,
    }
}

/// Waits until the table takes the next change.
pub(super) async fn settled(aws: &Aws, name: &str) -> Result<(), Fault> {
    wait(aws, name, unsettled).await
}

/// Waits until the table is not in this state any more.
pub(super) async fn past(aws: &Aws, name: &str, state: &TableStatus) -> Result<(), Fault> {
    wait(aws, name, |seen| {
        (seen.table_status() == Some(state)).then(|| state.as_str().to_lowercase())
    })
    .await
}

async fn wait(
    aws: &Aws,
    name: &str,
    why: impl Fn(&TableDescription) -> Option<String> + Send + Sync,
) -> Result<(), Fault> {
    let why = &why;
    let look = || async move {
        let seen = describe(aws, name).await?;
        match seen.as_ref().and_then(why) {
            None => Ok(()),
            Some(why) => Err(Fault::own(format!("table {name}"), why).class(Class::NotYet)),
        }
    };
    aws.patiently_for(PATIENCE, |fault| fault.class == Class::NotYet, look)
        .await
}

/// One change of a table, when it can take one, until it is through.
pub(super) async fn update(
    aws: &Aws,
    spec: &Spec,
    change: impl Fn(Update) -> Update + Send + Sync,
) -> Result<(), Fault> {
    settled(aws, &spec.name).await?;
    let call = change(aws.dynamodb.update_table().table_name(&spec.name));
    call.send().await.map_err(fault("dynamodb:UpdateTable"))?;
    settled(aws, &spec.name).await
}

/// Takes indexes away and adds some, one a call.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html>
pub(super) async fn reindex(aws: &Aws, before: &Spec, after: &Spec) -> Result<(), Fault> {
    let stays = |name: &String| before.indexes.get(name) == after.indexes.get(name);
    for name in before.indexes.keys().filter(|name| !stays(name)) {
        let delete = DeleteGlobalSecondaryIndexAction::builder()
            .index_name(name)
            .build()
            .map_err(own)?;
        let change = GlobalSecondaryIndexUpdate::builder().delete(delete).build();
        update(aws, after, |call| {
            call.global_secondary_index_updates(change.clone())
        })
        .await?;
    }
    for (name, index) in after.indexes.iter().filter(|(name, _)| !stays(name)) {
        let create = CreateGlobalSecondaryIndexAction::builder()
            .index_name(name)
            .set_key_schema(Some(schema(&index.hash, &index.range)))
            .projection(projection(index))
            .build()
            .map_err(own)?;
        let change = GlobalSecondaryIndexUpdate::builder().create(create).build();
        update(aws, after, |call| {
            call.global_secondary_index_updates(change.clone())
                .set_attribute_definitions(Some(attributes(after)))
        })
        .await?;
    }
    Ok(())
}

/// Sets whether any second can be restored, and of how many days if that is said. Backups of a new table are not available at once.
pub(super) async fn recovery(aws: &Aws, spec: &Spec, days: Option<i32>) -> Result<(), Fault> {
    let days = days.filter(|_| spec.point_in_time_recovery);
    let wanted = PointInTimeRecoverySpecification::builder()
        .point_in_time_recovery_enabled(spec.point_in_time_recovery)
        .set_recovery_period_in_days(days)
        .build()
        .map_err(own)?;
    let call = || {
        let call = aws
            .dynamodb
            .update_continuous_backups()
            .table_name(&spec.name)
            .point_in_time_recovery_specification(wanted.clone());
        async move {
            call.send()
                .await
                .map(drop)
                .map_err(fault("dynamodb:UpdateContinuousBackups"))
        }
    };
    let passing = |fault: &Fault| fault.is("ContinuousBackupsUnavailableException");
    aws.patiently(passing, call).await
}

/// Sets whether items go by this attribute. That it is already so is an error to DynamoDB, and fine.
pub(super) async fn expiry(
    aws: &Aws,
    name: &str,
    attribute: &str,
    enabled: bool,
) -> Result<(), Fault> {
    let wanted = TimeToLiveSpecification::builder()
        .attribute_name(attribute)
        .enabled(enabled)
        .build()
        .map_err(own)?;
    let call = aws
        .dynamodb
        .update_time_to_live()
        .table_name(name)
        .time_to_live_specification(wanted);
    match call
        .send()
        .await
        .map(drop)
        .map_err(fault("dynamodb:UpdateTimeToLive"))
    {
        Err(fault) if fault.message.contains("TimeToLive is already") => Ok(()),
        Err(fault) if fault.message.contains("modified multiple times") => Err(fault
            .remedy("DynamoDB takes one such change an hour: run the same command again later")),
        outcome => outcome,
    }
}

pub(super) fn schema(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let element = |name: &str, which: KeyType| {
        let element = KeySchemaElement::builder().attribute_name(name);
        element.key_type(which).build().ok()
    };
    let range = Some(range).filter(|range| !range.is_empty());
    let range = range.and_then(|range| element(range, KeyType::Range));
    element(hash, KeyType::Hash)
        .into_iter()
        .chain(range)
        .collect()
}

/// Every attribute that is part of a key, once.
pub(super) fn attributes(spec: &Spec) -> Vec<AttributeDefinition> {
    let indexes = spec.indexes.values();
    let names: BTreeSet<&String> = indexes
        .flat_map(|index| [&index.hash, &index.range])
        .chain([&spec.keys.hash, &spec.keys.range])
        .filter(|name| !name.is_empty())
        .collect();
    let defined = names.into_iter().filter_map(|name| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute
            .attribute_type(ScalarAttributeType::S)
            .build()
            .ok()
    });
    defined.collect()
}

/// The indexes of a new table; nothing rather than none, which DynamoDB refuses.
pub(super) fn indexes(spec: &Spec) -> Option<Vec<GlobalSecondaryIndex>> {
    let indexes = spec.indexes.iter().filter_map(|(name, index)| {
        GlobalSecondaryIndex::builder()
            .index_name(name)
            .set_key_schema(Some(schema(&index.hash, &index.range)))
            .projection(projection(index))
            .build()
            .ok()
    });
    Some(indexes.collect()).filter(|indexes: &Vec<_>| !indexes.is_empty())
}

fn projection(index: &Index) -> Projection {
    Projection::builder()
        .projection_type(ProjectionType::from(index.projection.as_str()))
        .build()
}

pub(super) fn encryption(spec: &Spec) -> SseSpecification {
    let kms = spec.encryption != "owned";
    SseSpecification::builder()
        .enabled(kms)
        .set_sse_type(kms.then_some(SseType::Kms))
        .build()
}

/// A request that lacks what the model requires: only where a spec is empty.
pub(super) fn own(error: impl std::fmt::Display) -> Fault {
    Fault::own("table", error.to_string())
}
