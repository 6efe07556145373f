//! Starting tasks: roles, an interface in the emptiest subnet, and the record.

use serde_json::Value;

use super::{own_tasks, say};
use crate::ec2::{self, NewInterface};
use crate::ecs::{self, Deployment, Phase, Place, Service, Task};
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
    let definition = shape
        .get("taskDefinition")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let defined = ecs::task_definition_of(world, region, &definition).unwrap_or_default();
    for key in ["executionRoleArn", "taskRoleArn"] {
        let role = defined.get(key).and_then(Value::as_str);
        if let Some(arn) =
            role.filter(|arn| !iam::can_assume(world, arn, "ecs-tasks.amazonaws.com"))
        {
            return Err(format!(
                "failed to launch a task with (error ECS was unable to assume the role '{arn}' that was provided for this task. \
                 Please verify that the role being passed has the proper trust relationship and permissions and that your \
                 IAM user has permissions to pass this role.)."
            ));
        }
    }
    let wanted = ecs::cpu_units(world, region, &definition);
    if wanted + running(world, region) > world.quotas.fargate_vcpus.saturating_mul(1024) {
        return Err(
            "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently."
                .to_owned(),
        );
    }
    let id = world.hex(32);
    let place = take_place(
        world,
        region,
        service,
        &shape["networkConfiguration"]["awsvpcConfiguration"],
    )?;
    let now = world.now();
    let ready_at = now + world.delays.task_start;
    let arn = service.arn.replacen(":service/", ":task/", 1);
    let arn = format!(
        "{}/{id}",
        arn.rsplit_once('/')
            .map_or(arn.as_str(), |(cluster, _)| cluster)
    );
    let task = Task {
        arn: arn.clone(),
        cluster: service.cluster.clone(),
        cluster_arn: service.cluster_arn.clone(),
        service: service.name.clone(),
        deployment: deployment.id.clone(),
        revision: deployment.revision.clone(),
        definition,
        phase: Phase::Starting,
        created: now,
        ready_at,
        started: None,
        stopping: None,
        stopped_at: None,
        stop_code: None,
        stop_reason: None,
        place: Some(place),
        tags: tags(service),
        told: None,
        exits_at: None,
        exit_code: None,
        container_reason: None,
        speaks_at: 0,
    };
    world.region(region).ecs.tasks.insert(arn, task);
    Ok(id)
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
fn take_place(
    world: &mut World,
    region: &str,
    service: &Service,
    network: &Value,
) -> Result<Place, String> {
    let texts = |key: &str| -> Vec<String> {
        let list = network[key].as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let own = own_tasks(world, region, service);
    let held = |subnet: &String| {
        own.iter()
            .filter(|task| {
                task.place
                    .as_ref()
                    .is_some_and(|place| place.subnet == *subnet)
            })
            .count()
    };
    let subnets = texts("subnets");
    let subnet = subnets
        .iter()
        .min_by_key(|subnet| held(subnet))
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
        public: network["assignPublicIp"] == "ENABLED",
    };
    let interface = ec2::create_interface(world, region, &new).map_err(|error| {
        format!(
            "was unable to place a task. Reason: {} ({}).",
            error.message, error.code
        )
    })?;
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
