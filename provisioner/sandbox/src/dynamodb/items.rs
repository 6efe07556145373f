//! Items: what the tasks of a served sandbox keep.
//!
//! `GetItem`, `PutItem`, `DeleteItem`, `Query` and `TransactWriteItems` (puts, deletes and checks), with conditions; the language of
//! expressions is the generated crate's. Not simulated: updates in place, scans, batches, filters, projections, streams, and the removal
//! of what has expired, which DynamoDB does within days.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};
use winterbaume_dynamodb::expr::{evaluate, parse_expression};
use winterbaume_dynamodb::model::KeySchemaElement;
use winterbaume_dynamodb::types::{AttributeValue, Item};

use super::{Status, Table, find};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// The largest item, in bytes (DynamoDB Developer Guide, "Constraints").
const MOST_BYTES: usize = 400 * 1024;

/// How many actions a transaction may have (API reference, `TransactWriteItems`).
const MOST_ACTIONS: usize = 100;

/// The items of a table, by their key's values.
pub(super) type Items = BTreeMap<String, Item>;

/// The parts of a request that say which item, and on which condition.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Action {
    table_name: String,
    item: Option<Item>,
    key: Option<Item>,
    condition_expression: Option<String>,
    expression_attribute_names: HashMap<String, String>,
    expression_attribute_values: Item,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Query {
    table_name: String,
    index_name: Option<String>,
    key_condition_expression: String,
    expression_attribute_names: HashMap<String, String>,
    expression_attribute_values: Item,
    scan_index_forward: Option<bool>,
    limit: Option<usize>,
    exclusive_start_key: Option<Item>,
    consistent_read: Option<bool>,
}

const SINGLE: [&str; 9] = [
    "TableName",
    "Item",
    "Key",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnConsumedCapacity",
    "ReturnItemCollectionMetrics",
    "ConsistentRead",
];

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, AwsError> {
    T::deserialize(value)
        .map_err(|error| AwsError::new("SerializationException", error.to_string()))
}

/// `GetItem`.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&SINGLE)?;
    let action: Action = read(&call.json)?;
    let table = usable(world, call, &action.table_name)?;
    let key = table.key_of(action.key.as_ref().unwrap_or(&Item::new()), true)?;
    let found = table.items.get(&key);
    Ok(Answer::Json(
        found.map_or_else(|| json!({}), |item| json!({ "Item": item })),
    ))
}

/// `PutItem` and `DeleteItem`: `ConditionalCheckFailedException` where the condition does not hold.
pub(super) fn write(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&SINGLE)?;
    let action: Action = read(&call.json)?;
    let table = usable(world, call, &action.table_name)?;
    let key = table.place_of(&action)?;
    if !holds(table.items.get(&key), &action)? {
        let message = "The conditional request failed";
        return Err(AwsError::new("ConditionalCheckFailedException", message));
    }
    table.put(key, action.item);
    Ok(Answer::empty())
}

/// `TransactWriteItems`: all of it or nothing; `TransactionCanceledException` says for each action whether its condition held.
pub(super) fn transact(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "TransactItems",
        "ClientRequestToken",
        "ReturnConsumedCapacity",
    ])?;
    let sent = call.json["TransactItems"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if !(1..=MOST_ACTIONS).contains(&sent.len()) {
        let message = format!(
            "a transaction has 1 to {MOST_ACTIONS} actions, not {}",
            sent.len()
        );
        return Err(AwsError::validation(message));
    }
    let mut actions = Vec::new();
    let mut places = Vec::new();
    let mut met = Vec::new();
    for one in &sent {
        let (kind, input) = one
            .as_object()
            .and_then(|one| one.iter().next())
            .ok_or_else(|| AwsError::validation("an action of the transaction is empty"))?;
        if !matches!(kind.as_str(), "Put" | "Delete" | "ConditionCheck") {
            return Err(call.unknown_parameter(&format!("TransactItems.{kind}")));
        }
        let action: Action = read(input)?;
        let table = usable(world, call, &action.table_name)?;
        let key = table.place_of(&action)?;
        met.push(holds(table.items.get(&key), &action)?);
        let place = (table.name.clone(), key);
        if places.contains(&place) {
            let message = "Transaction request cannot include multiple operations on one item";
            return Err(AwsError::validation(message));
        }
        places.push(place);
        actions.push((kind != "ConditionCheck", action));
    }
    if met.contains(&false) {
        return Ok(cancelled(&met));
    }
    for ((name, key), (writes, action)) in places.into_iter().zip(actions) {
        let table = usable(world, call, &name)?;
        if writes {
            table.put(key, action.item);
        }
    }
    Ok(Answer::empty())
}

