//! Tables: found by name, `CREATING` for a while, `DELETING` for a while.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use winterbaume_dynamodb::model::{self, ProvisionedThroughput};

use super::{Index, Status, Table, check, find, in_use};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags;
use crate::time::epoch;
use crate::world::World;

/// What AWS has for tables and the sandbox does not.
pub(super) const NOT_SIMULATED: [&str; 8] = [
    "GlobalTableSettingsReplicationMode",
    "GlobalTableSourceArn",
    "GlobalTableWitnessUpdates",
    "LocalSecondaryIndexes",
    "MultiRegionConsistency",
    "ReplicaUpdates",
    "ResourcePolicy",
    "WarmThroughput",
];

/// `CreateTable`: `ResourceInUseException` for a name that is taken.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::CreateTableInput = shape::json(call, &[])?;
    shape::refuse(call, &NOT_SIMULATED)?;
    check::name(&input.table_name)?;
    let on_demand = check::is_on_demand(input.billing_mode.as_deref())?;
    check::throughput(on_demand, input.provisioned_throughput.as_ref())?;
    let now = world.now();
    let due = now + world.delays.table_create;
    let sent = input.global_secondary_indexes.unwrap_or_default();
    let indexes = sent.into_iter().map(|index| Index {
        name: index.index_name,
        keys: index.key_schema,
        projection: index.projection,
        throughput: index.provisioned_throughput,
        limit: check::limit(index.on_demand_throughput),
        status: Status::Creating,
        due,
    });
    let table = Table {
        arn: call.arn("dynamodb", &format!("table/{}", input.table_name)),
        id: world.uuid(),
        created: now,
        status: Status::Creating,
        due,
        attributes: input.attribute_definitions.unwrap_or_default(),
        keys: input.key_schema.unwrap_or_default(),
        indexes: indexes.collect(),
        on_demand,
        throughput: input.provisioned_throughput,
        encryption: input
            .s_s_e_specification
            .filter(|it| it.enabled == Some(true)),
        protected: input.deletion_protection_enabled.unwrap_or(false),
        recovery_days: None,
        recovery_since: now,
        expiry: None,
        stream: check::stream(None, input.stream_specification)?,
        class: check::class(input.table_class)?,
        limit: check::limit(input.on_demand_throughput),
        policy: None,
        items: BTreeMap::new(),
        tags: tags::from_list(call.json.get("Tags"), "Key", "Value")?,
        name: input.table_name,
    };
    check::keys(&table.attributes, &table.keys, &table.indexes)?;
    for index in &table.indexes {
        check::throughput(on_demand, index.throughput.as_ref())?;
    }
    let quota = world.quotas.tables;
    let tables = &mut world.region(&call.region).dynamodb.tables;
    if tables.contains_key(&table.name) {
        let message = format!("Table already exists: {}", table.name);
        return Err(AwsError::new("ResourceInUseException", message));
    }
    if tables.len() >= quota {
        let message = format!("Subscriber limit exceeded: Cannot create more than {quota} tables");
        return Err(AwsError::new("LimitExceededException", message));
    }
    let seen = table.seen(call);
    tables.insert(table.name.clone(), table);
    Ok(Answer::Json(json!({ "TableDescription": seen })))
}

/// `DescribeTable`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeTableInput = shape::json(call, &[])?;
    let seen = find(world, call, &input.table_name)?.seen(call);
    Ok(Answer::Json(json!({ "Table": seen })))
}

/// `ListTables`: by name, a hundred a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListTablesInput = shape::json(call, &[])?;
    let size = input.limit.unwrap_or(100);
    if !(1..=100).contains(&size) {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value '{size}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"
        )));
    }
    let start = input.exclusive_start_table_name.unwrap_or_default();
    let tables = &world.region(&call.region).dynamodb.tables;
    let mut names = tables.keys().filter(|name| **name > start);
    let page: Vec<&String> = names.by_ref().take(size as usize).collect();
    let mut answer = json!({ "TableNames": page });
    if let (Some(last), Some(_)) = (page.last(), names.next()) {
        answer["LastEvaluatedTableName"] = last.as_str().into();
    }
    Ok(Answer::Json(answer))
}

/// `DeleteTable`: `ValidationException` while protected, `ResourceInUseException` while being created or updated; a second call while
/// `DELETING` is no error (API reference).
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteTableInput = shape::json(call, &[])?;
    let due = world.now() + world.delays.table_delete;
    let table = find(world, call, &input.table_name)?;
    match table.status {
        Status::Creating | Status::Updating => return Err(in_use(table)),
        Status::Active if table.protected => {
            let message = "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.";
            return Err(AwsError::validation(message));
        }
        Status::Active => (table.status, table.due) = (Status::Deleting, due),
        Status::Deleting => {}
    }
    let seen = table.seen(call);
    super::settle(world, &call.region);
    Ok(Answer::Json(json!({ "TableDescription": seen })))
}

impl Table {
    pub(super) fn seen(&self, call: &Call) -> Value {
        let billing = if self.on_demand {
            "PAY_PER_REQUEST"
        } else {
            "PROVISIONED"
        };
        let mut seen = json!({
            "TableName": self.name,
            "TableArn": self.arn,
            "TableId": self.id,
            "TableStatus": self.status.name(),
            "CreationDateTime": epoch(self.created),
            "AttributeDefinitions": self.attributes,
            "KeySchema": self.keys,
            "BillingModeSummary": { "BillingMode": billing },
            "ProvisionedThroughput": units(self.throughput.as_ref()),
            "DeletionProtectionEnabled": self.protected,
            "ItemCount": 0,
            "TableSizeBytes": 0,
        });
        if self.on_demand {
            seen["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] =
                epoch(self.created).into();
        }
        if !self.indexes.is_empty() {
            seen["GlobalSecondaryIndexes"] = self
                .indexes
                .iter()
                .map(|index| index.seen(&self.arn))
                .collect();
        }
        if let Some(told) = &self.stream {
            seen["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": told });
            seen["LatestStreamArn"] = format!("{}/stream/{}", self.arn, self.id).into();
            seen["LatestStreamLabel"] = self.id.clone().into();
        }
        if let Some(class) = &self.class {
            seen["TableClassSummary"] = json!({ "TableClass": class });
        }
        if let Some(limit) = &self.limit {
            seen["OnDemandThroughput"] = json!(limit);
        }
        if let Some(encryption) = &self.encryption {
            let key = encryption.k_m_s_master_key_id.clone();
            seen["SSEDescription"] = json!({
                "Status": "ENABLED",
                "SSEType": "KMS",
                "KMSMasterKeyArn": key.unwrap_or_else(|| call.arn("kms", "alias/aws/dynamodb")),
            });
        }
        seen
    }
}

impl Index {
    fn seen(&self, table: &str) -> Value {
        let mut seen = json!({
            "IndexName": self.name,
            "IndexArn": format!("{table}/index/{}", self.name),
            "IndexStatus": self.status.name(),
            "KeySchema": self.keys,
            "Projection": self.projection,
            "ProvisionedThroughput": units(self.throughput.as_ref()),
            "IndexSizeBytes": 0,
            "ItemCount": 0,
        });
        if let Some(limit) = &self.limit {
            seen["OnDemandThroughput"] = json!(limit);
        }
        seen
    }
}

fn units(sent: Option<&ProvisionedThroughput>) -> Value {
    json!({
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": sent.map_or(0, |it| it.read_capacity_units),
        "WriteCapacityUnits": sent.map_or(0, |it| it.write_capacity_units),
    })
}
