//! DynamoDB: tables, their indexes, backups and expiry, and as much of items as the tasks of a served sandbox need (JSON 1.0,
//! `DynamoDB_20120810`).
//!
//! Owns: tables and [`items`]. Must not know: who keeps what in them.

mod backups;
mod check;
mod items;
mod policy;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod update;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use winterbaume_dynamodb::model::{
    AttributeDefinition, KeySchemaElement, OnDemandThroughput, Projection, ProvisionedThroughput,
    SSESpecification, TimeToLiveSpecification,
};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::{Tagged, Tags};
use crate::world::World;

/// The tables of one region, by name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Table {
    name: String,
    arn: String,
    id: String,
    created: u64,
    status: Status,
    /// When the present status ends.
    due: u64,
    attributes: Vec<AttributeDefinition>,
    keys: Vec<KeySchemaElement>,
    indexes: Vec<Index>,
    on_demand: bool,
    throughput: Option<ProvisionedThroughput>,
    encryption: Option<SSESpecification>,
    protected: bool,
    /// Days that point-in-time recovery reaches back, while it is on.
    recovery_days: Option<i32>,
    recovery_since: u64,
    expiry: Option<TimeToLiveSpecification>,
    /// What a stream tells of changes, while there is one.
    #[serde(default)]
    stream: Option<String>,
    /// `STANDARD_INFREQUENT_ACCESS`, where it was asked for.
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    limit: Option<OnDemandThroughput>,
    /// Who else may use it.
    #[serde(default)]
    policy: Option<policy::Policy>,
    #[serde(default)]
    items: items::Items,
    tags: Tags,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Index {
    name: String,
    keys: Vec<KeySchemaElement>,
    projection: Projection,
    throughput: Option<ProvisionedThroughput>,
    #[serde(default)]
    limit: Option<OnDemandThroughput>,
    status: Status,
    due: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Status {
    Creating,
    Active,
    Updating,
    Deleting,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
        }
    }

    /// As a refusal says it: "Table is being created".
    fn doing(self) -> &'static str {
        match self {
            Self::Creating => "created",
            Self::Active | Self::Updating => "updated",
            Self::Deleting => "deleted",
        }
    }
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateTable" => table::create(world, call),
        "DescribeTable" => table::describe(world, call),
        "ListTables" => table::list(world, call),
        "DeleteTable" => table::delete(world, call),
        "UpdateTable" => update::table(world, call),
        "DescribeContinuousBackups" => backups::describe(world, call),
        "UpdateContinuousBackups" => backups::update(world, call),
        "DescribeTimeToLive" => backups::describe_expiry(world, call),
        "UpdateTimeToLive" => backups::update_expiry(world, call),
        "PutResourcePolicy" => policy::put(world, call),
        "GetResourcePolicy" => policy::get(world, call),
        "DeleteResourcePolicy" => policy::delete(world, call),
        "GetItem" => items::get(world, call),
        "PutItem" | "DeleteItem" => items::write(world, call),
        "Query" => items::query(world, call),
        "TransactWriteItems" => items::transact(world, call),
        "TagResource" => tags::add(world, call),
        "UntagResource" => tags::remove(world, call),
        "ListTagsOfResource" => tags::list(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Turns what is due: tables and indexes get active, deleted ones go.
pub(crate) fn settle(world: &mut World, region: &str) {
    let now = world.now();
    let tables = &mut world.region(region).dynamodb.tables;
    tables.retain(|_, table| table.status != Status::Deleting || table.due > now);
    for table in tables.values_mut() {
        if table.due <= now {
            table.status = Status::Active;
        }
        table
            .indexes
            .retain(|index| index.status != Status::Deleting || index.due > now);
        for index in &mut table.indexes {
            if index.due <= now {
                index.status = Status::Active;
            }
        }
    }
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let tables = world
        .regions
        .get(region)
        .map(|region| region.dynamodb.tables.values());
    let tagged = |table: &Table| Tagged {
        arn: table.arn.clone(),
        kind: "dynamodb:table",
        tags: table.tags.clone(),
    };
    tables.into_iter().flatten().map(tagged).collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    vec![(
        "table",
        world
            .regions
            .values()
            .map(|region| region.dynamodb.tables.len())
            .sum(),
    )]
}

fn find<'w>(world: &'w mut World, call: &Call, name: &str) -> Result<&'w mut Table, AwsError> {
    // A table may be named by its ARN too (API reference).
    let name = name.split_once(":table/").map_or(name, |(_, name)| name);
    world
        .region(&call.region)
        .dynamodb
        .tables
        .get_mut(name)
        .ok_or_else(|| {
            let message = format!("Requested resource not found: Table: {name} not found");
            AwsError::new("ResourceNotFoundException", message)
        })
}

fn in_use(table: &Table) -> AwsError {
    let doing = table.status.doing();
    let message = format!(
        "Attempt to change a resource which is still in use: Table is being {doing}: {}",
        table.name
    );
    AwsError::new("ResourceInUseException", message)
}
