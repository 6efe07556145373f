//! The parameters that hcctl keeps for an environment: `/PROJECT/ENVIRONMENT/NAME`, encrypted, tagged as its resources are.

use std::time::SystemTime;

use aws_sdk_ssm::types::{
    ParameterMetadata, ParameterStringFilter, ParameterType, ResourceTypeForTagging, Tag,
};
use hcctl_engine::{Class, Fault};

use super::{described, time};
use crate::aws::{Aws, Scope, fault};

/// With what the names of an environment's parameters begin.
pub fn path(scope: &Scope) -> String {
    format!("/{}/{}/", scope.project, scope.environment)
}

/// Bytes of a value that Parameter Store keeps free of charge (the standard tier).
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html>
pub const MOST: usize = 4_096;

/// Why a name cannot be a parameter's in this environment, and what could be; nothing where it can.
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>
pub fn refused(scope: &Scope, name: &str) -> Option<(String, String)> {
    let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if name.is_empty() || name.len() > 255 || !name.chars().all(good) {
        return Some((
            format!("`{}` cannot be a secret's name", name.escape_debug()),
            "write letters, digits, `_`, `.` and `-`, such as DB_PASSWORD".to_owned(),
        ));
    }
    let reserved = ["aws", "ssm"];
    let mut begun = reserved
        .iter()
        .filter(|prefix| scope.project.starts_with(**prefix));
    begun.next().map(|prefix| {
        (
            format!(
                "Parameter Store takes no name that begins with `{prefix}`, as those of project {} would",
                scope.project
            ),
            "keep the secret in Secrets Manager, and name it as `secretsmanager:NAME`".to_owned(),
        )
    })
}

/// One of an environment's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its name without the path.
    pub name: String,
    /// The number of its version.
    pub version: i64,
    /// When its value was changed last.
    pub changed: Option<SystemTime>,
    /// The ARN of who changed it.
    pub by: Option<String>,
}

/// What came of an attempt to set one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Set {
    /// It has this version now.
    Version(i64),
    /// There is one of this name that is not this environment's.
    Foreign,
}

/// The environment's parameters, by name.
///
/// # Errors
///
/// A fault of `ssm:DescribeParameters`.
pub async fn list(aws: &Aws) -> Result<Vec<Own>, Fault> {
    let path = path(&aws.scope);
    let filter = ParameterStringFilter::builder()
        .key("Path")
        .option("OneLevel")
        .values(path.trim_end_matches('/'));
    let mut all: Vec<Own> = described(aws, filter)
        .await?
        .into_iter()
        .filter_map(|seen| own(&path, seen))
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn own(path: &str, seen: ParameterMetadata) -> Option<Own> {
    Some(Own {
        name: seen.name.as_deref()?.strip_prefix(path)?.to_owned(),
        version: seen.version,
        changed: time(seen.last_modified_date()),
        by: seen.last_modified_user,
    })
}

/// Gives a parameter its first or its next value. `key` encrypts it; without one the key does that it has, or AWS's own.
///
/// # Errors
///
/// A fault of the calls that it takes; `InvalidKeyId` where the key is not there or does not encrypt.
pub async fn set(aws: &Aws, name: &str, value: &str, key: Option<&str>) -> Result<Set, Fault> {
    let whole = path(&aws.scope) + name;
    let tags = aws.scope.tags.iter();
    let tags: Result<Vec<Tag>, _> = tags
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect();
    let tags = tags.map_err(|error| Fault::own(PUT, error.to_string()))?;
    let call = aws
        .ssm
        .put_parameter()
        .name(&whole)
        .r#type(ParameterType::SecureString)
        .value(value);
    // A call that overwrites takes no tags: who makes one tags it.
    let made = call
        .clone()
        .set_tags(Some(tags))
        .set_key_id(key.map(str::to_owned))
        .send()
        .await;
    match made.map_err(fault(PUT)) {
        Err(fault) if fault.is("ParameterAlreadyExists") => {}
        made => return Ok(Set::Version(made?.version)),
    }
    if !is_ours(aws, &whole).await? {
        return Ok(Set::Foreign);
    }
    // Left out, AWS's own key would take the place of the one that it has.
    let key = match key {
        Some(key) => Some(key.to_owned()),
        None => key_of(aws, &whole).await?,
    };
    let call = call.overwrite(true).set_key_id(key);
    let next = call.send().await.map_err(fault(PUT))?;
    Ok(Set::Version(next.version))
}

const PUT: &str = "ssm:PutParameter";

async fn key_of(aws: &Aws, name: &str) -> Result<Option<String>, Fault> {
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .values(name);
    let seen = described(aws, filter).await?;
    Ok(seen.into_iter().find_map(|one| one.key_id))
}

/// Whether a parameter says that it is this environment's.
async fn is_ours(aws: &Aws, name: &str) -> Result<bool, Fault> {
    let call = aws
        .ssm
        .list_tags_for_resource()
        .resource_type(ResourceTypeForTagging::Parameter)
        .resource_id(name);
    let answer = call
        .send()
        .await
        .map_err(fault("ssm:ListTagsForResource"))?;
    let has = |key: &str| {
        let wanted = aws.scope.tags.get(key);
        let mut tags = answer.tag_list().iter();
        tags.any(|tag| tag.key() == key && Some(tag.value()) == wanted.map(String::as_str))
    };
    Ok(["Project", "Environment", "ManagedBy"].into_iter().all(has))
}

/// What came of an attempt to remove one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Gone,
    /// There was none.
    Missing,
    /// There is one of this name that is not this environment's.
    Foreign,
}

/// Removes a parameter, if it is the environment's.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub async fn remove(aws: &Aws, name: &str) -> Result<Removed, Fault> {
    let whole = path(&aws.scope) + name;
    match is_ours(aws, &whole).await {
        Err(fault) if fault.is("InvalidResourceId") => return Ok(Removed::Missing),
        Ok(false) => return Ok(Removed::Foreign),
        ours => drop(ours?),
    }
    let call = aws.ssm.delete_parameter().name(&whole).send().await;
    match call.map_err(fault("ssm:DeleteParameter")) {
        Err(fault) if fault.class == Class::NotFound => Ok(Removed::Missing),
        gone => gone.map(|_| Removed::Gone),
    }
}
