//! What a service's tasks are made of.

mod members;
mod others;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{
    SortOrder, TaskDefinitionFamilyStatus, TaskDefinitionField, TaskDefinitionStatus,
};
use futures_util::future::try_join;
use hcctl_engine::{Class, Doc, Fault, Found, Kind, KindChange, Link, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{example_tags, names, service};
use crate::aws::raw::Wire;
use crate::aws::tag_lists::read_tags;
use crate::aws::{Aws, Tags, Theirs, fault};

/// A task definition with one container. An update of anything but its tags registers a new revision, whose ARN is the
/// new id; older ones stay for a rollback. Its address is the name of its service.
pub struct TaskDefinition;

/// What hcctl owns of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// The family that its revisions belong to.
    pub family: String,
    /// CPU units; 1024 are one processor.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// `X86_64` or `ARM64`.
    pub architecture: String,
    /// GiB of storage of its own; none where it has what every task of Fargate has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<u32>,
    /// The role with which ECS pulls the image, reads secrets and writes logs.
    pub execution_role: Link,
    /// The role that the code in the container has.
    pub task_role: Link,
    /// The container's name.
    pub container: String,
    /// Its image.
    pub image: String,
    /// What starts in it, in place of the image's own entry point.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// What the entry point gets, in place of the image's own command.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// The port that it listens on.
    pub port: u16,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// By variable, the ARN of the secret or parameter that fills it.
    pub secrets: BTreeMap<String, String>,
    /// The user that it runs as (Security Hub ECS.20).
    pub user: String,
    /// Its root file system cannot be written to (Security Hub ECS.5).
    pub read_only_root: bool,
    /// The kernel capabilities taken from it.
    pub drop_capabilities: BTreeSet<String>,
    /// A first process of ECS's own forwards signals and reaps children.
    pub init: bool,
    /// Where what it writes goes (Security Hub ECS.9).
    pub logs: Option<Logs>,
    /// Seconds from the signal to stop to the kill.
    pub stop_timeout: u32,
    /// By name, where it can write on the task's own storage.
    pub volumes: BTreeMap<String, String>,
    /// How ECS asks the container whether it is well.
    pub health_check: Option<HealthCheck>,
    /// What else it holds, by AWS's own names and in the form of [`crate::definition::canonical`]: what the file's `task:`
    /// says, and what somebody else has put there.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub other: Map<String, Value>,
    /// The containers beside it by name, in the same form.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub sidecars: Map<String, Value>,
    /// Its tags.
    pub tags: Tags,
}

/// The `awslogs` driver's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logs {
    /// The log group.
    pub group: Link,
    /// With which the names of its streams begin.
    pub stream_prefix: String,
    /// `non-blocking`, so that a log service that is slow does not stop the container; or `blocking`.
    pub mode: String,
    /// What is kept in memory until it is sent, such as `25m`.
    pub max_buffer: String,
}

/// A health check within the container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `CMD` and its words, or `CMD-SHELL` and a line.
    pub command: Vec<String>,
    /// Seconds between two checks.
    pub interval: u32,
    /// Seconds until a check has failed.
    pub timeout: u32,
    /// Failures in a row until the container is unhealthy.
    pub retries: u32,
    /// Seconds in which failures do not count.
    pub start_period: u32,
}

impl Kind for TaskDefinition {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "task_definition";
    const RULES: Rules = &[
        // A revision of another family takes the place of one of this: nothing is made anew, least of all while a
        // service runs it.
        ("family", Rule::Update),
        ("cpu", Rule::Update),
        ("memory", Rule::Update),
        ("architecture", Rule::Update),
        ("storage", Rule::Update),
        ("execution_role", Rule::Update),
        ("task_role", Rule::Update),
        ("container", Rule::Update),
        ("image", Rule::Update),
        ("entrypoint", Rule::Update),
        ("command", Rule::Update),
        ("port", Rule::Update),
        ("environment", Rule::Update),
        ("secrets", Rule::Update),
        ("user", Rule::Update),
        ("read_only_root", Rule::Update),
        ("drop_capabilities", Rule::Update),
        ("init", Rule::Update),
        ("logs", Rule::Update),
        ("stop_timeout", Rule::Update),
        ("volumes", Rule::Update),
        ("health_check", Rule::Update),
        ("other", Rule::Update),
        ("sidecars", Rule::Update),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const REVISES: bool = true;
    const STAYS: &'static [&'static str] = &["tags"];

