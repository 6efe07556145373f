//! Routes in a table.
//!
//! Owns: routes and whether they still lead anywhere. Must not know: associations.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::cidr::Cidr;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{NatState, RouteTable, State, Target};
use crate::ec2::shape::done;
use crate::ec2::vpc::{self, parse_block};
use crate::ec2::{nat_gateway, prefix_list, route_table};
use crate::world::World;

const TARGETED: &[&str] = &[
    "RouteTableId",
    "DestinationCidrBlock",
    "GatewayId",
    "NatGatewayId",
];

/// [CreateRoute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html): `RouteAlreadyExists` also when the
/// target is the same; the page leaves that open, and the sandbox is strict.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[TARGETED])?;
    let ec2 = &mut world.region(&call.region).ec2;
    let (destination, local) = destination(ec2, call)?;
    let target = target(ec2, call)?;
    let table = route_table::find(ec2, call.need("RouteTableId")?)?;
    if destination == local || table.routes.contains_key(&destination.to_string()) {
        return Err(AwsError::new(
            "RouteAlreadyExists",
            format!("The route identified by {destination} already exists."),
        ));
    }
    table.routes.insert(destination.to_string(), target);
    let result = wire::CreateRouteResult {
        r#return: Some(true),
    };
    Ok(wire::serialize_create_route_response(&result).into())
}

/// [ReplaceRoute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRoute.html).
pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[TARGETED])?;
    let ec2 = &mut world.region(&call.region).ec2;
    let (destination, _) = destination(ec2, call)?;
    let target = target(ec2, call)?;
    let table = route_table::find(ec2, call.need("RouteTableId")?)?;
    match table.routes.get_mut(&destination.to_string()) {
        Some(route) => *route = target,
        None => {
            return Err(invalid(format!(
                "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
            )));
        }
    }
    Ok(done(call))
}

/// [DeleteRoute](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRoute.html).
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["RouteTableId", "DestinationCidrBlock"]])?;
    let ec2 = &mut world.region(&call.region).ec2;
    let (destination, local) = destination(ec2, call)?;
    let table = route_table::find(ec2, call.need("RouteTableId")?)?;
    if destination == local {
        return Err(invalid(format!(
            "cannot remove local route {local} in route table {}",
            table.id
        )));
    }
    if table.routes.remove(&destination.to_string()).is_none() {
        return Err(AwsError::new(
            "InvalidRoute.NotFound",
            format!(
                "no route with destination-cidr-block {destination} in route table {}",
                table.id
            ),
        ));
    }
    Ok(done(call))
}

/// The destination and the block of the table's VPC. A destination inside the VPC is refused: such routes need targets that
/// the sandbox has not.
fn destination(ec2: &mut State, call: &Call) -> Result<(Cidr, Cidr), AwsError> {
    let destination = parse_block(call.need("DestinationCidrBlock")?)?;
    let vpc = route_table::find(ec2, call.need("RouteTableId")?)?
        .vpc
        .clone();
    let local = vpc::find(ec2, &vpc)?
        .cidr
        .parse()
        .expect("VPCs are kept with a valid block");
    if destination != local && Cidr::contains(local, destination) {
        return Err(AwsError::not_simulated(format!(
            "a route to {destination}, inside its VPC's {local}"
        )));
    }
    Ok((destination, local))
}

