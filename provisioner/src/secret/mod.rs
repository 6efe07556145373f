//! Room `secret`: secrets where they are kept.
//!
//! Owns: what can be known of a secret without reading its value ([`look`]), and the parameters that hcctl keeps for an environment
//! ([`own`]). Must not know: printing, plans, what gives secrets to containers. No call in here reads a value.

pub mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use aws_sdk_kms::types::{KeyManagerType, KeyState};
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_ssm::types::{ParameterMetadata, ParameterStringFilter};
use aws_smithy_types::DateTime;
use hcctl_engine::{Class, Fault};

use crate::aws::{Aws, fault};
use crate::environment::{Named, SecretSource, SecretStore};

/// What was found of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its ARN, as policies name it.
    pub arn: String,
    /// The ARN of the key that encrypts it, where that is not the one that AWS keeps.
    pub key: Option<String>,
    /// When its value was changed last, where that is known.
    pub changed: Option<SystemTime>,
    /// The number of its version, of a parameter.
    pub version: Option<i64>,
    /// Why no task can be given it, where that is known.
    pub trouble: Option<Trouble>,
}

/// Why no task can be given a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is not there.
    Missing,
    /// It is marked for deletion (GetSecretValue: `InvalidRequestException`).
    Deleted,
    /// It has no version of this stage or id (GetSecretValue: `ResourceNotFoundException`).
    Valueless(String),
    /// Its key does not decrypt (KMS Decrypt: `DisabledException`, `KMSInvalidStateException`, `NotFoundException`).
    Key {
        /// The key, as the secret names it.
        key: String,
        /// What is the matter with it, as a fragment.
        why: &'static str,
    },
}

impl Found {
    fn new(arn: String) -> Self {
        Self {
            arn,
            key: None,
            changed: None,
            version: None,
            trouble: None,
        }
    }
}

impl Trouble {
    /// What is wrong with the secret that the file names so.
    pub fn text(&self, source: &SecretSource) -> String {
        let what = what(source);
        match self {
            Self::Missing => format!("there is no {what}"),
            Self::Deleted => format!("{what} is marked for deletion, and no task can read it"),
            Self::Valueless(version) => format!("{what} has no value of {version}"),
            Self::Key { key, why } => format!("the key {key} that encrypts {what} {why}"),
        }
    }

    /// What to do about it, in the environment that `aws` works in.
    pub fn remedy(&self, aws: &Aws, source: &SecretSource) -> String {
        match self {
            Self::Missing => missing(aws, source),
            Self::Deleted => {
                "call its deletion off (aws secretsmanager restore-secret), or name another".to_owned()
            }
            Self::Valueless(_) => {
                "give it a value (aws secretsmanager put-secret-value), or name another version".to_owned()
            }
            Self::Key { .. } => {
                "make the key usable again (aws kms cancel-key-deletion, aws kms enable-key), or encrypt the secret with another"
                    .to_owned()
            }
        }
    }
}

fn missing(aws: &Aws, source: &SecretSource) -> String {
    let env = &aws.scope.environment;
    let own = match source.named() {
        Some(Named::Parameter(name)) => {
            name.strip_prefix(&own::path(&aws.scope)).map(str::to_owned)
        }
        _ => parameter(source)
            .and_then(|name| name.strip_prefix(&own::path(&aws.scope)).map(str::to_owned)),
    };
    match (own, source.store()) {
        (Some(name), _) => format!("set it: hcctl secret set {env} {name}"),
        (None, SecretStore::ParameterStore) => format!(
            "make it, or let hcctl keep it: hcctl secret set {env} NAME says what to write instead"
        ),
        (None, SecretStore::SecretsManager) => format!(
            "make it in Secrets Manager, or let hcctl keep it in Parameter Store: hcctl secret set {env} NAME says what to write \
             instead"
        ),
    }
}

/// How messages call a secret.
fn what(source: &SecretSource) -> String {
    match (source.store(), source.named()) {
        (_, Some(Named::Parameter(name))) => format!("parameter {name}"),
        (_, Some(Named::Secret { name, .. })) => format!("secret {name} in Secrets Manager"),
        (SecretStore::ParameterStore, None) => {
            format!("parameter {}", parameter(source).unwrap_or_default())
        }
        (SecretStore::SecretsManager, None) => {
            let arn = source.arn().map(|arn| arn.resource());
            let arn = arn.unwrap_or_default();
            let name = arn.rsplit(':').next().unwrap_or_default();
            format!("secret {name} in Secrets Manager")
        }
    }
}

