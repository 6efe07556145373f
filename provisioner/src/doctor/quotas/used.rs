//! How many there are in the region already, whoever made them.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::NatGatewayState as State;
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;
use hcctl_engine::Fault;

use super::need::Need;
use crate::aws::{Aws, ec2, fault};

pub(super) async fn of(aws: &Aws, need: &Need) -> Result<usize, Fault> {
    match need.quota.kind {
        "vpc" => vpcs(aws).await,
        "internet_gateway" => internet_gateways(aws).await,
        "elastic_ip" => addresses(aws).await,
        "nat_gateway" => nat_gateways(aws, need.zone.as_deref()).await,
        "load_balancer" => load_balancers(aws).await,
        "target_group" => target_groups(aws).await,
        "repository" => repositories(aws).await,
        "table" => tables(aws).await,
        kind => Err(Fault::own("quotas", format!("nothing counts {kind}"))),
    }
}

async fn vpcs(aws: &Aws) -> Result<usize, Fault> {
    let mut pages = aws.ec2.describe_vpcs().into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page.map_err(fault("ec2:DescribeVpcs"))?.vpcs().len();
    }
    Ok(count)
}

async fn internet_gateways(aws: &Aws) -> Result<usize, Fault> {
    let call = aws.ec2.describe_internet_gateways();
    let mut pages = call.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("ec2:DescribeInternetGateways"))?;
        count += page.internet_gateways().len();
    }
    Ok(count)
}

async fn addresses(aws: &Aws) -> Result<usize, Fault> {
    let answer = aws.ec2.describe_addresses().send().await;
    let answer = answer.map_err(fault("ec2:DescribeAddresses"))?;
    Ok(answer.addresses().len())
}

/// Those in the zone that count against its quota: one that is being deleted still does.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways>
async fn nat_gateways(aws: &Aws, zone: Option<&str>) -> Result<usize, Fault> {
    let (gateways, subnets) = tokio::try_join!(live_gateways(aws), subnets_in(aws, zone))?;
    let here = gateways.iter().filter(|subnet| subnets.contains(*subnet));
    Ok(here.count())
}

/// The subnets of all that are not gone, one for each.
async fn live_gateways(aws: &Aws) -> Result<Vec<String>, Fault> {
    let states = [State::Pending, State::Available, State::Deleting];
    let states = ec2::filter("state", states.map(|state| state.as_str().to_owned()));
    let call = aws.ec2.describe_nat_gateways().filter(states);
    let mut pages = call.into_paginator().send();
    let mut subnets = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("ec2:DescribeNatGateways"))?;
        let gateways = page.nat_gateways.unwrap_or_default().into_iter();
        subnets.extend(gateways.filter_map(|gateway| gateway.subnet_id));
    }
    Ok(subnets)
}

async fn subnets_in(aws: &Aws, zone: Option<&str>) -> Result<BTreeSet<String>, Fault> {
    let zone = zone.map(|zone| ec2::filter("availability-zone", [zone]));
    let call = aws.ec2.describe_subnets();
    let call = call.set_filters(zone.map(|filter| vec![filter]));
    let mut pages = call.into_paginator().send();
    let mut subnets = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("ec2:DescribeSubnets"))?;
        let found = page.subnets.unwrap_or_default().into_iter();
        subnets.extend(found.filter_map(|subnet| subnet.subnet_id));
    }
    Ok(subnets)
}

async fn load_balancers(aws: &Aws) -> Result<usize, Fault> {
    let call = aws.elb.describe_load_balancers();
    let mut pages = call.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("elasticloadbalancing:DescribeLoadBalancers"))?;
        let found = page.load_balancers().iter();
        count += found
            .filter(|found| found.r#type == Some(LoadBalancerTypeEnum::Application))
            .count();
    }
    Ok(count)
}

async fn target_groups(aws: &Aws) -> Result<usize, Fault> {
    let call = aws.elb.describe_target_groups();
    let mut pages = call.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("elasticloadbalancing:DescribeTargetGroups"))?;
        count += page.target_groups().len();
    }
    Ok(count)
}

async fn repositories(aws: &Aws) -> Result<usize, Fault> {
    let call = aws.ecr.describe_repositories();
    let mut pages = call.into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("ecr:DescribeRepositories"))?;
        count += page.repositories().len();
    }
    Ok(count)
}

async fn tables(aws: &Aws) -> Result<usize, Fault> {
    let mut pages = aws.dynamodb.list_tables().into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("dynamodb:ListTables"))?;
        count += page.table_names().len();
    }
    Ok(count)
}
