//! A subnet in one availability zone.

mod members;

use aws_sdk_ec2::types::{
    AttributeBooleanValue, HostnameType, PrivateDnsNameOptionsOnLaunch, ResourceType, SubnetState,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::others::Note;
use super::{Others, example_tags, gone_is_fine, incomplete, names, vpc};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A subnet. Its range within its VPC is a natural key.
pub struct Subnet;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC.
    pub vpc: Link,
    /// Its IPv4 range.
    pub cidr: String,
    /// Its availability zone, such as `us-east-1a`.
    pub zone: String,
    /// Whether what starts in it gets a public address: never (Security Hub EC2.15).
    pub public_ip: bool,
    /// What else was set on it: which names what starts in it gets, and whether names without IPv6 addresses get some.
    /// Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Subnet {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "subnet";
    const RULES: Rules = &[
        ("vpc", Rule::Replace),
        ("cidr", Rule::Replace),
        ("zone", Rule::Replace),
        ("public_ip", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            cidr: "10.0.11.0/24".to_owned(),
            zone: "us-east-1a".to_owned(),
            public_ip: false,
            other: Others::from([(DNS64.to_owned(), "true".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let vpcs = vpc::ids(aws).await?;
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let mut pages = aws
            .ec2
            .describe_subnets()
            .filters(filter("vpc-id", vpcs))
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(subnet) = pages.next().await {
            let subnet = subnet.map_err(fault("ec2:DescribeSubnets"))?;
            let id = subnet.subnet_id.unwrap_or_default();
            let cidr = subnet.cidr_block.unwrap_or_default();
            match aws.theirs(Self::NAME, read_tags(subnet.tags)) {
                Theirs::Ours(name, tags) => {
                    let pending = subnet.state == Some(SubnetState::Pending);
                    let names = subnet.private_dns_name_options_on_launch;
                    let mut other = others(names.as_ref());
                    other.on(DNS64, subnet.enable_dns64);
                    let spec = Spec {
                        vpc: Link::Id(subnet.vpc_id.unwrap_or_default()),
                        cidr,
                        zone: subnet.availability_zone.unwrap_or_default(),
                        public_ip: subnet.map_public_ip_on_launch.unwrap_or_default(),
                        other,
                        tags,
                    };
                    found.push(
                        Found::ours(name, id, spec).pending(pending.then(|| "pending".to_owned())),
                    );
                }
                Theirs::Lost(tags) => {
                    found.push(aws.lost(Self::NAME, names::tagged(aws, &tags), id, &tags));
                }
                Theirs::Not(why) => found.push(Found::Extra {
                    id,
                    what: format!("subnet {cidr} in our VPC: {why}"),
                }),
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let create = || async {
            let tags = aws.tag_spec(ResourceType::Subnet, Self::NAME, name, &spec.tags);
            let call = aws
                .ec2
                .create_subnet()
                .vpc_id(spec.vpc.resolved())
                .cidr_block(&spec.cidr);
            let call = call.availability_zone(&spec.zone).tag_specifications(tags);
            let answer = call.send().await.map_err(fault("ec2:CreateSubnet"))?;
            answer
                .subnet
                .and_then(|subnet| subnet.subnet_id)
                .ok_or_else(|| incomplete("ec2:CreateSubnet", "subnet"))
        };
        aws.patiently(unknown_id, create).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let set = |value| AttributeBooleanValue::builder().value(value).build();
        // One attribute a call, as the API demands.
        let call = || aws.ec2.modify_subnet_attribute().subnet_id(change.id);
        let mut calls = Vec::new();
        if change.has("public_ip") {
            calls.push(call().map_public_ip_on_launch(set(change.after.public_ip)));
        }
        for name in change.before.other.keys() {
            calls.push(match name.as_str() {
                DNS64 => call().enable_dns64(set(false)),
                HOSTNAMES => call().private_dns_hostname_type_on_launch(HostnameType::IpName),
                A_RECORD => call().enable_resource_name_dns_a_record_on_launch(set(false)),
                _ => call().enable_resource_name_dns_aaaa_record_on_launch(set(false)),
            });
        }
        for call in calls {
            call.send()
                .await
                .map_err(fault("ec2:ModifySubnetAttribute"))?;
        }
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        aws.released("subnet-id", id, || async {
            gone_is_fine(
                aws.ec2
                    .delete_subnet()
                    .subnet_id(id)
                    .send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:DeleteSubnet")),
            )
        })
        .await
    }
}

/// In the field `other`: whether names without IPv6 addresses get some.
const DNS64: &str = "EnableDns64";
/// What the names of instances are made of.
const HOSTNAMES: &str = "HostnameType";
/// Whether such a name answers with the IPv4 address.
const A_RECORD: &str = "EnableResourceNameDnsARecord";
/// The same for IPv6.
const AAAA_RECORD: &str = "EnableResourceNameDnsAAAARecord";

/// What else is set on it.
fn others(names: Option<&PrivateDnsNameOptionsOnLaunch>) -> Others {
    let mut others = Others::new();
    if let Some(names) = names {
        let kind = names.hostname_type().map(HostnameType::as_str);
        others.unless(HOSTNAMES, kind, HostnameType::IpName.as_str());
        others.on(A_RECORD, names.enable_resource_name_dns_a_record());
        others.on(AAAA_RECORD, names.enable_resource_name_dns_aaaa_record());
    }
    others
}
