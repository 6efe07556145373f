//! What hcctl made for this environment and cannot find again by itself, because somebody took its tags away.

use hcctl_engine::Found;

use super::{ADDRESS, Aws, Tags};

impl Aws {
    /// One of ours, `kind/name` by all else that is known of it, whose `tags` do not say so: nothing may be planned past
    /// it, or there would be two of it.
    pub fn lost<S>(&self, kind: &str, name: &str, id: impl Into<String>, tags: &Tags) -> Found<S> {
        let (id, address) = (id.into(), format!("{kind}/{name}"));
        let marks = self.marks(&address);
        let missing: Vec<(&str, &str)> = marks
            .filter(|(key, value)| tags.get(*key).is_none_or(|tag| tag != value))
            .collect();
        let keys: Vec<&str> = missing.iter().map(|(key, _)| *key).collect();
        let (noun, it) = if keys.len() == 1 {
            ("tag", "it")
        } else {
            ("tags", "them")
        };
        Found::Lost {
            name: name.to_owned(),
            why: format!(
                "has lost the {noun} {}, by which hcctl finds it",
                keys.join(", ")
            ),
            remedy: format!("put {it} back: {}", self.command(&id, &missing)),
            id,
        }
    }

    /// The AWS CLI's command that makes the resource with this id this environment's `address`.
    pub fn claim(&self, id: &str, address: &str) -> String {
        let tags: Vec<(&str, &str)> = self.marks(address).collect();
        self.command(id, &tags)
    }

    /// The tags by which hcctl finds what has this address.
    fn marks<'a>(&'a self, address: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let base =
            ["Project", "Environment", "ManagedBy"].map(|key| (key, self.scope.tags.get(key)));
        let base = base
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?.as_str())));
        base.chain([(ADDRESS, address)])
    }

    /// The AWS CLI's command that sets tags on a resource of this kind of id.
    fn command(&self, id: &str, tags: &[(&str, &str)]) -> String {
        let region = &self.scope.region;
        let list = |form: &dyn Fn(&str, &str) -> String, between: &str| {
            let tags: Vec<String> = tags.iter().map(|(key, value)| form(key, value)).collect();
            tags.join(between)
        };
        let pairs = list(&|key, value| format!("Key={key},Value={value}"), " ");
        // ARNs: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
        match id
            .strip_prefix("arn:")
            .and_then(|rest| rest.split(':').nth(1))
        {
            None => {
                format!("aws ec2 create-tags --region {region} --resources {id} --tags {pairs}")
            }
            // Roles and dashboards are not among what the tagging API can tag.
            // <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html>
            Some("iam") if id.contains(":policy/") => {
                format!("aws iam tag-policy --policy-arn {id} --tags {pairs}")
            }
            Some("iam") => {
                let role = id.rsplit('/').next().unwrap_or(id);
                format!("aws iam tag-role --role-name {role} --tags {pairs}")
            }
            Some("cloudwatch") => {
                format!(
                    "aws cloudwatch tag-resource --region {region} --resource-arn {id} --tags {pairs}"
                )
            }
            Some("servicediscovery") => {
                format!(
                    "aws servicediscovery tag-resource --region {region} --resource-arn {id} --tags {pairs}"
                )
            }
            Some(_) => {
                let map = list(&|key, value| format!("{key}={value}"), ",");
                format!(
                    "aws resourcegroupstaggingapi tag-resources --region {region} --resource-arn-list {id} --tags {map}"
                )
            }
        }
    }
}
