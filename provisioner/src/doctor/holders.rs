//! What others have in the VPC or in the cluster, for which AWS would refuse to delete them: a destroy would stop half way.

use aws_sdk_ecs::operation::describe_tasks::DescribeTasksOutput;
use futures_util::future::try_join_all;
use hcctl_engine::plan::PlanError;
use hcctl_engine::{Action, Address, Change, Fault, Plan};

use super::{Check, ids};
use crate::aws::ec2::{filter, read_tags};
use crate::aws::{Aws, fault};

const NAME: &str = "destroy";

/// What would hold up a destroy after everything else is gone.
pub async fn of_destroy(aws: &Aws, plan: &Plan) -> Result<Vec<PlanError>, Fault> {
    let held = held(aws, plan, |change| change.action == Action::Delete).await?;
    let error = |(address, what): (Address, String)| PlanError::Conflict {
        address,
        reason: format!("AWS will not delete it while {what} is in it, which hcctl did not make"),
        remedy: "remove what is named, or let its owner do so, then run the same command again; \
                 nothing has been deleted"
            .to_owned(),
    };
    Ok(held.into_iter().map(error).collect())
}

/// The same of everything that stands, whether it is to go or not.
pub(super) async fn check(aws: &Aws, plan: Option<&Plan>) -> Check {
    let Some(plan) = plan else {
        return Check::skipped(NAME, "needs a plan");
    };
    match held(aws, plan, |_| true).await {
        Err(fault) => Check::undone(NAME, &fault),
        Ok(held) if held.is_empty() => {
            Check::ok(NAME, "nothing that others made would hold up a destroy")
        }
        Ok(held) => {
            let held: Vec<String> = held
                .iter()
                .map(|(address, what)| format!("{what} in {address}"))
                .collect();
            let found = format!(
                "a destroy would be held up by what hcctl did not make: {}",
                held.join(", ")
            );
            let hint = "an apply does not mind; before a destroy remove it, or let its owner do so";
            Check::warning(NAME, found, hint)
        }
    }
}

/// What holds the VPC and the cluster, of those that stand and are asked about.
async fn held(
    aws: &Aws,
    plan: &Plan,
    asked: fn(&Change) -> bool,
) -> Result<Vec<(Address, String)>, Fault> {
    let standing = |kind: &'static str| {
        let changes = plan.changes.iter();
        let of_kind = changes.filter(move |change| change.address.kind == kind && asked(change));
        of_kind.filter_map(|change| Some((&change.address, change.before.as_ref()?.id.as_str())))
    };
    let strangers = |kinds: &[&str]| -> Vec<String> {
        let all = plan.strangers.iter();
        let of_kinds = all.filter(|one| kinds.contains(&one.kind));
        of_kinds
            .map(|one| format!("{} ({})", one.id, one.what))
            .collect()
    };
    let mut all = Vec::new();
    for (address, vpc) in standing("vpc") {
        let (interfaces, groups, gateways, acls) = tokio::try_join!(
            Box::pin(interfaces(aws, plan, vpc)),
            Box::pin(groups(aws, plan, vpc)),
            Box::pin(vpn_gateways(aws, vpc)),
            Box::pin(network_acls(aws, vpc))
        )?;
        let beside = strangers(&["subnet", "route_table", "nat_gateway"]);
        let all_of_it = [interfaces, groups, gateways, acls, beside].concat();
        all.extend(all_of_it.into_iter().map(|what| (address.clone(), what)));
    }
    for (address, cluster) in standing("cluster") {
        let services = strangers(&["service"]);
        let tasks = tasks(aws, cluster).await?;
        let both = services.into_iter().chain(tasks);
        all.extend(both.map(|what| (address.clone(), what)));
    }
    Ok(all)
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

/// The virtual private gateways that are attached to a VPC.
async fn vpn_gateways(aws: &Aws, vpc: &str) -> Result<Vec<String>, Fault> {
    let call = aws.ec2.describe_vpn_gateways();
    let call = call.filters(filter("attachment.vpc-id", [vpc]));
    let answer = call
        .filters(filter("attachment.state", ["attaching", "attached"]))
        .send()
        .await;
    let answer = answer.map_err(fault("ec2:DescribeVpnGateways"))?;
    let named = answer.vpn_gateways().iter().map(|gateway| {
        let id = gateway.vpn_gateway_id().unwrap_or_default();
        let name = read_tags(gateway.tags.clone()).remove("Name");
        format!("VPN gateway {id}{}", in_brackets(name))
    });
    Ok(named.collect())
}

/// The network ACLs of a VPC but for its own, which goes with it.
async fn network_acls(aws: &Aws, vpc: &str) -> Result<Vec<String>, Fault> {
    let mut pages = aws
        .ec2
        .describe_network_acls()
        .filters(filter("vpc-id", [vpc]))
        .filters(filter("default", ["false"]))
        .into_paginator()
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(acl) = pages.next().await {
        let acl = acl.map_err(fault("ec2:DescribeNetworkAcls"))?;
        let id = acl.network_acl_id().unwrap_or_default();
        let name = read_tags(acl.tags.clone()).remove("Name");
        found.push(format!("network ACL {id}{}", in_brackets(name)));
    }
    Ok(found)
}

fn in_brackets(name: Option<String>) -> String {
    name.map_or_else(String::new, |name| format!(" ({name})"))
}

/// `DescribeTasks` takes so many at once.
const AT_ONCE: usize = 100;

/// The tasks of a cluster that no service started, and so none will stop.
async fn tasks(aws: &Aws, cluster: &str) -> Result<Vec<String>, Fault> {
    let pages = aws.ecs.list_tasks().cluster(cluster).into_paginator();
    let arns = pages.items().send().collect::<Result<Vec<_>, _>>().await;
    let arns = arns.map_err(fault("ecs:ListTasks"))?;
    let described = arns.chunks(AT_ONCE).map(|some| async {
        let call = aws.ecs.describe_tasks().cluster(cluster);
        let answer = call.set_tasks(Some(some.to_vec())).send().await;
        answer.map_err(fault("ecs:DescribeTasks"))
    });
    let described = try_join_all(described).await?;
    let alone = described.iter().flat_map(DescribeTasksOutput::tasks);
    let alone = alone.filter(|task| !task.group().unwrap_or_default().starts_with("service:"));
    let named = alone.map(|task| {
        let id = task.task_arn().and_then(|arn| arn.rsplit('/').next());
        let id = id.unwrap_or_default();
        let by = task.started_by().map(|by| format!(", started by {by}"));
        let group = task.group().unwrap_or_default();
        format!("task {id} ({group}{})", by.unwrap_or_default())
    });
    Ok(named.collect())
}
