//! The Resource Groups Tagging API: every tagged resource of a region in one list.
//!
//! Owns: nothing; it asks every room. Must not know: HTTP, files, hcctl.

use serde_json::{Value, json};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::rooms;
use crate::tags::{Tagged, to_list};
use crate::world::World;

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "GetResources" => get_resources(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// [GetResources](https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html): tag filters must
/// all hold, each by one of its values or, without values, by its key; roles are not listed.
fn get_resources(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    call.allow_keys(&[
        "TagFilters",
        "ResourceTypeFilters",
        "ResourcesPerPage",
        "PaginationToken",
    ])?;
    let filters = filters(call)?;
    let types = call.texts("ResourceTypeFilters");
    let mut found = rooms::tagged(world, &call.region);
    found.retain(|resource| {
        let wanted = types.is_empty() || types.iter().any(|wanted| is_of_type(resource, wanted));
        wanted && filters.iter().all(|filter| filter.holds(resource))
    });
    let size = match call
        .json
        .get("ResourcesPerPage")
        .filter(|size| !size.is_null())
    {
        None => 100,
        Some(size) => size
            .as_u64()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| invalid("ResourcesPerPage must be a number from 1 to 100"))?
            as usize,
    };
    // A token is the ARN of the last resource it follows.
    let after = call.text("PaginationToken").unwrap_or_default();
    let start =
        found.partition_point(|resource| !after.is_empty() && resource.arn.as_str() <= after);
    let more = found.len() > start + size;
    let page = &found[start..found.len().min(start + size)];
    let token = page
        .last()
        .filter(|_| more)
        .map(|last| last.arn.as_str())
        .unwrap_or_default();
    let list: Vec<Value> = page
        .iter()
        .map(|resource| json!({ "ResourceARN": resource.arn, "Tags": to_list(&resource.tags, "Key", "Value") }))
        .collect();
    Ok(Answer::Json(
        json!({ "PaginationToken": token, "ResourceTagMappingList": list }),
    ))
}

struct Filter {
    key: String,
    values: Vec<String>,
}

impl Filter {
    fn holds(&self, resource: &Tagged) -> bool {
        let value = resource.tags.get(&self.key);
        value.is_some_and(|value| self.values.is_empty() || self.values.contains(value))
    }
}

fn filters(call: &Call) -> Result<Vec<Filter>, AwsError> {
    let rows = call.json["TagFilters"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let read = |row: &Value| {
        let key = row["Key"]
            .as_str()
            .ok_or_else(|| invalid("a tag filter needs a key"))?;
        let values = row["Values"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        Ok(Filter {
            key: key.to_owned(),
            values: values
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
        })
    };
    rows.iter().map(read).collect()
}

/// A type is `service:resource`, or `service` for all of its resources.
fn is_of_type(resource: &Tagged, wanted: &str) -> bool {
    resource.kind == wanted || resource.kind.split(':').next() == Some(wanted)
}

fn invalid(message: &str) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, text};

    fn bench() -> (Bench, String) {
        let bench = Bench::new();
        let mut vpc = String::new();
        for name in ["dev", "prod"] {
            let params = [
                ("CidrBlock", "10.0.0.0/16"),
                ("TagSpecification.1.ResourceType", "vpc"),
                ("TagSpecification.1.Tag.1.Key", "hcctl:stack"),
                ("TagSpecification.1.Tag.1.Value", name),
            ];
            vpc = text(&bench.ec2("CreateVpc", &params).unwrap(), "vpcId");
        }
        let params = [
            ("TagSpecification.1.ResourceType", "internet-gateway"),
            ("TagSpecification.1.Tag.1.Key", "hcctl:stack"),
            ("TagSpecification.1.Tag.1.Value", "prod"),
        ];
        bench.ec2("CreateInternetGateway", &params).unwrap();
        (bench, vpc)
    }

    fn arns(answer: &Value) -> Vec<String> {
        let list = answer["ResourceTagMappingList"].as_array().unwrap();
        list.iter()
            .map(|row| row["ResourceARN"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn resources_are_found_by_tag_and_type() {
        let (bench, vpc) = bench();
        let get = |body: Value| bench.json("tagging", "GetResources", body).unwrap();
        assert_eq!(arns(&get(json!({}))).len(), 3);
        let prod = json!([{ "Key": "hcctl:stack", "Values": ["prod"] }]);
        let answer = get(json!({ "TagFilters": prod, "ResourceTypeFilters": ["ec2:vpc"] }));
        assert_eq!(
            arns(&answer),
            [format!("arn:aws:ec2:us-east-1:123456789012:vpc/{vpc}")]
        );
        assert_eq!(
            answer["ResourceTagMappingList"][0]["Tags"],
            json!([{ "Key": "hcctl:stack", "Value": "prod" }])
        );
        assert_eq!(
            arns(&get(
                json!({ "TagFilters": prod, "ResourceTypeFilters": ["ec2"] })
            ))
            .len(),
            2
        );
        assert_eq!(
            arns(&get(json!({ "TagFilters": [{ "Key": "other" }] }))).len(),
            0
        );
    }

    #[test]
    fn pages_follow_one_another() {
        let (bench, _) = bench();
        let mut token = String::new();
        let mut seen = Vec::new();
        loop {
            let body = json!({ "ResourcesPerPage": 2, "PaginationToken": token });
            let answer = bench.json("tagging", "GetResources", body).unwrap();
            seen.extend(arns(&answer));
            token = answer["PaginationToken"].as_str().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
        }
        seen.dedup();
        assert_eq!(seen.len(), 3);
        let refusal = bench
            .json(
                "tagging",
                "GetResources",
                json!({ "ExcludeCompliantResources": true }),
            )
            .unwrap_err();
        assert_eq!(refusal.code, "NotSimulated");
    }
}
