//! The public address that a NAT gateway speaks from.

mod members;

use std::sync::Arc;

use aws_sdk_ec2::types::{Address, DomainType, ResourceType};
use hcctl_engine::{Fault, Found, Kind, KindChange, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, names, nat_gateway};
use crate::aws::ec2::read_tags;
use crate::aws::{Aws, Tags, Theirs, fault};

/// An elastic IP address. It has no name and its create takes no token, so the tags of the create call are its identity.
pub struct ElasticIp;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its tags.
    pub tags: Tags,
}

impl Kind for ElasticIp {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "elastic_ip";
    const RULES: Rules = &[("tags", Rule::Update)];

    fn example() -> Spec {
        Spec {
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let mut found = Vec::new();
        for address in all(aws).await?.iter() {
            let Some(id) = address.allocation_id() else {
                continue;
            };
            let all_tags = read_tags(address.tags.clone());
            match aws.theirs(Self::NAME, all_tags.clone()) {
                Theirs::Ours(name, tags) => found.push(Found::ours(name, id, Spec { tags })),
                Theirs::Lost(tags) => {
                    found.push(aws.lost(Self::NAME, names::tagged(aws, &tags), id, &tags));
                }
                Theirs::Not(_) => {
                    let name = serves(aws, id).await?;
                    found.extend(name.map(|name| aws.lost(Self::NAME, &name, id, &all_tags)));
                }
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tag_spec(ResourceType::ElasticIp, Self::NAME, name, &spec.tags);
        let call = aws
            .ec2
            .allocate_address()
            .domain(DomainType::Vpc)
            .tag_specifications(tags);
        let answer = call.send().await.map_err(fault("ec2:AllocateAddress"))?;
        answer
            .allocation_id
            .ok_or_else(|| incomplete("ec2:AllocateAddress", "allocation id"))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        // In use until its NAT gateway is quite gone.
        let held = |fault: &Fault| fault.is("InvalidIPAddress.InUse") || fault.is("AuthFailure");
        let release = || async {
            let call = aws.ec2.release_address().allocation_id(id);
            gone_is_fine(
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:ReleaseAddress")),
            )
        };
        aws.patiently(held, release).await
    }
}

/// Every address of the region, whosever; read once. It is one answer, without pages.
async fn all(aws: &Aws) -> Result<Arc<Vec<Address>>, Fault> {
    let read = async {
        let call = aws.ec2.describe_addresses();
        let answer = call.send().await.map_err(fault("ec2:DescribeAddresses"))?;
        Ok(answer.addresses.unwrap_or_default())
    };
    aws.once("addresses", read).await
}

/// The name of the address with this id, where it is ours.
pub(super) async fn name_of(aws: &Aws, id: &str) -> Result<Option<String>, Fault> {
    let all = all(aws).await?;
    let seen = all.iter().find(|one| one.allocation_id() == Some(id));
    let tags = seen.map(|one| aws.theirs(ElasticIp::NAME, read_tags(one.tags.clone())));
    Ok(match tags {
        Some(Theirs::Ours(name, _)) => Some(name),
        _ => None,
    })
}

/// The name, as the tag `Name` has it, of the NAT gateway of ours that speaks from this address: they share it.
async fn serves(aws: &Aws, id: &str) -> Result<Option<String>, Fault> {
    let gateways = nat_gateway::live(aws).await?;
    let user = gateways.iter().find(|one| nat_gateway::address(one) == id);
    let tags = user.map(|one| read_tags(one.tags.clone()));
    let ours = |tags: &Tags| {
        let theirs = aws.theirs(nat_gateway::NatGateway::NAME, tags.clone());
        matches!(theirs, Theirs::Ours(..))
    };
    Ok(tags
        .filter(ours)
        .map(|tags| names::tagged(aws, &tags).to_owned()))
}
