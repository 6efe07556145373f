//! Route tables and their associations with subnets.
//!
//! Owns: tables and associations. Must not know: what routes lead to; [`crate::ec2::route`] does.

use std::collections::BTreeMap;

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{RouteTable, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, made_before, new_tags, remember};
use crate::ec2::shape::{done, tag_list};
use crate::ec2::{route, subnet, vpc};
use crate::tags::Tags;
use crate::world::World;

impl Listed for RouteTable {
    const ID: &'static str = "RouteTableId";
    const FILTERS: &'static [&'static str] = &[
        "vpc-id",
        "route-table-id",
        "association.main",
        "association.subnet-id",
        "association.route-table-association-id",
    ];

    fn absent(id: &str) -> AwsError {
        errors::no_route_table(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        match filter {
            "vpc-id" => vec![self.vpc.clone()],
            "route-table-id" => vec![self.id.clone()],
            "association.main" => vec![self.is_main().to_string()],
            "association.subnet-id" => self.associations.values().flatten().cloned().collect(),
            _ => self.associations.keys().cloned().collect(),
        }
    }
}

/// [CreateRouteTable](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRouteTable.html): idempotent by client
/// token.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpcId", "ClientToken"], TAG_SPEC])?;
    let tags = new_tags(call, "route-table")?;
    let vpc = call.need("VpcId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    vpc::find(ec2, vpc)?;
    let made = made_before(ec2, call)?.filter(|id| ec2.route_tables.contains_key(id));
    let id = if let Some(id) = made {
        id
    } else {
        let id = world.id("rtb");
        let table = RouteTable {
            id: id.clone(),
            vpc: vpc.to_owned(),
            routes: BTreeMap::new(),
            propagated: BTreeMap::new(),
            associations: BTreeMap::new(),
            tags,
        };
        let ec2 = &mut world.region(&call.region).ec2;
        remember(ec2, call, &id);
        ec2.route_tables.insert(id.clone(), table);
        id
    };
    let ec2 = &world.region(&call.region).ec2;
    let result = wire::CreateRouteTableResult {
        client_token: call.params.get("ClientToken").map(str::to_owned),
        route_table: ec2
            .route_tables
            .get(&id)
            .map(|table| shape(call, ec2, table)),
    };
    Ok(wire::serialize_create_route_table_response(&result).into())
}

/// [DescribeRouteTables](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html): pages of at most
/// 100.
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    if call
        .params
        .number("MaxResults")
        .is_some_and(|size| size > 100)
    {
        return Err(invalid(
            "Value for parameter maxResults is invalid. Expecting a value between 5 and 100.",
        ));
    }
    let ec2 = &world.region(&call.region).ec2;
    let (tables, next_token) = list(call, &ec2.route_tables)?;
    let items = tables
        .into_iter()
        .map(|table| shape(call, ec2, table))
        .collect();
    let result = wire::DescribeRouteTablesResult {
        route_tables: Some(model::RouteTableList { items }),
        next_token,
    };
    Ok(wire::serialize_describe_route_tables_response(&result).into())
}

/// [AssociateRouteTable](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html): a subnet has one
/// table (`Resource.AlreadyAssociated`); the same one again answers the association that is there.
pub(crate) fn associate(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["RouteTableId", "SubnetId"]])?;
    let (id, subnet) = (call.need("RouteTableId")?, call.need("SubnetId")?);
    let fresh = world.id("rtbassoc");
    let ec2 = &mut world.region(&call.region).ec2;
    let home = subnet::find(ec2, subnet)?.vpc.clone();
    same_network(find(ec2, id)?, &home)?;
    let association = match association_of(ec2, subnet) {
        Some((table, association)) if table == id => association,
        Some(_) => {
            return Err(AwsError::new(
                "Resource.AlreadyAssociated",
                format!(
                    "the specified association for route table {id} conflicts with an existing association"
                ),
            ));
        }
        None => {
            find(ec2, id)?
                .associations
                .insert(fresh.clone(), Some(subnet.to_owned()));
            fresh
        }
    };
    let result = wire::AssociateRouteTableResult {
        association_id: Some(association),
        association_state: associated(),
    };
    Ok(wire::serialize_associate_route_table_response(&result).into())
}