fn target(ec2: &mut State, call: &Call) -> Result<Target, AwsError> {
    let vpc = route_table::find(ec2, call.need("RouteTableId")?)?
        .vpc
        .clone();
    match (
        call.params.get("GatewayId"),
        call.params.get("NatGatewayId"),
    ) {
        (Some(id), None) => {
            let gateway = ec2.internet_gateways.get(id).ok_or_else(|| {
                AwsError::new(
                    "InvalidGatewayID.NotFound",
                    format!("The gateway ID '{id}' does not exist"),
                )
            })?;
            if gateway.vpc.as_ref() == Some(&vpc) {
                return Ok(Target::InternetGateway(id.to_owned()));
            }
            let table = call.need("RouteTableId")?;
            Err(invalid(format!(
                "route table {table} and network gateway {id} belong to different networks"
            )))
        }
        (None, Some(id)) => {
            nat_gateway::route_target(ec2, id, &vpc)?;
            Ok(Target::NatGateway(id.to_owned()))
        }
        (None, None) => Err(AwsError::new(
            "MissingParameter",
            "The request must contain exactly one of gatewayId, natGatewayId",
        )),
        (Some(_), Some(_)) => Err(AwsError::new(
            "InvalidParameterCombination",
            "The request must contain exactly one of gatewayId, natGatewayId",
        )),
    }
}

/// A table's routes: the local one, its own, and one for every gateway endpoint. A route whose target is gone is a
/// `blackhole`.
pub(crate) fn shapes(call: &Call, ec2: &State, table: &RouteTable) -> Vec<model::Route> {
    let state = |active: bool| Some(if active { "active" } else { "blackhole" }.to_owned());
    let local = ec2.vpcs.get(&table.vpc).map(|vpc| model::Route {
        destination_cidr_block: Some(vpc.cidr.clone()),
        gateway_id: Some("local".to_owned()),
        origin: Some("CreateRouteTable".to_owned()),
        state: state(true),
        ..Default::default()
    });
    let own = table.routes.iter().map(|(destination, target)| {
        let mut route = model::Route {
            destination_cidr_block: Some(destination.clone()),
            origin: Some("CreateRoute".to_owned()),
            ..Default::default()
        };
        match target {
            Target::InternetGateway(id) => {
                let gateway = ec2.internet_gateways.get(id);
                route.state =
                    state(gateway.is_some_and(|gateway| gateway.vpc.as_ref() == Some(&table.vpc)));
                route.gateway_id = Some(id.clone());
            }
            Target::NatGateway(id) => {
                let gateway = ec2.nat_gateways.get(id);
                let live = gateway.is_some_and(|gateway| {
                    matches!(gateway.state, NatState::Pending | NatState::Available)
                });
                route.state = state(live);
                route.nat_gateway_id = Some(id.clone());
            }
        }
        route
    });
    let endpoints = ec2
        .endpoints
        .values()
        .filter(|endpoint| endpoint.deleting.is_none());
    let endpoints = endpoints.filter(|endpoint| endpoint.route_tables.contains(&table.id));
    let endpoints = endpoints.map(|endpoint| model::Route {
        destination_prefix_list_id: Some(prefix_list::id(&call.region, &endpoint.service)),
        gateway_id: Some(endpoint.id.clone()),
        origin: Some("CreateRoute".to_owned()),
        state: state(true),
        ..Default::default()
    });
    let learnt = table
        .propagated
        .iter()
        .map(|(destination, gateway)| model::Route {
            destination_cidr_block: Some(destination.clone()),
            gateway_id: Some(gateway.clone()),
            origin: Some("EnableVgwRoutePropagation".to_owned()),
            state: state(true),
            ..Default::default()
        });
    let all = local.into_iter().chain(own).chain(endpoints);
    all.chain(learnt).collect()
}

/// The refusal for a table that already leads to a service's prefix list.
pub(crate) fn already_leads(table: &str, prefix_list: &str) -> AwsError {
    AwsError::new(
        "RouteAlreadyExists",
        format!(
            "route table {table} already has a route with destination-prefix-list-id {prefix_list}"
        ),
    )
}

/// Whether a table exists in this VPC, or the refusal.
pub(crate) fn check_table(ec2: &State, table: &str, vpc: &str) -> Result<(), AwsError> {
    let found = ec2
        .route_tables
        .get(table)
        .ok_or_else(|| errors::no_route_table(table))?;
    if found.vpc == vpc {
        return Ok(());
    }
    Err(invalid(format!(
        "route table {table} belongs to another network than {vpc}"
    )))
}
