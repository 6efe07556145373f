//! The tasks of one service, as the load balancer sees them.

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Seen, TargetGroupAttribute, TargetTypeEnum,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{example_tags, gone_is_fine, incomplete, names};
use crate::aws::names::may_begin;
use crate::aws::patience::unknown_id;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A target group by ip; its name is unique in the region.
pub struct TargetGroup;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Its VPC.
    pub vpc: Link,
    /// The port of targets that are registered without one. ECS registers each task with its container's port, so a
    /// service may change its port without a new group.
    pub port: i32,
    /// Health checks.
    pub health: Health,
    /// Seconds that a target may finish its requests in before it is taken out.
    pub deregistration_delay: u32,
    /// Its tags.
    pub tags: Tags,
}

/// How targets are checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The path that is asked for.
    pub path: String,
    /// Seconds between checks.
    pub interval: i32,
    /// Seconds that an answer may take.
    pub timeout: i32,
    /// Good answers that make a target healthy.
    pub healthy: i32,
    /// Bad answers that make it unhealthy.
    pub unhealthy: i32,
    /// The status codes that are good answers.
    pub codes: String,
}

const DELAY: &str = "deregistration_delay.timeout_seconds";

impl Kind for TargetGroup {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "target_group";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("vpc", Rule::Replace),
        ("port", Rule::Replace),
        ("health", Rule::Update),
        ("deregistration_delay", Rule::Update),
        ("tags", Rule::Update),
    ];

    fn example() -> Spec {
        let health = Health {
            path: "/health".to_owned(),
            interval: 10,
            timeout: 5,
            healthy: 2,
            unhealthy: 3,
            codes: "200".to_owned(),
        };
        Spec {
            name: "shop-dev-orders".to_owned(),
            vpc: Link::to("vpc", "main"),
            port: 80,
            health,
            deregistration_delay: 30,
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        // All of the region's: asking by name fails as a whole if one name is missing.
        let pages = aws
            .elb
            .describe_target_groups()
            .into_paginator()
            .items()
            .send();
        let groups = pages.collect::<Result<Vec<_>, _>>().await;
        let groups = groups.map_err(fault("elasticloadbalancing:DescribeTargetGroups"))?;
        let prefix = aws.scope.prefix();
        let groups: Vec<Seen> = groups
            .into_iter()
            .filter(|group| may_begin(group.target_group_name().unwrap_or_default(), &prefix))
            .collect();
        let arns: Vec<String> = groups
            .iter()
            .filter_map(|group| group.target_group_arn.clone())
            .collect();
        let tags = aws.elb_tags(&arns).await?;
        let found = aws.crowd(groups, |group| {
            let arn = group.target_group_arn.clone().unwrap_or_default();
            let theirs = aws.theirs(Self::NAME, tags.get(&arn).cloned().unwrap_or_default());
            async move {
                let name = group.target_group_name.clone().unwrap_or_default();
                match theirs {
                    Theirs::Ours(address, tags) => {
                        let delay = delay(aws, &arn).await?;
                        Ok(Some(Found::ours(address, arn, read(&group, delay, tags))))
                    }
                    Theirs::Lost(tags) => {
                        let rest = names::rest(aws, &name).unwrap_or(&name);
                        Ok(Some(aws.lost(Self::NAME, rest, arn, &tags)))
                    }
                    Theirs::Not(why) => {
                        Ok(name
                            .strip_prefix(&aws.scope.prefix())
                            .map(|rest| Found::Taken {
                                name: rest.to_owned(),
                                id: arn,
                                why,
                            }))
                    }
                }
            }
        });
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let health = &spec.health;
        let create = || async {
            let call = aws
                .elb
                .create_target_group()
                .name(&spec.name)
                .vpc_id(spec.vpc.resolved())
                .port(spec.port);
            let call = call
                .protocol(ProtocolEnum::Http)
                .target_type(TargetTypeEnum::Ip)
                .health_check_path(&health.path);
            let call = call
                .health_check_protocol(ProtocolEnum::Http)
                .health_check_port("traffic-port");
            let call = call
                .health_check_interval_seconds(health.interval)
                .health_check_timeout_seconds(health.timeout);
            let call = call
                .healthy_threshold_count(health.healthy)
                .unhealthy_threshold_count(health.unhealthy);
            let call = call.matcher(Matcher::builder().http_code(&health.codes).build());
            let call = call.set_tags(Some(aws.elb_tags_for(Self::NAME, name, &spec.tags)));
            let answer = call
                .send()
                .await
                .map_err(fault("elasticloadbalancing:CreateTargetGroup"))?;
            let arn = answer
                .target_groups
                .unwrap_or_default()
                .pop()
                .and_then(|group| group.target_group_arn);
            arn.ok_or_else(|| incomplete("elasticloadbalancing:CreateTargetGroup", "target group"))
        };
        let arn = aws.patiently(unknown_id, create).await?;
        set_delay(aws, &arn, spec.deregistration_delay).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (arn, after) = (change.id, change.after);
        if change.has("health") {
            let health = &after.health;
            let call = aws
                .elb
                .modify_target_group()
                .target_group_arn(arn)
                .health_check_path(&health.path);
            let call = call
                .health_check_interval_seconds(health.interval)
                .health_check_timeout_seconds(health.timeout);
            let call = call
                .healthy_threshold_count(health.healthy)
                .unhealthy_threshold_count(health.unhealthy);
            let call = call.matcher(Matcher::builder().http_code(&health.codes).build());
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:ModifyTargetGroup"))?;
        }
        if change.has("deregistration_delay") {
            set_delay(aws, arn, after.deregistration_delay).await?;
        }
        aws.retag_elb(arn, &change.before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        // "currently in use by a listener or a rule" for a while after these are gone.
        let delete = || async {
            let call = aws.elb.delete_target_group().target_group_arn(id);
            gone_is_fine(
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("elasticloadbalancing:DeleteTargetGroup")),
            )
        };
        aws.patiently(|fault| fault.class == Class::Conflict, delete)
            .await
    }
}

