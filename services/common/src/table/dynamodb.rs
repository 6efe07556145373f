//! The store on AWS: one DynamoDB table with the generic key schema.
//!
//! Every set of writes is one `TransactWriteItems`, also a set of one: its client token makes the SDK's retries safe, where a
//! retried `PutItem` whose first answer was lost would fail on its own success. Reads by key and of partitions are strongly
//! consistent; reads of the index cannot be. No operation scans.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Expect, Fault, Item, Query, Refused, Row, Rows, Table, Write};

/// How often a transaction is tried that another one crossed (`TransactionConflict`, which the SDK does not retry).
const TRIES: u32 = 8;

/// The store on AWS.
pub struct DynamoDb {
    client: Client,
    table: String,
}

impl DynamoDb {
    /// With the container's region and credentials: those in the environment, else the task role's. Asks nothing yet.
    ///
    /// The SDK's own chain would also look for profiles, browsers and instances, none of which a container has, at the cost
    /// of megabytes.
    pub fn connect(table: &str) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(8))
            .build();
        let credentials = CredentialsProviderChain::first_try(
            "environment",
            EnvironmentVariableCredentialsProvider::new(),
        )
        .or_else("task role", EcsCredentialsProvider::builder().build());
        let setting = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(setting("AWS_REGION").map(Region::new))
            .credentials_provider(credentials)
            .timeout_config(timeouts);
        config.set_endpoint_url(
            setting("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| setting("AWS_ENDPOINT_URL")),
        );
        Self::over(Client::from_conf(config.build()), table)
    }

    /// Over a client made elsewhere.
    pub fn over(client: Client, table: &str) -> Self {
        Self {
            client,
            table: table.to_owned(),
        }
    }

    async fn read(&self, pk: &str, sk: &str) -> Result<Option<Row>, Fault> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(pk))
            .key("sk", text(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| fault("GetItem", &error))?;
        let Some(item) = answer.item else {
            return Ok(None);
        };
        let expired = number(&item, "expires_at").is_some_and(|at: i64| at <= now());
        if expired {
            Ok(None)
        } else {
            row(item, "sk").map(Some)
        }
    }

    async fn list(&self, query: Query<'_>) -> Result<Rows, Fault> {
        let (partition, sort) = if query.index {
            ("gsi1pk", "gsi1sk")
        } else {
            ("pk", "sk")
        };
        let mut rows = Vec::with_capacity(query.limit);
        let mut start = None;
        // One answer ends at 1 MB, which a page of large documents may pass.
        loop {
            let mut request = self
                .client
                .query()
                .table_name(&self.table)
                .expression_attribute_names("#p", partition)
                .expression_attribute_values(":p", text(query.pk))
                .limit((query.limit - rows.len()) as i32)
                .set_exclusive_start_key(start);
            request = match query.after {
                None => request.key_condition_expression("#p = :p"),
                Some(after) => request
                    .key_condition_expression("#p = :p AND #s > :s")
                    .expression_attribute_names("#s", sort)
                    .expression_attribute_values(":s", text(after)),
            };
            request = if query.index {
                request.index_name("gsi1")
            } else {
                request.consistent_read(true)
            };
            let answer = request
                .send()
                .await
                .map_err(|error| fault("Query", &error))?;
            for item in answer.items.unwrap_or_default() {
                rows.push(row(item, sort)?);
            }
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || rows.len() >= query.limit {
                return Ok(rows.into());
            }
        }
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), Refused> {
        let items = writes
            .iter()
            .map(|write| self.item(write))
            .collect::<Result<Vec<_>, _>>()?;
        for attempt in 0..TRIES {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await;
            let Err(error) = sent else { return Ok(()) };
            let Some(reasons) = cancellation(&error) else {
                return Err(fault("TransactWriteItems", &error).into());
            };
            let unmet = places(&reasons, "ConditionalCheckFailed");
            if !unmet.is_empty() {
                return Err(Refused::Unmet(unmet));
            }
            let crossed = !places(&reasons, "TransactionConflict").is_empty();
            let throttled = ["ThrottlingError", "ProvisionedThroughputExceeded"]
                .iter()
                .any(|code| !places(&reasons, code).is_empty());
            if !crossed && !throttled {
                return Err(Fault::Broken(format!(
                    "TransactWriteItems: cancelled for {}",
                    reasons.join(", ")
                ))
                .into());
            }
            tokio::time::sleep(nap(attempt)).await;
        }
        Err(Fault::Unavailable(
            "TransactWriteItems: others kept crossing this transaction".to_owned(),
        )
        .into())
    }

    fn item(&self, write: &Write) -> Result<TransactWriteItem, Fault> {
        let built = |error: aws_sdk_dynamodb::error::BuildError| {
            Fault::Broken(format!("TransactWriteItems: {error}"))
        };
        let mut values = HashMap::new();
        let condition = match write.expect() {
            // What has expired counts as absent, also before DynamoDB gets round to removing it (within days).
            Expect::Absent => {
                values.insert(":now".to_owned(), AttributeValue::N(now().to_string()));
                "attribute_not_exists(pk) OR expires_at <= :now"
            }
            Expect::Version(version) => {
                values.insert(
                    ":version".to_owned(),
                    AttributeValue::N(version.to_string()),
                );
                "version = :version"
            }
        };
        let item = TransactWriteItem::builder();
        Ok(match write {
            Write::Put(new, _) => {
                let put = Put::builder()
                    .table_name(&self.table)
                    .set_item(Some(attributes(new)?))
                    .condition_expression(condition)
                    .set_expression_attribute_values(Some(values));
                item.put(put.build().map_err(built)?)
            }
            Write::Delete(key, _) => {
                let delete = Delete::builder()
                    .table_name(&self.table)
                    .key("pk", text(&key.pk))
                    .key("sk", text(&key.sk))
                    .condition_expression(condition)
                    .set_expression_attribute_values(Some(values));
                item.delete(delete.build().map_err(built)?)
            }
        }
        .build())
    }
}

