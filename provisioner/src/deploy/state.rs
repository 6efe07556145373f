//! All of an environment's services at one moment, for `status`.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_sdk_cloudwatch::types::StateValue;
use aws_sdk_ecs::types::{ServiceDeployment, ServiceEvent};
use aws_smithy_types::DateTime;
use hcctl_engine::Fault;

use super::image::short;
use super::live::{self, Live};
use super::traffic::{self, Split};
use super::{Sight, word};
use crate::aws::{Aws, fault};
use crate::resources::image::{self, Image, UNPROVEN};
use crate::resources::reach::{self, Outage};
use crate::resources::{scalable_target, service};

/// One service.
#[derive(Clone, Debug)]
pub struct State {
    /// What runs.
    pub live: Live,
    /// The tags of its image that say what it is.
    pub tags: Vec<String>,
    /// Its image was deployed to no task, and none of it has run since.
    pub unproven: bool,
    /// The deployment that runs, or ran last.
    pub deployment: Option<Deployment>,
    /// Where its traffic goes.
    pub split: Split,
    /// What keeps requests from being answered between two deployments, where something does.
    pub outage: Option<String>,
    /// Its alarms that have gone off.
    pub alarms: Vec<String>,
    /// How many alarms it has.
    pub alarm_count: usize,
    /// Between how many tasks it is scaled; nothing where it is not.
    pub scale: Option<(u32, u32)>,
    /// What ECS said last of it, newest first.
    pub said: Vec<Word>,
}

/// Something that ECS said of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// When.
    pub at: SystemTime,
    /// What, without the service's name in front.
    pub text: String,
}

/// So many of a service's latest events are kept.
const WORDS: usize = 8;

/// A deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Where it stands.
    pub sight: Sight,
    /// When it began.
    pub began: Option<SystemTime>,
    /// When it ended.
    pub ended: Option<SystemTime>,
    /// When the bake ends, roughly: ECS tells when it last changed something, which is when the bake began.
    pub baked: Option<SystemTime>,
}

impl State {
    /// How a person calls its image.
    pub fn image(&self) -> String {
        if self.live.is_waiting() {
            return "none yet".to_owned();
        }
        let digest = self.live.digest().map(short);
        self.tags
            .first()
            .cloned()
            .or_else(|| self.live.tag().map(str::to_owned))
            .or(digest)
            .unwrap_or_else(|| self.live.definition.image.clone())
    }
}

/// The states of our services, by name.
pub async fn all(aws: &Aws) -> Result<Vec<State>, Fault> {
    let lives = live::all(aws).await?;
    let arns: Vec<String> = lives
        .values()
        .filter_map(|live| live.deployment.clone())
        .collect();
    let tags = async {
        let read = |live: Live| async move {
            let images = image::images(aws, &live.aws_name).await?;
            let image = images
                .into_iter()
                .find(|image| Some(image.digest.as_str()) == live.digest());
            let tags = image.iter().flat_map(Image::names).cloned().collect();
            let unproven = image.is_some_and(|image| image.has(UNPROVEN));
            Ok::<_, Fault>((live.name, (tags, unproven)))
        };
        aws.crowd(lives.values().cloned().collect::<Vec<_>>(), read)
            .await
    };
    let balancers = lives
        .values()
        .filter_map(|live| Some((live.name.as_str(), live.spec.load_balancer.as_ref()?)));
    let (tags, deployments, splits, alarms, scales, outages) = tokio::try_join!(
        tags,
        word::describe(aws, &arns),
        traffic::splits(aws, balancers),
        alarms(aws),
        scalable_target::ranges(aws),
        Box::pin(reach::outages(aws)),
    )?;
    let mut tags: BTreeMap<String, (Vec<String>, bool)> = tags.into_iter().collect();
    // Read already, and remembered.
    let seen = service::live(aws).await?;
    Ok(lives
        .into_values()
        .map(|live| {
            let of = |one: &&ServiceDeployment| {
                one.service_deployment_arn() == live.deployment.as_deref()
            };
            let prefix = aws.scope.name(&format!("{}-", live.name));
            let own: Vec<_> = alarms
                .iter()
                .filter(|(name, _)| name.starts_with(&prefix))
                .collect();
            let (tags, unproven) = tags.remove(&live.name).unwrap_or_default();
            State {
                tags,
                unproven,
                deployment: deployments.iter().find(of).map(deployment),
                outage: outages.get(&live.name).map(Outage::text),
                split: splits.get(&live.name).cloned().unwrap_or_default(),
                alarms: own
                    .iter()
                    .filter(|(_, alarm)| *alarm)
                    .map(|(name, _)| name.clone())
                    .collect(),
                alarm_count: own.len(),
                scale: scales.get(&live.arn).copied(),
                said: seen
                    .iter()
                    .find(|seen| seen.service_arn() == Some(&live.arn))
                    .map(|seen| words(seen.events()))
                    .unwrap_or_default(),
                live,
            }
        })
        .collect())
}

/// ECS lists events latest first, each with `(service NAME) ` in front.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
fn words(events: &[ServiceEvent]) -> Vec<Word> {
    let word = |event: &ServiceEvent| {
        let text = event.message()?;
        let bare = text
            .strip_prefix("(service ")
            .and_then(|rest| rest.split_once(") "));
        Some(Word {
            at: SystemTime::try_from(*event.created_at()?).ok()?,
            text: bare.map_or(text, |(_, rest)| rest).to_owned(),
        })
    };
    events.iter().filter_map(word).take(WORDS).collect()
}

fn deployment(seen: &ServiceDeployment) -> Deployment {
    let time = |at: Option<&DateTime>| at.and_then(|at| SystemTime::try_from(*at).ok());
    let sight = Sight::of(seen, None);
    let baking = sight.stage.as_deref() == Some("BAKE_TIME") && !sight.status.is_over();
    Deployment {
        began: time(seen.started_at().or(seen.created_at())),
        ended: time(seen.finished_at().or(seen.stopped_at())),
        baked: time(seen.updated_at())
            .zip(sight.bake)
            .filter(|_| baking)
            .map(|(since, bake)| since + bake),
        sight,
    }
}

/// Our alarms, and whether each has gone off.
async fn alarms(aws: &Aws) -> Result<Vec<(String, bool)>, Fault> {
    let mut found = Vec::new();
    let mut pages = aws
        .cloudwatch
        .describe_alarms()
        .alarm_name_prefix(aws.scope.prefix())
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("cloudwatch:DescribeAlarms"))?;
        found.extend(page.metric_alarms().iter().filter_map(|alarm| {
            let off = alarm.state_value() == Some(&StateValue::Alarm);
            Some((alarm.alarm_name.clone()?, off))
        }));
    }
    Ok(found)
}
