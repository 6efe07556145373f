//! The records of rollouts: service deployments and service revisions.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::model::{Revision, Service, State};
use super::record::{Record, RecordStatus, Stage};
use super::{invalid, paged, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::time::epoch;
use crate::world::World;

/// `ListServiceDeployments`: the newest first, twenty a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListServiceDeploymentsRequest = shape::json(call, &[])?;
    let service = reference::service(state(world, call), call, &input.service)?;
    let wanted = input.status.unwrap_or_default();
    let seconds = |key: &str| call.json["createdAt"][key].as_f64();
    let (after, before) = (seconds("after"), seconds("before"));
    let asked = |record: &&Record| {
        let created = epoch(record.created);
        (wanted.is_empty() || wanted.iter().any(|status| status == record.status.name()))
            && after.is_none_or(|after| created >= after)
            && before.is_none_or(|before| created <= before)
    };
    let briefs = service
        .records
        .iter()
        .filter(asked)
        .map(|record| record.brief(service))
        .collect();
    paged(call, "serviceDeployments", briefs, 20)
}

/// `DescribeServiceDeployments`: up to twenty ARNs; one that is not there is a failure `MISSING`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DescribeServiceDeploymentsRequest = shape::json(call, &[])?;
    let arns = input.service_deployment_arns;
    at_most_twenty(arns.len())?;
    let state = state(world, call);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        let holder = state.services.values().find_map(|service| {
            Some((
                service,
                service.records.iter().find(|record| record.arn == arn)?,
            ))
        });
        match holder {
            Some((service, record)) => found.push(record.seen(state, service)),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(Answer::Json(
        json!({ "serviceDeployments": found, "failures": failures }),
    ))
}

