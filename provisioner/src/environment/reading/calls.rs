//! Which services call which by name.

use std::collections::BTreeSet;

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
                let all = services.iter().map(|(name, _)| *name);
                let remedy = nearest(call.as_str(), all).map_or_else(
                    || "write the name of another service of this file".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                call_at.refuse(Rejection::new(
                    format!("there is no service `{call}` to call"),
                    remedy,
                ));
            }
        }
    }
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
