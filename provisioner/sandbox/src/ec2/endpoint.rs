//! Gateway endpoints for S3 and DynamoDB.
//!
//! Owns: endpoints, and which route tables they are in. Must not know: the other routes of a table.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{Endpoint, State};
use crate::ec2::request::{Listed, TAG_SPEC, list, made_before, new_tags, remember};
use crate::ec2::route::{already_leads, check_table};
use crate::ec2::shape::tag_list;
use crate::ec2::{prefix_list, vpc};
use crate::tags::Tags;
use crate::time::iso;
use crate::world::World;

/// What AWS writes when no policy is given.
const FULL_ACCESS: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

impl Listed for Endpoint {
    const ID: &'static str = "VpcEndpointId";
    const FILTERS: &'static [&'static str] = &[
        "vpc-id",
        "service-name",
        "vpc-endpoint-state",
        "vpc-endpoint-id",
        "vpc-endpoint-type",
    ];

    fn absent(id: &str) -> AwsError {
        errors::no_endpoint(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let value = match filter {
            "vpc-id" => &self.vpc,
            "service-name" => &self.service,
            "vpc-endpoint-id" => &self.id,
            "vpc-endpoint-type" => "Gateway",
            _ => state(self),
        };
        vec![value.to_owned()]
    }
}

fn state(endpoint: &Endpoint) -> &'static str {
    if endpoint.deleting.is_some() {
        "deleting"
    } else {
        "available"
    }
}

/// [CreateVpcEndpoint](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html), type `Gateway`:
/// idempotent by client token; `RouteAlreadyExists` if a table leads to the service already.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let known = [
        "VpcId",
        "ServiceName",
        "VpcEndpointType",
        "RouteTableId.N",
        "PolicyDocument",
        "ClientToken",
    ];
    call.allow(&[&known, TAG_SPEC])?;
    if let Some(kind) = call
        .params
        .get("VpcEndpointType")
        .filter(|kind| *kind != "Gateway")
    {
        return Err(AwsError::not_simulated(format!(
            "a VPC endpoint of type {kind}"
        )));
    }
    let tags = new_tags(call, "vpc-endpoint")?;
    let (vpc, service) = (call.need("VpcId")?, call.need("ServiceName")?);
    if !prefix_list::services(&call.region)
        .iter()
        .any(|known| known == service)
    {
        return Err(AwsError::new(
            "InvalidServiceName",
            format!("The Vpc Endpoint Service '{service}' does not exist"),
        ));
    }
    let policy = call.params.get("PolicyDocument").unwrap_or(FULL_ACCESS);
    check_policy(policy)?;
    let (fresh, now) = (world.id("vpce"), world.now());
    let ec2 = &mut world.region(&call.region).ec2;
    vpc::find(ec2, vpc)?;
    let made = made_before(ec2, call)?.filter(|id| ec2.endpoints.contains_key(id));
    let id = if let Some(id) = made {
        id
    } else {
        let route_tables = call.params.list("RouteTableId");
        check_tables(ec2, call, &route_tables, vpc, service)?;
        let endpoint = Endpoint {
            id: fresh.clone(),
            vpc: vpc.to_owned(),
            service: service.to_owned(),
            route_tables,
            policy: policy.to_owned(),
            deleting: None,
            created: now,
            tags,
        };
        remember(ec2, call, &fresh);
        ec2.endpoints.insert(fresh.clone(), endpoint);
        fresh
    };
    let result = wire::CreateVpcEndpointResult {
        client_token: call.params.get("ClientToken").map(str::to_owned),
        vpc_endpoint: ec2.endpoints.get(&id).map(|endpoint| shape(call, endpoint)),
    };
    Ok(wire::serialize_create_vpc_endpoint_response(&result).into())
}

/// [DescribeVpcEndpoints](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let (endpoints, next_token) = list(call, &world.region(&call.region).ec2.endpoints)?;
    let items = endpoints
        .into_iter()
        .map(|endpoint| shape(call, endpoint))
        .collect();
    let result = wire::DescribeVpcEndpointsResult {
        vpc_endpoints: Some(model::VpcEndpointSet { items }),
        next_token,
    };
    Ok(wire::serialize_describe_vpc_endpoints_response(&result).into())
}

