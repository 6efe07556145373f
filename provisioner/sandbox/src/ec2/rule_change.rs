//! Changing a security group's rules.
//!
//! Owns: authorize, revoke, modify, and the descriptions. Must not know: how rules are listed.
//! Every change is all or nothing: a refused call has changed nothing.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::errors::{self, invalid};
use crate::ec2::model::{Peer, Rule, State, Terms};
use crate::ec2::request::{TAG_SPEC, new_tags};
use crate::ec2::terms::{Described, PERMISSIONS, read_permissions, read_rule};
use crate::ec2::{group, rule};
use crate::params::Params;
use crate::world::World;

/// [AuthorizeSecurityGroupIngress](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html)
/// and `...Egress`: `InvalidPermission.Duplicate` if a rule of the same terms is there.
pub(crate) fn authorize(world: &mut World, call: &Call, egress: bool) -> Result<Answer, AwsError> {
    call.allow(&[&["GroupId"], PERMISSIONS, TAG_SPEC])?;
    let tags = new_tags(call, "security-group-rule")?;
    let id = call.need("GroupId")?;
    let quota = world.quotas.rules_per_group;
    let ec2 = &mut world.region(&call.region).ec2;
    group::find(ec2, id)?;
    let wanted = read_permissions(ec2, call)?;
    for (place, (terms, _)) in wanted.iter().enumerate() {
        let twice = wanted[..place].iter().any(|(earlier, _)| earlier == terms);
        if twice || find_same(ec2, id, egress, terms).is_some() {
            return Err(duplicate(terms));
        }
    }
    let held = ec2
        .rules
        .values()
        .filter(|rule| rule.group == id && rule.egress == egress)
        .count();
    if held.saturating_add(wanted.len()) > quota {
        return Err(AwsError::new(
            "RulesPerSecurityGroupLimitExceeded",
            "The maximum number of rules per security group has been reached.",
        ));
    }
    let mut made = Vec::new();
    for (terms, description) in wanted {
        made.push(Rule {
            id: world.id("sgr"),
            group: id.to_owned(),
            egress,
            terms,
            description,
            tags: tags.clone(),
        });
    }
    let ec2 = &mut world.region(&call.region).ec2;
    let rules: Vec<&Rule> = made.iter().collect();
    let security_group_rules = Some(rule::shapes(call, ec2, &rules));
    ec2.rules
        .extend(made.iter().map(|rule| (rule.id.clone(), rule.clone())));
    Ok(if egress {
        let result = wire::AuthorizeSecurityGroupEgressResult {
            r#return: Some(true),
            security_group_rules,
        };
        wire::serialize_authorize_security_group_egress_response(&result).into()
    } else {
        let result = wire::AuthorizeSecurityGroupIngressResult {
            r#return: Some(true),
            security_group_rules,
        };
        wire::serialize_authorize_security_group_ingress_response(&result).into()
    })
}

