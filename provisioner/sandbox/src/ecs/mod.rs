//! ECS: clusters, task definitions, services and their tasks on Fargate (JSON 1.1, `AmazonEC2ContainerServiceV20141113`).
//!
//! Owns: the records and what the calls do to them. How a service comes to its desired state is [`crate::rollout`]'s. Must not know:
//! what runs in a container.

mod cluster;
mod cluster_change;
mod connect;
mod definition;
mod definition_check;
mod definition_delete;
mod definition_fargate;
mod deploy;
mod deployment;
mod deployment_change;
mod model;
mod record;
mod reference;
mod run_task;
mod service;
mod service_check;
mod service_update;
mod service_view;
mod tags;
mod task;
#[cfg(test)]
mod tests;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;

pub(crate) use connect::names_in;
pub(crate) use deploy::{cpu_units, replace_deployment, task_definition_of};
pub(crate) use model::{
    DefinitionStatus, Deployment, Event, Image, Life, Lone, Phase, Place, RolloutState, Service,
    State, Task,
};
pub(crate) use record::{Hook, HookStatus, Record, RecordStatus, Rollback, Stage, alarm_names};

/// How long a stopped task is still listed. AWS: about an hour.
const REMEMBER_TASKS: u64 = 3_600_000;

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "CreateCluster" => cluster::create(world, call),
        "DescribeClusters" => cluster::describe(world, call),
        "ListClusters" => cluster::list(world, call),
        "UpdateCluster" => cluster_change::update(world, call),
        "UpdateClusterSettings" => cluster_change::update_settings(world, call),
        "PutClusterCapacityProviders" => cluster_change::put_capacity_providers(world, call),
        "DeleteCluster" => cluster_change::delete(world, call),
        "RegisterTaskDefinition" => definition::register(world, call),
        "DescribeTaskDefinition" => definition::describe(world, call),
        "ListTaskDefinitions" => definition::list(world, call),
        "ListTaskDefinitionFamilies" => definition::list_families(world, call),
        "DeregisterTaskDefinition" => definition_delete::deregister(world, call),
        "DeleteTaskDefinitions" => definition_delete::delete(world, call),
        "CreateService" => service::create(world, call),
        "DescribeServices" => service_view::describe(world, call),
        "ListServices" => service_view::list(world, call),
        "UpdateService" => service_update::update(world, call),
        "DeleteService" => service_update::delete(world, call),
        "RunTask" => run_task::run(world, call),
        "StopTask" => run_task::stop(world, call),
        "ListTasks" => task::list(world, call),
        "DescribeTasks" => task::describe(world, call),
        "ListServiceDeployments" => deployment::list(world, call),
        "DescribeServiceDeployments" => deployment::describe(world, call),
        "StopServiceDeployment" => deployment_change::stop(world, call),
        "ContinueServiceDeployment" => deployment_change::go_on(world, call),
        "DescribeServiceRevisions" => deployment::describe_revisions(world, call),
        "TagResource" => tags::add(world, call),
        "UntagResource" => tags::remove(world, call),
        "ListTagsForResource" => tags::list(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Turns what is due besides the rollouts: old tasks are forgotten, deleted task definitions that nothing uses any more go.
pub(crate) fn settle(world: &mut World, region: &str) {
    let now = world.now();
    let ecs = &mut world.region(region).ecs;
    ecs.tasks.retain(|_, task| {
        let stopped = task.stopped_at.filter(|_| task.phase == Phase::Stopped);
        stopped.is_none_or(|at| at + REMEMBER_TASKS > now)
    });
    definition_delete::sweep(ecs);
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let Some(ecs) = world.regions.get(region).map(|region| &region.ecs) else {
        return Vec::new();
    };
    let clusters = ecs.clusters.values().filter(|it| it.life == Life::Active);
    let clusters = clusters.map(|it| (&it.arn, "ecs:cluster", &it.tags));
    let services = ecs.services.values().filter(|it| it.life != Life::Inactive);
    let services = services.map(|it| (&it.arn, "ecs:service", &it.tags));
    let definitions = ecs.definitions.values().flat_map(|family| family.values());
    let definitions = definitions.map(|it| (&it.arn, "ecs:task-definition", &it.tags));
    let tasks = ecs.tasks.values().filter(|it| it.phase != Phase::Stopped);
    let tasks = tasks.map(|it| (&it.arn, "ecs:task", &it.tags));
    let all = clusters.chain(services).chain(definitions).chain(tasks);
    all.map(|(arn, kind, tags)| Tagged {
        arn: arn.clone(),
        kind,
        tags: tags.clone(),
    })
    .collect()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let of_region = |ecs: &State| {
        let definitions = ecs.definitions.values().flat_map(|family| family.values());
        [
            (
                "cluster",
                ecs.clusters
                    .values()
                    .filter(|it| it.life == Life::Active)
                    .count(),
            ),
            (
                "service",
                ecs.services
                    .values()
                    .filter(|it| it.life != Life::Inactive)
                    .count(),
            ),
            (
                "task",
                ecs.tasks
                    .values()
                    .filter(|it| it.phase != Phase::Stopped)
                    .count(),
            ),
            (
                "task definition",
                definitions
                    .filter(|it| it.status == DefinitionStatus::Active)
                    .count(),
            ),
        ]
    };
    world
        .regions
        .values()
        .flat_map(|region| of_region(&region.ecs))
        .collect()
}

/// The desired count of an active service, for its autoscaler.
pub(crate) fn desired_count(
    world: &World,
    region: &str,
    cluster: &str,
    service: &str,
) -> Option<u32> {
    let service = world
        .regions
        .get(region)?
        .ecs
        .services
        .get(&format!("{cluster}/{service}"))?;
    (service.life == Life::Active).then_some(service.desired)
}

/// Sets the desired count of an active service, as its autoscaler does.
pub(crate) fn set_desired_count(
    world: &mut World,
    region: &str,
    cluster: &str,
    service: &str,
    count: u32,
) {
    let services = &mut world.region(region).ecs.services;
    if let Some(service) = services.get_mut(&format!("{cluster}/{service}")) {
        service.desired = count;
        service.announced_steady = false;
    }
}

fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.region(&call.region).ecs
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

fn client(message: impl Into<String>) -> AwsError {
    AwsError::new("ClientException", message)
}

/// Whether a Describe call asks for a part with `include`; a part that there is not is an error.
fn includes(call: &Call, part: &str, known: &[&str]) -> Result<bool, AwsError> {
    let asked = call.texts("include");
    match asked.iter().find(|asked| !known.contains(&asked.as_str())) {
        Some(odd) => Err(call.unknown_parameter(&format!("include={odd}"))),
        None => Ok(asked.iter().any(|asked| asked == part)),
    }
}

/// A page of a List call, with `nextToken` if there is more.
fn paged(
    call: &Call,
    key: &str,
    items: Vec<serde_json::Value>,
    most: usize,
) -> Result<Answer, AwsError> {
    let size = call.json["maxResults"]
        .as_u64()
        .map_or(most, |size| size as usize);
    if !(1..=100).contains(&size) {
        return Err(invalid("maxResults must be between 1 and 100"));
    }
    let page = crate::paging::page(items, call.text("nextToken"), size);
    let (items, next) = page.ok_or_else(|| invalid("Invalid token"))?;
    let mut answer = serde_json::json!({ key: items });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}
