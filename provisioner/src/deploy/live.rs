//! What a service runs now.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::Service as Seen;
use hcctl_engine::Fault;

use super::image::{digest_of, tag_of};
use crate::aws::Aws;
use crate::resources::service::{self, place};
use crate::resources::task_definition;

/// A live service with the definition of its tasks.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its name in the environment file.
    pub name: String,
    /// Its name in AWS, also of its repository.
    pub aws_name: String,
    /// Its ARN.
    pub arn: String,
    /// Its cluster's name.
    pub cluster: String,
    /// What hcctl owns of it.
    pub spec: service::Spec,
    /// The ARN of the definition of its tasks.
    pub definition_arn: String,
    /// That definition.
    pub definition: task_definition::Spec,
    /// Tasks that there are to be.
    pub desired: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that start.
    pub pending: u32,
    /// The service deployment that runs, or ran last.
    pub deployment: Option<String>,
}

impl Live {
    /// Whether it still waits for its first deploy.
    pub fn is_waiting(&self) -> bool {
        task_definition::is_placeholder(&self.definition.image)
    }

    /// Its image's digest, where its definition names one.
    pub fn digest(&self) -> Option<&str> {
        digest_of(&self.definition.image)
    }

    /// Its image's tag, where its definition names one.
    pub fn tag(&self) -> Option<&str> {
        tag_of(&self.definition.image)
    }

    /// The revision of its task definition.
    pub fn revision(&self) -> &str {
        revision(&self.definition_arn)
    }
}

/// The number in a definition's ARN, `...:task-definition/FAMILY:REVISION`.
pub fn revision(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// Our live services, by their names in the environment file.
pub async fn all(aws: &Aws) -> Result<BTreeMap<String, Live>, Fault> {
    let seen = service::live(aws).await?;
    let ours: Vec<(String, Seen)> = seen
        .iter()
        .filter_map(|seen| Some((service::address(aws, seen)?, seen.clone())))
        .collect();
    let found = aws
        .crowd(
            ours,
            |(name, seen)| async move { of(aws, name, &seen).await },
        )
        .await?;
    Ok(found
        .into_iter()
        .flatten()
        .map(|live| (live.name.clone(), live))
        .collect())
}

async fn of(aws: &Aws, name: String, seen: &Seen) -> Result<Option<Live>, Fault> {
    let arn = seen.task_definition().unwrap_or_default();
    let Some(definition) = task_definition::read(aws, arn).await? else {
        return Ok(None);
    };
    let count = |count: i32| count.unsigned_abs();
    let service_arn = seen.service_arn().unwrap_or_default().to_owned();
    Ok(Some(Live {
        aws_name: seen.service_name().unwrap_or_default().to_owned(),
        cluster: place(&service_arn).0.to_owned(),
        spec: service::spec(aws, seen),
        definition_arn: arn.to_owned(),
        definition,
        desired: count(seen.desired_count),
        running: count(seen.running_count),
        pending: count(seen.pending_count),
        deployment: seen.current_service_deployment().map(str::to_owned),
        arn: service_arn,
        name,
    }))
}
