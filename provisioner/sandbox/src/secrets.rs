//! Secrets Manager: secrets with their versions, their keys and their end.
//!
//! Owns: secrets. Must not know: who is given them. A secret that is deleted stays for its recovery window, and refuses to be read.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::kms;
use crate::partition;
use crate::tags::{Tagged, Tags, from_list, to_list};
use crate::time::epoch;
use crate::world::World;

const DAY: u64 = 86_400_000;
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// A region's secrets, by ARN.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    secrets: BTreeMap<String, Secret>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Secret {
    name: String,
    description: String,
    /// As it was given; nothing for the key that AWS keeps for the service.
    key: Option<String>,
    created: u64,
    changed: u64,
    /// When it goes, where it is deleted.
    goes: Option<u64>,
    /// Values by version id.
    versions: BTreeMap<String, String>,
    /// Version ids by stage.
    stages: BTreeMap<String, String>,
    tags: Tags,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateSecret" => create(world, call),
        "DescribeSecret" => describe(world, call),
        "GetSecretValue" => value(world, call),
        "PutSecretValue" => put(world, call),
        "DeleteSecret" => delete(world, call),
        "RestoreSecret" => restore(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Puts a secret of this ARN in place, with this value.
pub(crate) fn set(world: &mut World, arn: &str, value: &str) {
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    let name = arn.rsplit(':').next().unwrap_or_default();
    let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
    let (version, now) = (world.uuid(), world.now());
    let secret = Secret {
        name: name.to_owned(),
        description: String::new(),
        key: None,
        created: now,
        changed: now,
        goes: None,
        versions: BTreeMap::from([(version.clone(), value.to_owned())]),
        stages: BTreeMap::from([(CURRENT.to_owned(), version)]),
        tags: Tags::new(),
    };
    let secrets = &mut world.region(&region).secrets.secrets;
    secrets.insert(arn.to_owned(), secret);
}

/// What ECS gives a container for `ARN[:JSON_KEY:STAGE:VERSION]`, or why it cannot, in Secrets Manager's words.
pub(crate) fn given(world: &World, region: &str, from: &str) -> Result<String, String> {
    let parts: Vec<&str> = from.splitn(8, ':').collect();
    let arn = parts[..parts.len().min(7)].join(":");
    let rest: Vec<&str> = parts
        .get(7)
        .map_or_else(Vec::new, |rest| rest.split(':').collect());
    let part = |at: usize| rest.get(at).copied().filter(|text| !text.is_empty());
    let said = |error: AwsError| format!("{}: {}", error.code, error.message);
    let (arn, secret) = find(world, region, &arn).map_err(said)?;
    let text = read(&secret, part(1), part(2)).map_err(said)?;
    if let Some(why) = secret
        .key
        .as_ref()
        .and_then(|key| kms::trouble(world, region, key))
    {
        return Err(format!("KMSInvalidStateException: {why}"));
    }
    let Some(key) = part(0) else { return Ok(text) };
    let whole: Value = serde_json::from_str(&text).unwrap_or_default();
    match &whole[key] {
        Value::Null => Err(format!(
            "retrieved secret from Secrets Manager did not contain json key {key} ({arn})"
        )),
        Value::String(text) => Ok(text.clone()),
        other => Ok(other.to_string()),
    }
}

/// Every tagged one of a region.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let state = world.regions.get(region).map(|region| &region.secrets);
    let all = state.into_iter().flat_map(|state| &state.secrets);
    all.map(|(arn, secret)| Tagged {
        arn: arn.clone(),
        kind: "secretsmanager:secret",
        tags: secret.tags.clone(),
    })
    .collect()
}

/// How many there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let regions = world.regions.values();
    vec![("secret", regions.map(|it| it.secrets.secrets.len()).sum())]
}

fn missing() -> AwsError {
    AwsError::new(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret.",
    )
}

/// By name, by ARN, or by an ARN without the random characters at its end.
fn find(world: &World, region: &str, given: &str) -> Result<(String, Secret), AwsError> {
    let now = world.now();
    let whole = if given.starts_with("arn:") {
        given.to_owned()
    } else {
        partition::arn(region, "secretsmanager", &format!("secret:{given}"))
    };
    let is = |arn: &str| {
        arn == whole
            || arn
                .strip_prefix(&whole)
                .is_some_and(|rest| rest.len() == 7 && rest.starts_with('-'))
    };
    let state = world.regions.get(region).map(|region| &region.secrets);
    let mut there = state.into_iter().flat_map(|state| &state.secrets);
    let found = there.find(|(arn, one)| is(arn) && one.goes.is_none_or(|goes| goes > now));
    let (arn, secret) = found.ok_or_else(missing)?;
    Ok((arn.clone(), secret.clone()))
}

