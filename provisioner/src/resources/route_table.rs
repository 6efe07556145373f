//! Where packets of some subnets go.

mod members;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{ResourceType, Route, RouteOrigin, RouteTable as Seen};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, names, vpc};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A route table with its routes and the subnets that use it. It is wholly ours: a route or an association that
/// somebody added is a difference.
pub struct RouteTable;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC.
    pub vpc: Link,
    /// By destination range, the gateway that a packet is sent to. The VPC's own range and the routes of gateway
    /// endpoints are AWS's.
    pub routes: BTreeMap<String, Link>,
    /// The subnets that use it.
    pub subnets: BTreeSet<Link>,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for RouteTable {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "route_table";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        // A route to a deleted gateway is a black hole, not a refusal; a deleted subnet takes its association along.
        ("routes", Rule::Mention),
        ("subnets", Rule::Mention),
        ("tags", Rule::Update),
    ];
    const AFTER: &'static [&'static str] = &["internet_gateway"];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const BRIEF: &'static [&'static str] = &["routes", "subnets"];

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            routes: BTreeMap::from([("0.0.0.0/0".to_owned(), Link::to("nat_gateway", "a"))]),
            subnets: BTreeSet::from([Link::to("subnet", "private-a")]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let vpcs = vpc::ids(aws).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let tables = look(aws, filter("vpc-id", vpcs)).await?;
        Ok(tables.iter().filter_map(|table| read(aws, table)).collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let create = || async {
            let tags = aws.tag_spec(ResourceType::RouteTable, Self::NAME, name, &spec.tags);
            let call = aws
                .ec2
                .create_route_table()
                .vpc_id(spec.vpc.resolved())
                .tag_specifications(tags);
            let answer = call.send().await.map_err(fault("ec2:CreateRouteTable"))?;
            let id = answer.route_table.and_then(|table| table.route_table_id);
            id.ok_or_else(|| incomplete("ec2:CreateRouteTable", "route table"))
        };
        let id = aws.patiently(unknown_id, create).await?;
        for (destination, target) in &spec.routes {
            route(aws, &id, destination, target.resolved()).await?;
        }
        for subnet in &spec.subnets {
            associate(aws, &id, spec.vpc.resolved(), subnet.resolved()).await?;
        }
        Ok(id)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (id, before, after) = (change.id, change.before, change.after);
        for (destination, target) in after
            .routes
            .iter()
            .filter(|(to, target)| before.routes.get(*to) != Some(target))
        {
            route(aws, id, destination, target.resolved()).await?;
        }
        for destination in before
            .routes
            .keys()
            .filter(|to| !after.routes.contains_key(*to))
        {
            let call = aws.ec2.delete_route().route_table_id(id);
            // hcctl makes routes for IPv4 ranges only, but takes any away.
            let call = match destination.as_str() {
                list if list.starts_with("pl-") => call.destination_prefix_list_id(list),
                range if range.contains(':') => call.destination_ipv6_cidr_block(range),
                range => call.destination_cidr_block(range),
            };
            gone_is_fine(
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:DeleteRoute")),
            )?;
        }
        for subnet in after.subnets.difference(&before.subnets) {
            associate(aws, id, after.vpc.resolved(), subnet.resolved()).await?;
        }
        disassociate(aws, id, &before.subnets - &after.subnets).await?;
        aws.retag_ec2(id, &before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, seen: &Spec) -> Result<(), Fault> {
        disassociate(aws, id, seen.subnets.clone()).await?;
        let call = aws.ec2.delete_route_table().route_table_id(id);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:DeleteRouteTable")),
        )
    }
}

async fn look(aws: &Aws, by: aws_sdk_ec2::types::Filter) -> Result<Vec<Seen>, Fault> {
    let pages = aws
        .ec2
        .describe_route_tables()
        .filters(by)
        .into_paginator()
        .items()
        .send();
    pages
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(fault("ec2:DescribeRouteTables"))
}

fn read(aws: &Aws, table: &Seen) -> Option<Found<Spec>> {
    let id = table.route_table_id.clone()?;
    if table
        .associations()
        .iter()
        .any(|association| association.main.unwrap_or_default())
    {
        // The VPC's own table: it comes and goes with the VPC.
        return None;
    }
    let spec = |tags| Spec {
        vpc: Link::id(table.vpc_id().unwrap_or_default()),
        routes: table.routes().iter().filter_map(target).collect(),
        subnets: table
            .associations()
            .iter()
            .filter_map(|association| association.subnet_id())
            .map(Link::id)
            .collect(),
        tags,
    };
    Some(
        match aws.theirs(RouteTable::NAME, read_tags(table.tags.clone())) {
            Theirs::Ours(name, tags) => Found::ours(name, id, spec(tags)),
            Theirs::Lost(tags) => aws.lost(RouteTable::NAME, names::tagged(aws, &tags), id, &tags),
            Theirs::Not(why) => Found::Extra {
                id,
                what: format!("route table in our VPC: {why}"),
            },
        },
    )
}

