//! What else can be set on a log group: a key, data protection, protection against being deleted, bearer tokens.

use serde_json::{Value, json};

use super::{LogGroup, find, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// `AssociateKmsKey`: the key's ARN, of the same region (API reference).
pub(super) fn associate_key(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let key = call.text("kmsKeyId").unwrap_or_default().to_owned();
    if !key.starts_with("arn:") || !key.contains(&format!(":kms:{}:", call.region)) {
        return Err(invalid(format!(
            "The specified KMS Key Id could not be found: '{key}'"
        )));
    }
    group(world, call)?.kms_key = Some(key);
    Ok(Answer::empty())
}

/// `DisassociateKmsKey`.
pub(super) fn disassociate_key(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    group(world, call)?.kms_key = None;
    Ok(Answer::empty())
}

/// `PutDataProtectionPolicy`: a document with an audit and a de-identify statement; groups of the standard class only.
pub(super) fn mask(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let text = call.text("policyDocument").unwrap_or_default().to_owned();
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    if document["Statement"]
        .as_array()
        .is_none_or(|all| all.len() != 2)
    {
        return Err(invalid(
            "The policy document must have exactly two statements: one to audit, one to de-identify",
        ));
    }
    let named = call
        .text("logGroupIdentifier")
        .unwrap_or_default()
        .to_owned();
    let group = group(world, call)?;
    if group.class != "STANDARD" {
        return Err(invalid(
            "Data protection is for log groups of the standard class",
        ));
    }
    group.masked = Some(text.clone());
    Ok(Answer::Json(
        json!({ "logGroupIdentifier": named, "policyDocument": text }),
    ))
}

/// `DeleteDataProtectionPolicy`.
pub(super) fn unmask(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    group(world, call)?.masked = None;
    Ok(Answer::empty())
}

/// `PutLogGroupDeletionProtection`.
pub(super) fn protect(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let on = flag(call, "deletionProtectionEnabled")?;
    group(world, call)?.deletion_protection = on;
    Ok(Answer::empty())
}

/// `PutBearerTokenAuthentication`.
pub(super) fn bearer(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let on = flag(call, "bearerTokenAuthenticationEnabled")?;
    group(world, call)?.bearer = on;
    Ok(Answer::empty())
}

fn flag(call: &Call, name: &str) -> Result<bool, AwsError> {
    let value = call.json[name].as_bool();
    value.ok_or_else(|| invalid(format!("{name} must be true or false")))
}

/// The group that a call names: by name, or by its ARN without `:*`.
fn group<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut LogGroup, AwsError> {
    let named = ["logGroupName", "logGroupIdentifier", "resourceIdentifier"];
    let named = named.iter().find_map(|key| call.text(key));
    let named = named.ok_or_else(|| invalid("A log group must be named"))?;
    let name = named
        .rsplit_once(":log-group:")
        .map_or(named, |(_, name)| name);
    let name = name.trim_end_matches(":*").to_owned();
    find(world, call, &name)
}
