//! Whether keys, indexes and attributes fit together, in the words of `CreateTable` and `UpdateTable` (API reference).

use std::collections::BTreeSet;

use winterbaume_dynamodb::model::{
    AttributeDefinition, KeySchemaElement, OnDemandThroughput, ProvisionedThroughput,
    StreamSpecification,
};

use super::Index;
use crate::answer::AwsError;

/// Table names: 3 to 255 characters of `[a-zA-Z0-9_.-]`.
pub(super) fn name(name: &str) -> Result<(), AwsError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if (3..=255).contains(&name.len()) && name.bytes().all(fits) {
        return Ok(());
    }
    Err(AwsError::validation(format!(
        "TableName must be at least 3 characters long and at most 255 characters long, of [a-zA-Z0-9_.-]: '{name}'"
    )))
}

/// Every key has its attribute, every attribute its key.
pub(super) fn keys(
    attributes: &[AttributeDefinition],
    keys: &[KeySchemaElement],
    indexes: &[Index],
) -> Result<(), AwsError> {
    schema(keys)?;
    let mut used: BTreeSet<&str> = names(keys);
    for index in indexes {
        schema(&index.keys)?;
        let kind = index
            .projection
            .projection_type
            .as_deref()
            .unwrap_or_default();
        if !["ALL", "KEYS_ONLY", "INCLUDE"].contains(&kind) {
            return Err(invalid(format!("Unknown ProjectionType: {kind}")));
        }
        let included = index
            .projection
            .non_key_attributes
            .as_ref()
            .is_some_and(|names| !names.is_empty());
        if (kind == "INCLUDE") != included {
            return Err(invalid(format!(
                "ProjectionType is {kind}, and NonKeyAttributes belong to INCLUDE"
            )));
        }
        used.extend(names(&index.keys));
    }
    let defined: BTreeSet<&str> = attributes
        .iter()
        .map(|attribute| attribute.attribute_name.as_str())
        .collect();
    if let Some(odd) = attributes
        .iter()
        .find(|it| !["S", "N", "B"].contains(&it.attribute_type.as_str()))
    {
        return Err(invalid(format!(
            "AttributeType of {} must be one of B, N, S",
            odd.attribute_name
        )));
    }
    if !used.is_subset(&defined) {
        return Err(invalid(format!(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: {used:?}, AttributeDefinitions: {defined:?}"
        )));
    }
    if used.len() < defined.len() {
        return Err(invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ));
    }
    Ok(())
}

/// Throughput belongs to `PROVISIONED`, and only there.
pub(super) fn throughput(
    on_demand: bool,
    sent: Option<&ProvisionedThroughput>,
) -> Result<(), AwsError> {
    match (on_demand, sent) {
        (true, Some(_)) => Err(invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST",
        )),
        (false, None) => Err(invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        )),
        _ => Ok(()),
    }
}

/// `PROVISIONED` unless it says `PAY_PER_REQUEST`.
pub(super) fn is_on_demand(billing_mode: Option<&str>) -> Result<bool, AwsError> {
    match billing_mode {
        None | Some("PROVISIONED") => Ok(false),
        Some("PAY_PER_REQUEST") => Ok(true),
        Some(other) => Err(AwsError::validation(format!(
            "1 validation error detected: Value '{other}' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]"
        ))),
    }
}

/// What a stream is to tell after a change (API reference, `StreamSpecification`); one cannot be turned on twice.
pub(super) fn stream(
    now: Option<&String>,
    sent: Option<StreamSpecification>,
) -> Result<Option<String>, AwsError> {
    let Some(sent) = sent else {
        return Ok(now.cloned());
    };
    let kinds = ["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"];
    match (now, sent.stream_enabled, sent.stream_view_type) {
        (Some(_), true, _) => Err(AwsError::validation(
            "Table already has an enabled stream: StreamSpecification",
        )),
        (None, true, Some(kind)) if kinds.contains(&kind.as_str()) => Ok(Some(kind)),
        (_, true, _) => Err(invalid(
            "StreamViewType must be one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES",
        )),
        (None, false, _) => Err(AwsError::validation(
            "Table is already has a disabled stream",
        )),
        (Some(_), false, _) => Ok(None),
    }
}

/// A table's class; nothing for the usual one.
pub(super) fn class(sent: Option<String>) -> Result<Option<String>, AwsError> {
    match sent.as_deref() {
        None | Some("STANDARD") => Ok(None),
        Some("STANDARD_INFREQUENT_ACCESS") => Ok(sent),
        Some(other) => Err(invalid(format!("Unknown TableClass: {other}"))),
    }
}

/// The most units a second; -1 takes a limit away (API reference, `OnDemandThroughput`).
pub(super) fn limit(sent: Option<OnDemandThroughput>) -> Option<OnDemandThroughput> {
    let some = |units: Option<i64>| units.filter(|units| *units > 0);
    sent.filter(|limit| {
        some(limit.max_read_request_units)
            .or(some(limit.max_write_request_units))
            .is_some()
    })
}

fn schema(keys: &[KeySchemaElement]) -> Result<(), AwsError> {
    let kinds: Vec<&str> = keys.iter().map(|key| key.key_type.as_str()).collect();
    match kinds.as_slice() {
        ["HASH"] => Ok(()),
        ["HASH", "RANGE"] if keys[0].attribute_name != keys[1].attribute_name => Ok(()),
        _ => Err(invalid(
            "Invalid KeySchema: it has a HASH key and then, if at all, a RANGE key of another attribute",
        )),
    }
}

fn names(keys: &[KeySchemaElement]) -> BTreeSet<&str> {
    keys.iter().map(|key| key.attribute_name.as_str()).collect()
}

fn invalid(message: impl AsRef<str>) -> AwsError {
    AwsError::validation(format!(
        "One or more parameter values were invalid: {}",
        message.as_ref()
    ))
}
