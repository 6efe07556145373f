//! The records of rollouts: service deployments and service revisions.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::model::{Record, RecordStatus, Revision, Service, State};
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
        let serving = match &self.rollback {
            Some(rollback) => &rollback.revision,
            None => &self.target,
        };
        let summary = |arn: &str| {
            let own = state
                .tasks
                .values()
                .filter(|task| task.service == service.name && task.cluster == service.cluster);
            let of_it: Vec<_> = own.filter(|task| task.revision == arn).collect();
            let running = of_it.iter().filter(|task| task.is_running()).count();
            let requested = if arn == serving {
                service.desired as usize
            } else {
                0
            };
            json!({
                "arn": arn,
                "requestedTaskCount": requested,
                "runningTaskCount": running,
                "pendingTaskCount": of_it.iter().filter(|task| task.is_pending()).count(),
            })
        };
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
        if self.configuration["deploymentCircuitBreaker"]["enable"] == true {
            seen["deploymentCircuitBreaker"] = json!({
                "status": self.breaker(),
                "failureCount": self.failures,
                "threshold": self.threshold,
            });
        }
        let alarms = &self.configuration["alarms"];
        if alarms["enable"] == true {
            let status = if self.status.is_open() {
                "MONITORING"
            } else {
                "MONITORING_COMPLETE"
            };
            seen["alarms"] = json!({ "status": status, "alarmNames": alarms["alarmNames"], "triggeredAlarmNames": [] });
        }
        seen
    }

    fn breaker(&self) -> &'static str {
        match self.status {
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
        let resolved = balancers.iter().map(|balancer| {
            let mut seen = json!({ "targetGroupArn": balancer["targetGroupArn"] });
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
