//! Elastic Load Balancing's tags, which all of its resources share.

use std::collections::HashMap;

use aws_sdk_elasticloadbalancingv2::types::Tag;
use hcctl_engine::Fault;

use super::{Aws, Tags, fault, tag_changes};

/// ARNs that one DescribeTags call takes.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>
const ARNS: usize = 20;

impl Aws {
    /// The tags of load balancers, target groups, listeners or rules.
    pub async fn elb_tags(&self, arns: &[String]) -> Result<HashMap<String, Tags>, Fault> {
        let ask = |arns: Vec<String>| async move {
            let pages = self.crowd(arns.chunks(ARNS), |some| async move {
                let call = self
                    .elb
                    .describe_tags()
                    .set_resource_arns(Some(some.to_vec()));
                call.send()
                    .await
                    .map_err(fault("elasticloadbalancing:DescribeTags"))
            });
            let mut all = HashMap::new();
            for page in pages.await? {
                for one in page.tag_descriptions.unwrap_or_default() {
                    let tags = one.tags.unwrap_or_default().into_iter();
                    let tags = tags
                        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
                        .collect();
                    all.extend(one.resource_arn.map(|arn| (arn, tags)));
                }
            }
            Ok(all)
        };
        self.tags_of_all("elasticloadbalancing", arns, ask).await
    }

    /// The tags of a new resource, as the service takes them.
    pub fn elb_tags_for(&self, kind: &str, name: &str, tags: &Tags) -> Vec<Tag> {
        write(&self.tags(kind, name, tags))
    }

    /// Makes a resource's tags `after`, given that they are `before`.
    pub async fn retag_elb(&self, arn: &str, before: &Tags, after: &Tags) -> Result<(), Fault> {
        let (set, gone) = tag_changes(before, after);
        if !set.is_empty() {
            let call = self
                .elb
                .add_tags()
                .resource_arns(arn)
                .set_tags(Some(write(&set)));
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:AddTags"))?;
        }
        if !gone.is_empty() {
            let call = self
                .elb
                .remove_tags()
                .resource_arns(arn)
                .set_tag_keys(Some(gone.into_iter().collect()));
            call.send()
                .await
                .map_err(fault("elasticloadbalancing:RemoveTags"))?;
        }
        Ok(())
    }
}

fn write(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
