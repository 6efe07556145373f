//! Target tracking policies, each with the two alarms that it keeps for itself.

use serde_json::{Map, Value, json};
use winterbaume_applicationautoscaling::model;
use winterbaume_cloudwatch::model::{Dimension, PutMetricAlarmInput};

use super::target::paged;
use super::{DIMENSION, NAMESPACE, Policy, check_kind, names, not_found, targets};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::cloudwatch;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

const TRACKING: &str = "TargetTrackingScaling";

/// The metrics that ECS services may track, with namespace and name of the alarms' metric (Application Auto Scaling User Guide).
const METRICS: [(&str, &str, &str); 3] = [
    (
        "ECSServiceAverageCPUUtilization",
        "AWS/ECS",
        "CPUUtilization",
    ),
    (
        "ECSServiceAverageMemoryUtilization",
        "AWS/ECS",
        "MemoryUtilization",
    ),
    (
        "ALBRequestCountPerTarget",
        "AWS/ApplicationELB",
        "RequestCountPerTarget",
    ),
];

/// `PutScalingPolicy`: makes or replaces; a metric is tracked by one policy only.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutScalingPolicyRequest = shape::json(call, &[])?;
    check_kind(&input.service_namespace, Some(&input.scalable_dimension))?;
    shape::refuse(
        call,
        &[
            "StepScalingPolicyConfiguration",
            "PredictiveScalingPolicyConfiguration",
        ],
    )?;
    let kind = input
        .policy_type
        .unwrap_or_else(|| "StepScaling".to_owned());
    if kind != TRACKING {
        return Err(AwsError::not_simulated(format!(
            "scaling policies of type {kind}"
        )));
    }
    let sent = input
        .target_tracking_scaling_policy_configuration
        .ok_or_else(|| {
            AwsError::validation("TargetTrackingScalingPolicyConfiguration is required")
        })?;
    let metric = check(&sent)?;
    let configuration = call.json["TargetTrackingScalingPolicyConfiguration"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let (resource, name) = (input.resource_id, input.policy_name);
    let target = targets(world, call).get(&resource).cloned();
    let target = target.ok_or_else(|| not_found("scalable target", &resource))?;
    let tracks = |policy: &&Policy| {
        let own = policy.configuration.get("PredefinedMetricSpecification");
        policy.name != name && own.is_some_and(|own| own["PredefinedMetricType"] == metric.0)
    };
    if let Some(other) = target.policies.values().find(tracks) {
        let message = format!(
            "Only one TargetTrackingScaling policy for a given metric specification is allowed: '{}' has it",
            other.name
        );
        return Err(AwsError::validation(message));
    }
    let mut policy = match target.policies.get(&name) {
        Some(there) => there.clone(),
        None => new(world, call, &resource, &name),
    };
    policy.configuration = configuration;
    let policy = with_alarms(world, call, policy, &resource, metric, sent.target_value);
    let answer = json!({ "PolicyARN": policy.arn, "Alarms": policy.alarms() });
    if let Some(target) = targets(world, call).get_mut(&resource) {
        target.policies.insert(name, policy);
    }
    Ok(Answer::Json(answer))
}

/// `DescribeScalingPolicies`: ten a page.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeScalingPoliciesRequest = shape::json(call, &[])?;
    check_kind(
        &input.service_namespace,
        input.scalable_dimension.as_deref(),
    )?;
    let mut found = Vec::new();
    for target in targets(world, call).values() {
        if input
            .resource_id
            .as_ref()
            .is_some_and(|id| *id != target.resource)
        {
            continue;
        }
        let asked = |policy: &&Policy| {
            input
                .policy_names
                .as_ref()
                .is_none_or(|names| names.contains(&policy.name))
        };
        found.extend(
            target
                .policies
                .values()
                .filter(asked)
                .map(|policy| policy.seen(&target.resource)),
        );
    }
    paged(
        "ScalingPolicies",
        found,
        input.next_token.as_deref(),
        input.max_results.unwrap_or(10),
    )
}

/// `DeleteScalingPolicy`: its alarms go along.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteScalingPolicyRequest = shape::json(call, &[])?;
    check_kind(&input.service_namespace, Some(&input.scalable_dimension))?;
    let gone = targets(world, call)
        .get_mut(&input.resource_id)
        .and_then(|target| target.policies.remove(&input.policy_name));
    let gone = gone.ok_or_else(|| not_found("scaling policy", &input.resource_id))?;
    let alarms: Vec<String> = gone.alarms.into_iter().map(|(name, _)| name).collect();
    cloudwatch::delete_alarms_of(world, &call.region, &alarms);
    Ok(Answer::empty())
}

fn new(world: &mut World, call: &Call, resource: &str, name: &str) -> Policy {
    let id = world.uuid();
    let arn = format!("scalingPolicy:{id}:resource/{NAMESPACE}/{resource}:policyName/{name}");
    let alarms = ["High", "Low"].map(|which| {
        let name = format!("TargetTracking-{resource}-Alarm{which}-{}", world.uuid());
        (name, String::new())
    });
    Policy {
        name: name.to_owned(),
        arn: call.arn("autoscaling", &arn),
        created: world.now(),
        configuration: Map::new(),
        alarms: alarms.to_vec(),
    }
}

