//! The public address that a NAT gateway speaks from.

use aws_sdk_ec2::types::{DomainType, ResourceType};
use hcctl_engine::{Fault, Found, Kind, KindChange, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete};
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
        let call = aws
            .ec2
            .describe_addresses()
            .set_filters(Some(aws.our_filters()));
        let answer = call.send().await.map_err(fault("ec2:DescribeAddresses"))?;
        let addresses = answer.addresses.unwrap_or_default().into_iter();
        Ok(addresses
            .filter_map(
                |address| match aws.theirs(Self::NAME, read_tags(address.tags)) {
                    Theirs::Ours(name, tags) => {
                        Some(Found::ours(name, address.allocation_id?, Spec { tags }))
                    }
                    Theirs::Not(_) => None,
                },
            )
            .collect())
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
