//! Cloud Map: namespaces for HTTP, as far as ECS Service Connect needs them (JSON 1.1 and CBOR, `Route53AutoNaming_v20170314`).
//!
//! Owns: namespaces and the operations that make and delete them. Must not know: how names are resolved; which services have names in a
//! namespace it asks of ECS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::{Call, Protocol};
use crate::cbor::TIME;
use crate::ecs;
use crate::paging;
use crate::tags::{Tagged, Tags, from_list, to_list};
use crate::time::epoch;
use crate::world::World;

/// What Cloud Map keeps in one region.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// By id.
    namespaces: BTreeMap<String, Namespace>,
    /// By id.
    operations: BTreeMap<String, Operation>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Namespace {
    id: String,
    arn: String,
    name: String,
    created: u64,
    tags: Tags,
    /// While it is being made, when it is there.
    ready_at: u64,
    /// While it is being deleted, when it is gone.
    gone_at: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Operation {
    kind: String,
    namespace: String,
    created: u64,
    done_at: u64,
}

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    settle(world, &call.region);
    match call.operation.as_str() {
        "CreateHttpNamespace" => create(world, call),
        "ListNamespaces" => list(world, call),
        "DeleteNamespace" => delete(world, call),
        "GetOperation" => operation(world, call),
        "TagResource" => tag(world, call),
        "UntagResource" => untag(world, call),
        "ListTagsForResource" => tags(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// Forgets what has been deleted.
fn settle(world: &mut World, region: &str) {
    let now = world.now();
    let state = &mut world.region(region).discovery;
    let stays = |one: &Namespace| one.gone_at.is_none_or(|at| at > now);
    state.namespaces.retain(|_, one| stays(one));
}

/// The ARN of a namespace that is there, by its ARN or its name.
pub(crate) fn namespace(world: &World, region: &str, named: &str) -> Option<String> {
    let now = world.now();
    let all = &world.regions.get(region)?.discovery.namespaces;
    let mut there = all
        .values()
        .filter(|one| one.ready_at <= now && one.gone_at.is_none());
    let found = there.find(|one| one.arn == named || one.name == named);
    found.map(|one| one.arn.clone())
}

/// [CreateHttpNamespace](https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateHttpNamespace.html): a name is there once; the
/// same request is the same operation.
fn create(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Name", "CreatorRequestId", "Description", "Tags"])?;
    let name = call.text("Name").unwrap_or_default().to_owned();
    if !(1..=1024).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("Name must have 1 to 1024 printable characters"));
    }
    if call
        .text("CreatorRequestId")
        .is_some_and(|id| id.len() > 64)
    {
        return Err(invalid("CreatorRequestId can have 64 characters at most"));
    }
    let now = world.now();
    let there = state(world, call).namespaces.values();
    if let Some(there) = there.clone().find(|one| one.name == name) {
        let id = there.id.clone();
        if there.ready_at <= now && there.gone_at.is_none() {
            let message = format!("Namespace with name {name} already exists: {id}");
            return Err(AwsError::new("NamespaceAlreadyExists", message));
        }
        let operations = state(world, call).operations.iter();
        let mut running = operations.filter(|(_, it)| it.namespace == id && it.done_at > now);
        let running = running.next().map(|(id, it)| (id.clone(), it.kind.clone()));
        let (operation, kind) = running.unwrap_or_default();
        return Err(duplicate(&kind, &operation));
    }
    let id = format!("ns-{}", world.hex(16));
    let ready_at = now + world.delays.namespace;
    let namespace = Namespace {
        arn: call.arn("servicediscovery", &format!("namespace/{id}")),
        id: id.clone(),
        name,
        created: now,
        tags: from_list(call.json.get("Tags"), "Key", "Value")?,
        ready_at,
        gone_at: None,
    };
    state(world, call).namespaces.insert(id.clone(), namespace);
    Ok(started(world, call, ("CREATE_NAMESPACE", &id), ready_at))
}

/// [DeleteNamespace](https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html): not while a service has a name in it.
fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Id"])?;
    let named = call.text("Id").unwrap_or_default();
    let now = world.now();
    let there = state(world, call).namespaces.values();
    let there = there
        .clone()
        .find(|one| one.id == named || one.arn == named);
    let there = there
        .filter(|one| one.ready_at <= now)
        .cloned()
        .ok_or_else(|| missing(named))?;
    if there.gone_at.is_some() {
        return Err(duplicate("DELETE_NAMESPACE", ""));
    }
    if ecs::names_in(world, &call.region, &there.arn, &there.name) > 0 {
        let message =
            "Namespace has associated services. Delete the services before deleting the namespace.";
        return Err(AwsError::new("ResourceInUse", message));
    }
    let gone_at = now + world.delays.namespace;
    if let Some(one) = state(world, call).namespaces.get_mut(&there.id) {
        one.gone_at = Some(gone_at);
    }
    Ok(started(
        world,
        call,
        ("DELETE_NAMESPACE", &there.id),
        gone_at,
    ))
}