/// The name of a parameter. One that is a path begins with a slash, which its ARN leaves out.
fn parameter(source: &SecretSource) -> Option<String> {
    if let Some(Named::Parameter(name)) = source.named() {
        return Some(name.to_owned());
    }
    let arn = source.arn()?;
    let (_, name) = arn.as_str().split_once(":parameter/")?;
    Some(if name.contains('/') {
        format!("/{name}")
    } else {
        name.to_owned()
    })
}

/// Looks at secrets; makes no call where there are none. Those of other accounts and regions are not asked about: what is known of
/// them is their ARN.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub async fn look(
    aws: &Aws,
    sources: BTreeSet<SecretSource>,
) -> Result<BTreeMap<SecretSource, Found>, Fault> {
    if sources.is_empty() {
        return Ok(BTreeMap::new());
    }
    let account = aws.identity().await?.account.clone();
    let region = aws.scope.region.clone();
    let here = |source: &SecretSource| {
        let arn = source.arn();
        arn.is_none_or(|arn| arn.region().as_str() == region && arn.account().as_str() == account)
    };
    let (near, far): (Vec<_>, Vec<_>) = sources.into_iter().partition(here);
    let (stored, kept): (Vec<_>, Vec<_>) = near
        .into_iter()
        .partition(|source| source.store() == SecretStore::ParameterStore);
    let (parameters, secrets) = tokio::try_join!(parameters(aws, &stored), secrets(aws, &kept))?;
    let resource = |source: &SecretSource| source.resource(&region, &account);
    let mut found = BTreeMap::new();
    for source in far {
        let arn = resource(&source);
        found.insert(source, Found::new(arn));
    }
    for source in stored {
        let seen = parameter(&source).and_then(|name| parameters.get(&name));
        let of = of_parameter(resource(&source), seen);
        found.insert(source, of);
    }
    for source in kept {
        let seen = secrets.get(&id(&source)).and_then(Option::as_ref);
        let of = of_secret(resource(&source), &source, seen);
        found.insert(source, of);
    }
    keys(aws, &mut found).await?;
    Ok(found)
}

/// As many names as a filter takes.
const NAMES: usize = 50;

/// Parameters by name. `ssm:DescribeParameters` tells of many at once, and of no value.
async fn parameters(
    aws: &Aws,
    sources: &[SecretSource],
) -> Result<BTreeMap<String, ParameterMetadata>, Fault> {
    let names: BTreeSet<String> = sources.iter().filter_map(parameter).collect();
    let names: Vec<String> = names.into_iter().collect();
    let chunks: Vec<Vec<String>> = names.chunks(NAMES).map(<[String]>::to_vec).collect();
    let read = |names: Vec<String>| async move {
        let filter = ParameterStringFilter::builder()
            .key("Name")
            .option("Equals")
            .set_values(Some(names));
        described(aws, filter).await
    };
    let found = aws.crowd(chunks, read).await?;
    let all = found.into_iter().flatten();
    Ok(all
        .filter_map(|one| Some((one.name.clone()?, one)))
        .collect())
}

/// The parameters that a filter lets through.
async fn described(
    aws: &Aws,
    filter: aws_sdk_ssm::types::builders::ParameterStringFilterBuilder,
) -> Result<Vec<ParameterMetadata>, Fault> {
    const OPERATION: &str = "ssm:DescribeParameters";
    let filter = filter
        .build()
        .map_err(|error| Fault::own(OPERATION, error.to_string()))?;
    let call = aws.ssm.describe_parameters().parameter_filters(filter);
    let mut pages = call.max_results(50).into_paginator().send();
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        all.extend(
            page.map_err(fault(OPERATION))?
                .parameters
                .unwrap_or_default(),
        );
    }
    Ok(all)
}

/// What a secret is asked for by.
fn id(source: &SecretSource) -> String {
    match (source.named(), source.arn()) {
        (Some(Named::Secret { name, .. }), _) => name.to_owned(),
        (_, Some(arn)) => arn.resource(),
        _ => source.to_string(),
    }
}

/// Secrets by what they are asked for by; nothing for one that is not there.
async fn secrets(
    aws: &Aws,
    sources: &[SecretSource],
) -> Result<BTreeMap<String, Option<DescribeSecretOutput>>, Fault> {
    let ids: BTreeSet<String> = sources.iter().map(id).collect();
    let read = |id: String| async move {
        let call = aws.secrets.describe_secret().secret_id(&id).send().await;
        match call.map_err(fault("secretsmanager:DescribeSecret")) {
            Err(fault) if fault.class == Class::NotFound => Ok((id, None)),
            answer => Ok((id, Some(answer?))),
        }
    };
    let found: Vec<(String, Option<DescribeSecretOutput>)> = aws.crowd(ids, read).await?;
    Ok(found.into_iter().collect())
}

