//! The security group that every VPC has and nothing should use: emptied, so that a resource put into it by mistake
//! reaches nothing (Security Hub EC2.2).

mod members;

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{IpPermission, SecurityGroup};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{incomplete, security_group};
use crate::aws::ec2::filter;
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, fault};

/// The group named `default`. It comes and goes with its VPC.
pub struct DefaultSecurityGroup;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its VPC.
    pub vpc: Link,
    /// Its rules, as text: none are wanted.
    pub rules: BTreeSet<String>,
}

impl Kind for DefaultSecurityGroup {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "default_security_group";
    const RULES: Rules = &[("vpc", Rule::Replace), ("rules", Rule::Update)];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;

    fn example() -> Spec {
        Spec {
            vpc: Link::to("vpc", "main"),
            rules: BTreeSet::from(["egress all to 0.0.0.0/0".to_owned()]),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let groups = security_group::in_our_vpcs(aws).await?;
        let defaults = groups
            .iter()
            .filter(|group| group.group_name() == Some("default"));
        Ok(defaults
            .filter_map(|group| {
                let spec = Spec {
                    vpc: Link::id(group.vpc_id()?),
                    rules: rules(group),
                };
                Some(Found::ours("main", group.group_id()?, spec))
            })
            .collect())
    }

    async fn create(aws: &Aws, _name: &str, spec: &Spec) -> Result<String, Fault> {
        let group = find(aws, filter("vpc-id", [spec.vpc.resolved()])).await?;
        let id = group.group_id.clone().unwrap_or_default();
        empty(aws, &group).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let group = find(aws, filter("group-id", [change.id])).await?;
        empty(aws, &group).await?;
        Ok(None)
    }

    async fn delete(_aws: &Aws, _id: &str, _seen: &Spec) -> Result<(), Fault> {
        // AWS deletes it with its VPC and refuses to delete it alone (CannotDelete).
        Ok(())
    }
}

async fn find(aws: &Aws, by: aws_sdk_ec2::types::Filter) -> Result<SecurityGroup, Fault> {
    let call = || {
        let call = aws
            .ec2
            .describe_security_groups()
            .filters(by.clone())
            .filters(filter("group-name", ["default"]));
        async move {
            let answer = call
                .send()
                .await
                .map_err(fault("ec2:DescribeSecurityGroups"))?;
            let group = answer.security_groups.unwrap_or_default().pop();
            group.ok_or_else(|| {
                incomplete("ec2:DescribeSecurityGroups", "default group")
                    .class(hcctl_engine::Class::NotYet)
            })
        }
    };
    aws.patiently(
        |fault| unknown_id(fault) || fault.class == hcctl_engine::Class::NotYet,
        call,
    )
    .await
}

async fn empty(aws: &Aws, group: &SecurityGroup) -> Result<(), Fault> {
    let id = group.group_id.clone().unwrap_or_default();
    let gone = |outcome: Result<(), Fault>| match outcome {
        Err(fault) if fault.is("InvalidPermission.NotFound") => Ok(()),
        other => other,
    };
    if !group.ip_permissions().is_empty() {
        let call = aws.ec2.revoke_security_group_ingress().group_id(&id);
        let call = call.set_ip_permissions(Some(group.ip_permissions().to_vec()));
        gone(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:RevokeSecurityGroupIngress")),
        )?;
    }
    if !group.ip_permissions_egress().is_empty() {
        let call = aws.ec2.revoke_security_group_egress().group_id(&id);
        let call = call.set_ip_permissions(Some(group.ip_permissions_egress().to_vec()));
        gone(
            call.send()
                .await
                .map(drop)
                .map_err(fault("ec2:RevokeSecurityGroupEgress")),
        )?;
    }
    Ok(())
}

fn rules(group: &SecurityGroup) -> BTreeSet<String> {
    let ingress = group
        .ip_permissions()
        .iter()
        .flat_map(|rule| describe("ingress", "from", rule));
    let egress = group
        .ip_permissions_egress()
        .iter()
        .flat_map(|rule| describe("egress", "to", rule));
    ingress.chain(egress).collect()
}

fn describe(direction: &str, word: &str, rule: &IpPermission) -> Vec<String> {
    let what = match (rule.ip_protocol(), rule.from_port, rule.to_port) {
        (Some("-1") | None, ..) => "all".to_owned(),
        (Some(protocol), Some(from), Some(to)) => format!("{protocol} {from}-{to}"),
        (Some(protocol), ..) => protocol.to_owned(),
    };
    let ranges = rule.ip_ranges().iter().filter_map(|range| range.cidr_ip());
    let ranges = ranges.chain(
        rule.ipv6_ranges()
            .iter()
            .filter_map(|range| range.cidr_ipv6()),
    );
    let ranges = ranges.chain(
        rule.prefix_list_ids()
            .iter()
            .filter_map(|list| list.prefix_list_id()),
    );
    let peers = ranges.chain(
        rule.user_id_group_pairs()
            .iter()
            .filter_map(|pair| pair.group_id()),
    );
    peers
        .map(|peer| format!("{direction} {what} {word} {peer}"))
        .collect()
}
