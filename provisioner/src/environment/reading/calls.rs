//! Which services call which by name, and which send messages to which.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::At;
use super::suggest::nearest;
use crate::environment::values::name::ServiceName;
use crate::environment::values::reach::GroupId;
use crate::environment::values::rejection::Rejection;

/// So many groups of others fit beside that of all tasks and a service's own (Amazon VPC quotas, "Security groups per network
/// interface").
const MOST_GROUPS: usize = 3;

/// Refuses calls of services that are not there, or of a service by itself, and groups for which a service that is called has no
/// room.
pub(super) fn check(services: &[(&str, At<'_>)]) {
    let mut called: BTreeSet<String> = BTreeSet::new();
    for (name, at) in services {
        let calls = at.find("calls").map(|at| at.items()).unwrap_or_default();
        for call_at in calls {
            let Some(call) = call_at.quietly::<ServiceName>() else {
                continue;
            };
            let known = services.iter().any(|(name, _)| *name == call.as_str());
            if call.as_str() == *name {
                call_at.refuse(Rejection::new(
                    format!("`{name}` calls itself, which needs no name"),
                    "remove it; a container reaches its own task at localhost",
                ));
            } else if known {
                called.insert(call.to_string());
            } else {
                call_at.refuse(unknown(services, &call, "to call"));
            }
        }
    }
    queues(services);
    variables(services);
    for (name, at) in services.iter().filter(|(name, _)| called.contains(*name)) {
        let Some(groups_at) = at.find("security_groups") else {
            continue;
        };
        let groups: Vec<GroupId> = groups_at.quietly().unwrap_or_default();
        if groups.len() > MOST_GROUPS && !at.has("calls") && !at.has("egress") {
            groups_at.refuse(Rejection::new(
                format!(
                    "{} groups, and a task takes five, of which two are hcctl's where others call `{name}`",
                    groups.len()
                ),
                format!("write {MOST_GROUPS} at most"),
            ));
        }
    }
}

/// Refuses messages to services that are not there, or that have no queue.
fn queues(services: &[(&str, At<'_>)]) {
    for (_, at) in services {
        let all = at.find("sends_to").map(|at| at.items()).unwrap_or_default();
        for to_at in all {
            let Some(to) = to_at.quietly::<ServiceName>() else {
                continue;
            };
            let Some((_, there)) = services.iter().find(|(name, _)| *name == to.as_str()) else {
                to_at.refuse(unknown(services, &to, "to send to"));
                continue;
            };
            let off = there.peek::<bool>("queue") == Some(false);
            if off || there.find("queue").is_none_or(|at| at.is_null()) {
                to_at.refuse(Rejection::new(
                    format!("the service `{to}` has no queue"),
                    format!("write `queue: true` at `{to}`, or remove this"),
                ));
            }
        }
    }
}

/// Refuses two things under one variable: what a service finds others by is set by hcctl, and ECS takes a name once.
fn variables(services: &[(&str, At<'_>)]) {
    for (_, at) in services {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        let own = at.find("queue").filter(|at| !at.is_null());
        if own.is_some() && at.peek::<bool>("queue") != Some(false) {
            given.insert("QUEUE_URL".to_owned(), "`queue`".to_owned());
        }
        let of = |key: &str, variable: fn(&ServiceName) -> String| {
            let mut found = Vec::new();
            for at in at.find(key).map(|at| at.items()).unwrap_or_default() {
                found.extend(at.quietly().map(|name| (variable(&name), at)));
            }
            found
        };
        let calls = of("calls", ServiceName::url_variable);
        let sends = of("sends_to", ServiceName::queue_variable);
        let all = calls.iter().map(|one| ("`calls`", one));
        let all = all.chain(sends.iter().map(|one| ("`sends_to`", one)));
        for (key, (variable, at)) in all {
            if let Some(other) = given.get(variable).filter(|other| *other != key) {
                at.refuse(Rejection::new(
                    format!("its variable {variable} is that of another service under {other} too"),
                    "rename one of the two services, or leave one out",
                ));
            }
            given.insert(variable.clone(), key.to_owned());
        }
        for key in ["env", "secrets"] {
            let settings = at.find(key).map(|at| at.children()).unwrap_or_default();
            for (name, at) in settings {
                if let Some(by) = given.get(name) {
                    at.refuse_key(Rejection::new(
                        format!("{name} is set by hcctl, because of {by}"),
                        "remove it, or choose another name",
                    ));
                }
            }
        }
    }
}

fn unknown(services: &[(&str, At<'_>)], name: &ServiceName, what: &str) -> Rejection {
    let all = services.iter().map(|(name, _)| *name);
    let remedy = nearest(name.as_str(), all).map_or_else(
        || "write the name of another service of this file".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Rejection::new(format!("there is no service `{name}` {what}"), remedy)
}
