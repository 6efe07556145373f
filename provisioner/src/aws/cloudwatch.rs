//! CloudWatch's tags, and load balancer dimensions, which alarms and dashboards share.

use aws_sdk_cloudwatch::types::Tag;
use hcctl_engine::Fault;

use super::{Aws, Tags, fault, tag_changes};

impl Aws {
    /// The tags of an alarm or dashboard.
    pub async fn cloudwatch_tags(&self, resource_type: &str, arn: &str) -> Result<Tags, Fault> {
        let ask = async {
            let call = self.cloudwatch.list_tags_for_resource().resource_arn(arn);
            let answer = call
                .send()
                .await
                .map_err(fault("cloudwatch:ListTagsForResource"))?;
            let tags = answer.tags.unwrap_or_default().into_iter();
            Ok(tags
                .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
                .collect())
        };
        self.tags_of(resource_type, arn, ask).await
    }

    /// The tags of a new alarm or dashboard.
    pub fn cloudwatch_tags_for(&self, kind: &str, name: &str, tags: &Tags) -> Vec<Tag> {
        write(&self.tags(kind, name, tags))
    }

    /// Makes a resource's tags `after`, given that they are `before`.
    pub async fn retag_cloudwatch(
        &self,
        arn: &str,
        before: &Tags,
        after: &Tags,
    ) -> Result<(), Fault> {
        let (set, gone) = tag_changes(before, after);
        if !set.is_empty() {
            let call = self
                .cloudwatch
                .tag_resource()
                .resource_arn(arn)
                .set_tags(Some(write(&set)));
            call.send().await.map_err(fault("cloudwatch:TagResource"))?;
        }
        if !gone.is_empty() {
            let call = self
                .cloudwatch
                .untag_resource()
                .resource_arn(arn)
                .set_tag_keys(Some(gone.into_iter().collect()));
            call.send()
                .await
                .map_err(fault("cloudwatch:UntagResource"))?;
        }
        Ok(())
    }

    /// The ARN behind a `LoadBalancer` or `TargetGroup` dimension.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>
    pub async fn arn_of_dimension(&self, value: &str) -> Result<Option<String>, Fault> {
        if value.starts_with("app/") {
            return self
                .arn("elasticloadbalancing", &format!("loadbalancer/{value}"))
                .await
                .map(Some);
        }
        if value.starts_with("targetgroup/") {
            return self.arn("elasticloadbalancing", value).await.map(Some);
        }
        Ok(None)
    }
}

/// The dimension's value for a load balancer's or target group's ARN: what follows `loadbalancer/`, or from
/// `targetgroup/` on.
pub fn dimension(arn: &str) -> &str {
    let rest = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    rest.strip_prefix("loadbalancer/").unwrap_or(rest)
}

fn write(tags: &Tags) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}