/// [RevokeSecurityGroupIngress](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html) and
/// `...Egress`, by rule ids or by permissions.
pub(crate) fn revoke(world: &mut World, call: &Call, egress: bool) -> Result<Answer, AwsError> {
    call.allow(&[&["GroupId", "SecurityGroupRuleId.N"], PERMISSIONS])?;
    let id = call.need("GroupId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    group::find(ec2, id)?;
    let mut doomed = Vec::new();
    let ids = call.params.list("SecurityGroupRuleId");
    if ids.is_empty() {
        for (terms, _) in read_permissions(ec2, call)? {
            let rule = find_same(ec2, id, egress, &terms).ok_or_else(|| {
                AwsError::new(
                    "InvalidPermission.NotFound",
                    "The specified rule does not exist in this security group.",
                )
            })?;
            doomed.push(rule.id.clone());
        }
    } else {
        for rule in ids {
            find_in(ec2, id, egress, &rule)?;
            doomed.push(rule);
        }
    }
    let items = doomed
        .iter()
        .filter_map(|rule| ec2.rules.remove(rule))
        .map(|rule| revoked(&rule))
        .collect();
    let revoked_security_group_rules = Some(model::RevokedSecurityGroupRuleList { items });
    Ok(if egress {
        let result = wire::RevokeSecurityGroupEgressResult {
            r#return: Some(true),
            revoked_security_group_rules,
            ..Default::default()
        };
        wire::serialize_revoke_security_group_egress_response(&result).into()
    } else {
        let result = wire::RevokeSecurityGroupIngressResult {
            r#return: Some(true),
            revoked_security_group_rules,
            ..Default::default()
        };
        wire::serialize_revoke_security_group_ingress_response(&result).into()
    })
}

/// [ModifySecurityGroupRules](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html): each
/// rule is replaced whole; an omitted description is removed.
pub(crate) fn modify(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    const KNOWN: &[&str] = &[
        "GroupId",
        "SecurityGroupRule.N.SecurityGroupRuleId",
        "SecurityGroupRule.N.SecurityGroupRule.IpProtocol",
        "SecurityGroupRule.N.SecurityGroupRule.FromPort",
        "SecurityGroupRule.N.SecurityGroupRule.ToPort",
        "SecurityGroupRule.N.SecurityGroupRule.CidrIpv4",
        "SecurityGroupRule.N.SecurityGroupRule.CidrIpv6",
        "SecurityGroupRule.N.SecurityGroupRule.PrefixListId",
        "SecurityGroupRule.N.SecurityGroupRule.ReferencedGroupId",
        "SecurityGroupRule.N.SecurityGroupRule.Description",
    ];
    call.allow(&[KNOWN])?;
    let id = call.need("GroupId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    group::find(ec2, id)?;
    let mut changes: Vec<(String, Described)> = Vec::new();
    for row in call.params.rows("SecurityGroupRule") {
        let rule = needed_rule(&row)?;
        let held = ec2
            .rules
            .get(rule)
            .filter(|held| held.group == id)
            .ok_or_else(|| errors::no_rule(rule))?;
        let change = read_rule(ec2, call, &row.group("SecurityGroupRule"))?;
        let other = find_same(ec2, id, held.egress, &change.0).filter(|other| other.id != rule);
        if other.is_some() || changes.iter().any(|(_, (terms, _))| *terms == change.0) {
            return Err(duplicate(&change.0));
        }
        changes.push((rule.to_owned(), change));
    }
    if changes.is_empty() {
        return Err(AwsError::new(
            "MissingParameter",
            "The request must contain the parameter securityGroupRules",
        ));
    }
    for (rule, (terms, description)) in changes {
        if let Some(rule) = ec2.rules.get_mut(&rule) {
            rule.terms = terms;
            rule.description = description;
        }
    }
    let result = wire::ModifySecurityGroupRulesResult {
        r#return: Some(true),
    };
    Ok(wire::serialize_modify_security_group_rules_response(&result).into())
}

/// [UpdateSecurityGroupRuleDescriptionsIngress](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html)
/// and `...Egress`, by rule ids or by permissions.
pub(crate) fn update_descriptions(
    world: &mut World,
    call: &Call,
    egress: bool,
) -> Result<Answer, AwsError> {
    const KNOWN: &[&str] = &[
        "GroupId",
        "SecurityGroupRuleDescription.N.SecurityGroupRuleId",
        "SecurityGroupRuleDescription.N.Description",
    ];
    call.allow(&[KNOWN, PERMISSIONS])?;
    let id = call.need("GroupId")?;
    let ec2 = &mut world.region(&call.region).ec2;
    group::find(ec2, id)?;
    let mut changes: Vec<(String, Option<String>)> = Vec::new();
    for row in call.params.rows("SecurityGroupRuleDescription") {
        let rule = needed_rule(&row)?;
        find_in(ec2, id, egress, rule)?;
        changes.push((rule.to_owned(), row.get("Description").map(str::to_owned)));
    }
    if changes.is_empty() {
        for (terms, description) in read_permissions(ec2, call)? {
            let rule = find_same(ec2, id, egress, &terms).ok_or_else(|| {
                AwsError::new(
                    "InvalidPermission.NotFound",
                    "The specified rule does not exist in this security group.",
                )
            })?;
            changes.push((rule.id.clone(), description));
        }
    }
    for (rule, description) in changes {
        if let Some(rule) = ec2.rules.get_mut(&rule) {
            rule.description = description.filter(|text| !text.is_empty());
        }
    }
    Ok(super::shape::done(call))
}

fn needed_rule(row: &Params) -> Result<&str, AwsError> {
    row.get("SecurityGroupRuleId").ok_or_else(|| {
        AwsError::new(
            "MissingParameter",
            "The request must contain the parameter securityGroupRuleId",
        )
    })
}

fn find_same<'a>(ec2: &'a State, group: &str, egress: bool, terms: &Terms) -> Option<&'a Rule> {
    ec2.rules
        .values()
        .find(|rule| rule.group == group && rule.egress == egress && rule.terms == *terms)
}

fn find_in<'a>(ec2: &'a State, group: &str, egress: bool, id: &str) -> Result<&'a Rule, AwsError> {
    let rule = ec2
        .rules
        .get(id)
        .filter(|rule| rule.group == group)
        .ok_or_else(|| errors::no_rule(id))?;
    if rule.egress == egress {
        return Ok(rule);
    }
    Err(invalid(format!(
        "The security group rule {id} is of the other direction"
    )))
}

fn duplicate(terms: &Terms) -> AwsError {
    AwsError::new(
        "InvalidPermission.Duplicate",
        format!("the specified rule \"{}\" already exists", terms.words()),
    )
}

fn revoked(rule: &Rule) -> model::RevokedSecurityGroupRule {
    let mut shape = model::RevokedSecurityGroupRule {
        security_group_rule_id: Some(rule.id.clone()),
        group_id: Some(rule.group.clone()),
        is_egress: Some(rule.egress),
        ip_protocol: Some(rule.terms.protocol.clone()),
        from_port: Some(rule.terms.from_port.unwrap_or(-1)),
        to_port: Some(rule.terms.to_port.unwrap_or(-1)),
        description: rule.description.clone(),
        ..Default::default()
    };
    match &rule.terms.peer {
        Peer::Ipv4(block) => shape.cidr_ipv4 = Some(block.clone()),
        Peer::Ipv6(block) => shape.cidr_ipv6 = Some(block.clone()),
        Peer::PrefixList(id) => shape.prefix_list_id = Some(id.clone()),
        Peer::Group(id) => shape.referenced_group_id = Some(id.clone()),
    }
    shape
}