fn read(group: &Seen, deregistration_delay: u32, tags: Tags) -> Spec {
    Spec {
        name: group.target_group_name().unwrap_or_default().to_owned(),
        vpc: Link::id(group.vpc_id().unwrap_or_default()),
        port: group.port.unwrap_or_default(),
        health: Health {
            path: group.health_check_path().unwrap_or_default().to_owned(),
            interval: group.health_check_interval_seconds.unwrap_or_default(),
            timeout: group.health_check_timeout_seconds.unwrap_or_default(),
            healthy: group.healthy_threshold_count.unwrap_or_default(),
            unhealthy: group.unhealthy_threshold_count.unwrap_or_default(),
            codes: group
                .matcher()
                .and_then(|matcher| matcher.http_code())
                .unwrap_or_default()
                .to_owned(),
        },
        deregistration_delay,
        tags,
    }
}

async fn delay(aws: &Aws, arn: &str) -> Result<u32, Fault> {
    let call = aws
        .elb
        .describe_target_group_attributes()
        .target_group_arn(arn);
    let answer = call
        .send()
        .await
        .map_err(fault("elasticloadbalancing:DescribeTargetGroupAttributes"))?;
    let value = answer
        .attributes()
        .iter()
        .find(|one| one.key() == Some(DELAY))
        .and_then(|one| one.value()?.parse().ok());
    value.ok_or_else(|| incomplete("elasticloadbalancing:DescribeTargetGroupAttributes", DELAY))
}

async fn set_delay(aws: &Aws, arn: &str, seconds: u32) -> Result<(), Fault> {
    let attribute = TargetGroupAttribute::builder()
        .key(DELAY)
        .value(seconds.to_string())
        .build();
    let call = aws
        .elb
        .modify_target_group_attributes()
        .target_group_arn(arn)
        .attributes(attribute);
    call.send()
        .await
        .map(drop)
        .map_err(fault("elasticloadbalancing:ModifyTargetGroupAttributes"))
}
