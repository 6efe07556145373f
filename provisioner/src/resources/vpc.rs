//! The environment's network.

mod members;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_ec2::types::{AttributeBooleanValue, ResourceType, VpcAttributeName};
use hcctl_engine::{Fault, Found, Kind, KindChange, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::subnet::Subnet;
use super::{example_tags, gone_is_fine, incomplete};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A VPC. It has no name and its create takes no token, so the tags of the create call are its identity.
pub struct Vpc;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The primary IPv4 range.
    pub cidr: String,
    /// Whether Amazon's resolver answers in it; endpoints need it.
    pub dns_support: bool,
    /// Whether public addresses get names; endpoints need it.
    pub dns_hostnames: bool,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Vpc {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "vpc";
    const RULES: Rules = &[
        ("cidr", Rule::Replace),
        ("dns_support", Rule::Update),
        ("dns_hostnames", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;

    fn example() -> Spec {
        Spec {
            cidr: "10.0.0.0/16".to_owned(),
            dns_support: true,
            dns_hostnames: true,
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let vpcs = look(aws).await?;
        let read = |(id, name, cidr, tags): (String, String, String, Tags)| async move {
            let (dns_support, dns_hostnames) = tokio::try_join!(
                attribute(aws, &id, VpcAttributeName::EnableDnsSupport),
                attribute(aws, &id, VpcAttributeName::EnableDnsHostnames)
            )?;
            Ok(Found::ours(
                name,
                id,
                Spec {
                    cidr,
                    dns_support,
                    dns_hostnames,
                    tags,
                },
            ))
        };
        let mut found = aws.crowd(vpcs.ours.iter().cloned(), read).await?;
        let lost = vpcs
            .lost
            .iter()
            .map(|(id, tags)| aws.lost(Self::NAME, MAIN, id, tags));
        found.extend(lost);
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tag_spec(ResourceType::Vpc, Self::NAME, name, &spec.tags);
        let call = aws
            .ec2
            .create_vpc()
            .cidr_block(&spec.cidr)
            .tag_specifications(tags);
        let answer = call.send().await.map_err(fault("ec2:CreateVpc"))?;
        let id = answer
            .vpc
            .and_then(|vpc| vpc.vpc_id)
            .ok_or_else(|| incomplete("ec2:CreateVpc", "VPC"))?;
        // A new VPC has DNS support and no DNS host names.
        if !spec.dns_support {
            modify(aws, &id, VpcAttributeName::EnableDnsSupport, false).await?;
        }
        if spec.dns_hostnames {
            modify(aws, &id, VpcAttributeName::EnableDnsHostnames, true).await?;
        }
        Ok(id)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("dns_support") {
            modify(
                aws,
                change.id,
                VpcAttributeName::EnableDnsSupport,
                change.after.dns_support,
            )
            .await?;
        }
        if change.has("dns_hostnames") {
            modify(
                aws,
                change.id,
                VpcAttributeName::EnableDnsHostnames,
                change.after.dns_hostnames,
            )
            .await?;
        }
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        aws.released("vpc-id", id, || async {
            gone_is_fine(
                aws.ec2
                    .delete_vpc()
                    .vpc_id(id)
                    .send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:DeleteVpc")),
            )
        })
        .await
    }
}

/// The name of an environment's one VPC.
const MAIN: &str = "main";

/// The VPCs with this environment's tags.
struct Vpcs {
    /// Those that have an address: id, name, range, tags.
    ours: Vec<(String, String, String, Tags)>,
    /// Those that have lost it: id, tags.
    lost: Vec<(String, Tags)>,
}

async fn look(aws: &Aws) -> Result<Arc<Vpcs>, Fault> {
    let read = async {
        let mut pages = aws
            .ec2
            .describe_vpcs()
            .set_filters(Some(aws.our_filters()))
            .into_paginator()
            .items()
            .send();
        let (mut ours, mut lost) = (Vec::new(), Vec::new());
        while let Some(vpc) = pages.next().await {
            let vpc = vpc.map_err(fault("ec2:DescribeVpcs"))?;
            let Some(id) = vpc.vpc_id else { continue };
            match aws.theirs(Vpc::NAME, read_tags(vpc.tags)) {
                Theirs::Ours(name, tags) => {
                    ours.push((id, name, vpc.cidr_block.unwrap_or_default(), tags));
                }
                Theirs::Lost(tags) => lost.push((id, tags)),
                Theirs::Not(_) => {}
            }
        }
        if ours.is_empty() && lost.is_empty() {
            lost = behind_subnets(aws).await?;
        }
        Ok(Vpcs { ours, lost })
    };
    aws.once("vpcs", read).await
}

/// The ids of our VPCs: one, or none; two only after a replacement was killed. What is in one that has lost its tags is ours
/// all the same.
pub(super) async fn ids(aws: &Aws) -> Result<Vec<String>, Fault> {
    let vpcs = look(aws).await?;
    let ours = vpcs.ours.iter().map(|(id, ..)| id);
    let lost = vpcs.lost.iter().map(|(id, _)| id);
    Ok(ours.chain(lost).cloned().collect())
}

/// VPCs without this environment's tags that hold subnets with them: a subnet never changes its VPC.
async fn behind_subnets(aws: &Aws) -> Result<Vec<(String, Tags)>, Fault> {
    let call = aws
        .ec2
        .describe_subnets()
        .set_filters(Some(aws.our_filters()));
    let subnets = call.into_paginator().items().send();
    let subnets: Result<Vec<_>, _> = subnets.collect().await;
    let mut ids = BTreeSet::new();
    for subnet in subnets.map_err(fault("ec2:DescribeSubnets"))? {
        let tags = read_tags(subnet.tags);
        if matches!(aws.theirs(Subnet::NAME, tags), Theirs::Ours(..)) {
            ids.extend(subnet.vpc_id);
        }
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let call = aws.ec2.describe_vpcs().filters(filter("vpc-id", ids));
    let answer = call.send().await.map_err(fault("ec2:DescribeVpcs"))?;
    let vpcs = answer.vpcs.unwrap_or_default().into_iter();
    Ok(vpcs
        .filter_map(|vpc| Some((vpc.vpc_id?, read_tags(vpc.tags))))
        .collect())
}

async fn attribute(aws: &Aws, id: &str, name: VpcAttributeName) -> Result<bool, Fault> {
    let call = aws.ec2.describe_vpc_attribute().vpc_id(id).attribute(name);
    let answer = call
        .send()
        .await
        .map_err(fault("ec2:DescribeVpcAttribute"))?;
    let value = answer.enable_dns_support.or(answer.enable_dns_hostnames);
    Ok(value.and_then(|value| value.value).unwrap_or_default())
}

/// One attribute a call, as the API demands.
async fn modify(aws: &Aws, id: &str, name: VpcAttributeName, value: bool) -> Result<(), Fault> {
    let value = AttributeBooleanValue::builder().value(value).build();
    let call = || {
        let call = aws.ec2.modify_vpc_attribute().vpc_id(id);
        let call = match name {
            VpcAttributeName::EnableDnsSupport => call.enable_dns_support(value.clone()),
            _ => call.enable_dns_hostnames(value.clone()),
        };
        async move {
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:ModifyVpcAttribute"))
        }
    };
    aws.patiently(unknown_id, call).await
}
