//! CloudWatch Logs: log groups with their retention and tags, and the streams in them (JSON 1.1, `Logs_20140328`).
//!
//! Owns: log groups, streams, events. Must not know: who writes into them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_cloudwatchlogs::model;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::paging;
use crate::shape;
use crate::tags::{Tagged, Tags};
use crate::world::World;

mod read;
mod settings;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use stream::{MOST_EVENTS, write};

/// The log groups of one region, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    groups: BTreeMap<String, LogGroup>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct LogGroup {
    arn: String,
    class: String,
    created: u64,
    deletion_protection: bool,
    kms_key: Option<String>,
    /// What is masked in it.
    #[serde(default)]
    masked: Option<String>,
    /// Whether bearer tokens may write to it.
    #[serde(default)]
    bearer: bool,
    retention: Option<i32>,
    tags: Tags,
    /// By name.
    #[serde(default)]
    streams: BTreeMap<String, stream::Stream>,
}

/// What `PutRetentionPolicy` takes (API reference).
const RETENTIONS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateLogGroup" => create(world, call),
        "DescribeLogGroups" => describe(world, call),
        "PutRetentionPolicy" => put_retention(world, call),
        "DeleteRetentionPolicy" => delete_retention(world, call),
        "DeleteLogGroup" => delete(world, call),
        "AssociateKmsKey" => settings::associate_key(world, call),
        "DisassociateKmsKey" => settings::disassociate_key(world, call),
        "PutDataProtectionPolicy" => settings::mask(world, call),
        "DeleteDataProtectionPolicy" => settings::unmask(world, call),
        "PutLogGroupDeletionProtection" => settings::protect(world, call),
        "PutBearerTokenAuthentication" => settings::bearer(world, call),
        "DescribeLogStreams" => stream::describe(world, call),
        "GetLogEvents" => read::get(world, call),
        "FilterLogEvents" => read::filter(world, call),
        "ListTagsForResource" => list_tags(world, call),
        "TagResource" => tag(world, call),
        "UntagResource" => untag(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let groups = world
        .regions
        .get(region)
        .map(|region| region.logs.groups.values());
    let tagged = |group: &LogGroup| Tagged {
        arn: group.arn.clone(),
        kind: "logs:log-group",
        tags: group.tags.clone(),
    };
    groups.into_iter().flatten().map(tagged).collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let groups = world
        .regions
        .values()
        .map(|region| region.logs.groups.len());
    vec![("log group", groups.sum())]
}

/// Whether a log group is there; a task whose log driver finds none cannot start.
pub(crate) fn has_group(world: &World, region: &str, name: &str) -> bool {
    world
        .regions
        .get(region)
        .is_some_and(|region| region.logs.groups.contains_key(name))
}

/// `CreateLogGroup`: `ResourceAlreadyExistsException` for a name that is taken.
fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateLogGroupRequest = shape::json(call, &[])?;
    let name = input.log_group_name;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte);
    if !(1..=512).contains(&name.len()) || !name.bytes().all(fits) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
        )));
    }
    let class = input
        .log_group_class
        .unwrap_or_else(|| "STANDARD".to_owned());
    if !["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"].contains(&class.as_str()) {
        return Err(invalid(format!("logGroupClass '{class}' is not valid")));
    }
    let arn = call.arn("logs", &format!("log-group:{name}"));
    let group = LogGroup {
        class,
        deletion_protection: input.deletion_protection_enabled.unwrap_or(false),
        kms_key: input.kms_key_id,
        tags: input.tags.unwrap_or_default().into_iter().collect(),
        ..LogGroup::plain(arn, world.now())
    };
    let groups = groups(world, call);
    if groups.contains_key(&name) {
        let message = "The specified log group already exists";
        return Err(AwsError::new("ResourceAlreadyExistsException", message));
    }
    groups.insert(name, group);
    Ok(Answer::empty())
}

/// `DescribeLogGroups`: by prefix, at most 50 a page.
fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeLogGroupsRequest = shape::json(call, &[])?;
    let unused = [
        "accountIdentifiers",
        "includeLinkedAccounts",
        "logGroupClass",
        "logGroupIdentifiers",
    ];
    shape::refuse(call, &unused)?;
    let prefix = input.log_group_name_prefix.unwrap_or_default();
    let pattern = input.log_group_name_pattern.unwrap_or_default();
    if !prefix.is_empty() && !pattern.is_empty() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let size = input.limit.unwrap_or(50);
    if !(1..=50).contains(&size) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{size}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"
        )));
    }
    let found = groups(world, call)
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix) && name.contains(&pattern))
        .map(|(name, group)| group.seen(name))
        .collect();
    let (found, next) = paging::page(found, input.next_token.as_deref(), size as usize)
        .ok_or_else(|| invalid("The specified nextToken is invalid."))?;
    let mut answer = json!({ "logGroups": found });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

