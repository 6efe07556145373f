//! Systems Manager's Parameter Store: parameters with their versions and tags.
//!
//! Owns: parameters. Must not know: who is given them.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

mod put;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::kms;
use crate::partition;
use crate::tags::{Tagged, Tags, from_list, to_list};
use crate::world::World;

/// A region's parameters, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Parameter {
    /// `String`, `StringList` or `SecureString`.
    kind: String,
    value: String,
    description: Option<String>,
    /// As it was given, or `alias/aws/ssm`; nothing where it is not encrypted.
    key: Option<String>,
    tier: String,
    version: u64,
    changed: u64,
    /// The ARN of who changed it last.
    by: String,
    tags: Tags,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "PutParameter" => put::put(world, call),
        "GetParameter" => read::one(world, call),
        "GetParameters" => read::many(world, call),
        "DescribeParameters" => read::describe(world, call),
        "DeleteParameter" => delete(world, call),
        "DeleteParameters" => delete_many(world, call),
        "ListTagsForResource" => list_tags(world, call),
        "AddTagsToResource" => add_tags(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// What ECS gives a container for a parameter's ARN, or why it cannot, in the words of Systems Manager.
pub(crate) fn given(world: &World, region: &str, arn: &str) -> Result<String, String> {
    let name = name(region, arn).unwrap_or_else(|| arn.to_owned());
    let state = world.regions.get(region).map(|region| &region.ssm);
    let found = state.and_then(|state| state.parameters.get(&name));
    let parameter = found.ok_or_else(|| format!("invalid ssm parameters: {name}"))?;
    let key = parameter.key.as_ref();
    match key.and_then(|key| kms::trouble(world, region, key)) {
        Some(why) => Err(format!("InvalidKeyId: {why}")),
        None => Ok(parameter.value.clone()),
    }
}

/// Puts a parameter of this ARN in place, with this value.
pub(crate) fn set(world: &mut World, arn: &str, value: &str) {
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    let name = name(&region, arn).unwrap_or_default();
    let parameter = Parameter {
        kind: "SecureString".to_owned(),
        value: value.to_owned(),
        description: None,
        key: Some("alias/aws/ssm".to_owned()),
        tier: "Standard".to_owned(),
        version: 1,
        changed: world.now(),
        by: partition::arn(&region, "iam", "user/somebody").replace(&format!(":{region}:"), "::"),
        tags: Tags::new(),
    };
    world.region(&region).ssm.parameters.insert(name, parameter);
}

/// Every tagged one of a region.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let state = world.regions.get(region).map(|region| &region.ssm);
    let all = state.into_iter().flat_map(|state| &state.parameters);
    all.map(|(name, parameter)| Tagged {
        arn: arn(region, name),
        kind: "ssm:parameter",
        tags: parameter.tags.clone(),
    })
    .collect()
}

/// How many there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let regions = world.regions.values();
    vec![("parameter", regions.map(|it| it.ssm.parameters.len()).sum())]
}

fn arn(region: &str, name: &str) -> String {
    partition::arn(
        region,
        "ssm",
        &format!("parameter/{}", name.trim_start_matches('/')),
    )
}

/// The name that an ARN means: a name with a path begins with a slash.
fn name(region: &str, arn: &str) -> Option<String> {
    let bare = arn.strip_prefix(&partition::arn(region, "ssm", "parameter/"))?;
    Some(if bare.contains('/') {
        format!("/{bare}")
    } else {
        bare.to_owned()
    })
}

/// A name as a call gives it, which may be an ARN.
fn named(call: &Call, given: &str) -> String {
    name(&call.region, given).unwrap_or_else(|| given.to_owned())
}

fn not_found() -> AwsError {
    AwsError::new("ParameterNotFound", "")
}

fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Name"])?;
    let name = named(call, call.text("Name").unwrap_or_default());
    let gone = world.region(&call.region).ssm.parameters.remove(&name);
    gone.map(|_| Answer::empty()).ok_or_else(not_found)
}

fn delete_many(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Names"])?;
    let names = ten(call)?;
    let parameters = &mut world.region(&call.region).ssm.parameters;
    let (gone, unknown): (Vec<_>, Vec<_>) = names
        .into_iter()
        .partition(|given| parameters.remove(&named(call, given)).is_some());
    Ok(Answer::Json(
        json!({ "DeletedParameters": gone, "InvalidParameters": unknown }),
    ))
}

/// The names of a call that takes ten.
fn ten(call: &Call) -> Result<Vec<String>, AwsError> {
    let names = call.texts("Names");
    if (1..=10).contains(&names.len()) {
        return Ok(names);
    }
    Err(AwsError::validation(format!(
        "1 validation error detected: Value '{names:?}' at 'names' failed to satisfy constraint: Member must have length less than \
         or equal to 10, and greater than or equal to 1"
    )))
}

fn tagged_one<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Parameter, AwsError> {
    if call.text("ResourceType") != Some("Parameter") {
        let kind = call.text("ResourceType").unwrap_or_default();
        return Err(AwsError::not_simulated(format!("tags of a {kind}")));
    }
    let name = call.text("ResourceId").unwrap_or_default();
    let found = world.region(&call.region).ssm.parameters.get_mut(name);
    found.ok_or_else(|| {
        AwsError::new(
            "InvalidResourceId",
            "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
        )
    })
}

fn list_tags(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ResourceId", "ResourceType"])?;
    let tags = to_list(&tagged_one(world, call)?.tags, "Key", "Value");
    Ok(Answer::Json(json!({ "TagList": tags })))
}

fn add_tags(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ResourceId", "ResourceType", "Tags"])?;
    let new = from_list(call.json.get("Tags"), "Key", "Value")?;
    let parameter = tagged_one(world, call)?;
    parameter.tags.extend(new);
    Ok(Answer::empty())
}
