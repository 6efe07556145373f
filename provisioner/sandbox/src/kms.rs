//! KMS: keys and their aliases, as far as those ask who read what a key encrypts.
//!
//! Owns: keys. Must not know: what they encrypt; nothing is encrypted here. The keys that AWS keeps for a service (`alias/aws/ssm`)
//! come into being when they are first asked for, as in AWS.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::partition;
use crate::time::epoch;
use crate::world::World;

const DAY: u64 = 86_400_000;

/// A region's keys.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By id.
    keys: BTreeMap<String, Key>,
    /// Key ids by alias, `alias/` included.
    aliases: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Key {
    description: String,
    created: u64,
    enabled: bool,
    /// When it goes, where that is scheduled.
    goes: Option<u64>,
    /// Whether AWS keeps it for one of its services.
    of_aws: bool,
}

impl Key {
    fn state(&self) -> &'static str {
        match (self.goes, self.enabled) {
            (Some(_), _) => "PendingDeletion",
            (None, true) => "Enabled",
            (None, false) => "Disabled",
        }
    }
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateKey" => create(world, call),
        "CreateAlias" => alias(world, call),
        "DescribeKey" => describe(world, call),
        "DisableKey" => enable(world, call, false),
        "EnableKey" => enable(world, call, true),
        "ScheduleKeyDeletion" => schedule(world, call),
        "CancelKeyDeletion" => cancel(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Why a key cannot encrypt or decrypt, in KMS's words; nothing where it can. `key` is an id, an ARN or an alias.
pub(crate) fn trouble(world: &World, region: &str, key: &str) -> Option<String> {
    if key.starts_with("alias/aws/") {
        return None;
    }
    let Some((id, key)) = find(world, region, key) else {
        return Some(format!("Key '{key}' does not exist"));
    };
    let arn = arn(region, id);
    match key.state() {
        "Disabled" => Some(format!("{arn} is disabled.")),
        "PendingDeletion" => Some(format!("{arn} is pending deletion.")),
        _ => None,
    }
}

fn arn(region: &str, id: &str) -> String {
    partition::arn(region, "kms", &format!("key/{id}"))
}

/// The name of a key without what an ARN has before it; nothing for an ARN of elsewhere.
fn bare<'n>(region: &str, given: &'n str) -> Option<&'n str> {
    let own = partition::arn(region, "kms", "");
    let name = if given.starts_with("arn:") {
        given.strip_prefix(&own)?
    } else {
        given
    };
    Some(name.strip_prefix("key/").unwrap_or(name))
}

/// The key that is meant: by its id, an alias, or the ARN of either.
fn find<'w>(world: &'w World, region: &str, given: &str) -> Option<(&'w str, &'w Key)> {
    let name = bare(region, given)?;
    let state = &world.regions.get(region)?.kms;
    let id = state.aliases.get(name).map_or(name, String::as_str);
    let (id, key) = state.keys.get_key_value(id)?;
    Some((id, key))
}

/// Makes the key that AWS keeps for a service, where it is asked for by its alias and is not there.
fn keep(world: &mut World, region: &str, given: &str) {
    let Some(name) = bare(region, given) else {
        return;
    };
    let Some(service) = name.strip_prefix("alias/aws/") else {
        return;
    };
    if find(world, region, name).is_some() {
        return;
    }
    let (id, created) = (world.uuid(), world.now());
    let key = Key {
        description: format!(
            "Default key that protects my {service} data when no other key is defined"
        ),
        created,
        enabled: true,
        goes: None,
        of_aws: true,
    };
    let state = &mut world.region(region).kms;
    state.keys.insert(id.clone(), key);
    state.aliases.insert(name.to_owned(), id);
}