/// `DescribeServiceRevisions`: up to twenty ARNs; one that is not there is a failure `MISSING`.
pub(super) fn describe_revisions(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DescribeServiceRevisionsRequest = shape::json(call, &[])?;
    let arns = input.service_revision_arns;
    at_most_twenty(arns.len())?;
    let state = state(world, call);
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in arns {
        let holder = state
            .services
            .values()
            .find_map(|service| Some((service, service.revision(&arn)?)));
        match holder {
            Some((service, revision)) => found.push(revision.seen(service)),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(Answer::Json(
        json!({ "serviceRevisions": found, "failures": failures }),
    ))
}

fn at_most_twenty(count: usize) -> Result<(), AwsError> {
    if (1..=20).contains(&count) {
        Ok(())
    } else {
        Err(invalid("You must specify between 1 and 20 ARNs"))
    }
}

impl Record {
    fn brief(&self, service: &Service) -> Value {
        let mut brief = json!({
            "serviceDeploymentArn": self.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": epoch(self.created),
            "startedAt": epoch(self.created),
            "targetServiceRevisionArn": self.target,
            "status": self.status.name(),
        });
        self.ends(&mut brief);
        brief
    }

    fn ends(&self, seen: &mut Value) {
        if let Some(at) = self.finished {
            seen["finishedAt"] = epoch(at).into();
        }
        if let Some(reason) = &self.reason {
            seen["statusReason"] = reason.clone().into();
        }
    }

    fn seen(&self, state: &State, service: &Service) -> Value {
        let summary = |arn: &str| self.summary(state, service, arn);
        let mut seen = json!({
            "serviceDeploymentArn": self.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": epoch(self.created),
            "startedAt": epoch(self.created),
            "updatedAt": epoch(self.updated),
            "sourceServiceRevisions": self.sources.iter().map(|arn| summary(arn)).collect::<Vec<_>>(),
            "targetServiceRevision": summary(&self.target),
            "status": self.status.name(),
            "deploymentConfiguration": self.configuration,
        });
        self.ends(&mut seen);
        if let Some(at) = self.stopped {
            seen["stoppedAt"] = epoch(at).into();
        }
        if let Some(rollback) = &self.rollback {
            seen["rollback"] = json!({
                "reason": rollback.reason,
                "startedAt": epoch(rollback.started),
                "serviceRevisionArn": rollback.revision,
            });
        }
        if let Some(stage) = self.stage {
            seen["lifecycleStage"] = stage.name().into();
        }
        if !self.hooks.is_empty() {
            let hooks = self.hooks.iter().map(|hook| {
                json!({
                    "hookId": hook.id,
                    "targetType": "PAUSE",
                    "status": hook.status.name(),
                    "expiresAt": epoch(hook.expires),
                    "timeoutAction": hook.on_timeout,
                })
            });
            seen["lifecycleHookDetails"] = hooks.collect();
        }
        if self.configuration["deploymentCircuitBreaker"]["enable"] == true {
            seen["deploymentCircuitBreaker"] = json!({
                "status": self.breaker(),
                "failureCount": self.failures,
                "threshold": self.threshold,
            });
        }
        let alarms = &self.configuration["alarms"];
        if alarms["enable"] == true {
            let status = match self.status {
                _ if !self.triggered.is_empty() => "TRIGGERED",
                _ if self.ignores_alarms => "DISABLED",
                RecordStatus::InProgress => "MONITORING",
                _ => "MONITORING_COMPLETE",
            };
            seen["alarms"] = json!({
                "status": status,
                "alarmNames": alarms["alarmNames"],
                "triggeredAlarmNames": self.triggered,
            });
        }
        seen
    }

    /// How many tasks a revision is to have and has, and how much of the traffic it is given.
    fn summary(&self, state: &State, service: &Service, arn: &str) -> Value {
        let own = state
            .tasks
            .values()
            .filter(|task| task.service == service.name && task.cluster == service.cluster);
        let of_it: Vec<_> = own.filter(|task| task.revision == arn).collect();
        let mut seen = json!({
            "arn": arn,
            "requestedTaskCount": if self.requests(arn) { service.desired } else { 0 },
            "runningTaskCount": of_it.iter().filter(|task| task.is_running()).count(),
            "pendingTaskCount": of_it.iter().filter(|task| task.is_pending()).count(),
        });
        if self.shifts() {
            let of_target = arn == self.target;
            let of_source = self.serving.as_deref() == Some(arn) && !of_target;
            let weight = |given: f64| match (of_target, of_source) {
                (true, _) => given,
                (_, true) => 100.0 - given,
                _ => 0.0,
            };
            seen["requestedProductionTrafficWeight"] = weight(self.production).into();
            seen["requestedTestTrafficWeight"] = weight(self.test).into();
        }
        seen
    }

    /// Whether a revision is meant to run now.
    pub(super) fn requests(&self, arn: &str) -> bool {
        let goes_to = match &self.rollback {
            Some(rollback) => &rollback.revision,
            None => &self.target,
        };
        if !self.shifts() || self.rollback.is_some() {
            return arn == goes_to;
        }
        let Some(stage) = self.stage else {
            return arn != goes_to;
        };
        if arn == goes_to {
            stage >= Stage::ScaleUp
        } else {
            self.serving.as_deref() == Some(arn) && stage < Stage::CleanUp
        }
    }

    fn breaker(&self) -> &'static str {
        match self.status {
            _ if !self.has_breaker() => "DISABLED",
            _ if self.failures >= self.threshold => "TRIGGERED",
            RecordStatus::InProgress => "MONITORING",
            _ => "MONITORING_COMPLETE",
        }
    }
}

impl Revision {
    fn seen(&self, service: &Service) -> Value {
        let mut seen = Value::Object(self.shape.clone());
        let images = self.images.iter().map(|image| {
            let mut seen = json!({ "containerName": image.container, "image": image.reference });
            if let Some(digest) = &image.digest {
                seen["imageDigest"] = digest.clone().into();
            }
            seen
        });
        let balancers = self
            .shape
            .get("loadBalancers")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let resolved = balancers.iter().zip(&self.groups).map(|(balancer, group)| {
            let mut seen = json!({ "targetGroupArn": group });
            let rule = &balancer["advancedConfiguration"]["productionListenerRule"];
            if rule.is_string() {
                seen["productionListenerRule"] = rule.clone();
            }
            seen
        });
        let fixed = json!({
            "serviceRevisionArn": self.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": epoch(self.created),
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "containerImages": images.collect::<Vec<_>>(),
            "guardDutyEnabled": false,
            "resolvedConfiguration": { "loadBalancers": resolved.collect::<Vec<_>>() },
        });
        for (key, value) in fixed.as_object().into_iter().flatten() {
            seen[key] = value.clone();
        }
        seen
    }
}
