//! Services as the calls see them.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::model::{Deployment, Life, Revision, Service};
use super::service::CONNECT;
use super::{includes, invalid, paged, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::to_list;
use crate::time::epoch;
use crate::world::World;

/// `DescribeServices`: up to ten; one that is not there is a failure `MISSING`, a deleted one is listed as `INACTIVE`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DescribeServicesRequest = shape::json(call, &[])?;
    let with_tags = includes(call, "TAGS", &["TAGS"])?;
    if !(1..=10).contains(&input.services.len()) {
        return Err(invalid("You must specify between 1 and 10 services"));
    }
    let cluster = reference::cluster(state(world, call), call)?.name.clone();
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for name in input.services {
        if let Ok(service) = reference::service(state(world, call), call, &name).cloned() {
            services.push(service.seen(world, call, with_tags));
        } else {
            let resource = format!("service/{cluster}/{}", reference::short(&name));
            failures.push(json!({ "arn": call.arn("ecs", &resource), "reason": "MISSING" }));
        }
    }
    Ok(Answer::Json(
        json!({ "services": services, "failures": failures }),
    ))
}

/// `ListServices`: those that are not inactive, ten a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListServicesRequest = shape::json(call, &[])?;
    shape::refuse(call, &["resourceManagementType"])?;
    let state = state(world, call);
    let cluster = reference::cluster(state, call)?.name.clone();
    let asked = |service: &&Service| {
        let kind = service.shape.get("launchType").and_then(Value::as_str);
        service.cluster == cluster
            && service.life != Life::Inactive
            && input
                .launch_type
                .as_deref()
                .is_none_or(|wanted| kind == Some(wanted))
            && input
                .scheduling_strategy
                .as_deref()
                .is_none_or(|wanted| wanted == "REPLICA")
    };
    let arns = state
        .services
        .values()
        .filter(asked)
        .map(|service| service.arn.clone().into())
        .collect();
    paged(call, "serviceArns", arns, 10)
}

impl Service {
    /// `CLUSTER/NAME`, under which it is kept.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.cluster, self.name)
    }

    /// A revision of this service by its ARN.
    pub(crate) fn revision(&self, arn: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.arn == arn)
    }

    /// How many of the service's tasks, of one deployment or of all, run and start.
    fn counts(&self, world: &World, region: &str, deployment: Option<&str>) -> (usize, usize) {
        let Some(ecs) = world.regions.get(region).map(|region| &region.ecs) else {
            return (0, 0);
        };
        let own = ecs
            .tasks
            .values()
            .filter(|task| task.cluster == self.cluster && task.service == self.name);
        let of_it = own.filter(|task| deployment.is_none_or(|id| task.deployment == id));
        let of_it: Vec<_> = of_it.collect();
        let running = of_it.iter().filter(|task| task.is_running()).count();
        (
            running,
            of_it.iter().filter(|task| task.is_pending()).count(),
        )
    }

    pub(super) fn seen(&self, world: &World, call: &Call, with_tags: bool) -> Value {
        let (running, pending) = self.counts(world, &call.region, None);
        let mut shape = self.shape.clone();
        shape.remove(CONNECT);
        let mut seen = Value::Object(shape);
        let deployments: Vec<Value> = self
            .deployments
            .iter()
            .enumerate()
            .map(|(index, deployment)| self.deployment(world, call, index, deployment))
            .collect();
        let events = self.events.iter().map(|event| {
            json!({ "id": event.id, "createdAt": epoch(event.at), "message": event.message })
        });
        let fixed = json!({
            "serviceArn": self.arn,
            "serviceName": self.name,
            "clusterArn": self.cluster_arn,
            "status": self.life.name(),
            "desiredCount": self.desired,
            "runningCount": running,
            "pendingCount": pending,
            "platformFamily": "Linux",
            "deployments": deployments,
            "events": events.collect::<Vec<_>>(),
            "createdAt": epoch(self.created),
            "createdBy": call.user_arn(),
            "roleArn": call.global_arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
            "serviceRegistries": [],
            "placementConstraints": [],
            "placementStrategy": [],
            "taskSets": null,
        });
        for (key, value) in fixed
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
        {
            seen[key] = value.clone();
        }
        if let Some(primary) = self.deployments.first() {
            seen["currentServiceDeployment"] = primary.record.clone().into();
            let revisions = self.deployments.iter().map(|deployment| {
                let (running, pending) = self.counts(world, &call.region, Some(&deployment.id));
                let record = self.records.iter().find(|it| it.arn == primary.record);
                let requests = record.filter(|it| it.shifts() && it.status.is_open());
                let requested = match requests {
                    Some(record) if record.requests(&deployment.revision) => self.desired as usize,
                    Some(_) => 0,
                    None if deployment.id == primary.id => self.desired as usize,
                    None => running,
                };
                json!({
                    "arn": deployment.revision,
                    "requestedTaskCount": requested,
                    "runningTaskCount": running,
                    "pendingTaskCount": pending,
                })
            });
            seen["currentServiceRevisions"] = revisions.collect();
        }
        if with_tags && !self.tags.is_empty() {
            seen["tags"] = to_list(&self.tags, "key", "value");
        }
        seen
    }

    fn deployment(
        &self,
        world: &World,
        call: &Call,
        index: usize,
        deployment: &Deployment,
    ) -> Value {
        let (running, pending) = self.counts(world, &call.region, Some(&deployment.id));
        let shape = self
            .revision(&deployment.revision)
            .map(|it| it.shape.clone())
            .unwrap_or_default();
        let mut seen = json!({
            "id": deployment.id,
            "status": if index == 0 { "PRIMARY" } else { "ACTIVE" },
            "desiredCount": if index == 0 { self.desired as usize } else { running },
            "runningCount": running,
            "pendingCount": pending,
            "failedTasks": deployment.failed_tasks,
            "createdAt": epoch(deployment.created),
            "updatedAt": epoch(deployment.updated),
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "rolloutState": deployment.state.name(),
            "rolloutStateReason": deployment.reason,
        });
        for key in [
            "taskDefinition",
            "networkConfiguration",
            "launchType",
            "capacityProviderStrategy",
            CONNECT,
        ] {
            if let Some(value) = shape.get(key) {
                seen[key] = value.clone();
            }
        }
        seen
    }
}
