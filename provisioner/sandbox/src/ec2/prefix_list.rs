//! AWS's own prefix lists, which gateway endpoints route to.
//!
//! Owns: names and ids. Must not know: endpoints.

use winterbaume_ec2_generated::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::ec2::request::{Filters, NO_TAGS, page};
use crate::world::hash_hex;

/// The services that have a gateway endpoint: `com.amazonaws.REGION.s3` and `.dynamodb`.
pub(crate) fn services(region: &str) -> [String; 2] {
    [
        format!("com.amazonaws.{region}.s3"),
        format!("com.amazonaws.{region}.dynamodb"),
    ]
}

/// The id of a service's prefix list, the same for every account of a region.
pub(crate) fn id(region: &str, service: &str) -> String {
    format!("pl-{}", hash_hex(&format!("{region}/{service}"), 8))
}

/// Whether an id is one of the region's prefix lists.
pub(crate) fn exists(region: &str, wanted: &str) -> bool {
    services(region)
        .iter()
        .any(|service| id(region, service) == wanted)
}

/// [DescribeManagedPrefixLists](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html).
pub(crate) fn describe(call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[&[
        "Filter.N.Name",
        "Filter.N.Value.N",
        "PrefixListId.N",
        "MaxResults",
        "NextToken",
    ]])?;
    let filters = Filters::read(
        call,
        &["prefix-list-name", "prefix-list-id", "owner-id", NO_TAGS],
    )?;
    let ids = call.params.list("PrefixListId");
    if let Some(missing) = ids.iter().find(|wanted| !exists(&call.region, wanted)) {
        return Err(AwsError::new(
            "InvalidPrefixListID.NotFound",
            format!("The prefix list ID '{missing}' does not exist"),
        ));
    }
    let found = services(&call.region).into_iter().filter(|service| {
        let list = id(&call.region, service);
        let values = |filter: &str| {
            let value = match filter {
                "prefix-list-name" => service,
                "prefix-list-id" => &list,
                _ => "AWS",
            };
            vec![value.to_owned()]
        };
        (ids.is_empty() || ids.contains(&list)) && filters.hold(values)
    });
    let (found, next_token) = page(call, found.collect())?;
    let items = found.iter().map(|service| shape(call, service)).collect();
    let result = wire::DescribeManagedPrefixListsResult {
        prefix_lists: Some(model::ManagedPrefixListSet { items }),
        next_token,
    };
    Ok(wire::serialize_describe_managed_prefix_lists_response(&result).into())
}

fn shape(call: &Call, service: &str) -> model::ManagedPrefixList {
    let list = id(&call.region, service);
    model::ManagedPrefixList {
        prefix_list_arn: Some(format!(
            "arn:{}:ec2:{}:aws:prefix-list/{list}",
            call.partition().name,
            call.region
        )),
        prefix_list_id: Some(list),
        prefix_list_name: Some(service.to_owned()),
        address_family: Some("IPv4".to_owned()),
        owner_id: Some("AWS".to_owned()),
        state: Some("create-complete".to_owned()),
        ..Default::default()
    }
}
