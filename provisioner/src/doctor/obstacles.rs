//! What others have that AWS would refuse a plan for, half way through: told before the first write.
//!
//! Asked for only where the plan could meet it: a plan without changes asks nothing.

use hcctl_engine::plan::PlanError;
use hcctl_engine::{Action, Address, Fault, Plan};

use super::{Check, ids, quotas};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::{Aws, fault};
use crate::environment::Cidr;

const NAME: &str = "conflicts";

/// What would refuse an apply of this plan: quotas that are met, ranges that others' subnets have.
pub async fn of_apply(aws: &Aws, plan: &Plan) -> Result<Vec<PlanError>, Fault> {
    let (full, rules, ranges) = tokio::join!(
        Box::pin(quotas::exceeded(aws, plan)),
        Box::pin(rules(aws, plan)),
        Box::pin(ranges(aws, plan))
    );
    let mut all = full;
    all.extend(rules?);
    all.extend(ranges?);
    Ok(all)
}

/// The same but for the quotas, which have a check of their own.
pub(super) async fn check(aws: &Aws, plan: Option<&Plan>) -> Check {
    let Some(plan) = plan else {
        return Check::skipped(NAME, "needs a plan");
    };
    let found = tokio::try_join!(Box::pin(rules(aws, plan)), Box::pin(ranges(aws, plan)));
    match found {
        Err(fault) => Check::undone(NAME, &fault),
        Ok((rules, ranges)) => judge(&[rules, ranges].concat()),
    }
}

fn judge(conflicts: &[PlanError]) -> Check {
    let hint = conflicts.iter().find_map(|error| match error {
        PlanError::Conflict { remedy, .. } => Some(remedy.as_str()),
        _ => None,
    });
    let Some(hint) = hint else {
        return Check::ok(NAME, "nothing that others made is in the way");
    };
    let found: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
    Check::failed(NAME, found.join("; "), hint)
}

/// Subnets are to be made in a VPC that stands: others may have their ranges (`InvalidSubnet.Conflict`).
async fn ranges(aws: &Aws, plan: &Plan) -> Result<Vec<PlanError>, Fault> {
    let range = |text: &str| text.parse::<Cidr>().ok();
    let made: Vec<(&Address, Cidr)> = plan
        .changes
        .iter()
        .filter(|change| change.address.kind == "subnet")
        .filter(|change| matches!(change.action, Action::Create | Action::Replace(_)))
        .filter_map(|change| {
            let cidr = change.after.as_ref()?.field("cidr")?.as_str()?;
            Some((&change.address, range(cidr)?))
        })
        .collect();
    let stands = plan.changes.iter().find(|change| {
        change.address.kind == "vpc" && matches!(change.action, Action::Keep | Action::Update)
    });
    let vpc = stands.and_then(|change| change.before.as_ref());
    let (Some(vpc), false) = (vpc, made.is_empty()) else {
        return Ok(Vec::new());
    };
    let ours = ids(plan, "subnet");
    let mut pages = aws
        .ec2
        .describe_subnets()
        .filters(filter("vpc-id", [&vpc.id]))
        .into_paginator()
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(subnet) = pages.next().await {
        let subnet = subnet.map_err(fault("ec2:DescribeSubnets"))?;
        let id = subnet.subnet_id().unwrap_or_default();
        let Some(theirs) = subnet.cidr_block().and_then(range) else {
            continue;
        };
        if ours.contains(id) {
            continue;
        }
        let name = read_tags(subnet.tags.clone()).remove("Name");
        let name = name.map_or_else(String::new, |name| format!(" ({name})"));
        for (address, cidr) in made.iter().filter(|(_, cidr)| cidr.overlaps(theirs)) {
            found.push(PlanError::Conflict {
                address: (*address).clone(),
                reason: format!(
                    "its range {cidr} overlaps with {theirs} of {id}{name}, which hcctl did not make"
                ),
                remedy: "list other zones under network.zones, choose another network.cidr, or remove that subnet"
                    .to_owned(),
            });
        }
    }
    Ok(found)
}

/// A load balancer has so many rules by default, those of others included.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const USUAL_RULES: usize = 100;

/// Rules of all listeners together: `TooManyRules`.
async fn rules(aws: &Aws, plan: &Plan) -> Result<Vec<PlanError>, Fault> {
    let strangers = plan.strangers.iter();
    let strangers = strangers.filter(|one| one.kind == "listener_rule").count();
    let ours = plan
        .changes
        .iter()
        .filter(|change| change.address.kind == "listener_rule" && change.action != Action::Delete);
    let new = ours.clone().find(|change| change.action == Action::Create);
    let (Some(new), number) = (new, strangers + ours.count()) else {
        return Ok(Vec::new());
    };
    // Whoever has raised it is asked about only where it matters.
    if number <= USUAL_RULES {
        return Ok(Vec::new());
    }
    let answer = aws.elb.describe_account_limits().send().await;
    let answer = answer.map_err(fault("elasticloadbalancing:DescribeAccountLimits"))?;
    let limit = answer
        .limits()
        .iter()
        .find(|limit| limit.name() == Some("rules-per-application-load-balancer"))
        .and_then(|limit| limit.max()?.parse::<usize>().ok());
    if limit.is_none_or(|limit| number <= limit) {
        return Ok(Vec::new());
    }
    Ok(vec![PlanError::Conflict {
        address: new.address.clone(),
        reason: format!(
            "the load balancer would have {number} rules, {strangers} of which hcctl did not make, and the account's quota \
             is {}",
            limit.unwrap_or(USUAL_RULES)
        ),
        remedy: "raise `Rules per Application Load Balancer` in Service Quotas, or remove rules that nobody needs".to_owned(),
    }])
}
