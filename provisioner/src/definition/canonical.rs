//! One form of what can be written in several ways: lists of objects by name, without what AWS makes of what is left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Member, Shape, Whose};

/// The members of a value that somebody has said: without those that are usual, empty, or unknown to the table. A list of objects
/// becomes an object by what tells them apart. With `all`, also those that hcctl has a field for.
pub fn canonical(value: &Value, members: &[Member], all: bool) -> Map<String, Value> {
    let mut found = Map::new();
    for member in members {
        if !all && matches!(member.whose, Whose::Key(_)) {
            continue;
        }
        let Some(value) = value.get(member.name) else {
            continue;
        };
        let value = match member.shape {
            Shape::Object(inner) => Value::Object(canonical(value, inner, all)),
            Shape::List(keys, inner) => Value::Object(by_name(value, keys, inner, all)),
            _ => value.clone(),
        };
        if is_said(member, &value) {
            found.insert(member.name.to_owned(), value);
        }
    }
    found
}

fn is_said(member: &Member, value: &Value) -> bool {
    if !member.usual.is_empty() {
        let usual: Option<Value> = serde_json::from_str(member.usual).ok();
        return !value.is_null() && usual.as_ref() != Some(value);
    }
    match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
        Value::Number(_) => true,
    }
}

fn by_name(value: &Value, keys: &[&str], members: &[Member], all: bool) -> Map<String, Value> {
    let mut found = BTreeMap::new();
    for one in value.as_array().into_iter().flatten() {
        let Some((key, name)) = name_of(one, keys) else {
            continue;
        };
        let mut inner = canonical(one, members, all);
        inner.remove(key);
        // With a network interface per task it is the container's port.
        if inner.get("hostPort") == one.get(key) {
            inner.remove("hostPort");
        }
        let mut distinct = name.clone();
        let mut times = 1;
        while found.contains_key(&distinct) {
            times += 1;
            distinct = format!("{name} ({times})");
        }
        found.insert(distinct, Value::Object(inner));
    }
    found.into_iter().collect()
}

/// What tells an entry of a list from the others, and the member that says so.
fn name_of<'k>(entry: &Value, keys: &[&'k str]) -> Option<(&'k str, String)> {
    keys.iter().find_map(|key| match entry.get(*key)? {
        Value::String(text) => Some((*key, text.clone())),
        Value::Number(number) => Some((*key, number.to_string())),
        _ => None,
    })
}

/// Writes what [`canonical`] has made into a value as AWS's API takes it: entries of lists by what tells them apart, everything
/// else in the place of what was there.
pub fn merge(into: &mut Value, said: &Map<String, Value>, members: &[Member]) {
    let Value::Object(object) = into else { return };
    for member in members {
        let Some(value) = said.get(member.name) else {
            continue;
        };
        match (member.shape, value) {
            (Shape::Object(inner), Value::Object(value)) => {
                let place = object.entry(member.name);
                merge(place.or_insert_with(|| Map::new().into()), value, inner);
            }
            (Shape::Map, Value::Object(value)) => {
                let place = object.entry(member.name);
                if let Value::Object(place) = place.or_insert_with(|| Map::new().into()) {
                    place.extend(value.clone());
                }
            }
            (Shape::List(keys, inner), Value::Object(value)) => {
                let place = object.entry(member.name);
                if let Value::Array(place) = place.or_insert_with(|| Value::Array(Vec::new())) {
                    for (name, entry) in value {
                        merge_entry(place, name, entry, (keys, inner));
                    }
                }
            }
            (_, value) => drop(object.insert(member.name.to_owned(), value.clone())),
        }
    }
}

fn merge_entry(
    list: &mut Vec<Value>,
    name: &str,
    said: &Value,
    (keys, members): (&[&str], &[Member]),
) {
    let same = |one: &Value| name_of(one, keys).is_some_and(|(_, of)| of == name);
    let found = list.iter().position(same);
    let index = found.unwrap_or_else(|| {
        let numeric = |key: &str| {
            let mut members = members.iter();
            members.any(|member| member.name == key && matches!(member.shape, Shape::Number))
        };
        let fits = |key: &&&str| !numeric(key) || name.parse::<u64>().is_ok();
        let key = keys.iter().find(fits).copied().unwrap_or_default();
        let value = match name.parse::<u64>() {
            Ok(number) if numeric(key) => Value::from(number),
            _ => Value::from(name),
        };
        list.push(Map::from_iter([(key.to_owned(), value)]).into());
        list.len() - 1
    });
    if let (Some(entry), Value::Object(said)) = (list.get_mut(index), said) {
        merge(entry, said, members);
    }
}

