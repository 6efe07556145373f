//! Tags of the services outside EC2: their lists read and written, and what turns one set into another.

use std::future::Future;

use hcctl_engine::Fault;

use super::{Aws, Tags, fault, tag_changes};

/// One tag in the shape of a service's own API.
pub trait TagItem: Sized {
    /// A tag.
    fn of(key: &str, value: &str) -> Option<Self>;
    /// Its key and value.
    fn pair(self) -> Option<(String, String)>;
}

impl TagItem for aws_sdk_ecs::types::Tag {
    fn of(key: &str, value: &str) -> Option<Self> {
        Some(Self::builder().key(key).value(value).build())
    }

    fn pair(self) -> Option<(String, String)> {
        Some((self.key?, self.value.unwrap_or_default()))
    }
}

macro_rules! both_required {
    ($($tag:ty),*) => {$(
        impl TagItem for $tag {
            fn of(key: &str, value: &str) -> Option<Self> {
                // Refused only without a key or a value.
                Self::builder().key(key).value(value).build().ok()
            }

            fn pair(self) -> Option<(String, String)> {
                Some((self.key, self.value))
            }
        }
    )*};
}

both_required!(
    aws_sdk_ecr::types::Tag,
    aws_sdk_iam::types::Tag,
    aws_sdk_dynamodb::types::Tag,
    aws_sdk_servicediscovery::types::Tag
);

/// Tags as a service takes them.
pub fn write_tags<T: TagItem>(tags: &Tags) -> Vec<T> {
    tags.iter()
        .filter_map(|(key, value)| T::of(key, value))
        .collect()
}

/// Tags as a service answers them.
pub fn read_tags<T: TagItem>(tags: Option<Vec<T>>) -> Tags {
    tags.unwrap_or_default()
        .into_iter()
        .filter_map(T::pair)
        .collect()
}

/// Makes the tags `before` into `after` with the two calls that every service has for it.
async fn retag<S, U>(
    before: &Tags,
    after: &Tags,
    set: impl FnOnce(Tags) -> S + Send,
    unset: impl FnOnce(Vec<String>) -> U + Send,
) -> Result<(), Fault>
where
    S: Future<Output = Result<(), Fault>> + Send,
    U: Future<Output = Result<(), Fault>> + Send,
{
    let (changed, gone) = tag_changes(before, after);
    if !changed.is_empty() {
        set(changed).await?;
    }
    if !gone.is_empty() {
        unset(gone.into_iter().collect()).await?;
    }
    Ok(())
}

/// A method of [`Aws`] that changes the tags of one service's resources.
macro_rules! retag {
    ($name:ident, $client:ident, $what:literal, $set:ident, $set_name:literal, $unset:ident, $unset_name:literal,
     $id:ident, $write:expr) => {
        #[doc = concat!("Makes the tags of ", $what, " `after`, given that they are `before`.")]
        pub async fn $name(&self, id: &str, before: &Tags, after: &Tags) -> Result<(), Fault> {
            let set = |tags: Tags| async move {
                let call = self.$client.$set().$id(id).set_tags(Some($write(&tags)));
                call.send().await.map(drop).map_err(fault($set_name))
            };
            let unset = |keys: Vec<String>| async move {
                let call = self.$client.$unset().$id(id).set_tag_keys(Some(keys));
                call.send().await.map(drop).map_err(fault($unset_name))
            };
            retag(before, after, set, unset).await
        }
    };
}

impl Aws {
    #[rustfmt::skip]
    retag!(retag_ecs, ecs, "an ECS resource, by ARN,", tag_resource, "ecs:TagResource", untag_resource, "ecs:UntagResource", resource_arn, write_tags);
    #[rustfmt::skip]
    retag!(retag_ecr, ecr, "a repository, by ARN,", tag_resource, "ecr:TagResource", untag_resource, "ecr:UntagResource", resource_arn, write_tags);
    #[rustfmt::skip]
    retag!(retag_role, iam, "a role, by name,", tag_role, "iam:TagRole", untag_role, "iam:UntagRole", role_name, write_tags);
    #[rustfmt::skip]
    retag!(retag_policy, iam, "a managed policy, by ARN,", tag_policy, "iam:TagPolicy", untag_policy, "iam:UntagPolicy", policy_arn, write_tags);
    #[rustfmt::skip]
    retag!(retag_table, dynamodb, "a table, by ARN,", tag_resource, "dynamodb:TagResource", untag_resource, "dynamodb:UntagResource", resource_arn, write_tags);
    #[rustfmt::skip]
    retag!(retag_namespace, discovery, "a namespace, by ARN,", tag_resource, "servicediscovery:TagResource", untag_resource, "servicediscovery:UntagResource", resource_arn, write_tags);
    #[rustfmt::skip]
    retag!(retag_logs, logs, "a log group, by ARN,", tag_resource, "logs:TagResource", untag_resource, "logs:UntagResource", resource_arn, map);
    #[rustfmt::skip]
    retag!(retag_queue, sqs, "a queue, by URL,", tag_queue, "sqs:TagQueue", untag_queue, "sqs:UntagQueue", queue_url, map);
    #[rustfmt::skip]
    retag!(retag_target, scaling, "a scalable target, by ARN,", tag_resource, "application-autoscaling:TagResource", untag_resource, "application-autoscaling:UntagResource", resource_arn, map);
}

/// Tags as the services take them whose API has a map.
pub fn map(tags: &Tags) -> std::collections::HashMap<String, String> {
    tags.clone().into_iter().collect()
}