impl Table for DynamoDb {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        self.read(pk, sk).boxed()
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>> {
        self.list(query).boxed()
    }

    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        self.transact(writes).boxed()
    }

    /// Reads a key that nothing has: that needs the table, the network and the right to read, and costs half a unit.
    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        async { self.read("ping", "ping").await.map(|_| ()) }.boxed()
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// 10 ms, doubling, and anything up to that again, so that two who crossed do not cross again.
fn nap(attempt: u32) -> Duration {
    let most = 10_u64 << attempt.min(6);
    let chance = uuid::Uuid::new_v4().as_u64_pair().0 % most;
    Duration::from_millis(most + chance)
}

fn attributes(item: &Item) -> Result<HashMap<String, AttributeValue>, Fault> {
    let body = std::str::from_utf8(&item.body)
        .map_err(|_| Fault::Broken("a document is not UTF-8".to_owned()))?;
    let mut all = HashMap::from([
        ("pk".to_owned(), text(&item.key.pk)),
        ("sk".to_owned(), text(&item.key.sk)),
        (
            "version".to_owned(),
            AttributeValue::N(item.version.to_string()),
        ),
        ("body".to_owned(), text(body)),
    ]);
    if let Some(index) = &item.index {
        all.insert("gsi1pk".to_owned(), text(&index.pk));
        all.insert("gsi1sk".to_owned(), text(&index.sk));
    }
    if let Some(at) = item.expires_at {
        all.insert("expires_at".to_owned(), AttributeValue::N(at.to_string()));
    }
    Ok(all)
}

fn number<T: std::str::FromStr>(item: &HashMap<String, AttributeValue>, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

fn row(mut item: HashMap<String, AttributeValue>, sort: &str) -> Result<Row, Fault> {
    let version = number(&item, "version");
    let mut take = |name| match item.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    };
    match (take(sort), version, take("body")) {
        (Some(sort), Some(version), Some(body)) => Ok(Row {
            sort,
            version,
            body: Bytes::from(body),
        }),
        _ => Err(Fault::Broken(
            "an item in the table is not one of ours".to_owned(),
        )),
    }
}

/// The reasons of a cancelled transaction, one per write (`None` where that write was not at fault).
fn cancellation<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<String>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons();
            Some(
                reasons
                    .iter()
                    .map(|reason| reason.code().unwrap_or("None").to_owned())
                    .collect(),
            )
        }
        // The same, told as an error of the whole call.
        TransactWriteItemsError::TransactionInProgressException(_) => {
            Some(vec!["TransactionConflict".to_owned()])
        }
        _ => None,
    }
}

fn places(reasons: &[String], code: &str) -> Vec<usize> {
    reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| *reason == code)
        .map(|(at, _)| at)
        .collect()
}

/// Operation and code only: a message may quote keys.
fn fault<E: ProvideErrorMetadata, R>(operation: &str, error: &SdkError<E, R>) -> Fault {
    let code = match error {
        SdkError::TimeoutError(_) => "timeout",
        // No credentials end here too.
        SdkError::DispatchFailure(failure) if failure.is_other() => "cannot reach or sign",
        SdkError::DispatchFailure(_) => "cannot reach",
        SdkError::ConstructionFailure(_) => "cannot build the request",
        SdkError::ResponseError(_) => "the answer does not read",
        _ => error.code().unwrap_or("unknown error"),
    };
    let text = format!("{operation}: {code}");
    match code {
        "ResourceNotFoundException"
        | "AccessDeniedException"
        | "ValidationException"
        | "cannot build the request" => Fault::Broken(text),
        _ => Fault::Unavailable(text),
    }
}