/// The key of a call. A call that changes a key does not take an alias.
fn key(world: &mut World, call: &Call, aliases: bool) -> Result<String, AwsError> {
    let given = call.text("KeyId").unwrap_or_default();
    if given.is_empty() {
        return Err(AwsError::validation(
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
        ));
    }
    let is_alias = given.starts_with("alias/") || given.contains(":alias/");
    if is_alias && !aliases {
        return Err(not_found(format!("Invalid keyId {given}")));
    }
    keep(world, &call.region, given);
    let found = find(world, &call.region, given).map(|(id, _)| id.to_owned());
    found.ok_or_else(|| {
        let own = |rest: String| call.arn("kms", &rest);
        not_found(match (is_alias, given.starts_with("arn:")) {
            (true, true) => format!("Alias {given} is not found."),
            (true, false) => format!("Alias {} is not found.", own(given.to_owned())),
            (false, true) => format!("Key '{given}' does not exist"),
            (false, false) => format!("Key '{}' does not exist", own(format!("key/{given}"))),
        })
    })
}

fn not_found(message: String) -> AwsError {
    AwsError::new("NotFoundException", message)
}

fn seen(region: &str, id: &str, key: &Key) -> Value {
    let mut seen = json!({
        "AWSAccountId": crate::world::ACCOUNT,
        "KeyId": id,
        "Arn": arn(region, id),
        "CreationDate": epoch(key.created),
        "Description": key.description,
        "Enabled": key.state() == "Enabled",
        "KeyState": key.state(),
        "KeyManager": if key.of_aws { "AWS" } else { "CUSTOMER" },
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "Origin": "AWS_KMS",
        "MultiRegion": false,
    });
    if let Some(goes) = key.goes {
        seen["DeletionDate"] = Value::from(epoch(goes));
    }
    seen
}

fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Description", "Tags"])?;
    let (id, created) = (world.uuid(), world.now());
    let key = Key {
        description: call.text("Description").unwrap_or_default().to_owned(),
        created,
        enabled: true,
        goes: None,
        of_aws: false,
    };
    let metadata = seen(&call.region, &id, &key);
    world.region(&call.region).kms.keys.insert(id, key);
    Ok(Answer::Json(json!({ "KeyMetadata": metadata })))
}

fn alias(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["AliasName", "TargetKeyId"])?;
    let name = call.text("AliasName").unwrap_or_default().to_owned();
    let good = |c: char| c.is_ascii_alphanumeric() || "/_-".contains(c);
    if !name.starts_with("alias/") || name.len() == "alias/".len() || !name.chars().all(good) {
        return Err(AwsError::new(
            "InvalidAliasNameException",
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
    if name.starts_with("alias/aws/") {
        let message = "Alias with prefix alias/aws/ is reserved.";
        return Err(AwsError::new("NotAuthorizedException", message));
    }
    let target = call.text("TargetKeyId").unwrap_or_default();
    let id = find(world, &call.region, target).map(|(id, _)| id.to_owned());
    let id = id.ok_or_else(|| not_found(format!("Key '{target}' does not exist")))?;
    let arn = call.arn("kms", &name);
    let state = &mut world.region(&call.region).kms;
    if state.aliases.contains_key(&name) {
        return Err(AwsError::new(
            "AlreadyExistsException",
            format!("An alias with the name {arn} already exists"),
        ));
    }
    state.aliases.insert(name, id);
    Ok(Answer::empty())
}

fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["KeyId"])?;
    let id = key(world, call, true)?;
    let key = &world.region(&call.region).kms.keys[&id];
    Ok(Answer::Json(
        json!({ "KeyMetadata": seen(&call.region, &id, key) }),
    ))
}

/// Changes a key of the customer's.
fn change(
    world: &mut World,
    call: &Call,
    with: impl FnOnce(&mut Key, &str) -> Result<(), AwsError>,
) -> Result<String, AwsError> {
    let id = key(world, call, false)?;
    let arn = arn(&call.region, &id);
    let key = world.region(&call.region).kms.keys.get_mut(&id);
    let key = key.expect("it was found above");
    if key.of_aws {
        let message = format!("{arn} is a key that AWS keeps, and cannot be changed");
        return Err(AwsError::new("AccessDeniedException", message));
    }
    with(key, &arn)?;
    Ok(id)
}

