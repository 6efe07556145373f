//! The VPC's door to the internet.

mod members;

use aws_sdk_ec2::types::ResourceType;
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, vpc};
use crate::aws::ec2::read_tags;
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// An internet gateway, attached. At most one per VPC.
pub struct InternetGateway;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The VPC that it serves.
    pub vpc: Link,
    /// Whether it is attached; a run killed between its two calls leaves it loose.
    pub attached: bool,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for InternetGateway {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "internet_gateway";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        ("attached", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            attached: true,
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        // All of the region's, five unless AWS allowed more: one without our tags may stand where ours should.
        let call = aws.ec2.describe_internet_gateways();
        let mut pages = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(gateway) = pages.next().await {
            let gateway = gateway.map_err(fault("ec2:DescribeInternetGateways"))?;
            let attached = gateway
                .attachments()
                .first()
                .and_then(|attachment| attachment.vpc_id())
                .map(str::to_owned);
            let Some(id) = gateway.internet_gateway_id else {
                continue;
            };
            let all_tags = read_tags(gateway.tags);
            let (name, tags) = match aws.theirs(Self::NAME, all_tags.clone()) {
                Theirs::Ours(name, tags) => (name, tags),
                Theirs::Lost(tags) => {
                    found.push(aws.lost(Self::NAME, "main", id, &tags));
                    continue;
                }
                Theirs::Not(_) => {
                    // A VPC has one at most, so this one is ours or in its way.
                    if let Some(vpc) = &attached
                        && vpc::ids(aws).await?.contains(vpc)
                    {
                        found.push(aws.lost(Self::NAME, "main", id, &all_tags));
                    }
                    continue;
                }
            };
            let vpc = match &attached {
                Some(vpc) => vpc.clone(),
                None => vpc::ids(aws).await?.pop().unwrap_or_default(),
            };
            found.push(Found::ours(
                name,
                id,
                Spec {
                    vpc: Link::Id(vpc),
                    attached: attached.is_some(),
                    tags,
                },
            ));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tag_spec(ResourceType::InternetGateway, Self::NAME, name, &spec.tags);
        let call = aws.ec2.create_internet_gateway().tag_specifications(tags);
        let answer = call
            .send()
            .await
            .map_err(fault("ec2:CreateInternetGateway"))?;
        let id = answer
            .internet_gateway
            .and_then(|gateway| gateway.internet_gateway_id);
        let id = id.ok_or_else(|| incomplete("ec2:CreateInternetGateway", "gateway"))?;
        attach(aws, &id, spec.vpc.resolved()).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("attached") {
            attach(aws, change.id, change.after.vpc.resolved()).await?;
        }
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, seen: &Spec) -> Result<(), Fault> {
        let vpc = seen.vpc.resolved();
        if seen.attached {
            // The public addresses of load balancers and NAT gateways let go of the VPC a while after these are gone.
            aws.released("vpc-id", vpc, || async {
                let call = aws
                    .ec2
                    .detach_internet_gateway()
                    .internet_gateway_id(id)
                    .vpc_id(vpc);
                match call
                    .send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:DetachInternetGateway"))
                {
                    Err(fault) if fault.is("Gateway.NotAttached") => Ok(()),
                    other => gone_is_fine(other),
                }
            })
            .await?;
        }
        let call = aws.ec2.delete_internet_gateway().internet_gateway_id(id);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:DeleteInternetGateway")),
        )
    }
}

async fn attach(aws: &Aws, id: &str, vpc: &str) -> Result<(), Fault> {
    let call = || async {
        let call = aws
            .ec2
            .attach_internet_gateway()
            .internet_gateway_id(id)
            .vpc_id(vpc);
        match call
            .send()
            .await
            .map(drop)
            .map_err(fault("ec2:AttachInternetGateway"))
        {
            // Attached already, by an attempt whose answer was lost; a look at the next plan tells if it was another VPC.
            Err(fault) if fault.is("Resource.AlreadyAssociated") => Ok(()),
            other => other,
        }
    };
    aws.patiently(unknown_id, call).await
}