type Metric = (&'static str, &'static str, &'static str);

fn check(sent: &model::TargetTrackingScalingPolicyConfiguration) -> Result<Metric, AwsError> {
    let Some(predefined) = &sent.predefined_metric_specification else {
        return check_custom(sent);
    };
    if sent.customized_metric_specification.is_some() {
        return Err(AwsError::validation(
            "Only one of a predefined and a customized metric specification can be specified",
        ));
    }
    if sent.target_value <= 0.0 {
        return Err(AwsError::validation("TargetValue must be positive"));
    }
    let kind = predefined.predefined_metric_type.as_str();
    let metric = METRICS.into_iter().find(|(known, _, _)| *known == kind);
    let metric = metric.ok_or_else(|| {
        AwsError::validation(format!(
            "The predefined metric type {kind} is not valid for ECS services"
        ))
    })?;
    if (kind == "ALBRequestCountPerTarget") != predefined.resource_label.is_some() {
        return Err(AwsError::validation(
            "ResourceLabel belongs to the metric ALBRequestCountPerTarget, which needs it",
        ));
    }
    Ok(metric)
}

/// A metric of one's own by metric math: some that are counted, and one that is made of them and returned.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingMetricDataQuery.html>
fn check_custom(
    sent: &model::TargetTrackingScalingPolicyConfiguration,
) -> Result<Metric, AwsError> {
    let Some(custom) = &sent.customized_metric_specification else {
        return Err(AwsError::validation(
            "A predefined or a customized metric specification must be specified",
        ));
    };
    let queries = custom.metrics.as_deref().unwrap_or_default();
    if queries.is_empty() {
        return Err(AwsError::not_simulated(
            "target tracking of customized metrics without metric math",
        ));
    }
    let mut ids = std::collections::BTreeSet::new();
    for query in queries {
        let letter = |c: char| c.is_ascii_lowercase();
        if !query.id.starts_with(letter) || !ids.insert(query.id.as_str()) {
            return Err(AwsError::validation(format!(
                "Id '{}' must begin with a lowercase letter and be used once",
                query.id
            )));
        }
        if query.expression.is_some() == query.metric_stat.is_some() {
            return Err(AwsError::validation(
                "Each metric needs either an Expression or a MetricStat",
            ));
        }
    }
    let returned = queries
        .iter()
        .filter(|query| query.return_data != Some(false));
    if returned.count() != 1 {
        return Err(AwsError::validation(
            "Exactly one metric must have ReturnData true",
        ));
    }
    Ok(("Customized", "AWS/ECS", "Customized"))
}

/// Puts the policy's two alarms: three minutes above the target scale out, fifteen minutes a tenth below it scale in.
fn with_alarms(
    world: &mut World,
    call: &Call,
    policy: Policy,
    resource: &str,
    metric: Metric,
    target: f64,
) -> Policy {
    let (cluster, service) = names(resource).unwrap_or_default();
    let dimensions =
        [("ClusterName", cluster), ("ServiceName", service)].map(|(name, value)| Dimension {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    let kinds = [
        ("GreaterThanThreshold", 3, target),
        ("LessThanThreshold", 15, target * 0.9),
    ];
    let alarms = policy.alarms.iter().zip(kinds).map(
        |((name, _), (comparison_operator, periods, threshold))| {
            let alarm = PutMetricAlarmInput {
                alarm_actions: Some(vec![policy.arn.clone()]),
                alarm_description: Some(format!(
                    "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {}.",
                    policy.arn
                )),
                alarm_name: name.clone(),
                comparison_operator: comparison_operator.to_owned(),
                dimensions: Some(dimensions.to_vec()),
                evaluation_periods: periods,
                metric_name: Some(metric.2.to_owned()),
                namespace: Some(metric.1.to_owned()),
                period: Some(60),
                statistic: Some("Average".to_owned()),
                threshold: Some(threshold),
                ..Default::default()
            };
            (
                name.clone(),
                cloudwatch::put_alarm_of(world, &call.region, alarm),
            )
        },
    );
    Policy {
        alarms: alarms.collect(),
        ..policy
    }
}

impl Policy {
    fn alarms(&self) -> Value {
        self.alarms
            .iter()
            .map(|(name, arn)| json!({ "AlarmName": name, "AlarmARN": arn }))
            .collect()
    }

    fn seen(&self, resource: &str) -> Value {
        json!({
            "PolicyARN": self.arn,
            "PolicyName": self.name,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "PolicyType": TRACKING,
            "TargetTrackingScalingPolicyConfiguration": self.configuration,
            "Alarms": self.alarms(),
            "CreationTime": epoch(self.created),
        })
    }
}
