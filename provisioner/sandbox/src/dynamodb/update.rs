//! What of a table can change: billing, encryption, protection and indexes.

use serde_json::json;
use winterbaume_dynamodb::model;

use super::{Index, Status, Table, check, find, in_use};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// `UpdateTable`: only of an active table, and one index at a time. Protection changes at once, all else leaves the table `UPDATING`.
pub(super) fn table(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::UpdateTableInput = shape::json(call, &[])?;
    shape::refuse(call, &super::table::NOT_SIMULATED)?;
    let due = world.now() + world.delays.table_update;
    let found = find(world, call, &input.table_name)?;
    if found.status != Status::Active {
        return Err(in_use(found));
    }
    let mut table = found.clone();
    let mut takes_time = false;
    if let Some(mode) = &input.billing_mode {
        table.on_demand = check::is_on_demand(Some(mode))?;
        check::throughput(table.on_demand, input.provisioned_throughput.as_ref())?;
        takes_time = true;
    }
    if input.provisioned_throughput.is_some() || input.billing_mode.is_some() {
        check::throughput(table.on_demand, input.provisioned_throughput.as_ref())?;
        table.throughput = input.provisioned_throughput;
        takes_time = true;
    }
    if let Some(encryption) = input.s_s_e_specification {
        table.encryption = Some(encryption).filter(|it| it.enabled == Some(true));
        takes_time = true;
    }
    if input.stream_specification.is_some() {
        table.stream = check::stream(table.stream.as_ref(), input.stream_specification)?;
        takes_time = true;
    }
    if let Some(class) = input.table_class {
        table.class = check::class(Some(class))?;
        takes_time = true;
    }
    if let Some(limit) = input.on_demand_throughput {
        on_demand_only(table.on_demand)?;
        table.limit = check::limit(Some(limit));
        takes_time = true;
    }
    if let Some(protected) = input.deletion_protection_enabled {
        table.protected = protected;
    }
    if let Some(attributes) = input.attribute_definitions {
        table.attributes = attributes;
    }
    let updates = input.global_secondary_index_updates.unwrap_or_default();
    if updates.len() > 1 {
        let message = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table";
        return Err(AwsError::new("LimitExceededException", message));
    }
    for update in updates {
        change_index(&mut table, update, due)?;
        takes_time = true;
    }
    let staying: Vec<Index> = table
        .indexes
        .iter()
        .filter(|index| index.status != Status::Deleting)
        .cloned()
        .collect();
    // The attributes of an index that goes go with it.
    let used = |name: &str| {
        let keys = table
            .keys
            .iter()
            .chain(staying.iter().flat_map(|index| &index.keys));
        keys.into_iter().any(|key| key.attribute_name == name)
    };
    let deleting = staying.len() < table.indexes.len();
    let attributes = table
        .attributes
        .iter()
        .filter(|it| !deleting || used(&it.attribute_name))
        .cloned()
        .collect::<Vec<_>>();
    check::keys(&attributes, &table.keys, &staying)?;
    table.attributes = attributes;
    if takes_time {
        (table.status, table.due) = (Status::Updating, due);
    }
    *found = table;
    let seen = found.seen(call);
    Ok(Answer::Json(json!({ "TableDescription": seen })))
}

fn change_index(
    table: &mut Table,
    update: model::GlobalSecondaryIndexUpdate,
    due: u64,
) -> Result<(), AwsError> {
    match (update.create, update.update, update.delete) {
        (Some(new), None, None) => {
            if table
                .indexes
                .iter()
                .any(|index| index.name == new.index_name)
            {
                return Err(invalid(&format!(
                    "Attempting to create an index which already exists: {}",
                    new.index_name
                )));
            }
            check::throughput(table.on_demand, new.provisioned_throughput.as_ref())?;
            table.indexes.push(Index {
                name: new.index_name,
                keys: new.key_schema,
                projection: new.projection,
                throughput: new.provisioned_throughput,
                limit: check::limit(new.on_demand_throughput),
                status: Status::Creating,
                due,
            });
        }
        (None, Some(changed), None) => {
            let on_demand = table.on_demand;
            let index = index(table, &changed.index_name)?;
            if let Some(limit) = changed.on_demand_throughput {
                on_demand_only(on_demand)?;
                index.limit = check::limit(Some(limit));
            } else {
                check::throughput(on_demand, changed.provisioned_throughput.as_ref())?;
                index.throughput = changed.provisioned_throughput;
            }
            (index.status, index.due) = (Status::Updating, due);
        }
        (None, None, Some(gone)) => {
            let index = index(table, &gone.index_name)?;
            (index.status, index.due) = (Status::Deleting, due);
        }
        _ => {
            return Err(invalid(
                "One of Create, Update and Delete must be specified for an index",
            ));
        }
    }
    Ok(())
}

fn on_demand_only(on_demand: bool) -> Result<(), AwsError> {
    if on_demand {
        return Ok(());
    }
    Err(invalid(
        "OnDemandThroughput can only be specified when BillingMode is PAY_PER_REQUEST",
    ))
}

fn index<'t>(table: &'t mut Table, name: &str) -> Result<&'t mut Index, AwsError> {
    let message = "Requested resource not found";
    table
        .indexes
        .iter_mut()
        .find(|index| index.name == name)
        .ok_or_else(|| AwsError::new("ResourceNotFoundException", message))
}

fn invalid(message: &str) -> AwsError {
    AwsError::validation(format!(
        "One or more parameter values were invalid: {message}"
    ))
}
