//! Dashboards: found by name, global, with a body that is kept word for word.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_cloudwatch::model;

use super::reply::{read, reply};
use super::{State, invalid};
use crate::answer::{Answer, AwsError};
use crate::call::{Call, Protocol};
use crate::cbor::TIME;
use crate::paging;
use crate::tags::{self, Tags};
use crate::time::epoch;
use crate::world::World;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dashboard {
    pub(super) arn: String,
    pub(super) tags: Tags,
    body: String,
    modified: u64,
}

/// `PutDashboard`: a dashboard of that name is replaced; tags are for new ones only.
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutDashboardInput = read(call, &["PutDashboardInput.Tags"])?;
    let name = input.dashboard_name;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !(1..=255).contains(&name.len()) || !name.bytes().all(fits) {
        let message = format!(
            "The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_)."
        );
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    let body: Option<Value> = serde_json::from_str(&input.dashboard_body).ok();
    if body.is_none_or(|body| !body["widgets"].is_array()) {
        let message = "The dashboard body is invalid, there are validation errors: it must be a JSON object with widgets";
        return Err(AwsError::new("InvalidParameterInput", message));
    }
    let sent = match call.protocol {
        Protocol::AwsQuery => Tags::new(),
        _ => tags::from_list(call.json.get("Tags"), "Key", "Value")?,
    };
    let arn = call.global_arn("cloudwatch", &format!("dashboard/{name}"));
    let modified = world.now();
    let dashboards = &mut state(world, call).dashboards;
    let tags = dashboards
        .get(&name)
        .map_or(sent, |there| there.tags.clone());
    dashboards.insert(
        name,
        Dashboard {
            arn,
            tags,
            body: input.dashboard_body,
            modified,
        },
    );
    Ok(reply(call, json!({ "DashboardValidationMessages": [] })))
}

/// `GetDashboard`: `ResourceNotFound` if it is not there.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetDashboardInput = read(call, &[])?;
    let name = input.dashboard_name;
    let found = state(world, call)
        .dashboards
        .get(&name)
        .ok_or_else(|| missing(&name))?;
    let answer =
        json!({ "DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": name });
    Ok(reply(call, answer))
}

/// `ListDashboards`: by prefix, up to a thousand a page.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::ListDashboardsInput = read(call, &[])?;
    let prefix = input.dashboard_name_prefix.unwrap_or_default();
    let found = state(world, call)
        .dashboards
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix));
    let entries = found.map(|(name, it)| {
        json!({
            "DashboardArn": it.arn,
            "DashboardName": name,
            "LastModified": { TIME: epoch(it.modified) },
            "Size": it.body.len(),
        })
    });
    let (entries, next) = paging::page(entries.collect(), input.next_token.as_deref(), 1000)
        .ok_or_else(|| invalid("The specified nextToken is invalid"))?;
    let mut answer = json!({ "DashboardEntries": entries });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(reply(call, answer))
}

/// `DeleteDashboards`: "If one or more of the dashboards does not exist, none are deleted" and the call is `ResourceNotFound`.
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteDashboardsInput = read(call, &[])?;
    let dashboards = &mut state(world, call).dashboards;
    if let Some(name) = input
        .dashboard_names
        .iter()
        .find(|name| !dashboards.contains_key(*name))
    {
        return Err(missing(name));
    }
    dashboards.retain(|name, _| !input.dashboard_names.contains(name));
    Ok(reply(call, json!({})))
}

fn missing(name: &str) -> AwsError {
    AwsError::new(
        "ResourceNotFound",
        format!("Dashboard {name} does not exist"),
    )
    .status(404)
}

/// Dashboards have no region; the world keeps them in one of their partition.
pub(super) fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    let region = call.partition().global_region;
    &mut world.region(region).cloudwatch
}