/// `PutRetentionPolicy`: one of the numbers of days that AWS has.
fn put_retention(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutRetentionPolicyRequest = shape::json(call, &[])?;
    let days = input.retention_in_days;
    if !RETENTIONS.contains(&days) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: {RETENTIONS:?}"
        )));
    }
    find(world, call, &input.log_group_name)?.retention = Some(days);
    Ok(Answer::empty())
}

/// `DeleteRetentionPolicy`: events never expire again.
fn delete_retention(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteRetentionPolicyRequest = shape::json(call, &[])?;
    find(world, call, &input.log_group_name)?.retention = None;
    Ok(Answer::empty())
}

/// `DeleteLogGroup`.
fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteLogGroupRequest = shape::json(call, &[])?;
    if find(world, call, &input.log_group_name)?.deletion_protection {
        let message = "Deletion protection is enabled for the specified log group";
        return Err(AwsError::new("OperationAbortedException", message));
    }
    groups(world, call).remove(&input.log_group_name);
    Ok(Answer::empty())
}

/// `ListTagsForResource`: the ARN without `:*`.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html>
fn list_tags(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTagsForResourceRequest = shape::json(call, &[])?;
    let group = by_arn(world, call, &input.resource_arn)?;
    Ok(Answer::Json(json!({ "tags": group.tags })))
}

/// `TagResource`: a key that is there gets the new value.
fn tag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::TagResourceRequest = shape::json(call, &[])?;
    by_arn(world, call, &input.resource_arn)?
        .tags
        .extend(input.tags);
    Ok(Answer::empty())
}

/// `UntagResource`: a key that is not there is no error.
fn untag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UntagResourceRequest = shape::json(call, &[])?;
    let tags = &mut by_arn(world, call, &input.resource_arn)?.tags;
    tags.retain(|key, _| !input.tag_keys.contains(key));
    Ok(Answer::empty())
}

impl LogGroup {
    /// A group with nothing but a name.
    fn plain(arn: String, created: u64) -> Self {
        Self {
            arn,
            class: "STANDARD".to_owned(),
            created,
            deletion_protection: false,
            kms_key: None,
            masked: None,
            bearer: false,
            retention: None,
            tags: Tags::new(),
            streams: BTreeMap::new(),
        }
    }

    fn seen(&self, name: &str) -> Value {
        let mut seen = json!({
            "logGroupName": name,
            "arn": format!("{}:*", self.arn),
            "logGroupArn": self.arn,
            "creationTime": self.created,
            "logGroupClass": self.class,
            "deletionProtectionEnabled": self.deletion_protection,
            "metricFilterCount": 0,
            "storedBytes": 0,
        });
        if let Some(days) = self.retention {
            seen["retentionInDays"] = days.into();
        }
        if let Some(key) = &self.kms_key {
            seen["kmsKeyId"] = key.clone().into();
        }
        if self.masked.is_some() {
            seen["dataProtectionStatus"] = "ACTIVATED".into();
        }
        if self.bearer {
            seen["bearerTokenAuthenticationEnabled"] = true.into();
        }
        seen
    }
}

fn groups<'w>(world: &'w mut World, call: &Call) -> &'w mut BTreeMap<String, LogGroup> {
    &mut world.region(&call.region).logs.groups
}

fn find<'w>(world: &'w mut World, call: &Call, name: &str) -> Result<&'w mut LogGroup, AwsError> {
    groups(world, call).get_mut(name).ok_or_else(not_found)
}

/// The group that a reading call names, by its name or by its ARN.
fn group_of<'w>(world: &'w mut World, call: &Call) -> Result<&'w LogGroup, AwsError> {
    let named = match (call.text("logGroupName"), call.text("logGroupIdentifier")) {
        (Some(name), None) => name.to_owned(),
        (None, Some(named)) => named
            .rsplit_once(":log-group:")
            .map_or(named, |(_, name)| name)
            .to_owned(),
        _ => {
            return Err(invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be specified",
            ));
        }
    };
    find(world, call, &named).map(|group| &*group)
}

fn by_arn<'w>(world: &'w mut World, call: &Call, arn: &str) -> Result<&'w mut LogGroup, AwsError> {
    if arn.ends_with(":*") {
        return Err(invalid(format!(
            "the resource ARN '{arn}' must not end with ':*'"
        )));
    }
    groups(world, call)
        .values_mut()
        .find(|group| group.arn == arn)
        .ok_or_else(not_found)
}

fn not_found() -> AwsError {
    AwsError::new(
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}