    fn example() -> Spec {
        let pair = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        Spec {
            family: "shop-dev-cart-service".to_owned(),
            cpu: 256,
            memory: 512,
            architecture: "ARM64".to_owned(),
            storage: Some(50),
            execution_role: Link::to("role", "execution"),
            task_role: Link::to("role", "cart-task"),
            container: "cart-service".to_owned(),
            image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-dev-cart-service:v1"
                .to_owned(),
            entrypoint: vec!["/start".to_owned()],
            command: vec!["serve".to_owned()],
            port: 3000,
            environment: pair("PORT", "3000"),
            secrets: pair(
                "KEY",
                "arn:aws:ssm:us-east-1:123456789012:parameter/shop/key",
            ),
            user: "65532:65532".to_owned(),
            read_only_root: true,
            drop_capabilities: BTreeSet::from(["ALL".to_owned()]),
            init: true,
            logs: Some(Logs {
                group: Link::to("log_group", "cart"),
                stream_prefix: "ecs".to_owned(),
                mode: "non-blocking".to_owned(),
                max_buffer: "25m".to_owned(),
            }),
            stop_timeout: 30,
            volumes: pair("tmp", "/tmp"),
            health_check: Some(HealthCheck {
                command: vec![
                    "CMD".to_owned(),
                    "/service".to_owned(),
                    "--health".to_owned(),
                ],
                interval: 10,
                timeout: 2,
                retries: 2,
                start_period: 5,
            }),
            other: Map::from_iter([(
                "container".to_owned(),
                json!({ "ulimits": { "nofile": { "softLimit": 4096, "hardLimit": 8192 } } }),
            )]),
            sidecars: Map::from_iter([(
                "agent".to_owned(),
                json!({
                    "image": "registry.example/agent@sha256:1", "essential": false, "user": "1000",
                    "readonlyRootFilesystem": true, "logConfiguration": { "logDriver": "awsfirelens" },
                }),
            )]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (live, families) = try_join(service::live(aws), families(aws)).await?;
        // What a service of ours runs is ours, also where somebody else registered it; but not what is another service's.
        let running: Vec<(String, String)> = live
            .iter()
            .filter_map(|seen| {
                let (name, arn) = (service::address(aws, seen)?, seen.task_definition()?);
                let owner = live
                    .iter()
                    .find(|other| other.service_name() == Some(family_of(arn)));
                let owner = owner.and_then(|owner| service::address(aws, owner));
                let own = owner.is_none_or(|owner| owner == name);
                own.then(|| (name, arn.to_owned()))
            })
            .collect();
        let idle = families.into_iter().filter(|family| {
            let runs = |(_, arn): &(String, String)| family_of(arn) == family;
            !running.iter().any(runs)
                && !live.iter().any(|seen| seen.service_name() == Some(family))
        });
        let idle: Vec<String> = idle.collect();
        let all = running
            .into_iter()
            .map(|(name, arn)| (Some(name), arn))
            .chain(idle.into_iter().map(|family| (None, family)));
        let read = |(name, which): (Option<String>, String)| async move {
            let Some(seen) = describe(aws, &which).await? else {
                return Ok(None);
            };
            Ok(Some(
                match (name, aws.theirs(Self::NAME, seen.tags.clone())) {
                    (Some(name), Theirs::Ours(_, tags)) | (None, Theirs::Ours(name, tags)) => {
                        seen.found(name, tags)
                    }
                    (None, Theirs::Lost(tags)) => {
                        let name = names::service(aws, &which).unwrap_or(&which);
                        aws.lost(Self::NAME, name, seen.arn, &tags)
                    }
                    (Some(name), Theirs::Not(_) | Theirs::Lost(_)) => {
                        let tags = seen.tags.clone();
                        seen.found(name, tags)
                    }
                    (None, Theirs::Not(why)) => Found::Taken {
                        name: names::service(aws, &which).unwrap_or(&which).to_owned(),
                        id: seen.arn,
                        why,
                    },
                },
            ))
        };
        let found = aws.crowd(all, read).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        register(aws, name, spec).await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        // A revision can be tagged for as long as it is active; a deregistered one differs in `other`, too.
        // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TagResource.html>
        if change.fields.iter().all(|field| field == "tags") {
            // Its address as well: somebody else may have registered it.
            let tags = aws.tags(Self::NAME, change.name, &change.after.tags);
            aws.retag_ecs(change.id, &change.before.tags, &tags).await?;
            return Ok(None);
        }
        register(aws, change.name, change.after).await.map(Some)
    }

    /// Takes the whole family away, revisions kept for a rollback included.
    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        if names::rest(aws, &seen.family).is_none() {
            // A service of ours ran somebody else's definition.
            return Ok(());
        }
        let (active, inactive) = try_join(
            revisions(aws, &seen.family, TaskDefinitionStatus::Active),
            revisions(aws, &seen.family, TaskDefinitionStatus::Inactive),
        )
        .await?;
        let deregister = |arn: String| async move {
            let call = aws.ecs.deregister_task_definition().task_definition(&arn);
            call.send()
                .await
                .map_err(fault("ecs:DeregisterTaskDefinition"))?;
            Ok(arn)
        };
        let mut all = aws.crowd(active, deregister).await?;
        all.extend(inactive);
        let batches: Vec<Vec<String>> = all.chunks(10).map(<[String]>::to_vec).collect();
        aws.crowd(batches, |batch| remove(aws, batch)).await?;
        Ok(())
    }
}

/// A definition as it was found.
struct Seen {
    arn: String,
    spec: Spec,
    tags: Tags,
}

impl Seen {
    fn found(self, name: String, tags: Tags) -> Found<Spec> {
        Found::ours(name, self.arn, Spec { tags, ..self.spec })
    }
}

/// Registers a revision and answers its ARN; the latest one's where that is as wanted already, as a run leaves it that
/// was killed before anything used it: registering has neither a token nor a name of its own.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>
pub async fn register(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
    if let Some(latest) = describe(aws, &spec.family).await?
        && let Theirs::Ours(theirs, tags) = aws.theirs(TaskDefinition::NAME, latest.tags.clone())
        && theirs == name
        && same(
            &Spec {
                tags,
                ..latest.spec
            },
            spec,
        )
    {
        return Ok(latest.arn);
    }
    write::register(aws, name, spec).await
}

/// The tag of the image that a service has before its first deploy. Nothing is ever pushed under it.
pub const PLACEHOLDER: &str = "awaiting-first-deploy";

/// Whether an image stands for none.
pub fn is_placeholder(image: &str) -> bool {
    image
        .strip_suffix(PLACEHOLDER)
        .is_some_and(|repository| repository.ends_with(':'))
}

/// A definition of ours by its ARN, with the ids that it names.
pub async fn read(aws: &Aws, arn: &str) -> Result<Option<Spec>, Fault> {
    let seen = describe(aws, arn).await?;
    Ok(
        seen.map(|seen| match aws.theirs(TaskDefinition::NAME, seen.tags) {
            Theirs::Ours(_, tags) => Spec { tags, ..seen.spec },
            Theirs::Not(_) | Theirs::Lost(_) => seen.spec,
        }),
    )
}

/// So many of a family's newest revisions are looked at.
const LOOK_BACK: usize = 20;

/// The newest image that a revision of a family names and that `fits`.
pub async fn last(
    aws: &Aws,
    family: &str,
    fits: impl Fn(&str) -> bool,
) -> Result<Option<String>, Fault> {
    let arns = revisions(aws, family, TaskDefinitionStatus::Active).await?;
    for arn in arns.iter().rev().take(LOOK_BACK) {
        let seen = describe(aws, arn).await?;
        let image = seen.map(|seen| seen.spec.image);
        if let Some(image) = image.filter(|image| fits(image)) {
            return Ok(Some(image));
        }
    }
    Ok(None)
}

/// The roles of a definition, by ARN.
pub(super) async fn roles(aws: &Aws, arn: &str) -> Result<Vec<String>, Fault> {
    let seen = describe(aws, arn).await?;
    let roles = seen.map(|seen| [seen.spec.execution_role, seen.spec.task_role]);
    let roles = roles.into_iter().flatten();
    Ok(roles
        .map(|role| role.resolved().to_owned())
        .filter(|arn| !arn.is_empty())
        .collect())
}

fn same(seen: &Spec, wanted: &Spec) -> bool {
    matches!((Doc::of(seen), Doc::of(wanted)), (Ok(seen), Ok(wanted)) if seen == wanted)
}

/// A definition by ARN, or the latest active one of a family.
async fn describe(aws: &Aws, which: &str) -> Result<Option<Seen>, Fault> {
    let wire = Wire::default();
    let call = aws
        .ecs
        .describe_task_definition()
        .task_definition(which)
        .include(TaskDefinitionField::Tags)
        .customize()
        .interceptor(wire.clone());
    let answer = call.send().await;
    let answer = match answer.map_err(fault("ecs:DescribeTaskDefinition")) {
        // ClientException "Unable to describe task definition." is how ECS says that there is none.
        Err(fault)
            if fault.class == Class::NotFound || fault.message.contains("Unable to describe") =>
        {
            return Ok(None);
        }
        outcome => outcome?,
    };
    let Some(seen) = answer.task_definition else {
        return Ok(None);
    };
    let mut tags = read_tags(answer.tags);
    tags.retain(|key, _| !key.starts_with("aws:"));
    Ok(Some(Seen {
        arn: seen.task_definition_arn().unwrap_or_default().to_owned(),
        spec: read::spec(aws, &seen, &wire.answer()["taskDefinition"]).await?,
        tags,
    }))
}

/// The families whose name is one of ours, with at least one active revision.
async fn families(aws: &Aws) -> Result<Vec<String>, Fault> {
    let call = aws
        .ecs
        .list_task_definition_families()
        .family_prefix(aws.scope.prefix())
        .status(TaskDefinitionFamilyStatus::Active)
        .max_results(100);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("ecs:ListTaskDefinitionFamilies"))
}