/// [ModifyVpcEndpoint](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html).
pub(crate) fn modify(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let known = [
        "VpcEndpointId",
        "AddRouteTableId.N",
        "RemoveRouteTableId.N",
        "PolicyDocument",
        "ResetPolicy",
    ];
    call.allow(&[&known])?;
    let id = call.need("VpcEndpointId")?;
    let (add, remove) = (
        call.params.list("AddRouteTableId"),
        call.params.list("RemoveRouteTableId"),
    );
    let policy = match (
        call.params.get("PolicyDocument"),
        call.params.flag("ResetPolicy"),
    ) {
        (Some(_), Some(true)) => {
            return Err(AwsError::new(
                "InvalidParameterCombination",
                "ResetPolicy cannot be used together with PolicyDocument",
            ));
        }
        (Some(policy), _) => Some(policy),
        (None, Some(true)) => Some(FULL_ACCESS),
        (None, _) => None,
    };
    policy.map_or(Ok(()), check_policy)?;
    let ec2 = &mut world.region(&call.region).ec2;
    let endpoint = live(ec2, id)?.clone();
    if let Some(stranger) = remove
        .iter()
        .find(|table| !endpoint.route_tables.contains(table))
    {
        return Err(invalid(format!(
            "route table {stranger} is not associated with {id}"
        )));
    }
    check_tables(ec2, call, &add, &endpoint.vpc, &endpoint.service)?;
    let endpoint = live(ec2, id)?;
    endpoint
        .route_tables
        .retain(|table| !remove.contains(table));
    endpoint.route_tables.extend(add);
    if let Some(policy) = policy {
        policy.clone_into(&mut endpoint.policy);
    }
    let result = wire::ModifyVpcEndpointResult {
        r#return: Some(true),
    };
    Ok(wire::serialize_modify_vpc_endpoint_response(&result).into())
}

/// [DeleteVpcEndpoints](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html): status 200 with
/// `unsuccessful` for those that could not be deleted.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&["VpcEndpointId.N"]])?;
    let due = world.now() + world.delays.endpoint_delete;
    let ec2 = &mut world.region(&call.region).ec2;
    let mut items = Vec::new();
    for id in call.params.list("VpcEndpointId") {
        match live(ec2, &id) {
            Ok(endpoint) => endpoint.deleting = Some(due),
            Err(error) => items.push(model::UnsuccessfulItem {
                error: Some(model::UnsuccessfulItemError {
                    code: Some("InvalidVpcEndpoint.NotFound".to_owned()),
                    message: Some(error.message),
                }),
                resource_id: Some(id),
            }),
        }
    }
    let result = wire::DeleteVpcEndpointsResult {
        unsuccessful: Some(model::UnsuccessfulItemSet { items }),
    };
    Ok(wire::serialize_delete_vpc_endpoints_response(&result).into())
}

/// Forgets the deleted endpoints that are due.
pub(crate) fn settle(ec2: &mut State, now: u64) {
    ec2.endpoints
        .retain(|_, endpoint| endpoint.deleting.is_none_or(|due| due > now));
}

fn live<'a>(ec2: &'a mut State, id: &str) -> Result<&'a mut Endpoint, AwsError> {
    let endpoint = ec2
        .endpoints
        .get_mut(id)
        .filter(|endpoint| endpoint.deleting.is_none());
    endpoint.ok_or_else(|| errors::no_endpoint(id))
}

fn check_tables(
    ec2: &State,
    call: &Call,
    tables: &[String],
    vpc: &str,
    service: &str,
) -> Result<(), AwsError> {
    for (place, table) in tables.iter().enumerate() {
        check_table(ec2, table, vpc)?;
        let mut others = ec2
            .endpoints
            .values()
            .filter(|endpoint| endpoint.deleting.is_none());
        let leads = others
            .any(|endpoint| endpoint.service == service && endpoint.route_tables.contains(table));
        if leads || tables[..place].contains(table) {
            return Err(already_leads(
                table,
                &prefix_list::id(&call.region, service),
            ));
        }
    }
    Ok(())
}

fn check_policy(policy: &str) -> Result<(), AwsError> {
    match serde_json::from_str::<serde_json::Value>(policy) {
        Ok(value) if value.is_object() => Ok(()),
        _ => Err(AwsError::new(
            "InvalidPolicyDocument",
            "The policy document is not a JSON object.",
        )),
    }
}

fn shape(call: &Call, endpoint: &Endpoint) -> model::VpcEndpoint {
    model::VpcEndpoint {
        vpc_endpoint_id: Some(endpoint.id.clone()),
        vpc_endpoint_type: Some("Gateway".to_owned()),
        vpc_id: Some(endpoint.vpc.clone()),
        service_name: Some(endpoint.service.clone()),
        service_region: Some(call.region.clone()),
        state: Some(state(endpoint).to_owned()),
        policy_document: Some(endpoint.policy.clone()),
        route_table_ids: Some(model::ValueStringList {
            items: endpoint.route_tables.clone(),
        }),
        private_dns_enabled: Some(false),
        requester_managed: Some(false),
        owner_id: Some(call.account.clone()),
        creation_timestamp: Some(iso(endpoint.created)),
        tags: tag_list(&endpoint.tags),
        ..Default::default()
    }
}
