//! Tags, as every service keeps them.
//!
//! Owns: the one type for tags and the record that the tagging API reads. Must not know: how a service writes tags on the wire.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::AwsError;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// One tagged resource, for `GetResources` of the tagging API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tagged {
    /// The resource's ARN.
    pub(crate) arn: String,
    /// Its type as `ResourceTypeFilters` names it: `ec2:vpc`, `ecs:service`.
    pub(crate) kind: &'static str,
    /// Its tags.
    pub(crate) tags: Tags,
}

/// Reads `[{key_name: "k", value_name: "v"}, ...]`, the list of tags in a JSON service's own spelling
/// (`key`/`value` in ECS, `Key`/`Value` elsewhere).
pub(crate) fn from_list(
    list: Option<&Value>,
    key_name: &str,
    value_name: &str,
) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    let Some(list) = list.filter(|list| !list.is_null()) else {
        return Ok(tags);
    };
    for tag in list
        .as_array()
        .ok_or_else(|| AwsError::validation("tags must be a list"))?
    {
        let key = tag[key_name]
            .as_str()
            .ok_or_else(|| AwsError::validation(format!("a tag needs {key_name}")))?;
        let value = tag[value_name].as_str().unwrap_or_default();
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// Writes tags as a list in a JSON service's own spelling.
pub(crate) fn to_list(tags: &Tags, key_name: &str, value_name: &str) -> Value {
    tags.iter()
        .map(|(key, value)| json!({ key_name: key, value_name: value }))
        .collect()
}
