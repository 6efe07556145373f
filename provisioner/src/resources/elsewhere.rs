//! Things with one name for all regions: whether the environment that they serve stands in another one.

use serde_json::Value;

use crate::aws::Aws;

/// The region that ARNs in a policy name, where none of them names ours.
///
/// A policy without a region tells nothing; it is then compared like any other.
pub(super) fn of_policy(aws: &Aws, policy: &Value) -> Option<String> {
    let mut regions = Vec::new();
    strings(policy, &mut |text| {
        let region = text
            .strip_prefix("arn:")
            .and_then(|rest| rest.split(':').nth(2));
        regions.extend(region.map(str::to_owned));
    });
    other(aws, regions)
}

/// The region of which a dashboard shows metrics, where it shows none of ours.
pub(super) fn of_dashboard(aws: &Aws, body: &Value) -> Option<String> {
    let widgets = body["widgets"].as_array().into_iter().flatten();
    let regions = widgets.filter_map(|widget| widget["properties"]["region"].as_str());
    other(aws, regions.map(str::to_owned).collect())
}

fn other(aws: &Aws, mut regions: Vec<String>) -> Option<String> {
    regions.retain(|region| !region.is_empty() && !region.contains('*'));
    if regions.contains(&aws.scope.region) {
        return None;
    }
    regions.pop()
}

fn strings(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(map) => map.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}
