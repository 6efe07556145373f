//! What runs, as a document.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::status::StatusView;
use super::{FORMAT_VERSION, seconds, value};
use crate::deploy::Status;
use crate::deploy::state::{Deployment, State};

#[derive(JsonSchema, Serialize)]
pub(super) struct StatusShape<'a> {
    format_version: u32,
    project: &'a str,
    environment: &'a str,
    region: &'a str,
    /// Where it answers.
    url: Option<&'a str>,
    services: Vec<ServiceShape<'a>>,
    /// Services of the file that are not there.
    missing: &'a [String],
    /// When it was seen, RFC 3339 in UTC (`--watch`).
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct ServiceShape<'a> {
    service: &'a str,
    /// The image's reference; null until the first deploy.
    image: Option<&'a str>,
    /// The image's tags that say what it is.
    tags: &'a [String],
    digest: Option<&'a str>,
    /// The image was deployed to no task, and none of it is known to have run since.
    unproven: bool,
    /// The revision of its task definition.
    revision: &'a str,
    /// Tasks that there are to be.
    desired: u32,
    running: u32,
    pending: u32,
    /// Between how many tasks it is scaled; null where it is not.
    scale: Option<ScaleShape>,
    traffic: Vec<GroupShape<'a>>,
    /// What keeps requests from being answered between two deployments; null where nothing does.
    outage: Option<&'a str>,
    alarms: AlarmsShape<'a>,
    /// The deployment that runs, or ran last.
    deployment: Option<DeploymentShape<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct ScaleShape {
    min: u32,
    max: u32,
}

#[derive(JsonSchema, Serialize)]
struct GroupShape<'a> {
    /// The target group's ARN.
    target_group: &'a str,
    /// Its share of production traffic.
    percent: f64,
    /// Targets by their state, as the load balancer spells it.
    targets: &'a BTreeMap<String, usize>,
    /// Why targets are not healthy, each reason once.
    reasons: &'a [String],
}

#[derive(JsonSchema, Serialize)]
struct AlarmsShape<'a> {
    count: usize,
    /// Those that have gone off.
    in_alarm: &'a [String],
}

#[derive(JsonSchema, Serialize)]
struct DeploymentShape<'a> {
    #[schemars(extend("enum" = ["in_progress", "rolling_back", "successful", "stopped", "rolled_back", "rollback_failed"]))]
    status: &'static str,
    /// ECS's reason for that.
    reason: Option<&'a str>,
    /// As ECS spells it.
    stage: Option<&'a str>,
    new_tasks_wanted: u32,
    new_tasks_running: u32,
    failed_tasks: u32,
    /// The new revision's share, where ECS shifts traffic.
    production_percent: Option<f64>,
    waits_for_approval: bool,
    /// Seconds since 1970.
    began: Option<u64>,
    /// Seconds since 1970.
    ended: Option<u64>,
    /// Seconds since 1970, roughly.
    bake_ends: Option<u64>,
}

/// The status as a document.
pub fn status(view: &StatusView<'_>) -> Value {
    value(&StatusShape {
        format_version: FORMAT_VERSION,
        project: view.project,
        environment: view.environment,
        region: view.region,
        url: view.url.as_deref(),
        services: view.services.iter().map(service).collect(),
        missing: &view.missing,
        at: None,
    })
}

fn service(state: &State) -> ServiceShape<'_> {
    let live = &state.live;
    let groups = state.split.groups.iter().map(|group| GroupShape {
        target_group: &group.arn,
        percent: state.split.percent(group),
        targets: &group.targets,
        reasons: &group.reasons,
    });
    ServiceShape {
        service: &live.name,
        image: (!live.is_waiting()).then_some(live.definition.image.as_str()),
        tags: &state.tags,
        digest: live.digest(),
        unproven: state.unproven,
        revision: live.revision(),
        desired: live.desired,
        running: live.running,
        pending: live.pending,
        scale: state.scale.map(|(min, max)| ScaleShape { min, max }),
        traffic: groups.collect(),
        outage: state.outage.as_deref(),
        alarms: AlarmsShape {
            count: state.alarm_count,
            in_alarm: &state.alarms,
        },
        deployment: state.deployment.as_ref().map(deployment),
    }
}

fn deployment(one: &Deployment) -> DeploymentShape<'_> {
    DeploymentShape {
        status: word(one.sight.status),
        reason: one.sight.reason.as_deref(),
        stage: one.sight.stage.as_deref(),
        new_tasks_wanted: one.sight.wanted,
        new_tasks_running: one.sight.running,
        failed_tasks: one.sight.failed,
        production_percent: one.sight.production,
        waits_for_approval: one.sight.waiting.is_some(),
        began: one.began.map(seconds),
        ended: one.ended.map(seconds),
        bake_ends: one.baked.map(seconds),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Going => "in_progress",
        Status::GoingBack => "rolling_back",
        Status::Successful => "successful",
        Status::Stopped => "stopped",
        Status::RolledBack => "rolled_back",
        Status::RollbackFailed => "rollback_failed",
    }
}
