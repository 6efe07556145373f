//! What others have that AWS would refuse a plan for, half way through: told before the first write.
//!
//! Asked for only where the plan could meet it: a plan without changes asks nothing.

use std::collections::BTreeSet;

use hcctl_engine::plan::PlanError;
use hcctl_engine::{Action, Address, Change, Fault, Plan};

use super::quotas;
use crate::aws::ec2::{filter, read_tags};
use crate::aws::{Aws, fault};
use crate::environment::Cidr;

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

/// What would hold up a destroy after everything else is gone: what others have in the VPC and in the cluster.
pub async fn of_destroy(aws: &Aws, plan: &Plan) -> Result<Vec<PlanError>, Fault> {
    let mut all = Vec::new();
    for change in goes(plan, "vpc") {
        let Some(vpc) = change.before.as_ref().map(|seen| seen.id.as_str()) else {
            continue;
        };
        let (interfaces, groups) = tokio::try_join!(
            Box::pin(interfaces(aws, plan, vpc)),
            Box::pin(groups(aws, plan, vpc))
        )?;
        let beside = plan.strangers.iter();
        let beside =
            beside.filter(|one| ["subnet", "route_table", "nat_gateway"].contains(&one.kind));
        let beside = beside.map(|one| format!("{} ({})", one.id, one.what));
        all.extend(
            interfaces
                .into_iter()
                .chain(groups)
                .chain(beside)
                .map(|what| held(&change.address, &what)),
        );
    }
    for change in goes(plan, "cluster") {
        let strangers = plan.strangers.iter().filter(|one| one.kind == "service");
        all.extend(
            strangers.map(|one| held(&change.address, &format!("{} ({})", one.id, one.what))),
        );
    }
    Ok(all)
}

fn held(address: &Address, what: &str) -> PlanError {
    PlanError::Conflict {
        address: address.clone(),
        reason: format!("AWS will not delete it while {what} is in it, which hcctl did not make"),
        remedy: "remove what is named, or let its owner do so, then run the same command again; \
                 nothing has been deleted"
            .to_owned(),
    }
}

/// The resources of a kind that a plan deletes.
fn goes<'p>(plan: &'p Plan, kind: &'static str) -> impl Iterator<Item = &'p Change> {
    let changes = plan.changes.iter();
    changes.filter(move |change| change.address.kind == kind && change.action == Action::Delete)
}

/// The ids of ours of a kind, as they were seen.
fn ids(plan: &Plan, kind: &'static str) -> BTreeSet<String> {
    let ours = plan
        .changes
        .iter()
        .filter(|change| change.address.kind == kind);
    ours.filter_map(|change| Some(change.before.as_ref()?.id.clone()))
        .collect()
}

/// The network interfaces in a VPC that do not go with something of ours.
async fn interfaces(aws: &Aws, plan: &Plan, vpc: &str) -> Result<Vec<String>, Fault> {
    let (groups, gateways) = (ids(plan, "security_group"), ids(plan, "nat_gateway"));
    let (balancers, addresses) = (ids(plan, "load_balancer"), ids(plan, "elastic_ip"));
    let mut pages = aws
        .ec2
        .describe_network_interfaces()
        .filters(filter("vpc-id", [vpc]))
        .into_paginator()
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(interface) = pages.next().await {
        let interface = interface.map_err(fault("ec2:DescribeNetworkInterfaces"))?;
        let what = interface.description().unwrap_or_default();
        // As AWS words it: `ELB app/NAME/ID`, `Interface for NAT Gateway nat-...`, `arn:aws:ecs:...:attachment/...`.
        let of_balancer = what.strip_prefix("ELB ").is_some_and(|name| {
            balancers
                .iter()
                .any(|arn| arn.ends_with(&format!("/{name}")))
        });
        // A NAT gateway's has the address that hcctl allocated for it.
        let address = interface.association().and_then(|it| it.allocation_id());
        let of_gateway = gateways.iter().any(|id| what.ends_with(id.as_str()))
            || address.is_some_and(|id| addresses.contains(id));
        let in_groups = interface.groups().iter();
        let of_task = what.contains(":attachment/")
            && in_groups
                .filter_map(|group| group.group_id())
                .any(|id| groups.contains(id));
        if of_balancer || of_gateway || of_task {
            continue;
        }
        let id = interface.network_interface_id().unwrap_or_default();
        let what = match what {
            "" => interface.requester_id().unwrap_or("no description"),
            what => what,
        };
        found.push(format!("network interface {id} ({what})"));
    }
    Ok(found)
}

/// The security groups in a VPC that are not ours, but for the one that comes and goes with it.
async fn groups(aws: &Aws, plan: &Plan, vpc: &str) -> Result<Vec<String>, Fault> {
    let ours = ids(plan, "security_group");
    let mut pages = aws
        .ec2
        .describe_security_groups()
        .filters(filter("vpc-id", [vpc]))
        .into_paginator()
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(group) = pages.next().await {
        let group = group.map_err(fault("ec2:DescribeSecurityGroups"))?;
        let (id, name) = (
            group.group_id().unwrap_or_default(),
            group.group_name().unwrap_or_default(),
        );
        if name != "default" && !ours.contains(id) {
            found.push(format!("security group {id} ({name})"));
        }
    }
    Ok(found)
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
