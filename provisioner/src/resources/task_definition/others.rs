//! What a definition holds beside the fields of its spec: what the file's `task:` and `sidecars:` say, or somebody else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Spec;
use crate::definition::{CONTAINER, TASK, canonical, empty_volumes, merge, trim};

/// The key of a definition that was deregistered: a service can run it, but no update can name it again.
const STATUS: &str = "status";

impl Spec {
    /// Whether its container has the host's own rights (Security Hub ECS.4).
    pub fn privileged(&self) -> bool {
        self.container("privileged") == Some(&Value::Bool(true))
    }

    /// Whether its containers see the host's processes (Security Hub ECS.3).
    pub fn shares_host_processes(&self) -> bool {
        self.other.get("pidMode").is_some_and(|mode| mode == "host")
    }

    /// Whether its tasks use the host's network (Security Hub ECS.17).
    pub fn shares_host_network(&self) -> bool {
        let mode = self.other.get("networkMode");
        mode.is_some_and(|mode| mode == "host")
    }

    /// What drives its container's logs in place of `logs`.
    pub fn log_driver(&self) -> Option<&str> {
        self.container("logConfiguration")?
            .get("logDriver")?
            .as_str()
    }

    fn container(&self, member: &str) -> Option<&Value> {
        self.other.get("container")?.get(member)
    }
}

/// The volumes and everything else of an answer that has no field, where the service's container is the one at `main`.
pub(super) fn found(
    answer: &Value,
    main: usize,
    port: u16,
    region: &str,
) -> (BTreeMap<String, String>, Map<String, Value>) {
    let mut answer = answer.clone();
    answer["container"] = answer["containerDefinitions"][main].take();
    let mut other = canonical(&answer, TASK, false);
    let volumes = empty_volumes(&mut other);
    trim(&mut other, port, region);
    if answer[STATUS] == "INACTIVE" {
        other.insert(STATUS.to_owned(), json!("deregistered"));
    }
    (volumes, other)
}

/// The containers beside the one at `main`, by name.
pub(super) fn sidecars(answer: &Value, main: usize) -> Map<String, Value> {
    let all = answer["containerDefinitions"].as_array();
    let all = all.into_iter().flatten().enumerate();
    let beside = all.filter(|(index, _)| *index != main);
    let named: BTreeMap<String, Value> = beside
        .map(|(_, one)| {
            let mut members = canonical(one, CONTAINER, true);
            let name = members.remove("name");
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            (name.to_owned(), Value::Object(members))
        })
        .collect();
    named.into_iter().collect()
}

/// Writes both into a request that holds everything else.
pub(super) fn write(request: &mut Value, spec: &Spec) {
    request["container"] = request["containerDefinitions"][0].take();
    merge(request, &spec.other, TASK);
    let mut containers = vec![request["container"].take()];
    if let Value::Object(request) = request {
        request.remove("container");
    }
    for (name, members) in &spec.sidecars {
        let mut container = json!({ "name": name });
        if let Value::Object(members) = members {
            merge(&mut container, members, CONTAINER);
        }
        containers.push(container);
    }
    request["containerDefinitions"] = containers.into();
}

#[cfg(test)]
mod tests {
    use hcctl_engine::Kind;

    use super::super::TaskDefinition;
    use super::*;

    fn spec(other: &Value) -> Spec {
        Spec {
            other: other.as_object().unwrap().clone(),
            ..TaskDefinition::example()
        }
    }

    #[test]
    fn what_is_shared_with_a_host_is_told_apart() {
        let safe = spec(&json!({ "networkMode": "bridge", "pidMode": "task" }));
        assert!(!safe.shares_host_network() && !safe.shares_host_processes() && !safe.privileged());
        let bare = spec(
            &json!({ "networkMode": "host", "pidMode": "host", "container": { "privileged": true } }),
        );
        assert!(bare.shares_host_network() && bare.shares_host_processes() && bare.privileged());
    }

    #[test]
    fn what_is_written_is_found_again() {
        let spec = spec(&json!({
            "pidMode": "task",
            "container": {
                "ulimits": { "nofile": { "softLimit": 1, "hardLimit": 2 } },
                "logConfiguration": { "logDriver": "awsfirelens", "options": { "Name": "http" } },
            },
        }));
        let container = json!({ "name": "web", "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }],
            "mountPoints": [{ "sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": false }] });
        let mut request = json!({ "networkMode": "awsvpc", "volumes": [{ "name": "tmp" }], "containerDefinitions": [container] });
        write(&mut request, &spec);
        let tmp = BTreeMap::from([("tmp".to_owned(), "/tmp".to_owned())]);
        assert_eq!(found(&request, 0, 80, "r"), (tmp, spec.other.clone()));
        assert_eq!(sidecars(&request, 0), spec.sidecars);
        assert_eq!(spec.log_driver(), Some("awsfirelens"));
    }
}