async fn revisions(
    aws: &Aws,
    family: &str,
    status: TaskDefinitionStatus,
) -> Result<Vec<String>, Fault> {
    let call = aws
        .ecs
        .list_task_definitions()
        .family_prefix(family)
        .status(status)
        .sort(SortOrder::Asc)
        .max_results(100);
    let all: Result<Vec<String>, _> = call.into_paginator().items().send().collect().await;
    let mut all = all.map_err(fault("ecs:ListTaskDefinitions"))?;
    all.retain(|arn| family_of(arn) == family);
    Ok(all)
}

/// Deletes deregistered revisions, ten at most. What a task still uses goes when that stops.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html>
async fn remove(aws: &Aws, arns: Vec<String>) -> Result<(), Fault> {
    const OPERATION: &str = "ecs:DeleteTaskDefinitions";
    let call = aws
        .ecs
        .delete_task_definitions()
        .set_task_definitions(Some(arns));
    let answer = call.send().await.map_err(fault(OPERATION))?;
    // Refusals come in an answer that says success.
    match answer.failures.unwrap_or_default().pop() {
        None => Ok(()),
        Some(failure) => {
            let text = |part: Option<String>| part.unwrap_or_default();
            let (arn, reason) = (text(failure.arn), text(failure.reason));
            let detail = text(failure.detail);
            Err(Fault::own(OPERATION, format!("{arn}: {reason} {detail}")))
        }
    }
}

/// The family in a definition's ARN, `...:task-definition/FAMILY:REVISION`.
fn family_of(arn: &str) -> &str {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    name.rsplit_once(':').map_or(name, |(family, _)| family)
}