fn pending(arn: &str) -> AwsError {
    AwsError::new(
        "KMSInvalidStateException",
        format!("{arn} is pending deletion."),
    )
}

fn enable(world: &mut World, call: &Call, on: bool) -> Result<Answer, AwsError> {
    call.allow_keys(&["KeyId"])?;
    change(world, call, |key, arn| {
        if key.goes.is_some() {
            return Err(pending(arn));
        }
        key.enabled = on;
        Ok(())
    })?;
    Ok(Answer::empty())
}

fn schedule(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["KeyId", "PendingWindowInDays"])?;
    let days = call.json["PendingWindowInDays"].as_u64().unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(AwsError::validation(
            "PendingWindowInDays must be between 7 and 30 (inclusive)",
        ));
    }
    let goes = world.now() + days * DAY;
    let id = change(world, call, |key, arn| {
        if key.goes.is_some() {
            return Err(pending(arn));
        }
        key.goes = Some(goes);
        Ok(())
    })?;
    Ok(Answer::Json(json!({
        "KeyId": arn(&call.region, &id),
        "DeletionDate": epoch(goes),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    })))
}

/// A key whose deletion is called off is disabled until somebody enables it.
fn cancel(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["KeyId"])?;
    let id = change(world, call, |key, arn| {
        if key.goes.take().is_none() {
            let message = format!("{arn} is not pending deletion.");
            return Err(AwsError::new("KMSInvalidStateException", message));
        }
        key.enabled = false;
        Ok(())
    })?;
    Ok(Answer::Json(json!({ "KeyId": arn(&call.region, &id) })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;

    #[test]
    fn a_key_is_found_by_each_of_its_names_and_tells_its_state() {
        let bench = Bench::new();
        let made = bench.json("kms", "CreateKey", json!({})).unwrap();
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        let arn = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
        let alias = json!({ "AliasName": "alias/own", "TargetKeyId": id });
        bench.json("kms", "CreateAlias", alias.clone()).unwrap();
        let twice = bench.json("kms", "CreateAlias", alias).unwrap_err();
        assert_eq!(twice.code, "AlreadyExistsException");
        let state = |name: &str| {
            let answer = bench.json("kms", "DescribeKey", json!({ "KeyId": name }));
            answer
                .map(|it| it["KeyMetadata"]["KeyState"].as_str().unwrap().to_owned())
                .map_err(|refusal| refusal.code)
        };
        let by_alias_arn = arn.replace(&format!("key/{id}"), "alias/own");
        for name in [&*id, &*arn, "alias/own", &*by_alias_arn, "alias/aws/ssm"] {
            assert_eq!(state(name).unwrap(), "Enabled", "{name}");
        }
        for name in ["alias/none", "none", &arn.replace("us-east-1", "eu-west-1")] {
            assert_eq!(state(name).unwrap_err(), "NotFoundException", "{name}");
        }
        bench
            .json("kms", "DisableKey", json!({ "KeyId": id }))
            .unwrap();
        assert_eq!(state(&id).unwrap(), "Disabled");
        let soon = json!({ "KeyId": id, "PendingWindowInDays": 1 });
        let soon = bench.json("kms", "ScheduleKeyDeletion", soon).unwrap_err();
        assert_eq!(soon.code, "ValidationException");
        bench
            .json("kms", "ScheduleKeyDeletion", json!({ "KeyId": id }))
            .unwrap();
        assert_eq!(state(&id).unwrap(), "PendingDeletion");
        let enable = bench.json("kms", "EnableKey", json!({ "KeyId": id }));
        assert_eq!(enable.unwrap_err().code, "KMSInvalidStateException");
        bench
            .json("kms", "CancelKeyDeletion", json!({ "KeyId": id }))
            .unwrap();
        assert_eq!(state(&id).unwrap(), "Disabled");
        let by_alias = bench.json("kms", "EnableKey", json!({ "KeyId": "alias/own" }));
        assert_eq!(by_alias.unwrap_err().code, "NotFoundException");
    }
}
