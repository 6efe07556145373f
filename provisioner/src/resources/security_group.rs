//! Who may talk to whom: the groups. Their rules are resources of their own ([`super::security_group_rule`]), so that
//! two groups can name one another.

mod members;

use std::sync::Arc;

use aws_sdk_ec2::types::{IpPermission, IpRange, ResourceType, SecurityGroup as Seen};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, names, vpc};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A security group; its name is unique in its VPC.
pub struct SecurityGroup;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC.
    pub vpc: Link,
    /// Its name.
    pub name: String,
    /// What it is for; AWS never lets it be changed.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for SecurityGroup {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "security_group";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        ("name", Rule::Replace),
        ("description", Rule::Replace),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const DELETE_RISK: Risk = Risk::Brief;

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            name: "shop-dev-tasks".to_owned(),
            description: "From the load balancer only".to_owned(),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let groups = in_our_vpcs(aws).await?;
        let groups = groups
            .iter()
            .filter(|group| group.group_name() != Some("default"));
        Ok(groups
            .map(|group| {
                let id = group.group_id().unwrap_or_default();
                let name = group.group_name().unwrap_or_default().to_owned();
                match aws.theirs(Self::NAME, read_tags(group.tags.clone())) {
                    Theirs::Ours(address, tags) => {
                        let vpc = Link::id(group.vpc_id().unwrap_or_default());
                        let description = group.description().unwrap_or_default().to_owned();
                        Found::ours(
                            address,
                            id,
                            Spec {
                                vpc,
                                name,
                                description,
                                tags,
                            },
                        )
                    }
                    Theirs::Lost(tags) => {
                        let address = names::rest(aws, &name).unwrap_or(&name);
                        aws.lost(Self::NAME, address, id, &tags)
                    }
                    Theirs::Not(why) => Found::Extra {
                        id: id.to_owned(),
                        what: format!("security group {name} in our VPC: {why}"),
                    },
                }
            })
            .collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let create = || async {
            let tags = aws.tag_spec(ResourceType::SecurityGroup, Self::NAME, name, &spec.tags);
            let call = aws
                .ec2
                .create_security_group()
                .vpc_id(spec.vpc.resolved())
                .group_name(&spec.name);
            let call = call.description(&spec.description).tag_specifications(tags);
            let answer = call
                .send()
                .await
                .map_err(fault("ec2:CreateSecurityGroup"))?;
            answer
                .group_id
                .ok_or_else(|| incomplete("ec2:CreateSecurityGroup", "group id"))
        };
        let id = aws.patiently(unknown_id, create).await?;
        // A new group may send anything anywhere; if this is not reached, the rule shows as an extra one.
        // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
        let everything = IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build());
        let everything = everything.build();
        let revoke = || async {
            let call = aws
                .ec2
                .revoke_security_group_egress()
                .group_id(&id)
                .ip_permissions(everything.clone());
            match call
                .send()
                .await
                .map(drop)
                .map_err(fault("ec2:RevokeSecurityGroupEgress"))
            {
                Err(fault) if fault.is("InvalidPermission.NotFound") => Ok(()),
                other => other,
            }
        };
        aws.patiently(unknown_id, revoke).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        aws.released("group-id", id, || async {
            let call = aws.ec2.delete_security_group().group_id(id);
            gone_is_fine(
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:DeleteSecurityGroup")),
            )
        })
        .await
    }
}

/// Every group in our VPCs, the default ones and strangers included; read once.
pub(super) async fn in_our_vpcs(aws: &Aws) -> Result<Arc<Vec<Seen>>, Fault> {
    let read = async {
        let vpcs = vpc::ids(aws).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let pages = aws
            .ec2
            .describe_security_groups()
            .filters(filter("vpc-id", vpcs))
            .into_paginator()
            .items()
            .send();
        pages
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(fault("ec2:DescribeSecurityGroups"))
    };
    aws.once("security groups", read).await
}
