//! Where production traffic goes, and whether anybody healthy is there to take it.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::{ForwardActionConfig, Rule, TargetHealthStateEnum};
use hcctl_engine::{Class, Fault};

use crate::aws::{Aws, fault};
use crate::resources::service::LoadBalancer;

/// One target group's part of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its ARN.
    pub arn: String,
    /// Its share of production traffic, as the rule has it: against the other groups' weights.
    pub weight: u32,
    /// Targets by their state, as the load balancer spells it: `healthy`, `initial`, `unhealthy`, `draining`.
    pub targets: BTreeMap<String, usize>,
    /// Why targets are not healthy, each reason once.
    pub reasons: Vec<String>,
}

impl Group {
    /// Its name: the part of its ARN that people know.
    pub fn name(&self) -> &str {
        self.arn.rsplit('/').nth(1).unwrap_or(&self.arn)
    }

    /// Targets that take traffic.
    pub fn healthy(&self) -> usize {
        self.targets.get("healthy").copied().unwrap_or_default()
    }
}

/// The groups of a service, and what share each has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The group that the service names first, then the alternate.
    pub groups: Vec<Group>,
}

impl Split {
    /// Whether every group that traffic goes to is without a healthy target while another one has some: what a rule
    /// looks like whose weights were set by hand, or by a tool that does not know that they are ECS's.
    pub fn points_at_nobody(&self) -> bool {
        let weighted = |group: &&Group| group.weight > 0;
        let mut live = self.groups.iter().filter(weighted);
        live.all(|group| group.healthy() == 0)
            && self.groups.iter().any(|group| group.healthy() > 0)
    }

    /// A group's share in percent.
    pub fn percent(&self, group: &Group) -> f64 {
        let whole: u32 = self.groups.iter().map(|group| group.weight).sum();
        if whole == 0 {
            0.0
        } else {
            f64::from(group.weight) * 100.0 / f64::from(whole)
        }
    }
}

/// The splits of services by their names, each with its part of the load balancer.
pub async fn splits<'a>(
    aws: &Aws,
    services: impl IntoIterator<Item = (&'a str, &'a LoadBalancer)>,
) -> Result<BTreeMap<String, Split>, Fault> {
    let services: Vec<(&str, &LoadBalancer)> = services.into_iter().collect();
    let rules: Vec<String> = services
        .iter()
        .filter_map(|(_, balancer)| balancer.alternate.as_ref())
        .map(|alternate| alternate.rule.resolved().to_owned())
        .collect();
    let weights = weights(aws, rules).await?;
    let mut groups: Vec<(String, String)> = Vec::new();
    for (name, balancer) in services {
        let alternate = balancer.alternate.as_ref();
        let all = [
            Some(&balancer.target_group),
            alternate.map(|one| &one.target_group),
        ];
        groups.extend(
            all.into_iter()
                .flatten()
                .map(|group| (name.to_owned(), group.resolved().to_owned())),
        );
    }
    let weights = &weights;
    let read = |(service, arn): (String, String)| async move {
        // A group that no rule weighs is a service's only one, and gets all.
        let weight = weights.get(&arn).copied();
        let group = health(aws, &arn, weight).await?;
        Ok::<_, Fault>((service, group))
    };
    let mut splits: BTreeMap<String, Split> = BTreeMap::new();
    for (service, group) in aws.crowd(groups, read).await? {
        splits.entry(service).or_default().groups.push(group);
    }
    for split in splits.values_mut() {
        if split.groups.len() == 1 {
            split.groups[0].weight = split.groups[0].weight.max(1);
        }
    }
    Ok(splits)
}

/// By target group, its weight in these rules.
async fn weights(aws: &Aws, rules: Vec<String>) -> Result<BTreeMap<String, u32>, Fault> {
    if rules.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = aws.elb.describe_rules().set_rule_arns(Some(rules));
    let answer = match call
        .send()
        .await
        .map_err(fault("elasticloadbalancing:DescribeRules"))
    {
        // The call fails as a whole where one is missing; a plan shows which, and makes it again.
        Err(fault) if fault.class == Class::NotFound => return Ok(BTreeMap::new()),
        outcome => outcome?,
    };
    Ok(answer
        .rules()
        .iter()
        .flat_map(Rule::actions)
        .filter_map(|action| action.forward_config())
        .flat_map(ForwardActionConfig::target_groups)
        .filter_map(|group| {
            let weight = group.weight.unwrap_or(1).unsigned_abs();
            Some((group.target_group_arn.clone()?, weight))
        })
        .collect())
}

async fn health(aws: &Aws, arn: &str, weight: Option<u32>) -> Result<Group, Fault> {
    let call = aws.elb.describe_target_health().target_group_arn(arn);
    let seen = match call
        .send()
        .await
        .map_err(fault("elasticloadbalancing:DescribeTargetHealth"))
    {
        Err(fault) if fault.class == Class::NotFound => Vec::new(),
        outcome => outcome?.target_health_descriptions.unwrap_or_default(),
    };
    let mut group = Group {
        arn: arn.to_owned(),
        weight: weight.unwrap_or_default(),
        targets: BTreeMap::new(),
        reasons: Vec::new(),
    };
    for target in seen.iter().filter_map(|seen| seen.target_health()) {
        let state = target
            .state()
            .map_or("unknown", TargetHealthStateEnum::as_str);
        *group.targets.entry(state.to_owned()).or_default() += 1;
        let reason = target.description().unwrap_or_default().to_owned();
        if state == "unhealthy" && !reason.is_empty() && !group.reasons.contains(&reason) {
            group.reasons.push(reason);
        }
    }
    Ok(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(weight: u32, healthy: usize) -> Group {
        Group {
            arn: "arn:aws:elasticloadbalancing:r:1:targetgroup/shop-cart/0123".to_owned(),
            weight,
            targets: BTreeMap::from([("healthy".to_owned(), healthy)]),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn traffic_to_nobody_is_seen_where_somebody_could_take_it() {
        let split = |groups: &[(u32, usize)]| Split {
            groups: groups.iter().map(|(w, h)| group(*w, *h)).collect(),
        };
        assert!(split(&[(0, 2), (100, 0)]).points_at_nobody());
        assert!(!split(&[(100, 2), (0, 0)]).points_at_nobody());
        assert!(!split(&[(50, 0), (50, 1)]).points_at_nobody());
        assert!(
            !split(&[(100, 0), (0, 0)]).points_at_nobody(),
            "nobody is there at all"
        );
        assert!(
            split(&[(0, 2), (0, 0)]).points_at_nobody(),
            "no weight at all"
        );
        assert!(!split(&[]).points_at_nobody());
    }

    #[test]
    fn shares_are_of_the_whole() {
        let split = Split {
            groups: vec![group(1, 1), group(3, 1)],
        };
        assert!((split.percent(&split.groups[1]) - 75.0).abs() < f64::EPSILON);
        assert_eq!(split.groups[0].name(), "shop-cart");
        assert!(Split::default().percent(&group(0, 0)).abs() < f64::EPSILON);
    }
}
