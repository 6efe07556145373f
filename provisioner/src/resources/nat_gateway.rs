//! The way out of the private subnets.

mod members;

use std::sync::Arc;

use aws_sdk_ec2::types::{NatGateway as Seen, NatGatewayState, ResourceType};
use hcctl_engine::kind::Wait;
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{elastic_ip, example_tags, gone_is_fine, incomplete, names, vpc};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A zonal, public NAT gateway. One or two minutes from pending to available, and as many to be deleted.
pub struct NatGateway;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The public subnet that it stands in.
    pub subnet: Link,
    /// The elastic IP address that it speaks from.
    pub address: Link,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for NatGateway {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "nat_gateway";
    const RULES: Rules = &[
        ("subnet", Rule::Replace),
        ("address", Rule::Replace),
        ("tags", Rule::Update),
    ];
    const AFTER: &'static [&'static str] = &["internet_gateway"];
    const DELETE_RISK: Risk = Risk::Brief;
    const WAIT: Wait = Wait::of(500, 5_000, 900, 100);

    fn example() -> Spec {
        Spec {
            subnet: Link::to("subnet", "public-a"),
            address: Link::to("elastic_ip", "nat-a"),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let mut found = Vec::new();
        for gateway in live(aws).await?.iter() {
            let id = gateway.nat_gateway_id().unwrap_or_default();
            let all_tags = read_tags(gateway.tags.clone());
            match aws.theirs(Self::NAME, all_tags.clone()) {
                Theirs::Ours(name, tags) => {
                    let pending = gateway.state == Some(NatGatewayState::Pending);
                    let spec = Spec {
                        subnet: Link::id(gateway.subnet_id().unwrap_or_default()),
                        address: Link::id(address(gateway)),
                        tags,
                    };
                    found.push(
                        Found::ours(name, id, spec).pending(pending.then(|| "pending".to_owned())),
                    );
                }
                Theirs::Lost(tags) => {
                    let name = bare(names::tagged(aws, &tags));
                    found.push(aws.lost(Self::NAME, name, id, &tags));
                }
                Theirs::Not(why) => found.extend(without_tags(aws, gateway, all_tags, why).await?),
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        address_free(aws, spec.address.resolved()).await?;
        let create = || async {
            let tags = aws.tag_spec(ResourceType::Natgateway, Self::NAME, name, &spec.tags);
            let call = aws
                .ec2
                .create_nat_gateway()
                .subnet_id(spec.subnet.resolved());
            let call = call
                .allocation_id(spec.address.resolved())
                .tag_specifications(tags);
            let answer = call.send().await.map_err(fault("ec2:CreateNatGateway"))?;
            let id = answer
                .nat_gateway
                .and_then(|gateway| gateway.nat_gateway_id);
            id.ok_or_else(|| incomplete("ec2:CreateNatGateway", "NAT gateway"))
        };
        aws.patiently(unknown_id, create).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let call = aws.ec2.delete_nat_gateway().nat_gateway_id(id);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:DeleteNatGateway")),
        )
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        Ok(look(aws, id).await?.map_or_else(
            || Readiness::NotYet("not listed yet".to_owned()),
            |seen| usable(&seen),
        ))
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        Ok(match look(aws, id).await?.and_then(|seen| seen.state) {
            None | Some(NatGatewayState::Deleted) => Readiness::Ready,
            Some(state) => Readiness::NotYet(state.as_str().to_owned()),
        })
    }
}

/// Every gateway of the region that is there or will be, whosever; read once. A deleted one lingers for an hour, a failed
/// one never becomes anything.
pub(super) async fn live(aws: &Aws) -> Result<Arc<Vec<Seen>>, Fault> {
    let read = async {
        let live = filter("state", ["pending", "available"]);
        let call = aws.ec2.describe_nat_gateways().filter(live);
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        all.map_err(fault("ec2:DescribeNatGateways"))
    };
    aws.once("NAT gateways", read).await
}

/// The address that a gateway speaks from; a public one has one, and may be given further ones beside it.
pub(super) fn address(gateway: &Seen) -> &str {
    let all = gateway.nat_gateway_addresses();
    let primary = all.iter().find(|one| one.is_primary() == Some(true));
    primary
        .or(all.first())
        .and_then(|one| one.allocation_id())
        .unwrap_or_default()
}

/// A gateway that does not say that it is ours: it is, where it holds an address of ours, which serves one gateway only;
/// in our VPC it is a stranger.
async fn without_tags(
    aws: &Aws,
    gateway: &Seen,
    tags: Tags,
    why: String,
) -> Result<Option<Found<Spec>>, Fault> {
    let id = gateway.nat_gateway_id().unwrap_or_default();
    let vpc = gateway.vpc_id().unwrap_or_default().to_owned();
    if !vpc::ids(aws).await?.contains(&vpc) {
        return Ok(None);
    }
    let name = elastic_ip::name_of(aws, address(gateway)).await?;
    Ok(Some(match name {
        Some(name) => aws.lost(NatGateway::NAME, bare(&name), id, &tags),
        None => Found::Extra {
            id: id.to_owned(),
            what: format!("NAT gateway in our VPC: {why}"),
        },
    }))
}

/// The name without what the tag `Name` and addresses put before it.
fn bare(name: &str) -> &str {
    name.strip_prefix("nat-").unwrap_or(name)
}

/// Waits until no gateway that is being deleted holds the address: a new one would be made, and fail a minute later
/// (`Resource.AlreadyAssociated`).
async fn address_free(aws: &Aws, address: &str) -> Result<(), Fault> {
    let look = || async {
        let going = filter("state", ["deleting"]);
        let call = aws.ec2.describe_nat_gateways();
        let call = call.set_filter(Some(aws.our_filters())).filter(going);
        let answer = call
            .send()
            .await
            .map_err(fault("ec2:DescribeNatGateways"))?;
        let mut going = answer.nat_gateways().iter();
        match going.find(|one| self::address(one) == address) {
            None => Ok(()),
            Some(old) => {
                let old = old.nat_gateway_id().unwrap_or_default();
                let message = format!("{old} is being deleted and still holds {address}");
                Err(Fault::own("ec2:CreateNatGateway", message).class(Class::NotYet))
            }
        }
    };
    let patience = std::time::Duration::from_mins(10);
    aws.patiently_for(patience, |fault| fault.class == Class::NotYet, look)
        .await
}

fn usable(seen: &Seen) -> Readiness {
    match &seen.state {
        Some(NatGatewayState::Available) => Readiness::Ready,
        Some(NatGatewayState::Pending) | None => Readiness::NotYet("pending".to_owned()),
        Some(state) => {
            let why = seen.failure_message().unwrap_or("no reason given");
            let code = seen.failure_code().unwrap_or("no code");
            Readiness::Never(format!("{}: {code}: {why}", state.as_str()))
        }
    }
}

async fn look(aws: &Aws, id: &str) -> Result<Option<Seen>, Fault> {
    // By filter: an id that is not known yet is then nothing, not an error.
    let call = aws
        .ec2
        .describe_nat_gateways()
        .filter(filter("nat-gateway-id", [id]));
    let answer = call
        .send()
        .await
        .map_err(fault("ec2:DescribeNatGateways"))?;
    Ok(answer.nat_gateways.unwrap_or_default().pop())
}
