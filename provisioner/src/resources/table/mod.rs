//! Where a service keeps its data.

mod calls;
mod members;
mod other;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{BillingMode, TableDescription, TableStatus};
use hcctl_engine::kind::Wait;
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::take_up::take_up;
use super::{Others, example_tags, gone_is_fine, incomplete, names};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, Tags, Theirs, fault};

/// The type's name in the tagging index.
const TYPE: &str = "dynamodb:table";

/// A DynamoDB table. Its address is the name that the environment file gives it.
pub struct Table;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Its primary key.
    pub keys: Keys,
    /// Its global secondary indexes, by name.
    pub indexes: BTreeMap<String, Index>,
    /// Requests are paid one by one; hcctl makes no others, but sees them.
    pub on_demand: bool,
    /// Whose key encrypts it: `owned` by DynamoDB, which is its default, or the account's `kms`.
    pub encryption: String,
    /// Every second of the last 35 days can be restored.
    pub point_in_time_recovery: bool,
    /// The attribute with the time at which an item goes; empty where all stay.
    pub ttl_attribute: String,
    /// It cannot be deleted.
    pub deletion_protection: bool,
    /// Who else may use it, as a policy of its own says. Wanted empty: roles say what they may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Value>,
    /// What else was set on it: a stream, a class, limits, fewer days that can be restored. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

/// A key. Attributes are strings; another type stands behind the name, as in `pk (N)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// The partition key.
    pub hash: String,
    /// The sort key; empty where there is none.
    pub range: String,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its partition key.
    pub hash: String,
    /// Its sort key; empty where there is none.
    pub range: String,
    /// Which attributes it holds: `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
}

