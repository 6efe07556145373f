//! The tasks of one service, as the load balancer sees them.

mod members;

use aws_sdk_elasticloadbalancingv2::types::{
    Matcher, ProtocolEnum, TargetGroup as Seen, TargetGroupAttribute, TargetTypeEnum,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Link, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::attributes::{TARGET_GROUP, restored, unusual};
use super::reach::{self, Stray, Strays};
use super::{Others, example_tags, gone_is_fine, incomplete, names};
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
    /// Targets that are not as ECS registers them, as `ADDRESS:PORT`. Wanted empty.
    #[serde(default, skip_serializing_if = "Strays::is_empty")]
    pub targets: Strays,
    /// Attributes that are not as AWS gives them to a new one. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

/// How targets are checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `HTTP` or `HTTPS`.
    pub protocol: String,
    /// The port that is asked, or `traffic-port`: the one that serves.
    pub port: String,
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

/// The port on which a target serves.
pub const TRAFFIC_PORT: &str = "traffic-port";

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
        ("targets", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];

    fn example() -> Spec {
        let health = Health {
            protocol: "HTTP".to_owned(),
            port: TRAFFIC_PORT.to_owned(),
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
            targets: Strays::from([("10.0.1.7:8080".to_owned(), Stray::Foreign)]),
            other: Others::from([("stickiness.enabled".to_owned(), "true".to_owned())]),
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
        let (tags, reach) = tokio::try_join!(aws.elb_tags(&arns), Box::pin(reach::all(aws)))?;
        let strays = |arn: &str| {
            let mut of = reach.iter().filter_map(|one| one.strays.get(arn));
            of.next().cloned().unwrap_or_default()
        };
        let found = aws.crowd(groups, |group| {
            let arn = group.target_group_arn.clone().unwrap_or_default();
            let theirs = aws.theirs(Self::NAME, tags.get(&arn).cloned().unwrap_or_default());
            let targets = strays(&arn);
            async move {
                let name = group.target_group_name.clone().unwrap_or_default();
                match theirs {
                    Theirs::Ours(address, tags) => {
                        let attributes = attributes(aws, &arn).await?;
                        let spec = Spec {
                            targets,
                            ..read(&group, &attributes, tags)?
                        };
                        Ok(Some(Found::ours(address, arn, spec)))
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
                .health_check_protocol(ProtocolEnum::from(health.protocol.as_str()))
                .health_check_port(&health.port);
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
        let delay = spec.deregistration_delay.to_string();
        set(aws, &arn, [(DELAY, delay.as_str())]).await?;
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
                .health_check_protocol(ProtocolEnum::from(health.protocol.as_str()))
                .health_check_port(&health.port);
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
        let delay = after.deregistration_delay.to_string();
        let delay = change
            .has("deregistration_delay")
            .then_some((DELAY, delay.as_str()));
        let others = restored(TARGET_GROUP, &change.before.other);
        set(aws, arn, delay.into_iter().chain(others)).await?;
        put_back(aws, arn, &change.before.targets).await?;
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

/// Takes out what is no task's, and registers the tasks that were taken out.
async fn put_back(aws: &Aws, arn: &str, strays: &Strays) -> Result<(), Fault> {
    let of = |wanted| {
        let of = strays.iter().filter(move |(_, stray)| **stray == wanted);
        let targets: Vec<_> = of.filter_map(|(name, _)| reach::target(name)).collect();
        Some(targets).filter(|targets| !targets.is_empty())
    };
    // First those that answer.
    if let Some(targets) = of(Stray::Missing) {
        let call = aws.elb.register_targets().target_group_arn(arn);
        let answer = call.set_targets(Some(targets)).send().await;
        answer.map_err(fault("elasticloadbalancing:RegisterTargets"))?;
    }
    if let Some(targets) = of(Stray::Foreign) {
        let call = aws.elb.deregister_targets().target_group_arn(arn);
        let answer = call.set_targets(Some(targets)).send().await;
        answer.map_err(fault("elasticloadbalancing:DeregisterTargets"))?;
    }
    Ok(())
}

fn read(group: &Seen, attributes: &[TargetGroupAttribute], tags: Tags) -> Result<Spec, Fault> {
    let delay = attributes
        .iter()
        .find(|one| one.key() == Some(DELAY))
        .and_then(|one| one.value()?.parse().ok());
    let delay = delay
        .ok_or_else(|| incomplete("elasticloadbalancing:DescribeTargetGroupAttributes", DELAY))?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let protocol = group.health_check_protocol();
    Ok(Spec {
        name: text(group.target_group_name()),
        vpc: Link::id(group.vpc_id().unwrap_or_default()),
        port: group.port.unwrap_or_default(),
        health: Health {
            protocol: text(protocol.map(ProtocolEnum::as_str)),
            port: text(group.health_check_port()),
            path: text(group.health_check_path()),
            interval: group.health_check_interval_seconds.unwrap_or_default(),
            timeout: group.health_check_timeout_seconds.unwrap_or_default(),
            healthy: group.healthy_threshold_count.unwrap_or_default(),
            unhealthy: group.unhealthy_threshold_count.unwrap_or_default(),
            codes: text(group.matcher().and_then(Matcher::http_code)),
        },
        deregistration_delay: delay,
        targets: Strays::new(),
        other: unusual(
            TARGET_GROUP,
            attributes.iter().map(|one| (one.key(), one.value())),
        ),
        tags,
    })
}

async fn attributes(aws: &Aws, arn: &str) -> Result<Vec<TargetGroupAttribute>, Fault> {
    let call = aws.elb.describe_target_group_attributes();
    let answer = call.target_group_arn(arn).send().await;
    let answer = answer.map_err(fault("elasticloadbalancing:DescribeTargetGroupAttributes"))?;
    Ok(answer.attributes.unwrap_or_default())
}

/// Sets attributes, in one call, if there are any.
async fn set<'a>(
    aws: &Aws,
    arn: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Fault> {
    let attribute = |(key, value)| {
        TargetGroupAttribute::builder()
            .key(key)
            .value(value)
            .build()
    };
    let attributes: Vec<_> = attributes.into_iter().map(attribute).collect();
    if attributes.is_empty() {
        return Ok(());
    }
    let call = aws.elb.modify_target_group_attributes();
    let call = call.target_group_arn(arn).set_attributes(Some(attributes));
    call.send()
        .await
        .map(drop)
        .map_err(fault("elasticloadbalancing:ModifyTargetGroupAttributes"))
}