fn started(
    world: &mut World,
    call: &Call,
    (kind, namespace): (&str, &str),
    done_at: u64,
) -> Answer {
    let id = world.uuid();
    let operation = Operation {
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        created: world.now(),
        done_at,
    };
    state(world, call).operations.insert(id.clone(), operation);
    Answer::Json(json!({ "OperationId": id }))
}

/// [GetOperation](https://docs.aws.amazon.com/cloud-map/latest/api/API_GetOperation.html).
fn operation(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["OperationId", "OwnerAccount"])?;
    let id = call.text("OperationId").unwrap_or_default();
    let now = world.now();
    let Some(seen) = state(world, call).operations.get(id) else {
        let message = format!("Operation {id} was not found");
        return Err(AwsError::new("OperationNotFound", message));
    };
    let done = seen.done_at <= now;
    let updated = if done { seen.done_at } else { seen.created };
    Ok(Answer::Json(json!({ "Operation": {
        "Id": id,
        "Type": seen.kind,
        "Status": if done { "SUCCESS" } else { "PENDING" },
        "CreateDate": time(call, seen.created),
        "UpdateDate": time(call, updated),
        "Targets": { "NAMESPACE": seen.namespace },
    } })))
}

/// [ListNamespaces](https://docs.aws.amazon.com/cloud-map/latest/api/API_ListNamespaces.html), by name or type.
fn list(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Filters", "MaxResults", "NextToken"])?;
    let filters = call.json["Filters"].as_array().cloned().unwrap_or_default();
    let mut filters_of: Vec<(String, Vec<String>)> = Vec::new();
    for filter in &filters {
        let name = filter["Name"].as_str().unwrap_or_default();
        if !["NAME", "TYPE", "HTTP_NAME"].contains(&name) {
            return Err(AwsError::not_simulated(format!("the filter {name}")));
        }
        if filter["Condition"].as_str().unwrap_or("EQ") != "EQ" {
            return Err(AwsError::not_simulated(
                "conditions of filters other than EQ",
            ));
        }
        let values = filter["Values"].as_array().cloned().unwrap_or_default();
        let values = values.iter().filter_map(Value::as_str).map(str::to_owned);
        filters_of.push((name.to_owned(), values.collect()));
    }
    let now = world.now();
    let fits = |one: &&Namespace| {
        one.ready_at <= now
            && filters_of.iter().all(|(name, values)| {
                let own = if name == "TYPE" {
                    "HTTP"
                } else {
                    one.name.as_str()
                };
                values.iter().any(|value| value == own)
            })
    };
    let all: Vec<Namespace> = state(world, call)
        .namespaces
        .values()
        .filter(fits)
        .cloned()
        .collect();
    let seen = all.iter().map(|one| {
        let names = ecs::names_in(world, &call.region, &one.arn, &one.name);
        json!({
            "Id": one.id,
            "Arn": one.arn,
            "ResourceOwner": call.account,
            "Name": one.name,
            "Type": "HTTP",
            "ServiceCount": names,
            "Properties": { "HttpProperties": { "HttpName": one.name } },
            "CreateDate": time(call, one.created),
        })
    });
    let seen: Vec<Value> = seen.collect();
    let size = call.json["MaxResults"].as_u64().unwrap_or(100).max(1) as usize;
    let page = paging::page(seen, call.text("NextToken"), size);
    let (page, next) = page.ok_or_else(|| invalid("Invalid NextToken"))?;
    let mut answer = json!({ "Namespaces": page });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(Answer::Json(answer))
}