impl Kind for Table {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "table";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("keys", Rule::Replace),
        ("indexes", Rule::Update),
        ("on_demand", Rule::Update),
        ("encryption", Rule::Update),
        ("point_in_time_recovery", Rule::Update),
        ("ttl_attribute", Rule::Update),
        ("deletion_protection", Rule::Update),
        ("policy", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    const DELETE_RISK: Risk = Risk::DataLoss;
    const BRIEF: &'static [&'static str] = &["indexes"];
    const TEXT: &'static [&'static str] = &["policy"];
    const WAIT: Wait = Wait::of(500, 5_000, 900, 20);

    fn example() -> Spec {
        Spec {
            name: "shop-dev-carts".to_owned(),
            keys: Keys {
                hash: "pk".to_owned(),
                range: "sk".to_owned(),
            },
            indexes: BTreeMap::from([(
                "gsi1".to_owned(),
                Index {
                    hash: "gsi1pk".to_owned(),
                    range: "gsi1sk".to_owned(),
                    projection: "ALL".to_owned(),
                },
            )]),
            on_demand: true,
            encryption: "kms".to_owned(),
            point_in_time_recovery: true,
            ttl_attribute: "expires_at".to_owned(),
            deletion_protection: true,
            policy: Some(json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "AWS": "210987654321" },
                    "Action": "dynamodb:GetItem",
                    "Resource": "*"
                }]
            })),
            other: Others::from([("StreamViewType".to_owned(), "NEW_IMAGE".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (names, ()) = tokio::join!(calls::list(aws), aws.expect_tags(TYPE));
        let found = aws.crowd(names?, |name| async move { look(aws, &name).await });
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        only_on_demand(spec)?;
        let call = || {
            let call = aws
                .dynamodb
                .create_table()
                .table_name(&spec.name)
                .set_key_schema(Some(calls::schema(&spec.keys.hash, &spec.keys.range)))
                .set_attribute_definitions(Some(calls::attributes(spec)))
                .set_global_secondary_indexes(calls::indexes(spec))
                .billing_mode(BillingMode::PayPerRequest)
                .deletion_protection_enabled(spec.deletion_protection)
                .set_tags(Some(write_tags(&aws.tags(Self::NAME, name, &spec.tags))));
            let call = if spec.encryption == "owned" {
                call
            } else {
                call.sse_specification(calls::encryption(spec))
            };
            async move { call.send().await.map_err(fault("dynamodb:CreateTable")) }
        };
        let answer = match call().await {
            Err(met) if met.is("ResourceInUseException") => {
                // An earlier one of that name may still be going.
                calls::past(aws, &spec.name, &TableStatus::Deleting).await?;
                match look(aws, &spec.name).await? {
                    None => call().await?,
                    seen => {
                        calls::settled(aws, &spec.name).await?;
                        return take_up::<Self>(aws, name, spec, met, seen).await;
                    }
                }
            }
            outcome => outcome?,
        };
        let arn = answer
            .table_description
            .and_then(|table| table.table_arn)
            .ok_or_else(|| incomplete("dynamodb:CreateTable", "ARN"))?;
        calls::settled(aws, &spec.name).await?;
        if spec.point_in_time_recovery {
            calls::recovery(aws, spec, None).await?;
        }
        if !spec.ttl_attribute.is_empty() {
            calls::expiry(aws, &spec.name, &spec.ttl_attribute, true).await?;
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (before, after) = (change.before, change.after);
        only_on_demand(after)?;
        // One change a call, and each only when the one before is through.
        if change.has("on_demand") {
            let by_request = |call: calls::Update| call.billing_mode(BillingMode::PayPerRequest);
            calls::update(aws, after, by_request).await?;
        }
        if change.has("encryption") {
            let encrypted = |call: calls::Update| call.sse_specification(calls::encryption(after));
            calls::update(aws, after, encrypted).await?;
        }
        if change.has("indexes") {
            calls::reindex(aws, before, after).await?;
        }
        if change.has("deletion_protection") {
            let protected =
                |call: calls::Update| call.deletion_protection_enabled(after.deletion_protection);
            calls::update(aws, after, protected).await?;
        }
        if change.has("point_in_time_recovery") {
            calls::recovery(aws, after, None).await?;
        }
        if change.has("ttl_attribute") {
            if !before.ttl_attribute.is_empty() {
                calls::expiry(aws, &after.name, &before.ttl_attribute, false).await?;
            }
            if !after.ttl_attribute.is_empty() {
                calls::expiry(aws, &after.name, &after.ttl_attribute, true).await?;
            }
        }
        if change.has("policy") {
            let call = aws.dynamodb.delete_resource_policy();
            let answer = call.resource_arn(change.id).send().await;
            gone_is_fine(
                answer
                    .map(drop)
                    .map_err(fault("dynamodb:DeleteResourcePolicy")),
            )?;
        }
        Box::pin(other::plain(aws, after, &before.other)).await?;
        aws.retag_table(change.id, &before.tags, &after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let protected = |fault: Fault| {
            fault.class(Class::Conflict).remedy(
                "set `protect: false` in the environment file, apply that, and run the same command again",
            )
        };
        if seen.deletion_protection {
            let message = format!("{} is protected from being deleted", seen.name);
            return Err(protected(Fault::own("dynamodb:DeleteTable", message)));
        }
        calls::settled(aws, &seen.name).await?;
        let call = aws.dynamodb.delete_table().table_name(&seen.name);
        let outcome = call.send().await.map(drop);
        match outcome.map_err(fault("dynamodb:DeleteTable")) {
            // It is going already.
            Err(fault) if fault.is("ResourceInUseException") => Ok(()),
            Err(fault) if fault.message.contains("rotect") => Err(protected(fault)),
            outcome => gone_is_fine(outcome),
        }
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let seen = calls::describe(aws, name_of(id)).await?;
        Ok(match seen.as_ref().map(unsettled) {
            None => Readiness::NotYet("not known yet".to_owned()),
            Some(None) => Readiness::Ready,
            Some(Some(why)) => Readiness::NotYet(why),
        })
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let seen = calls::describe(aws, name_of(id)).await?;
        Ok(seen.map_or(Readiness::Ready, |_| {
            Readiness::NotYet("deleting".to_owned())
        }))
    }
}

/// Why a table cannot take the next change yet.
fn unsettled(seen: &TableDescription) -> Option<String> {
    let word = |status: &str| status.to_lowercase();
    if let Some(status) = seen
        .table_status()
        .filter(|status| **status != TableStatus::Active)
    {
        return Some(word(status.as_str()));
    }
    let indexes = seen.global_secondary_indexes();
    let busy = indexes.iter().find_map(|index| {
        let status = index.index_status()?;
        (status.as_str() != "ACTIVE").then(|| {
            let name = index.index_name().unwrap_or_default();
            format!("index {name} is {}", word(status.as_str()))
        })
    });
    let encryption = seen.sse_description().and_then(|sse| sse.status());
    let encrypting = encryption.filter(|status| status.as_str().ends_with("ING"));
    busy.or(encrypting.map(|status| format!("encryption is {}", word(status.as_str()))))
}

/// A table of ours, or a stranger's under a name of ours; one that is being deleted is not there.
async fn look(aws: &Aws, name: &str) -> Result<Option<Found<Spec>>, Fault> {
    let all = tokio::try_join!(
        calls::describe(aws, name),
        calls::backups(aws, name),
        calls::ttl(aws, name),
        Box::pin(calls::policy(aws, name))
    );
    let (seen, backups, ttl_attribute, policy) = match all {
        Err(fault) if fault.class == Class::NotFound => return Ok(None),
        outcome => outcome?,
    };
    let Some(seen) = seen.filter(|seen| seen.table_status != Some(TableStatus::Deleting)) else {
        return Ok(None);
    };
    let arn = seen.table_arn().unwrap_or_default().to_owned();
    let ask = async {
        let call = aws.dynamodb.list_tags_of_resource().resource_arn(&arn);
        let answer = call.send().await;
        let tags = answer.map_err(fault("dynamodb:ListTagsOfResource"))?.tags;
        Ok(read_tags(tags))
    };
    let tags = aws.tags_of(TYPE, &arn, ask).await?;
    let pending = (seen.table_status == Some(TableStatus::Creating)).then(|| "creating".to_owned());
    Ok(Some(match aws.theirs(Table::NAME, tags) {
        Theirs::Ours(address, tags) => {
            let mut spec = calls::read(seen, tags);
            spec.point_in_time_recovery = calls::recoverable(backups.as_ref());
            other::find_in_backups(&mut spec.other, backups.as_ref());
            spec.ttl_attribute = ttl_attribute;
            spec.policy = policy;
            Found::ours(address, arn, spec).pending(pending)
        }
        Theirs::Lost(tags) => {
            let name = names::rest(aws, name).unwrap_or(name);
            aws.lost(Table::NAME, name, arn, &tags)
        }
        Theirs::Not(why) => Found::Taken {
            name: names::rest(aws, name).unwrap_or(name).to_owned(),
            id: arn,
            why,
        },
    }))
}

fn only_on_demand(spec: &Spec) -> Result<(), Fault> {
    if spec.on_demand {
        return Ok(());
    }
    Err(Fault::own(
        "dynamodb:UpdateTable",
        "hcctl makes tables that are paid by request only",
    ))
}

/// The name at the end of a table's ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
