//! Tasks as the calls see them; the control loop starts and stops them.

use serde_json::{Value, json};
use winterbaume_ecs::model as wire;

use super::model::{Phase, Service, State, Task};
use super::{includes, invalid, paged, reference, state};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::tags::to_list;
use crate::time::epoch;
use crate::world::World;

/// `ListTasks`: those meant to run unless `desiredStatus` says STOPPED.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::ListTasksRequest = shape::json(call, &[])?;
    shape::refuse(call, &["containerInstance"])?;
    let state = state(world, call);
    let cluster = reference::cluster(state, call)?.name.clone();
    let service = match &input.service_name {
        Some(name) => Some(reference::service(state, call, name)?.name.clone()),
        None => None,
    };
    let wanted = input.desired_status.unwrap_or_else(|| "RUNNING".to_owned());
    let asked = |task: &&Task| {
        task.cluster == cluster
            && task.desired_status() == wanted
            && service.as_ref().is_none_or(|name| *name == task.service)
            && input
                .launch_type
                .as_ref()
                .is_none_or(|kind| kind == "FARGATE")
            && input
                .started_by
                .as_ref()
                .is_none_or(|by| *by == task.deployment)
            && input
                .family
                .as_ref()
                .is_none_or(|family| task.definition.contains(&format!("/{family}:")))
    };
    let arns = state
        .tasks
        .values()
        .filter(asked)
        .map(|task| task.arn.clone().into())
        .collect();
    paged(call, "taskArns", arns, 100)
}

/// `DescribeTasks`: up to a hundred, by id or ARN; one that is not there is a failure `MISSING`.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: wire::DescribeTasksRequest = shape::json(call, &[])?;
    let with_tags = includes(call, "TAGS", &["TAGS"])?;
    if !(1..=100).contains(&input.tasks.len()) {
        return Err(invalid("You must specify between 1 and 100 tasks"));
    }
    let now = world.now();
    let state = state(world, call);
    let cluster = reference::cluster(state, call)?.name.clone();
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for name in input.tasks {
        let arn = call.arn(
            "ecs",
            &format!("task/{cluster}/{}", reference::short(&name)),
        );
        match state.tasks.get(&arn) {
            Some(task) => tasks.push(task.seen(state, now, with_tags)),
            None => failures.push(json!({ "arn": arn, "reason": "MISSING" })),
        }
    }
    Ok(Answer::Json(
        json!({ "tasks": tasks, "failures": failures }),
    ))
}

impl Task {
    /// The last part of its ARN.
    pub(crate) fn id(&self) -> &str {
        reference::short(&self.arn)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.phase == Phase::Starting
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.phase == Phase::Stopped
    }