fn of_call(world: &World, call: &Call) -> Result<(String, Secret), AwsError> {
    let given = call.text("SecretId").unwrap_or_default().to_owned();
    if given.is_empty() {
        return Err(AwsError::validation(
            "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
        ));
    }
    find(world, &call.region, &given)
}

fn keep(world: &mut World, call: &Call, arn: &str, secret: Secret) {
    let secrets = &mut world.region(&call.region).secrets.secrets;
    secrets.insert(arn.to_owned(), secret);
}

/// A secret that is marked for deletion takes no other call than those that look at it or call the deletion off.
fn usable(secret: &Secret) -> Result<(), AwsError> {
    if secret.goes.is_none() {
        return Ok(());
    }
    Err(AwsError::new(
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion.",
    ))
}

fn read(secret: &Secret, stage: Option<&str>, version: Option<&str>) -> Result<String, AwsError> {
    usable(secret)?;
    let stage = stage.unwrap_or(CURRENT);
    let id = version
        .map(str::to_owned)
        .or_else(|| secret.stages.get(stage).cloned());
    let value = id.and_then(|id| secret.versions.get(&id).cloned());
    value.ok_or_else(|| {
        let of = version.map_or_else(
            || format!("staging label: {stage}"),
            |version| format!("VersionId: {version}"),
        );
        AwsError::new(
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret value for {of}"),
        )
    })
}

/// Makes a value the current one, and the current one the previous one.
fn next(secret: &mut Secret, version: String, value: String) {
    if let Some(before) = secret.stages.insert(CURRENT.to_owned(), version.clone()) {
        secret.stages.insert(PREVIOUS.to_owned(), before);
    }
    secret.versions.insert(version, value);
}

fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "ClientRequestToken",
        "Description",
        "KmsKeyId",
        "Name",
        "SecretString",
        "Tags",
    ])?;
    let name = call.text("Name").unwrap_or_default().to_owned();
    let good = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-".contains(c);
    if name.is_empty() || name.len() > 512 || !name.chars().all(good) {
        return Err(AwsError::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        ));
    }
    if let Ok((_, there)) = find(world, &call.region, &name) {
        return Err(if there.goes.is_some() {
            AwsError::new(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            )
        } else {
            AwsError::new(
                "ResourceExistsException",
                format!("The operation failed because the secret {name} already exists."),
            )
        });
    }
    let (now, version) = (world.now(), world.uuid());
    let arn = call.arn("secretsmanager", &format!("secret:{name}-{}", world.hex(6)));
    let mut secret = Secret {
        name: name.clone(),
        description: call.text("Description").unwrap_or_default().to_owned(),
        key: call.text("KmsKeyId").map(str::to_owned),
        created: now,
        changed: now,
        goes: None,
        versions: BTreeMap::new(),
        stages: BTreeMap::new(),
        tags: from_list(call.json.get("Tags"), "Key", "Value")?,
    };
    let mut answer = json!({ "ARN": arn, "Name": name });
    if let Some(value) = call.text("SecretString") {
        answer["VersionId"] = Value::from(version.clone());
        next(&mut secret, version, value.to_owned());
    }
    keep(world, call, &arn, secret);
    Ok(Answer::Json(answer))
}

fn describe(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["SecretId"])?;
    let (arn, secret) = of_call(world, call)?;
    let mut of_version: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (stage, version) in &secret.stages {
        of_version.entry(version).or_default().push(stage);
    }
    let mut seen = json!({
        "ARN": arn,
        "Name": secret.name,
        "CreatedDate": epoch(secret.created),
        "LastChangedDate": epoch(secret.changed),
        "Tags": to_list(&secret.tags, "Key", "Value"),
    });
    if !secret.description.is_empty() {
        seen["Description"] = Value::from(secret.description.clone());
    }
    if let Some(key) = &secret.key {
        seen["KmsKeyId"] = Value::from(key.clone());
    }
    if let Some(goes) = secret.goes {
        seen["DeletedDate"] = Value::from(epoch(goes));
    }
    if !of_version.is_empty() {
        seen["VersionIdsToStages"] = json!(of_version);
    }
    Ok(Answer::Json(seen))
}

fn value(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["SecretId", "VersionId", "VersionStage"])?;
    let (arn, secret) = of_call(world, call)?;
    let text = read(&secret, call.text("VersionStage"), call.text("VersionId"))?;
    Ok(Answer::Json(
        json!({ "ARN": arn, "Name": secret.name, "SecretString": text }),
    ))
}

fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ClientRequestToken", "SecretId", "SecretString"])?;
    let (arn, mut secret) = of_call(world, call)?;
    usable(&secret)?;
    let value = call.text("SecretString").unwrap_or_default().to_owned();
    let version = world.uuid();
    secret.changed = world.now();
    next(&mut secret, version.clone(), value);
    let answer = json!({ "ARN": arn, "Name": secret.name, "VersionId": version, "VersionStages": [CURRENT] });
    keep(world, call, &arn, secret);
    Ok(Answer::Json(answer))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "ForceDeleteWithoutRecovery",
        "RecoveryWindowInDays",
        "SecretId",
    ])?;
    let (arn, mut secret) = of_call(world, call)?;
    let days = call.json["RecoveryWindowInDays"].as_u64();
    let at_once = call.json["ForceDeleteWithoutRecovery"] == true;
    if days.is_some() && at_once {
        let message =
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        return Err(AwsError::new("InvalidParameterException", message));
    }
    if days.is_some_and(|days| !(7..=30).contains(&days)) {
        let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        return Err(AwsError::new("InvalidParameterException", message));
    }
    usable(&secret)?;
    let window = if at_once { 0 } else { days.unwrap_or(30) };
    let goes = world.now() + window * DAY;
    secret.goes = Some(goes);
    let name = secret.name.clone();
    keep(world, call, &arn, secret);
    Ok(Answer::Json(
        json!({ "ARN": arn, "Name": name, "DeletionDate": epoch(goes) }),
    ))
}

fn restore(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["SecretId"])?;
    let (arn, mut secret) = of_call(world, call)?;
    secret.goes = None;
    let name = secret.name.clone();
    keep(world, call, &arn, secret);
    Ok(Answer::Json(json!({ "ARN": arn, "Name": name })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Refusal};

    fn ask(bench: &Bench, operation: &str, input: Value) -> Result<Value, Refusal> {
        bench.json("secretsmanager", operation, input)
    }

    #[test]
    fn one_is_found_by_name_and_arn_and_read_by_stage() {
        let bench = Bench::new();
        let made = json!({ "Name": "shop/db", "SecretString": r#"{"password":"a","port":5432}"# });
        let arn = ask(&bench, "CreateSecret", made.clone()).unwrap()["ARN"].clone();
        let arn = arn.as_str().unwrap();
        let again = ask(&bench, "CreateSecret", made).unwrap_err();
        assert_eq!(again.code, "ResourceExistsException");
        for name in ["shop/db", arn, &arn[..arn.len() - 7]] {
            let seen = ask(&bench, "DescribeSecret", json!({ "SecretId": name })).unwrap();
            assert_eq!(seen["ARN"], arn, "{name}");
        }
        let given = |from: String| bench.world(|world| given(world, "us-east-1", &from));
        assert_eq!(given(format!("{arn}:password::")).unwrap(), "a");
        assert_eq!(given(format!("{arn}:port::")).unwrap(), "5432");
        assert!(
            given(format!("{arn}:user::"))
                .unwrap_err()
                .contains("json key user")
        );
        assert!(
            given(format!("{arn}::AWSPREVIOUS:"))
                .unwrap_err()
                .contains("AWSPREVIOUS")
        );
        let other = json!({ "SecretId": arn, "SecretString": "b" });
        ask(&bench, "PutSecretValue", other).unwrap();
        assert_eq!(given(arn.to_owned()).unwrap(), "b");
        assert_eq!(given(format!("{arn}:password:AWSPREVIOUS:")).unwrap(), "a");
    }

    #[test]
    fn one_without_a_value_or_marked_for_deletion_is_not_read() {
        let bench = Bench::new();
        ask(&bench, "CreateSecret", json!({ "Name": "empty" })).unwrap();
        let id = json!({ "SecretId": "empty" });
        let none = ask(&bench, "GetSecretValue", id.clone()).unwrap_err();
        assert_eq!(none.code, "ResourceNotFoundException");
        let seen = ask(&bench, "DescribeSecret", id.clone()).unwrap();
        assert!(seen.get("VersionIdsToStages").is_none());
        let soon = json!({ "SecretId": "empty", "RecoveryWindowInDays": 1 });
        let soon = ask(&bench, "DeleteSecret", soon).unwrap_err();
        assert_eq!(soon.code, "InvalidParameterException");
        ask(&bench, "DeleteSecret", id.clone()).unwrap();
        let marked = ask(&bench, "GetSecretValue", id.clone()).unwrap_err();
        assert_eq!(marked.code, "InvalidRequestException");
        let seen = ask(&bench, "DescribeSecret", id.clone()).unwrap();
        assert!(seen.get("DeletedDate").is_some());
        ask(&bench, "RestoreSecret", id.clone()).unwrap();
        ask(&bench, "DeleteSecret", id.clone()).unwrap();
        bench.sandbox.advance(31 * DAY);
        let gone = ask(&bench, "DescribeSecret", id).unwrap_err();
        assert_eq!(gone.code, "ResourceNotFoundException");
    }
}
