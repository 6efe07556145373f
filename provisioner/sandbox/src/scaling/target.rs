//! Scalable targets: one per service, registered again to change them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use winterbaume_applicationautoscaling::model;

use super::{DIMENSION, NAMESPACE, Suspended, Target, check_kind, names, not_found, targets};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::cloudwatch;
use crate::ecs;
use crate::paging;
use crate::rollout;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// `RegisterScalableTarget`: makes or changes; what is not sent stays. The service must be there. Tags are for a new
/// target only; an existing one is tagged with `TagResource`.
pub(super) fn register(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::RegisterScalableTargetRequest = shape::json(call, &[])?;
    shape::refuse(call, &["RoleARN"])?;
    check_kind(&input.service_namespace, Some(&input.scalable_dimension))?;
    let resource = input.resource_id;
    let (cluster, service) = names(&resource).ok_or_else(|| {
        AwsError::validation(format!(
            "Invalid resource ID for namespace and dimension: {resource}"
        ))
    })?;
    if ecs::desired_count(world, &call.region, cluster, service).is_none() {
        return Err(AwsError::validation(format!(
            "ECS service doesn't exist: {resource}"
        )));
    }
    let there = targets(world, call).get(&resource).cloned();
    let bound = |sent: Option<i32>, now: Option<u32>, name: &str| match (sent, now) {
        (Some(sent), _) => u32::try_from(sent)
            .map_err(|_| AwsError::validation(format!("{name} must not be negative"))),
        (None, Some(now)) => Ok(now),
        (None, None) => Err(AwsError::validation(format!(
            "{name} is required for a new scalable target"
        ))),
    };
    let min = bound(
        input.min_capacity,
        there.as_ref().map(|it| it.min),
        "MinCapacity",
    )?;
    let max = bound(
        input.max_capacity,
        there.as_ref().map(|it| it.max),
        "MaxCapacity",
    )?;
    if min > max {
        return Err(AwsError::validation(
            "Maximum capacity cannot be less than minimum capacity",
        ));
    }
    let mut suspended = there.as_ref().map(|it| it.suspended).unwrap_or_default();
    if let Some(sent) = input.suspended_state {
        suspended = Suspended {
            dynamic_in: sent
                .dynamic_scaling_in_suspended
                .unwrap_or(suspended.dynamic_in),
            dynamic_out: sent
                .dynamic_scaling_out_suspended
                .unwrap_or(suspended.dynamic_out),
            scheduled: sent
                .scheduled_scaling_suspended
                .unwrap_or(suspended.scheduled),
        };
    }
    let target = match there {
        Some(there) => Target {
            min,
            max,
            suspended,
            ..there
        },
        None => Target {
            arn: call.arn(
                "application-autoscaling",
                &format!("scalable-target/{}", world.hex(32)),
            ),
            resource: resource.clone(),
            min,
            max,
            suspended,
            created: world.now(),
            tags: input.tags.unwrap_or_default().into_iter().collect(),
            policies: BTreeMap::new(),
        },
    };
    let answer = json!({ "ScalableTargetARN": target.arn });
    targets(world, call).insert(resource, target);
    rollout::settle(world, &call.region);
    Ok(Answer::Json(answer))
}

/// `DescribeScalableTargets`: of the resources asked for, or all; fifty a page.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DescribeScalableTargetsRequest = shape::json(call, &[])?;
    check_kind(
        &input.service_namespace,
        input.scalable_dimension.as_deref(),
    )?;
    if input.scalable_dimension.is_some() && input.resource_ids.is_none() {
        return Err(AwsError::validation(
            "ScalableDimension can only be specified together with ResourceIds",
        ));
    }
    let asked = |target: &&Target| {
        input
            .resource_ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&target.resource))
    };
    let found = targets(world, call)
        .values()
        .filter(asked)
        .map(|target| target.seen(call))
        .collect();
    paged(
        "ScalableTargets",
        found,
        input.next_token.as_deref(),
        input.max_results.unwrap_or(50),
    )
}

/// `DeregisterScalableTarget`: its policies and their alarms go along.
pub(super) fn deregister(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeregisterScalableTargetRequest = shape::json(call, &[])?;
    check_kind(&input.service_namespace, Some(&input.scalable_dimension))?;
    let gone = targets(world, call).remove(&input.resource_id);
    let gone = gone.ok_or_else(|| not_found("scalable target", &input.resource_id))?;
    let alarms: Vec<String> = gone
        .policies
        .values()
        .flat_map(|policy| &policy.alarms)
        .map(|(name, _)| name.clone())
        .collect();
    cloudwatch::delete_alarms_of(world, &call.region, &alarms);
    Ok(Answer::empty())
}

pub(super) fn paged(
    key: &str,
    items: Vec<Value>,
    token: Option<&str>,
    size: i32,
) -> Result<Answer, AwsError> {
    if !(1..=50).contains(&size) {
        return Err(AwsError::validation("MaxResults must be between 1 and 50"));
    }
    let page = paging::page(items, token, size as usize);
    let (items, next) = page
        .ok_or_else(|| AwsError::new("InvalidNextTokenException", "The next token is not valid"))?;
    let mut answer = json!({ key: items });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

impl Target {
    fn seen(&self, call: &Call) -> Value {
        let role = "aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
        json!({
            "ServiceNamespace": NAMESPACE,
            "ResourceId": self.resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": self.min,
            "MaxCapacity": self.max,
            "RoleARN": call.global_arn("iam", &format!("role/{role}")),
            "CreationTime": epoch(self.created),
            "ScalableTargetARN": self.arn,
            "SuspendedState": {
                "DynamicScalingInSuspended": self.suspended.dynamic_in,
                "DynamicScalingOutSuspended": self.suspended.dynamic_out,
                "ScheduledScalingSuspended": self.suspended.scheduled,
            },
        })
    }
}
