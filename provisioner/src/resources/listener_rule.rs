//! Which paths and hosts go to which service.

mod members;
mod read;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, HostHeaderConditionConfig,
    HttpHeaderConditionConfig, PathPatternConditionConfig, Rule as Seen, RuleCondition,
    TargetGroupTuple,
};
use hcctl_engine::{Fault, Found, Kind, KindChange, Link, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::{
    Others, example_tags, gone_is_fine, incomplete, listener, names, reach, rule_priority,
};
use crate::aws::{Aws, Tags, Theirs, fault};
pub(super) use read::groups;
use read::read;

/// A listener rule; its priority is unique on its listener.
pub struct ListenerRule;

/// What hcctl owns of it. The weights between the target groups are ECS's: it moves them at every deployment, so they
/// are not in here; only what they must never do is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its listener.
    pub listener: Link,
    /// Its place among the rules.
    pub priority: u32,
    /// Path patterns, any of which matches; none where every path does.
    pub paths: BTreeSet<String>,
    /// Host names, any of which matches.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hosts: BTreeSet<String>,
    /// A request header with some values that must match too (the test traffic of blue/green).
    pub header: Option<(String, BTreeSet<String>)>,
    /// The group or groups that it forwards to.
    pub target_groups: BTreeSet<Link>,
    /// How its weights keep requests from the tasks that are there, where they do and no deployment runs ([`reach`]).
    /// Wanted empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// What else stands in it: conditions, actions and transforms that hcctl never makes. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for ListenerRule {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "listener_rule";
    const RULES: Rules = &[
        ("listener", Rule::Replace),
        ("priority", Rule::Update),
        ("paths", Rule::Update),
        ("hosts", Rule::Update),
        ("header", Rule::Update),
        ("target_groups", Rule::Update),
        ("weights", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    const DELETE_RISK: Risk = Risk::Brief;
    const BRIEF: &'static [&'static str] = &["paths", "target_groups"];

    fn example() -> Spec {
        Spec {
            listener: Link::to("listener", "http"),
            priority: 100,
            paths: BTreeSet::from(["/api/orders*".to_owned()]),
            hosts: BTreeSet::from(["orders.example.com".to_owned()]),
            header: Some(("x-test".to_owned(), BTreeSet::from(["green".to_owned()]))),
            target_groups: BTreeSet::from([
                Link::to("target_group", "orders"),
                Link::to("target_group", "orders-green"),
            ]),
            weights: Some("all requests go to orders-green, where no target is healthy".to_owned()),
            other: Others::from([("source-ip".to_owned(), "203.0.113.0/24".to_owned())]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (rules, reach) = tokio::try_join!(Box::pin(of_ours(aws)), Box::pin(reach::all(aws)))?;
        let arns: Vec<String> = rules
            .iter()
            .filter_map(|(rule, _)| rule.rule_arn.clone())
            .collect();
        let tags = aws.elb_tags(&arns).await?;
        Ok(rules
            .iter()
            .map(|(rule, listener)| {
                let arn = rule.rule_arn().unwrap_or_default();
                match aws.theirs(Self::NAME, tags.get(arn).cloned().unwrap_or_default()) {
                    Theirs::Ours(name, tags) => {
                        let mut spec = read(rule, listener, tags);
                        spec.weights = reach::astray(&reach, arn, &groups(rule));
                        Found::ours(name, arn, spec)
                    }
                    Theirs::Lost(tags) => aws.lost(Self::NAME, &service_of(aws, rule), arn, &tags),
                    Theirs::Not(why) => {
                        let place = rule.priority().unwrap_or_default();
                        Found::Extra {
                            id: arn.to_owned(),
                            what: format!("rule {place} on our listener: {why}"),
                        }
                    }
                }
            })
            .collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let call = aws
            .elb
            .create_rule()
            .listener_arn(spec.listener.resolved())
            .priority(spec.priority as i32);
        let call = call
            .set_conditions(Some(conditions(spec)))
            .actions(forward(spec, &[]));
        let call = call.set_tags(Some(aws.elb_tags_for(Self::NAME, name, &spec.tags)));
        let send = || {
            let call = call.clone();
            async move {
                call.send()
                    .await
                    .map_err(fault("elasticloadbalancing:CreateRule"))
            }
        };
        let mut answer = send().await;
        if matches!(&answer, Err(met) if met.is("PriorityInUse"))
            && rule_priority::make_way(aws, Self::NAME, spec.listener.resolved(), spec.priority)
                .await?
        {
            answer = send().await;
        }
        let answer = answer.map_err(|fault| match fault.code.as_deref() {
            Some("PriorityInUse") => fault.remedy("a rule that hcctl did not make has this priority: move or remove it, then apply again"),
            _ => fault,
        })?;
        let arn = answer
            .rules
            .unwrap_or_default()
            .pop()
            .and_then(|rule| rule.rule_arn);
        arn.ok_or_else(|| incomplete("elasticloadbalancing:CreateRule", "rule"))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (arn, after) = (change.id, change.after);
        if change.has("priority") {
            let listener = after.listener.resolved();
            rule_priority::set(aws, Self::NAME, listener, arn, after.priority).await?;
        }
        // Both at once: an action that was added comes with what it needs, and neither is right without the other.
        let fields = [
            "paths",
            "hosts",
            "header",
            "target_groups",
            "weights",
            "other",
        ];
        if fields.iter().any(|field| change.has(field)) {
            let call = aws.elb.modify_rule().rule_arn(arn);
            let mut call = call.set_conditions(Some(conditions(after)));
            if fields[3..].iter().any(|field| change.has(field)) {
                let now = weights(aws, arn).await?;
                let now = if change.has("weights") {
                    Box::pin(reach::towards_tasks(aws, &now)).await?
                } else {
                    now
                };
                call = call.actions(forward(after, &now));
            }
            if change.has("other") && read::transforms(&change.before.other) {
                call = call.reset_transforms(true);
            }
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:ModifyRule"))?;
        }
        aws.retag_elb(arn, &change.before.tags, &after.tags).await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        let call = aws.elb.delete_rule().rule_arn(id);
        gone_is_fine(
            call.send()
                .await
                .map(drop)
                .map_err(fault("elasticloadbalancing:DeleteRule")),
        )
    }
}

/// The rules of all our listeners, each with its listener's ARN; read once.
pub(super) async fn of_ours(aws: &Aws) -> Result<Arc<Vec<(Seen, String)>>, Fault> {
    let read = async {
        let listeners = listener::ours(aws).await?;
        let arns = listeners.iter().filter_map(|one| one.listener_arn.clone());
        let read = |arn: String| Box::pin(async move { Ok((rules(aws, &arn).await?, arn)) });
        let all = aws.crowd(arns, read).await?.into_iter();
        Ok(all
            .flat_map(|(rules, arn)| rules.into_iter().map(move |rule| (rule, arn.clone())))
            .collect())
    };
    aws.once("listener rules", read).await
}

/// The rules of a listener, without the default action, which DescribeRules lists as one.
pub(super) async fn rules(aws: &Aws, listener: &str) -> Result<Vec<Seen>, Fault> {
    let pages = aws
        .elb
        .describe_rules()
        .listener_arn(listener)
        .into_paginator()
        .items()
        .send();
    let rules = pages
        .collect::<Result<Vec<_>, _>>()
        .await
        .map_err(fault("elasticloadbalancing:DescribeRules"))?;
    Ok(rules
        .into_iter()
        .filter(|rule| !rule.is_default.unwrap_or_default())
        .collect())
}

/// The service that a rule is for, by the name in its target group's ARN.
fn service_of(aws: &Aws, seen: &Seen) -> String {
    let group = groups(seen).into_iter().next().map(|(arn, _)| arn);
    let name = group.as_deref().and_then(|arn| arn.rsplit('/').nth(1));
    let service = name.and_then(|name| names::rest(aws, name));
    service.unwrap_or(names::UNKNOWN).to_owned()
}

async fn weights(aws: &Aws, arn: &str) -> Result<Vec<(String, i32)>, Fault> {
    let call = aws.elb.describe_rules().rule_arns(arn);
    let answer = call
        .send()
        .await
        .map_err(fault("elasticloadbalancing:DescribeRules"))?;
    Ok(answer.rules().first().map(groups).unwrap_or_default())
}

fn conditions(spec: &Spec) -> Vec<RuleCondition> {
    let mut conditions = Vec::new();
    if !spec.paths.is_empty() {
        let paths = PathPatternConditionConfig::builder()
            .set_values(Some(spec.paths.iter().cloned().collect()))
            .build();
        conditions.push(
            RuleCondition::builder()
                .field("path-pattern")
                .path_pattern_config(paths)
                .build(),
        );
    }
    if !spec.hosts.is_empty() {
        let hosts = HostHeaderConditionConfig::builder()
            .set_values(Some(spec.hosts.iter().cloned().collect()))
            .build();
        conditions.push(
            RuleCondition::builder()
                .field("host-header")
                .host_header_config(hosts)
                .build(),
        );
    }
    if let Some((name, values)) = &spec.header {
        let header = HttpHeaderConditionConfig::builder().http_header_name(name);
        let header = header
            .set_values(Some(values.iter().cloned().collect()))
            .build();
        conditions.push(
            RuleCondition::builder()
                .field("http-header")
                .http_header_config(header)
                .build(),
        );
    }
    conditions
}

/// A forward that keeps the weights of groups that stay, and sends everything to the first one where none has any.
fn forward(spec: &Spec, now: &[(String, i32)]) -> Action {
    let weight = |arn: &str| {
        now.iter()
            .find(|(group, _)| group == arn)
            .map_or(0, |(_, weight)| *weight)
    };
    let none = spec
        .target_groups
        .iter()
        .all(|group| weight(group.resolved()) == 0);
    let tuples = spec.target_groups.iter().enumerate().map(|(place, group)| {
        let weight = if none {
            i32::from(place == 0) * 100
        } else {
            weight(group.resolved())
        };
        TargetGroupTuple::builder()
            .target_group_arn(group.resolved())
            .weight(weight)
            .build()
    });
    let config = ForwardActionConfig::builder()
        .set_target_groups(Some(tuples.collect()))
        .build();
    Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .forward_config(config)
        .build()
}