/// The reasons are a member of their own, which the usual errors do not have.
fn cancelled(met: &[bool]) -> Answer {
    let code = |met: &bool| {
        if *met {
            "None"
        } else {
            "ConditionalCheckFailed"
        }
    };
    let codes: Vec<&str> = met.iter().map(code).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let reasons: Vec<Value> = codes.iter().map(|code| json!({ "Code": code })).collect();
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": message,
        "CancellationReasons": reasons,
    });
    let kind = (
        "content-type".to_owned(),
        "application/x-amz-json-1.0".to_owned(),
    );
    Answer::Raw {
        status: 400,
        headers: vec![kind],
        body: body.to_string().into(),
    }
}

/// `Query`: one partition, in the order of its sort key.
pub(super) fn query(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "TableName",
        "IndexName",
        "KeyConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ScanIndexForward",
        "Limit",
        "ExclusiveStartKey",
        "ConsistentRead",
        "ReturnConsumedCapacity",
    ])?;
    let query: Query = read(&call.json)?;
    let table = usable(world, call, &query.table_name)?;
    let keys = table.keys_of(query.index_name.as_deref())?;
    if query.index_name.is_some() && query.consistent_read == Some(true) {
        let message = "Consistent reads are not supported on global secondary indexes";
        return Err(AwsError::validation(message));
    }
    let condition = parse_expression(
        &query.key_condition_expression,
        &query.expression_attribute_names,
        &query.expression_attribute_values,
    );
    let condition = condition
        .map_err(|why| AwsError::validation(format!("Invalid KeyConditionExpression: {why}")))?;
    let whole = |item: &Item| keys.iter().all(|key| item.contains_key(key));
    let mut found: Vec<(&String, &Item)> = table
        .items
        .iter()
        .filter(|(_, item)| whole(item) && evaluate(&condition, item))
        .collect();
    let sort = keys.get(1).cloned().unwrap_or_default();
    let order = |a: &(&String, &Item), b: &(&String, &Item)| {
        compare(a.1.get(&sort), b.1.get(&sort)).then_with(|| a.0.cmp(b.0))
    };
    found.sort_by(order);
    if query.scan_index_forward == Some(false) {
        found.reverse();
    }
    if let Some(start) = &query.exclusive_start_key {
        let start = table.key_of(start, false)?;
        let after = found.iter().position(|(key, _)| **key == start);
        found.drain(..after.map_or(0, |at| at + 1));
    }
    let most = query.limit.unwrap_or(usize::MAX);
    let page: Vec<&Item> = found.iter().take(most).map(|(_, item)| *item).collect();
    let mut answer = json!({ "Items": page, "Count": page.len(), "ScannedCount": page.len() });
    if let Some(last) = page.last().filter(|_| page.len() == most) {
        // DynamoDB tells where it stopped also where nothing follows.
        let own = table.keys_of(None)?;
        let of_key: HashMap<&String, &AttributeValue> = keys
            .iter()
            .chain(&own)
            .filter_map(|name| Some((name, last.get(name)?)))
            .collect();
        answer["LastEvaluatedKey"] = json!(of_key);
    }
    Ok(Answer::Json(answer))
}

