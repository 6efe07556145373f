//! One thing that a security group allows.

mod members;

use aws_sdk_ec2::types::{
    IpPermission, IpRange, ResourceType, SecurityGroupRule as Seen, SecurityGroupRuleRequest,
    SecurityGroupRuleUpdate, UserIdGroupPair,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Replacement, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, security_group};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A rule. A group is wholly ours: a rule in it that hcctl did not make is to go.
pub struct SecurityGroupRule;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The group that it belongs to.
    pub group: Link,
    /// Into the group or out of it.
    pub direction: Direction,
    /// `tcp`, `udp`, or `-1` for everything.
    pub protocol: String,
    /// First port; -1 for everything.
    pub from_port: i32,
    /// Last port; -1 for everything.
    pub to_port: i32,
    /// The other side.
    pub peer: Peer,
    /// What it is for.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the group.
    Ingress,
    /// Out of the group.
    Egress,
}

/// The other side of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Peer {
    /// An address range.
    Range(String),
    /// Members of a group.
    Group(Link),
    /// A managed prefix list, by id.
    Prefixes(String),
}

impl Kind for SecurityGroupRule {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "security_group_rule";
    const RULES: Rules = &[
        ("group", Rule::Replace),
        ("direction", Rule::Replace),
        ("protocol", Rule::Replace),
        ("from_port", Rule::Replace),
        ("to_port", Rule::Replace),
        ("peer", Rule::Replace),
        ("description", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const DELETE_RISK: Risk = Risk::Brief;

    fn example() -> Spec {
        Spec {
            group: Link::to("security_group", "tasks"),
            direction: Direction::Ingress,
            protocol: "tcp".to_owned(),
            from_port: 3000,
            to_port: 3000,
            peer: Peer::Group(Link::to("security_group", "alb")),
            description: "From the load balancer".to_owned(),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let groups = security_group::in_our_vpcs(aws).await?;
        let ours = groups.iter().filter(|group| {
            matches!(
                aws.theirs(
                    security_group::SecurityGroup::NAME,
                    read_tags(group.tags.clone())
                ),
                Theirs::Ours(..)
            )
        });
        let ids: Vec<String> = ours.filter_map(|group| group.group_id.clone()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let call = aws
            .ec2
            .describe_security_group_rules()
            .filters(filter("group-id", ids));
        let rules = call
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await;
        Ok(rules
            .map_err(fault("ec2:DescribeSecurityGroupRules"))?
            .into_iter()
            .map(|rule| read(aws, rule))
            .collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tag_spec(
            ResourceType::SecurityGroupRule,
            Self::NAME,
            name,
            &spec.tags,
        );
        let (group, permission) = (spec.group.resolved(), permission(spec));
        let create = || async {
            let rules = match spec.direction {
                Direction::Ingress => {
                    let call = aws.ec2.authorize_security_group_ingress().group_id(group);
                    let call = call
                        .ip_permissions(permission.clone())
                        .tag_specifications(tags.clone());
                    let answer = call
                        .send()
                        .await
                        .map_err(fault("ec2:AuthorizeSecurityGroupIngress"))?;
                    answer.security_group_rules
                }
                Direction::Egress => {
                    let call = aws.ec2.authorize_security_group_egress().group_id(group);
                    let call = call
                        .ip_permissions(permission.clone())
                        .tag_specifications(tags.clone());
                    let answer = call
                        .send()
                        .await
                        .map_err(fault("ec2:AuthorizeSecurityGroupEgress"))?;
                    answer.security_group_rules
                }
            };
            let id = rules
                .unwrap_or_default()
                .pop()
                .and_then(|rule| rule.security_group_rule_id);
            id.ok_or_else(|| incomplete("ec2:AuthorizeSecurityGroup", "rule"))
        };
        match aws.patiently(unknown_id, create).await {
            Err(duplicate) if duplicate.is("InvalidPermission.Duplicate") => {
                take_over(aws, name, spec, duplicate).await
            }
            outcome => outcome,
        }
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("description") {
            describe(aws, change.id, change.after).await?;
        }
        aws.retag_ec2(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, seen: &Spec) -> Result<(), Fault> {
        let group = seen.group.resolved();
        gone_is_fine(match seen.direction {
            Direction::Ingress => {
                let call = aws
                    .ec2
                    .revoke_security_group_ingress()
                    .group_id(group)
                    .security_group_rule_ids(id);
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:RevokeSecurityGroupIngress"))
            }
            Direction::Egress => {
                let call = aws
                    .ec2
                    .revoke_security_group_egress()
                    .group_id(group)
                    .security_group_rule_ids(id);
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("ec2:RevokeSecurityGroupEgress"))
            }
        })
    }
}

fn read(aws: &Aws, rule: Seen) -> Found<Spec> {
    let id = rule.security_group_rule_id.unwrap_or_default();
    let group = rule
        .referenced_group_info
        .and_then(|info| info.group_id)
        .map(|id| Peer::Group(Link::Id(id)));
    let range = rule.cidr_ipv4.or(rule.cidr_ipv6).map(Peer::Range);
    let all_tags = read_tags(rule.tags);
    let spec = |tags| Spec {
        group: Link::Id(rule.group_id.unwrap_or_default()),
        direction: if rule.is_egress.unwrap_or_default() {
            Direction::Egress
        } else {
            Direction::Ingress
        },
        protocol: rule.ip_protocol.unwrap_or_default(),
        from_port: rule.from_port.unwrap_or(-1),
        to_port: rule.to_port.unwrap_or(-1),
        peer: group
            .or(range)
            .unwrap_or(Peer::Prefixes(rule.prefix_list_id.unwrap_or_default())),
        description: rule.description.unwrap_or_default(),
        tags,
    };
    match aws.theirs(SecurityGroupRule::NAME, all_tags.clone()) {
        Theirs::Ours(name, tags) => Found::ours(name, id, spec(tags)),
        // Without its tags it cannot be told from one that was added; making ours anew takes it over again.
        Theirs::Not(_) | Theirs::Lost(_) => Found::ours(id.clone(), id, spec(all_tags)).by_hand(),
    }
}

fn permission(spec: &Spec) -> IpPermission {
    let permission = IpPermission::builder()
        .ip_protocol(&spec.protocol)
        .from_port(spec.from_port)
        .to_port(spec.to_port);
    let text = &spec.description;
    match &spec.peer {
        Peer::Range(range) => {
            permission.ip_ranges(IpRange::builder().cidr_ip(range).description(text).build())
        }
        Peer::Group(group) => permission.user_id_group_pairs(
            UserIdGroupPair::builder()
                .group_id(group.resolved())
                .description(text)
                .build(),
        ),
        Peer::Prefixes(list) => permission.prefix_list_ids(
            aws_sdk_ec2::types::PrefixListId::builder()
                .prefix_list_id(list)
                .description(text)
                .build(),
        ),
    }
    .build()
}

/// The same rule is there without our tags (added by hand, or tagged by nobody yet): make it ours.
async fn take_over(aws: &Aws, name: &str, spec: &Spec, duplicate: Fault) -> Result<String, Fault> {
    let call = aws
        .ec2
        .describe_security_group_rules()
        .filters(filter("group-id", [spec.group.resolved()]));
    let rules = call
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await;
    let rules = rules.map_err(fault("ec2:DescribeSecurityGroupRules"))?;
    let same = |seen: &Spec| {
        let ports = (seen.from_port, seen.to_port) == (spec.from_port, spec.to_port);
        ports
            && seen.direction == spec.direction
            && seen.protocol == spec.protocol
            && seen.peer == spec.peer
    };
    for rule in rules {
        if let Found::Ours(seen) = read(aws, rule)
            && same(&seen.spec)
        {
            aws.retag_ec2(
                &seen.id,
                &seen.spec.tags,
                &aws.tags(SecurityGroupRule::NAME, name, &spec.tags),
            )
            .await?;
            describe(aws, &seen.id, spec).await?;
            return Ok(seen.id);
        }
    }
    Err(duplicate)
}

/// Sets the description; the call wants the whole rule again.
async fn describe(aws: &Aws, id: &str, spec: &Spec) -> Result<(), Fault> {
    let rule = SecurityGroupRuleRequest::builder()
        .ip_protocol(&spec.protocol)
        .from_port(spec.from_port)
        .to_port(spec.to_port);
    let rule = match &spec.peer {
        Peer::Range(range) => rule.cidr_ipv4(range),
        Peer::Group(group) => rule.referenced_group_id(group.resolved()),
        Peer::Prefixes(list) => rule.prefix_list_id(list),
    };
    let rule = rule.description(&spec.description).build();
    let update = SecurityGroupRuleUpdate::builder()
        .security_group_rule_id(id)
        .security_group_rule(rule)
        .build();
    let call = aws
        .ec2
        .modify_security_group_rules()
        .group_id(spec.group.resolved())
        .security_group_rules(update);
    call.send()
        .await
        .map(drop)
        .map_err(fault("ec2:ModifySecurityGroupRules"))
}