/// [ReplaceRouteTableAssociation](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html):
/// the association gets a new id; the VPC's main association moves the same way.
pub(crate) fn replace_association(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["AssociationId", "RouteTableId"]])?;
    let (old, id) = (call.need("AssociationId")?, call.need("RouteTableId")?);
    let fresh = world.id("rtbassoc");
    let ec2 = &mut world.region(&call.region).ec2;
    let holder = holder_of(ec2, old)?;
    let home = find(ec2, &holder)?.vpc.clone();
    same_network(find(ec2, id)?, &home)?;
    let subnet = find(ec2, &holder)?.associations.remove(old).flatten();
    find(ec2, id)?.associations.insert(fresh.clone(), subnet);
    let result = wire::ReplaceRouteTableAssociationResult {
        new_association_id: Some(fresh),
        association_state: associated(),
    };
    Ok(wire::serialize_replace_route_table_association_response(&result).into())
}

/// [DisassociateRouteTable](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html).
pub(crate) fn disassociate(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["AssociationId"]])?;
    let association = call.need("AssociationId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    let holder = holder_of(ec2, association)?;
    let table = find(ec2, &holder)?;
    if table.associations.get(association) == Some(&None) {
        return Err(invalid(format!(
            "cannot disassociate the main route table association {association}"
        )));
    }
    table.associations.remove(association);
    Ok(done(call))
}

/// [DeleteRouteTable](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html): refused while it is
/// associated, and always for a main table.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["RouteTableId"]])?;
    let id = call.need("RouteTableId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    if !find(ec2, id)?.associations.is_empty() {
        return Err(errors::in_use(&format!("routeTable '{id}'")));
    }
    ec2.route_tables.remove(id);
    for endpoint in ec2.endpoints.values_mut() {
        endpoint.route_tables.retain(|table| table != id);
    }
    Ok(done(call))
}

/// A table by id, or the refusal.
pub(crate) fn find<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut RouteTable, AwsError> {
    ec2.route_tables
        .get_mut(id)
        .ok_or_else(|| errors::no_route_table(id))
}

/// The table and association of a subnet that has one of its own.
fn association_of(ec2: &State, subnet: &str) -> Option<(String, String)> {
    ec2.route_tables.values().find_map(|table| {
        let (association, _) = table
            .associations
            .iter()
            .find(|(_, held)| held.as_deref() == Some(subnet))?;
        Some((table.id.clone(), association.clone()))
    })
}

fn holder_of(ec2: &State, association: &str) -> Result<String, AwsError> {
    let holder = ec2
        .route_tables
        .values()
        .find(|table| table.associations.contains_key(association));
    holder
        .map(|table| table.id.clone())
        .ok_or_else(|| errors::no_association(association))
}

fn same_network(table: &RouteTable, vpc: &str) -> Result<(), AwsError> {
    if table.vpc == vpc {
        return Ok(());
    }
    Err(invalid(format!(
        "route table {} belongs to another network than {vpc}",
        table.id
    )))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the generated types want an option everywhere"
)]
fn associated() -> Option<model::RouteTableAssociationState> {
    Some(model::RouteTableAssociationState {
        state: Some("associated".to_owned()),
        ..Default::default()
    })
}

fn shape(call: &Call, ec2: &State, table: &RouteTable) -> model::RouteTable {
    let association = |(id, subnet): (&String, &Option<String>)| model::RouteTableAssociation {
        route_table_association_id: Some(id.clone()),
        route_table_id: Some(table.id.clone()),
        subnet_id: subnet.clone(),
        main: Some(subnet.is_none()),
        association_state: associated(),
        ..Default::default()
    };
    let gateways: std::collections::BTreeSet<&String> = table.propagated.values().collect();
    let gateway = |id: &String| model::PropagatingVgw {
        gateway_id: Some(id.clone()),
    };
    let gateways: Vec<_> = gateways.into_iter().map(gateway).collect();
    model::RouteTable {
        route_table_id: Some(table.id.clone()),
        vpc_id: Some(table.vpc.clone()),
        owner_id: Some(call.account.clone()),
        associations: Some(model::RouteTableAssociationList {
            items: table.associations.iter().map(association).collect(),
        }),
        routes: Some(model::RouteList {
            items: route::shapes(call, ec2, table),
        }),
        propagating_vgws: Some(gateways.into()),
        tags: tag_list(&table.tags),
    }
}