fn time(at: Option<&DateTime>) -> Option<SystemTime> {
    at.and_then(|at| SystemTime::try_from(*at).ok())
}

fn of_parameter(arn: String, seen: Option<&ParameterMetadata>) -> Found {
    let mut found = Found::new(arn);
    let Some(seen) = seen else {
        found.trouble = Some(Trouble::Missing);
        return found;
    };
    found.key.clone_from(&seen.key_id);
    found.changed = time(seen.last_modified_date());
    found.version = Some(seen.version);
    found
}

fn of_secret(arn: String, source: &SecretSource, seen: Option<&DescribeSecretOutput>) -> Found {
    let mut found = Found::new(arn);
    let Some(seen) = seen else {
        found.trouble = Some(Trouble::Missing);
        return found;
    };
    if let Some(arn) = seen.arn() {
        arn.clone_into(&mut found.arn);
    }
    found.key.clone_from(&seen.kms_key_id);
    found.changed = time(seen.last_changed_date());
    let value_from = source.value_from(&found.arn);
    let mut rest = value_from.split(':').skip(8);
    let (stage, version) = (
        rest.next().unwrap_or_default(),
        rest.next().unwrap_or_default(),
    );
    let versions = seen.version_ids_to_stages();
    let there = |stage: &str| {
        let mut all = versions.into_iter().flat_map(|all| all.values());
        all.any(|stages| stages.iter().any(|one| one == stage))
    };
    let stage = if stage.is_empty() { CURRENT } else { stage };
    if seen.deleted_date().is_some() {
        found.trouble = Some(Trouble::Deleted);
    } else if !version.is_empty() {
        // A version without a stage is there for a while, and not told of.
        found.trouble = None;
    } else if !there(stage) {
        found.trouble = Some(Trouble::Valueless(stage.to_owned()));
    }
    found
}

/// The stage of the version that is given where none is named.
const CURRENT: &str = "AWSCURRENT";

/// Puts the ARNs of keys in the place of what secrets say of them, and tells of those that do not decrypt. The keys that AWS keeps for
/// the two stores are open to whoever may read what they encrypt, and named nowhere.
async fn keys(aws: &Aws, found: &mut BTreeMap<SecretSource, Found>) -> Result<(), Fault> {
    let named = found.values().filter_map(|one| one.key.clone());
    let named: BTreeSet<String> = named.filter(|key| !of_aws(key)).collect();
    let read =
        |key: String| async move { Ok::<_, Fault>((key.clone(), describe(aws, &key).await?)) };
    let known: BTreeMap<String, Key> = aws.crowd(named, read).await?.into_iter().collect();
    for one in found.values_mut() {
        let Some(named) = one.key.take() else {
            continue;
        };
        let Some(key) = known.get(&named) else {
            continue;
        };
        one.key.clone_from(&key.arn);
        if one.trouble.is_none() {
            one.trouble = key.why.map(|why| Trouble::Key { key: named, why });
        }
    }
    Ok(())
}

/// Whether it is an alias that AWS keeps for its services.
fn of_aws(key: &str) -> bool {
    key.starts_with("alias/aws/") || key.contains(":alias/aws/")
}

/// A key, as far as it matters who decrypts with it.
struct Key {
    /// Its ARN, where somebody has to be allowed to use it.
    arn: Option<String>,
    /// Why it does not decrypt.
    why: Option<&'static str>,
}

async fn describe(aws: &Aws, key: &str) -> Result<Key, Fault> {
    let call = aws.kms.describe_key().key_id(key).send().await;
    let answer = match call.map_err(fault("kms:DescribeKey")) {
        Err(fault) if fault.class == Class::NotFound => {
            let (arn, why) = (None, Some("does not exist any more"));
            return Ok(Key { arn, why });
        }
        // Another account's key tells of itself only where that account lets it; its ARN is known.
        Err(fault) if fault.class == Class::Denied && key.contains(":key/") => {
            let (arn, why) = (Some(key.to_owned()), None);
            return Ok(Key { arn, why });
        }
        answer => answer?,
    };
    let seen = answer.key_metadata;
    let seen = seen.ok_or_else(|| Fault::own("kms:DescribeKey", "the answer names no key"))?;
    let why = match seen.key_state() {
        Some(KeyState::Disabled) => Some("is disabled"),
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => {
            Some("is to be deleted, and decrypts nothing any more")
        }
        _ => None,
    };
    let ours = seen.key_manager() != Some(&KeyManagerType::Aws);
    Ok(Key {
        arn: seen.arn.filter(|_| ours),
        why,
    })
}