/// A route of ours; not the VPC's local one, not an endpoint's.
fn target(route: &Route) -> Option<(String, Link)> {
    // A VPN gateway's routes come and go with what it learns.
    if route.origin == Some(RouteOrigin::EnableVgwRoutePropagation) {
        return None;
    }
    let gateway = route
        .gateway_id()
        .filter(|id| *id != "local" && !id.starts_with("vpce-"));
    // Of an instance both are told, and the interface is what a call takes.
    let others = [
        route.nat_gateway_id(),
        route.vpc_peering_connection_id(),
        route.transit_gateway_id(),
        route.network_interface_id(),
        route.instance_id(),
        route.egress_only_internet_gateway_id(),
        route.carrier_gateway_id(),
        route.local_gateway_id(),
        route.core_network_arn(),
        route.odb_network_arn(),
        route.ip_address(),
    ];
    let target = gateway.or(others.into_iter().flatten().next())?;
    let destination = route
        .destination_cidr_block()
        .or(route.destination_ipv6_cidr_block())
        .or(route.destination_prefix_list_id())?;
    Some((destination.to_owned(), Link::id(target)))
}

/// Makes a route, or turns the one that is there.
async fn route(aws: &Aws, id: &str, destination: &str, target: &str) -> Result<(), Fault> {
    let nat = target.starts_with("nat-");
    let create = || async {
        let call = aws
            .ec2
            .create_route()
            .route_table_id(id)
            .destination_cidr_block(destination);
        let call = if nat {
            call.nat_gateway_id(target)
        } else {
            call.gateway_id(target)
        };
        match call
            .send()
            .await
            .map(drop)
            .map_err(fault("ec2:CreateRoute"))
        {
            Err(fault) if fault.is("RouteAlreadyExists") => Ok(false),
            outcome => outcome.map(|()| true),
        }
    };
    if aws.patiently(unknown_id, create).await? {
        return Ok(());
    }
    let call = aws
        .ec2
        .replace_route()
        .route_table_id(id)
        .destination_cidr_block(destination);
    let call = if nat {
        call.nat_gateway_id(target)
    } else {
        call.gateway_id(target)
    };
    call.send()
        .await
        .map(drop)
        .map_err(fault("ec2:ReplaceRoute"))
}

/// Gives a subnet this table, also where it has another one now.
async fn associate(aws: &Aws, id: &str, vpc: &str, subnet: &str) -> Result<(), Fault> {
    let associate = || async {
        let call = aws
            .ec2
            .associate_route_table()
            .route_table_id(id)
            .subnet_id(subnet);
        match call
            .send()
            .await
            .map(drop)
            .map_err(fault("ec2:AssociateRouteTable"))
        {
            Err(fault) if fault.is("Resource.AlreadyAssociated") => {
                take_over(aws, id, vpc, subnet).await
            }
            outcome => outcome,
        }
    };
    // Also an association that was seen and is gone: the table that had it is put right at the same time.
    aws.patiently(unknown_id, associate).await
}

/// Turns the association that a subnet has to this table. It is refused as unknown (InvalidAssociationID.NotFound) where
/// somebody ends that association in between.
async fn take_over(aws: &Aws, id: &str, vpc: &str, subnet: &str) -> Result<(), Fault> {
    for table in look(aws, filter("vpc-id", [vpc])).await? {
        for association in table
            .associations()
            .iter()
            .filter(|association| association.subnet_id() == Some(subnet))
        {
            if table.route_table_id() == Some(id) {
                return Ok(());
            }
            let call = aws.ec2.replace_route_table_association().route_table_id(id);
            let call = call.set_association_id(association.route_table_association_id.clone());
            call.send()
                .await
                .map_err(fault("ec2:ReplaceRouteTableAssociation"))?;
        }
    }
    Ok(())
}

async fn disassociate(aws: &Aws, id: &str, subnets: BTreeSet<Link>) -> Result<(), Fault> {
    if subnets.is_empty() {
        return Ok(());
    }
    for table in look(aws, filter("route-table-id", [id])).await? {
        for association in table.associations() {
            if association
                .subnet_id()
                .is_some_and(|subnet| subnets.contains(&Link::id(subnet)))
            {
                let call = aws.ec2.disassociate_route_table();
                let call = call.set_association_id(association.route_table_association_id.clone());
                gone_is_fine(
                    call.send()
                        .await
                        .map(drop)
                        .map_err(fault("ec2:DisassociateRouteTable")),
                )?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_seen_wherever_it_leads() {
        let to = || Route::builder().destination_cidr_block("203.0.113.0/24");
        let routes = [
            to().nat_gateway_id("x"),
            to().gateway_id("x"),
            to().vpc_peering_connection_id("x"),
            to().transit_gateway_id("x"),
            to().network_interface_id("x"),
            to().instance_id("x"),
            to().egress_only_internet_gateway_id("x"),
            to().carrier_gateway_id("x"),
            to().local_gateway_id("x"),
            to().core_network_arn("x"),
            to().odb_network_arn("x"),
            to().ip_address("x"),
            Route::builder()
                .destination_ipv6_cidr_block("2001:db8::/32")
                .gateway_id("x"),
            Route::builder()
                .destination_prefix_list_id("pl-1")
                .gateway_id("x"),
        ];
        for route in routes {
            let route = route.build();
            let seen = target(&route);
            assert!(
                seen.is_some_and(|(_, target)| target == Link::id("x")),
                "{route:?}"
            );
        }
        assert!(target(&to().gateway_id("local").build()).is_none());
        assert!(target(&to().gateway_id("vpce-1").build()).is_none());
    }
}
