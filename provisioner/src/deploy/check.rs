//! What would stop a release, found before anything is changed.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::ForwardActionConfig;
use hcctl_engine::{Class, Fault, Link};

use super::image::{Release, platform};
use super::live::Live;
use crate::aws::{Aws, fault};
use crate::resources::reach::{self, Outage};
use crate::resources::{log_group, role};

/// Something in the way of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The service that it concerns.
    pub service: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Objection {
    fn new(live: &Live, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            service: live.name.clone(),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// What keeps requests from a service's tasks already: a deployment on top would take it for its own state. With `cure`, a
/// service of which no task answers is no objection: a new image is then what helps.
pub async fn answered(aws: &Aws, live: &Live, cure: bool) -> Result<Option<Objection>, Fault> {
    let env = &aws.scope.environment;
    let outages = Box::pin(reach::outages(aws)).await?;
    Ok(match outages.get(&live.name) {
        Some(outage @ Outage::Weights(_)) => Some(Objection::new(
            live,
            outage.text(),
            format!("run hcctl apply {env} first: it puts the weights back"),
        )),
        Some(outage @ Outage::Silent(_)) if !cure => Some(Objection::new(
            live,
            outage.text(),
            format!("hcctl status {env} says why; where a new image is the cure, say --force"),
        )),
        _ => None,
    })
}

/// What makes what is missing.
fn apply(aws: &Aws) -> String {
    format!(
        "run hcctl apply {} first: it makes what is missing",
        aws.scope.environment
    )
}

/// What stands in the way of `release` on a live service: what its image is, and what its tasks and its deployment
/// need. Secrets are ECS's to read, when the first task starts; what it says is told then.
pub async fn check(aws: &Aws, live: &Live, release: &Release) -> Result<Vec<Objection>, Fault> {
    let mut found = unfit(live, release).into_iter().collect::<Vec<_>>();
    let (roles, subnets, balancer, logs) = tokio::try_join!(
        roles(aws, live),
        subnets(aws, live),
        balancer(aws, live),
        logs(aws, live)
    )?;
    found.extend([roles, subnets, balancer, logs].into_iter().flatten());
    Ok(found)
}

fn unfit(live: &Live, release: &Release) -> Option<Objection> {
    let (what, remedy) = release.unfit(platform(&live.definition.architecture))?;
    Some(Objection::new(live, what, remedy))
}

/// The roles that ECS takes on for the tasks and for shifting traffic.
async fn roles(aws: &Aws, live: &Live) -> Result<Vec<Objection>, Fault> {
    let definition = &live.definition;
    let alternate = live.spec.load_balancer.as_ref();
    let alternate = alternate.and_then(|balancer| balancer.alternate.as_ref());
    let links = [
        Some(&definition.execution_role),
        Some(&definition.task_role),
        alternate.map(|alternate| &alternate.role),
    ];
    let names: BTreeSet<String> = links
        .into_iter()
        .flatten()
        .map(|link| {
            link.resolved()
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .filter(|name| !name.is_empty())
        .collect();
    let missing = aws
        .crowd(names, |name| async move {
            let read = role::exists(aws, &name);
            let there = aws.once(&format!("role {name}"), read).await?;
            Ok::<_, Fault>((!*there).then_some(name))
        })
        .await?;
    Ok(missing
        .into_iter()
        .flatten()
        .map(|name| Objection::new(live, format!("its role {name} does not exist"), apply(aws)))
        .collect())
}

async fn subnets(aws: &Aws, live: &Live) -> Result<Vec<Objection>, Fault> {
    let wanted: BTreeSet<String> = live.spec.subnets.iter().map(id).collect();
    let read = async {
        // A filter, not ids: a call with ids fails as a whole where one of them is missing.
        let filter = crate::aws::ec2::filter("subnet-id", wanted.iter().map(String::as_str));
        let answer = aws.ec2.describe_subnets().filters(filter).send().await;
        let answer = answer.map_err(fault("ec2:DescribeSubnets"))?;
        Ok::<_, Fault>(answer.subnets.unwrap_or_default())
    };
    let key = format!("subnets of {wanted:?}");
    let found = aws.once(&key, read).await?;
    let there: BTreeSet<&str> = found.iter().filter_map(|one| one.subnet_id()).collect();
    let missing = wanted.iter().filter(|id| !there.contains(id.as_str()));
    Ok(missing
        .map(|id| Objection::new(live, format!("its subnet {id} does not exist"), apply(aws)))
        .collect())
}

/// The target groups, and the rule through which ECS shifts traffic between the two.
async fn balancer(aws: &Aws, live: &Live) -> Result<Vec<Objection>, Fault> {
    let Some(balancer) = &live.spec.load_balancer else {
        return Ok(Vec::new());
    };
    let alternate = balancer.alternate.as_ref();
    let mut groups = vec![balancer.target_group.resolved().to_owned()];
    groups.extend(alternate.map(|alternate| alternate.target_group.resolved().to_owned()));
    let call = aws
        .elb
        .describe_target_groups()
        .set_target_group_arns(Some(groups.clone()))
        .send()
        .await;
    let mut missing = Vec::new();
    match call.map_err(fault("elasticloadbalancing:DescribeTargetGroups")) {
        // The call fails as a whole where one of them is missing, and names it.
        Err(fault) if fault.class == Class::NotFound => missing.push(Objection::new(
            live,
            format!("a target group of it does not exist: {}", fault.message),
            apply(aws),
        )),
        outcome => drop(outcome?),
    }
    if let Some(alternate) = alternate {
        missing.extend(rule(aws, live, alternate.rule.resolved(), &groups).await?);
    }
    Ok(missing)
}

/// ECS refuses to shift traffic through a rule that does not forward to both groups.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
async fn rule(
    aws: &Aws,
    live: &Live,
    rule: &str,
    groups: &[String],
) -> Result<Option<Objection>, Fault> {
    let call = aws.elb.describe_rules().rule_arns(rule).send().await;
    let seen = match call.map_err(fault("elasticloadbalancing:DescribeRules")) {
        Err(fault) if fault.class == Class::NotFound => None,
        outcome => outcome?.rules.unwrap_or_default().pop(),
    };
    let Some(seen) = seen else {
        let what = format!("its listener rule {rule} does not exist");
        return Ok(Some(Objection::new(live, what, apply(aws))));
    };
    let forwarded: BTreeSet<&str> = seen
        .actions()
        .iter()
        .filter_map(|action| action.forward_config())
        .flat_map(ForwardActionConfig::target_groups)
        .filter_map(|group| group.target_group_arn())
        .collect();
    let missing = groups
        .iter()
        .find(|group| !forwarded.contains(group.as_str()));
    let env = &aws.scope.environment;
    Ok(missing.map(|group| {
        Objection::new(
            live,
            format!("its listener rule {rule} does not forward to {group}"),
            format!("hcctl plan {env} shows what was changed, and hcctl apply {env} puts it back"),
        )
    }))
}

/// A task whose log group is missing does not start.
async fn logs(aws: &Aws, live: &Live) -> Result<Vec<Objection>, Fault> {
    let Some(logs) = &live.definition.logs else {
        return Ok(Vec::new());
    };
    let name = log_group::name_of(logs.group.resolved());
    // All services' groups begin alike, so that one call tells of all.
    let prefix = name.rsplit_once('/').map_or(name, |(parent, _)| parent);
    let read = async {
        let call = aws.logs.describe_log_groups().log_group_name_prefix(prefix);
        let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
        all.map_err(fault("logs:DescribeLogGroups"))
    };
    let groups = aws.once(&format!("log groups {prefix}"), read).await?;
    let there = groups
        .iter()
        .any(|group| group.log_group_name() == Some(name));
    Ok(Vec::from_iter((!there).then(|| {
        Objection::new(
            live,
            format!("its log group {name} does not exist"),
            apply(aws),
        )
    })))
}

fn id(link: &Link) -> String {
    link.resolved().to_owned()
}