/// A table whose items can be used: it is there, and not just being made or deleted.
fn usable<'w>(world: &'w mut World, call: &Call, name: &str) -> Result<&'w mut Table, AwsError> {
    let table = find(world, call, name)?;
    match table.status {
        Status::Active | Status::Updating => Ok(table),
        Status::Creating | Status::Deleting => {
            let message = "Requested resource not found";
            Err(AwsError::new("ResourceNotFoundException", message))
        }
    }
}

/// Whether an action's condition holds for what is there.
fn holds(there: Option<&Item>, action: &Action) -> Result<bool, AwsError> {
    let Some(text) = &action.condition_expression else {
        return Ok(true);
    };
    let (names, values) = (
        &action.expression_attribute_names,
        &action.expression_attribute_values,
    );
    let condition = parse_expression(text, names, values)
        .map_err(|why| AwsError::validation(format!("Invalid ConditionExpression: {why}")))?;
    Ok(evaluate(&condition, there.unwrap_or(&Item::new())))
}

/// Strings by their bytes, numbers by their value.
fn compare(a: Option<&AttributeValue>, b: Option<&AttributeValue>) -> Ordering {
    match (a, b) {
        (Some(AttributeValue::N(a)), Some(AttributeValue::N(b))) => {
            let number = |text: &String| text.parse::<f64>().unwrap_or(f64::NAN);
            number(a).total_cmp(&number(b))
        }
        (
            Some(AttributeValue::S(a) | AttributeValue::B(a)),
            Some(AttributeValue::S(b) | AttributeValue::B(b)),
        ) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

fn names(keys: &[KeySchemaElement]) -> Vec<String> {
    let mut keys: Vec<&KeySchemaElement> = keys.iter().collect();
    keys.sort_by_key(|key| key.key_type != "HASH");
    keys.into_iter()
        .map(|key| key.attribute_name.clone())
        .collect()
}

impl Table {
    /// The names of the key's attributes, or of an index's: the partition's first.
    fn keys_of(&self, index: Option<&str>) -> Result<Vec<String>, AwsError> {
        let Some(index) = index else {
            return Ok(names(&self.keys));
        };
        let found = self.indexes.iter().find(|it| it.name == index);
        found.map(|it| names(&it.keys)).ok_or_else(|| {
            AwsError::validation(format!(
                "The table does not have the specified index: {index}"
            ))
        })
    }

    /// Where an item is kept: its key's values, in their order.
    fn key_of(&self, item: &Item, alone: bool) -> Result<String, AwsError> {
        let keys = names(&self.keys);
        let wrong = || AwsError::validation("The provided key element does not match the schema");
        if alone && item.len() != keys.len() {
            return Err(wrong());
        }
        let mut place = Vec::new();
        for key in &keys {
            let kind = self.attributes.iter().find(|it| it.attribute_name == *key);
            let kind = kind.map(|it| it.attribute_type.as_str());
            place.push(match (item.get(key), kind) {
                (Some(AttributeValue::S(text)), Some("S"))
                | (Some(AttributeValue::N(text)), Some("N"))
                | (Some(AttributeValue::B(text)), Some("B"))
                    if !text.is_empty() =>
                {
                    text.as_str()
                }
                _ => return Err(wrong()),
            });
        }
        Ok(place.join("\u{0}"))
    }

    fn place_of(&self, action: &Action) -> Result<String, AwsError> {
        match (&action.item, &action.key) {
            (Some(item), None) => {
                let size = serde_json::to_string(item).map_or(0, |text| text.len());
                if size > MOST_BYTES {
                    let message = "Item size has exceeded the maximum allowed size";
                    return Err(AwsError::validation(message));
                }
                self.key_of(item, false)
            }
            (None, Some(key)) => self.key_of(key, true),
            _ => Err(AwsError::validation(
                "an action has either an item or a key",
            )),
        }
    }

    fn put(&mut self, key: String, item: Option<Item>) {
        match item {
            Some(item) => self.items.insert(key, item),
            None => self.items.remove(&key),
        };
    }
}
