//! Parameters are looked at, with their values and without.

use serde_json::{Value, json};

use super::{Parameter, arn, named, not_found, ten};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::kms;
use crate::paging::page;
use crate::time::epoch;
use crate::world::World;

/// [GetParameter](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html).
pub(super) fn one(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Name", "WithDecryption"])?;
    let given = call.text("Name").unwrap_or_default().to_owned();
    let parameter = valued(world, call, &given)?.ok_or_else(not_found)?;
    Ok(Answer::Json(json!({ "Parameter": parameter })))
}

/// [GetParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html).
pub(super) fn many(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["Names", "WithDecryption"])?;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for given in ten(call)? {
        match valued(world, call, &given)? {
            Some(parameter) => found.push(parameter),
            None => unknown.push(given),
        }
    }
    Ok(Answer::Json(
        json!({ "Parameters": found, "InvalidParameters": unknown }),
    ))
}

/// With its value; what is encrypted is given encrypted unless the call says otherwise.
fn valued(world: &mut World, call: &Call, given: &str) -> Result<Option<Value>, AwsError> {
    let name = named(call, given);
    let found = world
        .region(&call.region)
        .ssm
        .parameters
        .get(&name)
        .cloned();
    let Some(parameter) = found else {
        return Ok(None);
    };
    let clear = parameter.key.is_none() || call.json["WithDecryption"] == true;
    if clear
        && let Some(key) = &parameter.key
        && let Some(why) = kms::trouble(world, &call.region, key)
    {
        return Err(AwsError::new("InvalidKeyId", why));
    }
    let value = if clear {
        parameter.value.clone()
    } else {
        crate::world::hash_hex(&parameter.value, 64)
    };
    Ok(Some(json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "LastModifiedDate": epoch(parameter.changed),
        "ARN": arn(&call.region, &name),
        "DataType": "text",
    })))
}

/// [DescribeParameters](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html): all of the
/// filters must hold, each by one of its values.
pub(super) fn describe(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&["MaxResults", "NextToken", "ParameterFilters"])?;
    let size = call.json["MaxResults"].as_u64().unwrap_or(50);
    if !(1..=50).contains(&size) {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must have value less \
             than or equal to 50"
        )));
    }
    let filters = call.json["ParameterFilters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for filter in &filters {
        check(filter)?;
    }
    let parameters = &world.region(&call.region).ssm.parameters;
    let all = parameters
        .iter()
        .filter(|(name, parameter)| filters.iter().all(|filter| holds(filter, name, parameter)));
    let all: Vec<Value> = all
        .map(|(name, one)| seen(&call.region, name, one))
        .collect();
    let (found, next) = page(all, call.text("NextToken"), size as usize)
        .ok_or_else(|| AwsError::new("InvalidNextToken", "The specified token isn't valid."))?;
    let mut answer = json!({ "Parameters": found });
    if let Some(next) = next {
        answer["NextToken"] = Value::from(next);
    }
    Ok(Answer::Json(answer))
}

fn values(filter: &Value) -> Vec<&str> {
    let all = filter["Values"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    all.iter().filter_map(Value::as_str).collect()
}

fn check(filter: &Value) -> Result<(), AwsError> {
    let (key, option) = (
        filter["Key"].as_str().unwrap_or_default(),
        filter["Option"].as_str().unwrap_or("Equals"),
    );
    let options: &[&str] = match key {
        "Name" => &["Equals", "BeginsWith", "Contains"],
        "Path" => &["OneLevel", "Recursive"],
        "Type" | "KeyId" | "Tier" => &["Equals"],
        _ => {
            return Err(AwsError::new(
                "InvalidFilterKey",
                "The specified key isn't valid.",
            ));
        }
    };
    if !options.contains(&option) {
        return Err(AwsError::new(
            "InvalidFilterOption",
            "The specified filter option isn't valid. Valid options are Equals and BeginsWith. For Path filter, valid options are \
             Recursive and OneLevel.",
        ));
    }
    if !(1..=50).contains(&values(filter).len()) {
        return Err(AwsError::new(
            "InvalidFilterValue",
            "The filter value isn't valid. Verify the value and try again.",
        ));
    }
    Ok(())
}

fn holds(filter: &Value, name: &str, parameter: &Parameter) -> bool {
    let text = match filter["Key"].as_str().unwrap_or_default() {
        "Type" => &parameter.kind,
        "KeyId" => parameter.key.as_deref().unwrap_or_default(),
        "Tier" => &parameter.tier,
        _ => name,
    };
    let option = filter["Option"].as_str().unwrap_or("Equals");
    values(filter).into_iter().any(|value| match option {
        "BeginsWith" => text.starts_with(value),
        "Contains" => text.contains(value),
        "OneLevel" | "Recursive" => {
            let below = text.strip_prefix(value.trim_end_matches('/'));
            let below = below.and_then(|rest| rest.strip_prefix('/'));
            below.is_some_and(|rest| option == "Recursive" || !rest.contains('/'))
        }
        _ => text == value,
    })
}

fn seen(region: &str, name: &str, parameter: &Parameter) -> Value {
    let mut seen = json!({
        "Name": name,
        "ARN": arn(region, name),
        "Type": parameter.kind,
        "Tier": parameter.tier,
        "Version": parameter.version,
        "LastModifiedDate": epoch(parameter.changed),
        "LastModifiedUser": parameter.by,
        "Policies": [],
        "DataType": "text",
    });
    if let Some(key) = &parameter.key {
        seen["KeyId"] = Value::from(key.clone());
    }
    if let Some(description) = &parameter.description {
        seen["Description"] = Value::from(description.clone());
    }
    seen
}
