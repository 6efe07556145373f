//! From what the load balancer answers of a rule to a spec.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, HostHeaderRewriteConfig,
    QueryStringConditionConfig, Rule as Seen, RuleCondition, RuleTransform, TransformTypeEnum,
    UrlRewriteConfig,
};
use hcctl_engine::Link;

use super::Spec;
use crate::aws::Tags;
use crate::resources::Others;
use crate::resources::others::Note;

/// Before the name of a transform in [`Spec::other`].
const TRANSFORM: &str = "transform ";

/// A rule's spec, but for what its weights do.
pub(super) fn read(seen: &Seen, listener: &str, tags: Tags) -> Spec {
    let mut spec = Spec {
        listener: Link::id(listener),
        priority: seen
            .priority()
            .and_then(|priority| priority.parse().ok())
            .unwrap_or_default(),
        paths: BTreeSet::default(),
        hosts: BTreeSet::default(),
        header: None,
        target_groups: groups(seen)
            .into_iter()
            .map(|(arn, _)| Link::Id(arn))
            .collect(),
        weights: None,
        other: Others::new(),
        tags,
    };
    for condition in seen.conditions() {
        read_condition(&mut spec, condition);
    }
    for action in seen.actions() {
        other_action(&mut spec.other, action);
    }
    for transform in seen.transforms() {
        other_transform(&mut spec.other, transform);
    }
    spec
}

/// Whether a rule that was read so has transforms.
pub(super) fn transforms(other: &Others) -> bool {
    other.keys().any(|name| name.starts_with(TRANSFORM))
}

/// The paths, the hosts and one header are fields; everything else narrows the rule in a way that hcctl does not know.
fn read_condition(spec: &mut Spec, seen: &RuleCondition) {
    let field = seen.field().unwrap_or_default();
    if field == "path-pattern" {
        let config = seen.path_pattern_config();
        // Load balancers of an older kind answer the short form only.
        let paths = config.map_or(seen.values(), |config| config.values());
        spec.paths.extend(paths.iter().cloned());
        let patterns = config.map_or(seen.regex_values(), |config| config.regex_values());
        spec.other.any("path-pattern RegexValues", patterns);
        return;
    }
    if field == "host-header" {
        let config = seen.host_header_config();
        let hosts = config.map_or(seen.values(), |config| config.values());
        spec.hosts.extend(hosts.iter().cloned());
        let patterns = config.map_or(seen.regex_values(), |config| config.regex_values());
        spec.other.any("host-header RegexValues", patterns);
        return;
    }
    let header = seen.http_header_config();
    if let Some(header) = header
        && spec.header.is_none()
        && !header.values().is_empty()
    {
        let name = header.http_header_name().unwrap_or_default().to_owned();
        spec.header = Some((name, header.values().iter().cloned().collect()));
        let patterns = header.regex_values();
        return spec.other.any("http-header RegexValues", patterns);
    }
    let name = match header.and_then(|header| header.http_header_name()) {
        Some(header) => format!("{field} {header}"),
        None => field.to_owned(),
    };
    let mut values = Vec::new();
    if let Some(config) = header {
        values.extend_from_slice(config.values());
        values.extend_from_slice(config.regex_values());
    }
    if let Some(config) = seen.http_request_method_config() {
        values.extend_from_slice(config.values());
    }
    if let Some(config) = seen.source_ip_config() {
        values.extend_from_slice(config.values());
        values.extend(
            config
                .ip_address_type()
                .map(|kind| kind.as_str().to_owned()),
        );
    }
    for pair in seen
        .query_string_config()
        .into_iter()
        .flat_map(QueryStringConditionConfig::values)
    {
        let key = pair.key().map(|key| format!("{key}=")).unwrap_or_default();
        values.push(format!("{key}{}", pair.value().unwrap_or_default()));
    }
    if values.is_empty() {
        spec.other.some(&name, Some(seen));
    } else {
        spec.other.insert(name, values.join(", "));
    }
}

/// What an action does that is not a plain forward.
fn other_action(other: &mut Others, seen: &Action) {
    if seen.r#type() != Some(&ActionTypeEnum::Forward) {
        let name = seen.r#type().map_or("action", ActionTypeEnum::as_str);
        other.some(name, Some(seen));
        return;
    }
    let sticky = seen
        .forward_config()
        .and_then(ForwardActionConfig::target_group_stickiness_config);
    let sticky = sticky.filter(|sticky| sticky.enabled == Some(true));
    other.some("TargetGroupStickinessConfig", sticky);
}

fn other_transform(other: &mut Others, seen: &RuleTransform) {
    let kind = seen.r#type().map_or("", TransformTypeEnum::as_str);
    let rewrites = seen
        .host_header_rewrite_config()
        .map(HostHeaderRewriteConfig::rewrites)
        .or(seen.url_rewrite_config().map(UrlRewriteConfig::rewrites));
    let texts = rewrites.unwrap_or_default().iter().map(|one| {
        let (from, to) = (
            one.regex().unwrap_or_default(),
            one.replace().unwrap_or_default(),
        );
        format!("{from} to {to}")
    });
    let texts: Vec<String> = texts.collect();
    other.insert(format!("{TRANSFORM}{kind}"), texts.join(", "));
}

/// The groups that a rule forwards to, with their weights.
pub(in crate::resources) fn groups(seen: &Seen) -> Vec<(String, i32)> {
    let mut groups = Vec::new();
    for action in seen.actions() {
        let weighted = action
            .forward_config()
            .map(ForwardActionConfig::target_groups)
            .unwrap_or_default();
        groups.extend(
            weighted
                .iter()
                .filter_map(|one| Some((one.target_group_arn.clone()?, one.weight.unwrap_or(1)))),
        );
        if weighted.is_empty() {
            groups.extend(action.target_group_arn.clone().map(|arn| (arn, 1)));
        }
    }
    groups
}