    /// Whether the scheduler counts on it: it starts or runs.
    pub(crate) fn is_wanted(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Running)
    }

    fn desired_status(&self) -> &'static str {
        if self.is_wanted() {
            "RUNNING"
        } else {
            "STOPPED"
        }
    }

    /// PROVISIONING is the first half of a start, PENDING the second.
    fn last_status(&self, now: u64) -> &'static str {
        match self.phase {
            Phase::Starting if now < self.created + (self.ready_at - self.created) / 2 => {
                "PROVISIONING"
            }
            Phase::Starting => "PENDING",
            Phase::Running => "RUNNING",
            Phase::Stopping => "DEACTIVATING",
            Phase::Stopped => "STOPPED",
        }
    }

    pub(super) fn seen(&self, state: &State, now: u64, with_tags: bool) -> Value {
        let service = state
            .services
            .get(&format!("{}/{}", self.cluster, self.service));
        let images = self.images(service);
        let definition = reference::definition(state, &self.definition);
        let of_definition = |key: &str| {
            definition
                .and_then(|it| it.shape.get(key))
                .cloned()
                .unwrap_or_default()
        };
        let status = self.last_status(now);
        let (attachments, zone) = self.attachments(status);
        let mut seen = json!({
            "taskArn": self.arn,
            "clusterArn": self.cluster_arn,
            "taskDefinitionArn": self.definition,
            "group": self.lone.as_ref().map_or_else(|| format!("service:{}", self.service), |lone| lone.group.clone()),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "cpu": of_definition("cpu"),
            "memory": of_definition("memory"),
            "lastStatus": status,
            "desiredStatus": self.desired_status(),
            "healthStatus": "UNKNOWN",
            "connectivity": "CONNECTED",
            "createdAt": epoch(self.created),
            "containers": self.containers(images, status),
            "attachments": attachments,
            "overrides": self.overrides(),
            "version": 1,
            "tags": [],
        });
        if !self.deployment.is_empty() {
            seen["startedBy"] = self.deployment.clone().into();
        }
        if let Some(zone) = zone {
            seen["availabilityZone"] = zone.into();
        }
        let times = [("startedAt", self.started), ("stoppingAt", self.stopping)];
        for (key, at) in times {
            if let Some(at) = at {
                seen[key] = epoch(at).into();
            }
        }
        if let Some(at) = self.stopped_at.filter(|_| self.is_stopped()) {
            seen["stoppedAt"] = epoch(at).into();
        }
        for (key, text) in [
            ("stopCode", &self.stop_code),
            ("stoppedReason", &self.stop_reason),
        ] {
            if let Some(text) = text {
                seen[key] = text.clone().into();
            }
        }
        if with_tags {
            seen["tags"] = to_list(&self.tags, "key", "value");
        }
        seen
    }

    /// Its images: those of its service's revision, or its own.
    pub(crate) fn images<'a>(&'a self, service: Option<&'a Service>) -> &'a [super::Image] {
        let of_service = service.and_then(|it| it.revision(&self.revision));
        let own = self.lone.as_ref().map(|lone| lone.images.as_slice());
        own.or(of_service.map(|it| it.images.as_slice()))
            .unwrap_or_default()
    }

    fn overrides(&self) -> Value {
        let sent = self.lone.as_ref().map(|lone| &lone.overrides);
        sent.filter(|sent| sent.is_object())
            .cloned()
            .unwrap_or_else(|| json!({ "containerOverrides": [] }))
    }

    fn containers(&self, images: &[super::Image], status: &str) -> Value {
        let id = reference::short(&self.arn);
        let of_image = |image: &super::Image| {
            let mut container = json!({
                "containerArn": format!("{}/{}", self.arn.replacen(":task/", ":container/", 1), image.container),
                "taskArn": self.arn,
                "name": image.container,
                "image": image.reference,
                "lastStatus": if status == "PROVISIONING" { "PENDING" } else { status },
                "healthStatus": "UNKNOWN",
                "networkBindings": [],
                "networkInterfaces": [],
                "runtimeId": format!("{id}-{}", image.container),
            });
            if let Some(digest) = &image.digest {
                container["imageDigest"] = digest.clone().into();
            }
            if let Some(place) = &self.place {
                container["networkInterfaces"] =
                    json!([{ "attachmentId": place.attachment, "privateIpv4Address": place.ip }]);
            }
            if let (true, Some(reason)) = (self.is_stopped(), &self.container_reason) {
                container["reason"] = reason.clone().into();
            }
            if let (true, Some(code)) = (self.is_stopped(), self.exit_code) {
                container["exitCode"] = code.into();
            }
            container
        };
        images.iter().map(of_image).collect()
    }

    fn attachments(&self, status: &str) -> (Value, Option<String>) {
        let Some(place) = &self.place else {
            return (json!([]), None);
        };
        let state = match status {
            "PROVISIONING" => "ATTACHING",
            "STOPPED" => "DELETED",
            _ => "ATTACHED",
        };
        let detail = |name: &str, value: &str| json!({ "name": name, "value": value });
        let attachment = json!([{
            "id": place.attachment,
            "type": "ElasticNetworkInterface",
            "status": state,
            "details": [
                detail("subnetId", &place.subnet),
                detail("networkInterfaceId", &place.interface),
                detail("macAddress", &place.mac),
                detail("privateIPv4Address", &place.ip),
            ],
        }]);
        (attachment, Some(place.zone.clone()))
    }
}