/// Takes out of a canonical definition what its other fields say: the port that the service listens on, and the driver that writes
/// to a log group, with the options that hcctl gives it in `region`.
pub fn trim(definition: &mut Map<String, Value>, port: u16, region: &str) {
    let Some(Value::Object(container)) = definition.get_mut("container") else {
        return;
    };
    let own = port.to_string();
    if let Some(Value::Object(ports)) = container.get_mut("portMappings") {
        ports
            .retain(|name, said| *name != own || said.as_object().is_some_and(|it| !it.is_empty()));
    }
    if let Some(Value::Object(logs)) = container.get_mut("logConfiguration")
        && logs
            .get("logDriver")
            .is_none_or(|driver| driver == "awslogs")
    {
        logs.remove("logDriver");
        if let Some(Value::Object(options)) = logs.get_mut("options") {
            options.retain(|name, value| {
                let ours = [
                    "awslogs-group",
                    "awslogs-stream-prefix",
                    "mode",
                    "max-buffer-size",
                ];
                let here = name == "awslogs-region" && value == region;
                !here && !ours.contains(&name.as_str())
            });
        }
    }
    prune(definition, &["container", "portMappings"]);
    prune(definition, &["container", "logConfiguration", "options"]);
}

/// Takes the empty volumes out of a canonical definition that its own container mounts once, to write to: by name, where.
pub fn empty_volumes(definition: &mut Map<String, Value>) -> BTreeMap<String, String> {
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    let volumes = definition.get("volumes").and_then(Value::as_object);
    let volumes: BTreeSet<String> = volumes
        .into_iter()
        .flatten()
        .filter(|(_, volume)| empty(volume))
        .map(|(name, _)| name.clone())
        .collect();
    let container = definition.get("container");
    let mounts = container.and_then(|container| container.get("mountPoints")?.as_object());
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for (path, mount) in mounts.into_iter().flatten() {
        let source = mount.get("sourceVolume").and_then(Value::as_str);
        let source = source.unwrap_or_default();
        let writable = mount.as_object().is_some_and(|mount| mount.len() == 1);
        if writable && volumes.contains(source) && !found.contains_key(source) {
            found.insert(source.to_owned(), path.clone());
        }
    }
    if let Some(Value::Object(volumes)) = definition.get_mut("volumes") {
        volumes.retain(|name, _| !found.contains_key(name));
    }
    if let Some(Value::Object(container)) = definition.get_mut("container")
        && let Some(Value::Object(mounts)) = container.get_mut("mountPoints")
    {
        mounts.retain(|path, _| !found.values().any(|taken| taken == path));
    }
    prune(definition, &["volumes"]);
    prune(definition, &["container", "mountPoints"]);
    found
}

/// Removes the objects on a path, the innermost first, that hold nothing.
fn prune(object: &mut Map<String, Value>, path: &[&str]) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if let Some(Value::Object(inner)) = object.get_mut(*first) {
        prune(inner, rest);
        if inner.is_empty() {
            object.remove(*first);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::TASK;
    use super::*;

    /// As AWS answers it, the service's own container as `container`.
    fn answer() -> Value {
        json!({
            "family": "shop", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "placementConstraints": [],
            "volumes": [{ "name": "tmp" }, { "name": "data", "efsVolumeConfiguration": { "fileSystemId": "fs-1" } }],
            "container": {
                "name": "web", "cpu": 0, "essential": true, "interactive": false,
                "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }, { "containerPortRange": "90-91", "protocol": "udp" }],
                "mountPoints": [{ "sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": false }, { "sourceVolume": "data", "containerPath": "/data" }],
                "ulimits": [{ "name": "nofile", "softLimit": 1024, "hardLimit": 2048 }],
                "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "g", "awslogs-region": "r", "awslogs-datetime-format": "%Y" } },
            },
        })
    }

    #[test]
    fn what_is_usual_is_left_out_and_lists_are_by_name() {
        let mut said = canonical(&answer(), TASK, false);
        assert_eq!(
            empty_volumes(&mut said),
            BTreeMap::from([("tmp".to_owned(), "/tmp".to_owned())])
        );
        trim(&mut said, 80, "r");
        let wanted = json!({
            "container": {
                "portMappings": { "90-91": { "protocol": "udp" } },
                "mountPoints": { "/data": { "sourceVolume": "data" } },
                "ulimits": { "nofile": { "softLimit": 1024, "hardLimit": 2048 } },
                "logConfiguration": { "options": { "awslogs-datetime-format": "%Y" } },
            },
            "volumes": { "data": { "efsVolumeConfiguration": { "fileSystemId": "fs-1" } } },
        });
        assert_eq!(Value::Object(said), wanted);
    }

    #[test]
    fn what_is_merged_is_read_again() {
        let said = canonical(&answer(), TASK, true);
        let mut written = json!({ "container": { "portMappings": [{ "containerPort": 80 }], "ulimits": [{ "name": "core", "softLimit": 1 }] } });
        merge(&mut written, &said, TASK);
        let ulimits = json!([{ "name": "core", "softLimit": 1 }, { "name": "nofile", "softLimit": 1024, "hardLimit": 2048 }]);
        assert_eq!(written["container"]["ulimits"], ulimits);
        assert_eq!(
            written["container"]["portMappings"],
            json!([{ "containerPort": 80 }, { "containerPortRange": "90-91", "protocol": "udp" }])
        );
        written["container"]["ulimits"]
            .as_array_mut()
            .unwrap()
            .remove(0);
        assert_eq!(canonical(&written, TASK, true), said);
    }
}