fn tag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ResourceARN", "Tags"])?;
    let tags = from_list(call.json.get("Tags"), "Key", "Value")?;
    by_arn(world, call)?.tags.extend(tags);
    Ok(Answer::empty())
}

fn untag(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ResourceARN", "TagKeys"])?;
    let keys = call.texts("TagKeys");
    by_arn(world, call)?
        .tags
        .retain(|key, _| !keys.contains(key));
    Ok(Answer::empty())
}

fn tags(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["ResourceARN"])?;
    let tags = to_list(&by_arn(world, call)?.tags, "Key", "Value");
    Ok(Answer::Json(json!({ "Tags": tags })))
}

fn by_arn<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Namespace, AwsError> {
    let arn = call.text("ResourceARN").unwrap_or_default();
    let mut all = state(world, call).namespaces.values_mut();
    all.find(|one| one.arn == arn)
        .ok_or_else(|| AwsError::new("ResourceNotFoundException", format!("{arn} is not found")))
}

/// This room's tagged resources.
pub(crate) fn tagged(world: &World, region: &str) -> Vec<Tagged> {
    let state = world.regions.get(region).map(|region| &region.discovery);
    let all = state
        .into_iter()
        .flat_map(|state| state.namespaces.values());
    all.map(|one| Tagged {
        arn: one.arn.clone(),
        kind: "servicediscovery:namespace",
        tags: one.tags.clone(),
    })
    .collect()
}

/// How many there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let all = world.regions.values();
    vec![(
        "namespace",
        all.map(|region| region.discovery.namespaces.len()).sum(),
    )]
}

fn state<'w>(world: &'w mut World, call: &Call) -> &'w mut State {
    &mut world.region(&call.region).discovery
}

/// A time in the protocol of the call.
fn time(call: &Call, at: u64) -> Value {
    let seconds = Value::from(epoch(at));
    match call.protocol {
        Protocol::Cbor => json!({ TIME: seconds }),
        _ => seconds,
    }
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidInput", message)
}

fn missing(named: &str) -> AwsError {
    let message = format!("Namespace {named} was not found");
    AwsError::new("NamespaceNotFound", message)
}

fn duplicate(kind: &str, operation: &str) -> AwsError {
    let kind = if kind == "DELETE_NAMESPACE" {
        "DeleteNamespace"
    } else {
        "CreateHttpNamespace"
    };
    let message = format!("Another operation of type {kind} and id {operation} is in progress");
    AwsError::new("DuplicateRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::bench::Bench;
    use crate::time::Delays;

    fn ask(bench: &Bench, operation: &str, body: Value) -> Result<Value, String> {
        let answer = bench.json("servicediscovery", operation, body);
        answer.map_err(|refusal| refusal.code)
    }

    #[test]
    fn one_is_made_by_an_operation_and_its_name_is_there_once() {
        let delays = Delays {
            namespace: 10_000,
            ..Delays::none()
        };
        let bench = Bench::with(Settings {
            delays,
            ..Settings::stepped()
        });
        let made = ask(&bench, "CreateHttpNamespace", json!({ "Name": "shop-dev" })).unwrap();
        let again = ask(&bench, "CreateHttpNamespace", json!({ "Name": "shop-dev" }));
        assert_eq!(again.unwrap_err(), "DuplicateRequest");
        bench.sandbox.advance(10_000);
        let id = json!({ "OperationId": made["OperationId"] });
        let done = ask(&bench, "GetOperation", id).unwrap();
        assert_eq!(done["Operation"]["Status"], "SUCCESS");
        let again = ask(&bench, "CreateHttpNamespace", json!({ "Name": "shop-dev" }));
        assert_eq!(again.unwrap_err(), "NamespaceAlreadyExists");
        let filter = json!({ "Filters": [{ "Name": "NAME", "Values": ["shop-dev"] }] });
        let seen = ask(&bench, "ListNamespaces", filter).unwrap();
        let one = &seen["Namespaces"][0];
        assert_eq!(one["Id"], done["Operation"]["Targets"]["NAMESPACE"]);
        ask(&bench, "DeleteNamespace", json!({ "Id": one["Id"] })).unwrap();
        bench.sandbox.advance(10_000);
        let gone = ask(&bench, "DeleteNamespace", json!({ "Id": one["Id"] }));
        assert_eq!(gone.unwrap_err(), "NamespaceNotFound");
    }
}
