//! EC2's tags and filters, which all of its resources share.

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use hcctl_engine::Fault;

use super::zones::Zone;
use super::{Aws, Tags, fault, tag_changes};

/// A filter with some values.
pub fn filter<V: Into<String>>(name: &str, values: impl IntoIterator<Item = V>) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.into_iter().map(Into::into).collect()))
        .build()
}

/// Tags as EC2 answers them.
pub fn read_tags(tags: Option<Vec<Tag>>) -> Tags {
    let pairs = tags.unwrap_or_default().into_iter();
    pairs
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect()
}

/// The region's availability zones, in the order of their names.
pub async fn zones(aws: &Aws) -> Result<Vec<Zone>, Fault> {
    let only_zones = filter("zone-type", ["availability-zone"]);
    let call = aws.ec2.describe_availability_zones().filters(only_zones);
    let answer = call
        .send()
        .await
        .map_err(fault("ec2:DescribeAvailabilityZones"))?;
    let zones = answer.availability_zones.unwrap_or_default().into_iter();
    let mut zones: Vec<Zone> = zones
        .filter_map(|zone| {
            Some(Zone {
                name: zone.zone_name?,
                id: zone.zone_id.unwrap_or_default(),
                state: zone
                    .state
                    .map_or_else(String::new, |state| state.to_string()),
            })
        })
        .collect();
    zones.sort();
    Ok(zones)
}

impl Aws {
    /// The filters that find this environment's resources of any EC2 kind.
    pub fn our_filters(&self) -> Vec<Filter> {
        vec![
            filter("tag:Project", [&self.scope.project]),
            filter("tag:Environment", [&self.scope.environment]),
        ]
    }

    /// The tags that go with the call that makes a resource.
    pub fn tag_spec(
        &self,
        resource: ResourceType,
        kind: &str,
        name: &str,
        tags: &Tags,
    ) -> TagSpecification {
        let tags = self.tags(kind, name, tags);
        TagSpecification::builder()
            .resource_type(resource)
            .set_tags(Some(write(&tags)))
            .build()
    }

    /// Makes an EC2 resource's tags `after`, given that they are `before`.
    pub async fn retag_ec2(&self, id: &str, before: &Tags, after: &Tags) -> Result<(), Fault> {
        let (set, gone) = tag_changes(before, after);
        if !set.is_empty() {
            let call = self
                .ec2
                .create_tags()
                .resources(id)
                .set_tags(Some(write(&set)));
            call.send().await.map_err(fault("ec2:CreateTags"))?;
        }
        if !gone.is_empty() {
            let keys = gone
                .iter()
                .map(|key| Tag::builder().key(key).build())
                .collect();
            let call = self.ec2.delete_tags().resources(id).set_tags(Some(keys));
            call.send().await.map_err(fault("ec2:DeleteTags"))?;
        }
        Ok(())
    }
}

fn write(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
