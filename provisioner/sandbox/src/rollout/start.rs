//! Starting tasks: roles, an interface in the emptiest subnet, and the record.

use serde_json::Value;

use super::say;
use crate::answer::AwsError;
use crate::ec2::{self, NewInterface};
use crate::ecs::{self, Deployment, Lone, Phase, Place, Service, Task};
use crate::iam;
use crate::partition;
use crate::tags::Tags;
use crate::world::World;

/// Starts tasks of a deployment; whether any started, or failed to.
pub(super) fn start(
    world: &mut World,
    region: &str,
    service: &Service,
    deployment: &Deployment,
    number: u64,
) -> bool {
    let mut started = Vec::new();
    for _ in 0..number {
        match start_one(world, region, service, deployment) {
            Ok(id) => started.push(format!("(task {id})")),
            Err(why) => {
                say(world, region, &service.key(), &why);
                let id = Some(deployment.id.as_str());
                super::tasks::count_failure(world, region, service, id);
                return true;
            }
        }
    }
    if !started.is_empty() {
        let message = format!(
            "has started {} tasks: {}.",
            started.len(),
            started.join(" ")
        );
        say(world, region, &service.key(), &message);
    }
    !started.is_empty()
}

fn start_one(
    world: &mut World,
    region: &str,
    service: &Service,
    deployment: &Deployment,
) -> Result<String, String> {
    let shape = service
        .revision(&deployment.revision)
        .map(|it| it.shape.clone())
        .unwrap_or_default();
    let launched = Launch {
        cluster: &service.cluster,
        cluster_arn: &service.cluster_arn,
        service: &service.name,
        started_by: &deployment.id,
        revision: &deployment.revision,
        definition: shape
            .get("taskDefinition")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        network: &shape["networkConfiguration"]["awsvpcConfiguration"],
        tags: tags(service),
        lone: None,
    };
    let arn = launch(world, region, launched).map_err(|refusal| match refusal {
        Refusal::Role(arn) => format!(
            "failed to launch a task with (error ECS was unable to assume the role '{arn}' that was provided for this task. \
             Please verify that the role being passed has the proper trust relationship and permissions and that your \
             IAM user has permissions to pass this role.)."
        ),
        refusal => format!("was unable to place a task. Reason: {refusal}."),
    })?;
    let id = arn.rsplit('/').next().unwrap_or_default();
    Ok(id.to_owned())
}

/// A task to start.
pub(crate) struct Launch<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) cluster_arn: &'a str,
    /// Its service's name; empty for none.
    pub(crate) service: &'a str,
    /// The id of a service's deployment, or what `RunTask` was told.
    pub(crate) started_by: &'a str,
    pub(crate) revision: &'a str,
    pub(crate) definition: &'a str,
    /// `awsvpcConfiguration`.
    pub(crate) network: &'a Value,
    pub(crate) tags: Tags,
    pub(crate) lone: Option<Lone>,
}

/// Why a task does not even begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("ECS was unable to assume the role '{0}'")]
    Role(String),
    #[error("You've reached the limit on the number of vCPUs you can run concurrently")]
    Vcpus,
    #[error("{} ({})", .0.message, .0.code)]
    Place(AwsError),
}

/// Starts a task: roles, room within the quota, an interface. Answers its ARN.
pub(crate) fn launch(
    world: &mut World,
    region: &str,
    launch: Launch<'_>,
) -> Result<String, Refusal> {
    let defined = ecs::task_definition_of(world, region, launch.definition).unwrap_or_default();
    for key in ["executionRoleArn", "taskRoleArn"] {
        let role = defined.get(key).and_then(Value::as_str);
        if let Some(arn) =
            role.filter(|arn| !iam::can_assume(world, arn, "ecs-tasks.amazonaws.com"))
        {
            return Err(Refusal::Role(arn.to_owned()));
        }
    }
    let wanted = ecs::cpu_units(world, region, launch.definition);
    if wanted + running(world, region) > world.quotas.fargate_vcpus.saturating_mul(1024) {
        return Err(Refusal::Vcpus);
    }
    let id = world.hex(32);
    let place = take_place(world, region, &launch).map_err(Refusal::Place)?;
    let now = world.now();
    let ready_at = now + world.delays.task_start;
    let arn = launch.cluster_arn.replacen(":cluster/", ":task/", 1);
    let arn = format!("{arn}/{id}");
    let task = Task {
        arn: arn.clone(),
        cluster: launch.cluster.to_owned(),
        cluster_arn: launch.cluster_arn.to_owned(),
        service: launch.service.to_owned(),
        deployment: launch.started_by.to_owned(),
        revision: launch.revision.to_owned(),
        definition: launch.definition.to_owned(),
        phase: Phase::Starting,
        created: now,
        ready_at,
        started: None,
        stopping: None,
        stopped_at: None,
        stop_code: None,
        stop_reason: None,
        place: Some(place),
        tags: launch.tags,
        told: None,
        exits_at: None,
        exit_code: None,
        container_reason: None,
        speaks_at: 0,
        lone: launch.lone,
    };
    world.region(region).ecs.tasks.insert(arn.clone(), task);
    Ok(arn)
}

/// The CPU units of all tasks that have not stopped.
fn running(world: &World, region: &str) -> usize {
    let tasks = world.regions.get(region).map(|region| &region.ecs.tasks);
    let live = tasks.into_iter().flat_map(|tasks| tasks.values());
    live.filter(|task| task.phase != Phase::Stopped)
        .map(|task| ecs::cpu_units(world, region, &task.definition))
        .sum()
}

/// An interface in the subnet that holds the fewest of the service's tasks.
fn take_place(world: &mut World, region: &str, launch: &Launch<'_>) -> Result<Place, AwsError> {
    let texts = |key: &str| -> Vec<String> {
        let list = launch.network[key].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let tasks = world.region(region).ecs.tasks.values();
    let own = tasks.filter(|task| {
        task.cluster == launch.cluster && task.service == launch.service && !task.is_stopped()
    });
    let held: Vec<String> = own
        .filter_map(|task| Some(task.place.as_ref()?.subnet.clone()))
        .collect();
    let subnets = texts("subnets");
    let subnet = subnets
        .iter()
        .min_by_key(|subnet| held.iter().filter(|held| held == subnet).count())
        .cloned()
        .unwrap_or_default();
    let mut groups = texts("securityGroups");
    if groups.is_empty() {
        groups.extend(super::network::default_group(world, region, &subnet));
    }
    let attachment = world.uuid();
    let description = partition::arn(region, "ecs", &format!("attachment/{attachment}"));
    let new = NewInterface {
        subnet: &subnet,
        groups: &groups,
        description: &description,
        kind: "interface",
        requester: crate::ACCOUNT,
        public: launch.network["assignPublicIp"] == "ENABLED",
    };
    let interface = ec2::create_interface(world, region, &new)?;
    let made = &world.region(region).ec2.interfaces[&interface];
    Ok(Place {
        attachment,
        subnet,
        zone: made.zone.clone(),
        ip: made.private_ip.clone(),
        mac: made.mac.clone(),
        interface,
    })
}

/// The tags that a task gets: the service's if `propagateTags` says so, and ECS's own if they are managed.
fn tags(service: &Service) -> Tags {
    let mut tags = match service.shape["propagateTags"].as_str() {
        Some("SERVICE") => service.tags.clone(),
        _ => Tags::new(),
    };
    if service.shape["enableECSManagedTags"] == true {
        tags.insert("aws:ecs:clusterName".to_owned(), service.cluster.clone());
        tags.insert("aws:ecs:serviceName".to_owned(), service.name.clone());
    }
    tags
}
