//! Security group rules as records.
//!
//! Owns: the rules that come with a group, and how rules are listed. Must not know: how requests name new ones.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors;
use crate::ec2::model::{Peer, Rule, SecurityGroup, State, Terms};
use crate::ec2::request::{Listed, list};
use crate::ec2::shape::tag_list;
use crate::tags::Tags;
use crate::world::World;

impl Listed for Rule {
    const ID: &'static str = "SecurityGroupRuleId";
    const FILTERS: &'static [&'static str] = &["group-id", "security-group-rule-id"];

    fn absent(id: &str) -> AwsError {
        errors::no_rule(id)
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Vec<String> {
        vec![if filter == "group-id" {
            self.group.clone()
        } else {
            self.id.clone()
        }]
    }
}

/// The rule that every new group has: everything may go out.
pub(crate) fn allow_all_egress(id: String, group: &str) -> Rule {
    bare(id, group, true, Peer::Ipv4("0.0.0.0/0".to_owned()))
}

/// The rule that a VPC's default group has beside it: members may talk to one another.
pub(crate) fn allow_own_ingress(id: String, group: &str) -> Rule {
    bare(id, group, false, Peer::Group(group.to_owned()))
}

fn bare(id: String, group: &str, egress: bool, peer: Peer) -> Rule {
    Rule {
        id,
        group: group.to_owned(),
        egress,
        terms: Terms {
            protocol: "-1".to_owned(),
            from_port: None,
            to_port: None,
            peer,
        },
        description: None,
        tags: Tags::new(),
    }
}

/// [DescribeSecurityGroupRules](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html).
pub(crate) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let ec2 = &world.region(&call.region).ec2;
    let (rules, next_token) = list(call, &ec2.rules)?;
    let result = wire::DescribeSecurityGroupRulesResult {
        security_group_rules: Some(shapes(call, ec2, &rules)),
        next_token,
    };
    Ok(wire::serialize_describe_security_group_rules_response(&result).into())
}

/// Rules as records of their own.
pub(crate) fn shapes(call: &Call, ec2: &State, rules: &[&Rule]) -> model::SecurityGroupRuleList {
    let items = rules.iter().map(|rule| shape(call, ec2, rule)).collect();
    model::SecurityGroupRuleList { items }
}

fn shape(call: &Call, ec2: &State, rule: &Rule) -> model::SecurityGroupRule {
    let mut shape = model::SecurityGroupRule {
        security_group_rule_id: Some(rule.id.clone()),
        security_group_rule_arn: Some(call.arn("ec2", &format!("security-group-rule/{}", rule.id))),
        group_id: Some(rule.group.clone()),
        group_owner_id: Some(call.account.clone()),
        is_egress: Some(rule.egress),
        ip_protocol: Some(rule.terms.protocol.clone()),
        from_port: Some(rule.terms.from_port.unwrap_or(-1)),
        to_port: Some(rule.terms.to_port.unwrap_or(-1)),
        description: rule.description.clone(),
        tags: tag_list(&rule.tags),
        ..Default::default()
    };
    match &rule.terms.peer {
        Peer::Ipv4(block) => shape.cidr_ipv4 = Some(block.clone()),
        Peer::Ipv6(block) => shape.cidr_ipv6 = Some(block.clone()),
        Peer::PrefixList(id) => shape.prefix_list_id = Some(id.clone()),
        Peer::Group(id) => {
            shape.referenced_group_info = Some(model::ReferencedSecurityGroup {
                group_id: Some(id.clone()),
                user_id: Some(call.account.clone()),
                vpc_id: ec2.security_groups.get(id).map(|group| group.vpc.clone()),
                ..Default::default()
            });
        }
    }
    shape
}

/// A group's rules of one direction in the older form: one permission per protocol and port range.
pub(crate) fn permissions(
    call: &Call,
    ec2: &State,
    group: &SecurityGroup,
    egress: bool,
) -> model::IpPermissionList {
    let mut items: Vec<model::IpPermission> = Vec::new();
    let mut rules: Vec<&Rule> = ec2.rules.values().collect();
    rules.retain(|rule| rule.group == group.id && rule.egress == egress);
    rules.sort_by_key(|rule| &rule.terms);
    for rule in rules {
        let (from, to) = (rule.terms.from_port, rule.terms.to_port);
        let same = |item: &&mut model::IpPermission| {
            item.ip_protocol.as_ref() == Some(&rule.terms.protocol)
                && (item.from_port, item.to_port) == (from, to)
        };
        if let Some(item) = items.iter_mut().find(same) {
            add_peer(call, item, rule);
            continue;
        }
        let mut item = model::IpPermission {
            ip_protocol: Some(rule.terms.protocol.clone()),
            from_port: from,
            to_port: to,
            ip_ranges: Some(model::IpRangeList::default()),
            ipv6_ranges: Some(model::Ipv6RangeList::default()),
            prefix_list_ids: Some(model::PrefixListIdList::default()),
            user_id_group_pairs: Some(model::UserIdGroupPairList::default()),
        };
        add_peer(call, &mut item, rule);
        items.push(item);
    }
    model::IpPermissionList { items }
}

fn add_peer(call: &Call, item: &mut model::IpPermission, rule: &Rule) {
    let description = rule.description.clone();
    match &rule.terms.peer {
        Peer::Ipv4(block) => {
            let range = model::IpRange {
                cidr_ip: Some(block.clone()),
                description,
            };
            item.ip_ranges.get_or_insert_default().items.push(range);
        }
        Peer::Ipv6(block) => {
            let range = model::Ipv6Range {
                cidr_ipv6: Some(block.clone()),
                description,
            };
            item.ipv6_ranges.get_or_insert_default().items.push(range);
        }
        Peer::PrefixList(id) => {
            let list = model::PrefixListId {
                prefix_list_id: Some(id.clone()),
                description,
            };
            item.prefix_list_ids
                .get_or_insert_default()
                .items
                .push(list);
        }
        Peer::Group(id) => {
            let pair = model::UserIdGroupPair {
                group_id: Some(id.clone()),
                user_id: Some(call.account.clone()),
                description,
                ..Default::default()
            };
            item.user_id_group_pairs
                .get_or_insert_default()
                .items
                .push(pair);
        }
    }
}
