//! The beginning of a deployment: a revision of what the service asks for, a record, and the deployment that brings it out.

use serde_json::{Map, Value};

use super::model::{Deployment, Image, Revision, RolloutState};
use super::record::{Record, RecordStatus, alarm_names};
use super::reference;
use super::service::OF_REVISION;
use crate::cloudwatch;
use crate::ecr::{self, Pull};
use crate::rollout;
use crate::world::World;

/// Puts a new primary deployment before the others: of an earlier revision, or of a new one made from the service's present shape;
/// under an open record (a rollback), or under a new one, which stops those that are open.
pub(crate) fn replace_deployment(
    world: &mut World,
    region: &str,
    key: &str,
    revision: Option<String>,
    record: Option<String>,
) {
    let now = world.now();
    let (id, record_id, number) = (number(world), world.hex(22), number(world));
    let Some(service) = world.region(region).ecs.services.get(key).cloned() else {
        return;
    };
    let shape: Map<String, Value> = service
        .shape
        .iter()
        .filter(|(name, _)| OF_REVISION.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let images = images(
        world,
        region,
        shape["taskDefinition"].as_str().unwrap_or_default(),
    );
    let configuration = service
        .shape
        .get("deploymentConfiguration")
        .cloned()
        .unwrap_or_default();
    let alarmed = alarm_names(&configuration)
        .iter()
        .any(|name| cloudwatch::is_alarmed(world, region, name));
    let arn = |kind: &str, id: &str| {
        service.arn.replacen(":service/", &format!(":{kind}/"), 1) + "/" + id
    };
    let Some(service) = world.region(region).ecs.services.get_mut(key) else {
        return;
    };
    let revision = revision.unwrap_or_else(|| {
        let arn = arn("service-revision", &number);
        let new = Revision {
            arn: arn.clone(),
            created: now,
            shape,
            images,
            groups: Vec::new(),
        };
        service.revisions.insert(0, new);
        arn
    });
    let record = record.unwrap_or_else(|| {
        for open in service.records.iter_mut().filter(|it| it.status.is_open()) {
            open.status = RecordStatus::Stopped;
            open.reason =
                Some("Service deployment stopped because a newer one was started.".to_owned());
            (open.updated, open.stopped, open.finished) = (now, Some(now), Some(now));
        }
        let arn = arn("service-deployment", &record_id);
        let sources = service
            .deployments
            .iter()
            .map(|deployment| deployment.revision.clone())
            .collect();
        let new = Record {
            arn: arn.clone(),
            status: RecordStatus::InProgress,
            reason: None,
            created: now,
            updated: now,
            finished: None,
            stopped: None,
            sources,
            target: revision.clone(),
            configuration,
            rollback: None,
            failures: 0,
            threshold: rollout::threshold(service.desired),
            stage: None,
            until: 0,
            serving: None,
            source_runs: false,
            production: 0.0,
            test: 0.0,
            hooks: Vec::new(),
            triggered: Vec::new(),
            ignores_alarms: alarmed,
        };
        service.records.insert(0, new);
        arn
    });
    let id = format!("ecs-svc/{id}");
    let new = Deployment {
        reason: format!("ECS deployment {id} in progress."),
        id,
        revision,
        record,
        state: RolloutState::InProgress,
        failed_tasks: 0,
        failures: 0,
        created: now,
        updated: now,
    };
    service.deployments.insert(0, new);
    service.announced_steady = false;
    service.retry_at = 0;
}

/// The CPU units of a task of this definition; 1024 are one vCPU.
pub(crate) fn cpu_units(world: &World, region: &str, arn: &str) -> usize {
    let ecs = world.regions.get(region).map(|region| &region.ecs);
    let definition = ecs.and_then(|ecs| reference::definition(ecs, arn));
    let cpu = definition.and_then(|definition| definition.shape.get("cpu")?.as_str());
    cpu.and_then(|cpu| cpu.parse().ok()).unwrap_or_default()
}

/// The completed containers of a task definition, for whoever starts a task.
pub(crate) fn task_definition_of(
    world: &World,
    region: &str,
    arn: &str,
) -> Option<Map<String, Value>> {
    let ecs = &world.regions.get(region)?.ecs;
    reference::definition(ecs, arn).map(|definition| definition.shape.clone())
}

/// The images of a task definition's containers, by digest where the registry has them now.
pub(super) fn images(world: &World, region: &str, definition: &str) -> Vec<Image> {
    let shape = task_definition_of(world, region, definition).unwrap_or_default();
    let containers = shape
        .get("containerDefinitions")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let image = |container: &Value| {
        let image = container["image"].as_str().unwrap_or_default();
        let digest = match ecr::pull(world, image) {
            Pull::Found(digest) => Some(digest),
            Pull::Missing | Pull::Elsewhere => None,
        };
        Image {
            container: container["name"].as_str().unwrap_or_default().to_owned(),
            reference: image.to_owned(),
            digest,
        }
    };
    containers.iter().map(image).collect()
}

/// Nineteen digits, as the ids of deployments and revisions have.
fn number(world: &mut World) -> String {
    let number = u64::from_str_radix(&world.hex(16), 16).unwrap_or_default();
    format!("{:019}", number % 10_000_000_000_000_000_000)
}
