//! A parameter is made, or gets its next version.

use serde_json::json;

use super::Parameter;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::kms;
use crate::tags::from_list;
use crate::world::World;

/// Bytes of a value by tier.
const STANDARD: usize = 4_096;
const ADVANCED: usize = 8_192;
/// Levels of a name that is a path.
const LEVELS: usize = 15;

pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "DataType",
        "Description",
        "KeyId",
        "Name",
        "Overwrite",
        "Tags",
        "Tier",
        "Type",
        "Value",
    ])?;
    let name = call.text("Name").unwrap_or_default().to_owned();
    check_name(&name)?;
    let overwrite = call.json["Overwrite"] == true;
    let tags = from_list(call.json.get("Tags"), "Key", "Value")?;
    if overwrite && !tags.is_empty() {
        return Err(AwsError::validation(
            "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite \
             flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        ));
    }
    if tags.len() > 50 {
        return Err(AwsError::new(
            "TooManyTagsError",
            "The Targets parameter includes too many tags.",
        ));
    }
    let there = world
        .region(&call.region)
        .ssm
        .parameters
        .get(&name)
        .cloned();
    if there.is_some() && !overwrite {
        return Err(AwsError::new(
            "ParameterAlreadyExists",
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
        ));
    }
    let kind = match (call.text("Type"), &there) {
        (Some(kind), Some(there)) if there.kind != kind => {
            return Err(AwsError::new(
                "HierarchyTypeMismatchException",
                "Parameter Store doesn't support changing a parameter type in a hierarchy.",
            ));
        }
        (Some(kind), _) if ["String", "StringList", "SecureString"].contains(&kind) => {
            kind.to_owned()
        }
        (Some(kind), _) => {
            return Err(AwsError::validation(format!(
                "1 validation error detected: Value '{kind}' at 'type' failed to satisfy constraint: Member must satisfy enum value \
                 set: [SecureString, StringList, String]"
            )));
        }
        (None, Some(there)) => there.kind.clone(),
        (None, None) => {
            let message = "A parameter type is required when you create a parameter.";
            return Err(AwsError::validation(message));
        }
    };
    let before = there
        .as_ref()
        .map_or("Standard", |there| there.tier.as_str());
    let tier = call.text("Tier").unwrap_or(before).to_owned();
    if before == "Advanced" && tier == "Standard" {
        return Err(AwsError::validation(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to \
             the standard-parameter tier.",
        ));
    }
    let value = call.text("Value").unwrap_or_default().to_owned();
    check_value(&value, &tier)?;
    let key = key(world, call, &kind)?;
    let (changed, version) = (
        world.now(),
        there.as_ref().map_or(1, |there| there.version + 1),
    );
    let description = call.text("Description").map(str::to_owned);
    let parameter = Parameter {
        description: description.or_else(|| there.as_ref()?.description.clone()),
        kind,
        value,
        key,
        tier: tier.clone(),
        version,
        changed,
        by: call.user_arn(),
        tags: there.map_or(tags, |there| there.tags),
    };
    world
        .region(&call.region)
        .ssm
        .parameters
        .insert(name, parameter);
    Ok(Answer::Json(json!({ "Version": version, "Tier": tier })))
}

/// The key that encrypts: the one that AWS keeps, unless another is named with the very call, also of one that was before.
fn key(world: &mut World, call: &Call, kind: &str) -> Result<Option<String>, AwsError> {
    let given = call.text("KeyId");
    if kind != "SecureString" {
        return match given {
            Some(_) => Err(AwsError::validation(
                "KeyId is required for SecureString type parameter only.",
            )),
            None => Ok(None),
        };
    }
    let key = given.unwrap_or("alias/aws/ssm").to_owned();
    match kms::trouble(world, &call.region, &key) {
        Some(why) => Err(AwsError::new("InvalidKeyId", why)),
        None => Ok(Some(key)),
    }
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let bare = name.trim_start_matches('/');
    let levels: Vec<&str> = bare.split('/').collect();
    let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let lower = bare.to_ascii_lowercase();
    if lower.starts_with("aws") || lower.starts_with("ssm") {
        return Err(AwsError::validation(format!(
            "Parameter name: can't be prefixed with \"{}\" (case-insensitive). If formed as a path, it can consist of sub-paths \
             divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
            &lower[..3]
        )));
    }
    if levels.len() > 1 && !name.starts_with('/') {
        return Err(AwsError::validation(
            "Parameter name must be a fully qualified name.",
        ));
    }
    if levels.len() > LEVELS {
        return Err(AwsError::new(
            "HierarchyLevelLimitExceededException",
            "A hierarchy can have a maximum of 15 levels.",
        ));
    }
    let whole = levels
        .iter()
        .all(|level| !level.is_empty() && level.chars().all(good));
    if !whole || name.len() > 1_011 {
        return Err(AwsError::validation(
            "Parameter name: may only contain letters, numbers and the following symbols .-_/",
        ));
    }
    Ok(())
}

fn check_value(value: &str, tier: &str) -> Result<(), AwsError> {
    if value.is_empty() {
        return Err(AwsError::validation(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or \
             equal to 1",
        ));
    }
    let most = if tier == "Advanced" {
        ADVANCED
    } else {
        STANDARD
    };
    if value.len() > most {
        return Err(AwsError::validation(format!(
            "{tier} tier parameters support a maximum parameter value of {most} characters."
        )));
    }
    Ok(())
}
