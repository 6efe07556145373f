//! The way out of the private subnets.

use aws_sdk_ec2::types::{NatGateway as Seen, NatGatewayState, ResourceType};
use hcctl_engine::kind::Wait;
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete};
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
        // A deleted gateway lingers for an hour, a failed one never becomes anything: neither is there.
        let live = filter("state", ["pending", "available"]);
        let call = aws
            .ec2
            .describe_nat_gateways()
            .set_filter(Some(aws.our_filters()))
            .filter(live);
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(gateway) = pages.next().await {
            let gateway = gateway.map_err(fault("ec2:DescribeNatGateways"))?;
            let pending =
                (gateway.state == Some(NatGatewayState::Pending)).then(|| "pending".to_owned());
            let address = gateway
                .nat_gateway_addresses()
                .first()
                .and_then(|address| address.allocation_id());
            let address = Link::id(address.unwrap_or_default());
            if let Theirs::Ours(name, tags) = aws.theirs(Self::NAME, read_tags(gateway.tags)) {
                let spec = Spec {
                    subnet: Link::Id(gateway.subnet_id.unwrap_or_default()),
                    address,
                    tags,
                };
                found.push(
                    Found::ours(name, gateway.nat_gateway_id.unwrap_or_default(), spec)
                        .pending(pending),
                );
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
        let holds = |one: &Seen| {
            let addresses = one.nat_gateway_addresses().iter();
            addresses
                .filter_map(|one| one.allocation_id())
                .any(|id| id == address)
        };
        match answer.nat_gateways().iter().find(|one| holds(one)) {
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
