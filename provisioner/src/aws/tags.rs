//! Tags: what marks a resource as ours, and how a service's tags are read without a call per resource.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use hcctl_engine::Fault;

use super::names::fits;
use super::{Aws, Scope, fault};

/// A resource's tags.
pub type Tags = BTreeMap<String, String>;

/// The tag that holds a resource's address.
pub const ADDRESS: &str = "hcctl:address";

/// What a resource's tags say that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Theirs {
    /// Ours, under this name of the kind asked for; the tags without the address.
    Ours(String, Tags),
    /// Ours by what is left of its tags, among which one by which it is found is missing; its tags.
    Lost(Tags),
    /// Somebody else's, and what tells so.
    Not(String),
}

impl Aws {
    /// The tags of a new resource: those of its spec and its address.
    pub fn tags(&self, kind: &str, name: &str, tags: &Tags) -> Tags {
        let mut all = tags.clone();
        all.insert(ADDRESS.to_owned(), format!("{kind}/{name}"));
        all
    }

    /// Reads a resource's tags: ours, and of this kind, or not.
    pub fn theirs(&self, kind: &str, mut tags: Tags) -> Theirs {
        tags.retain(|key, _| !self.scope.is_anothers(key));
        let says = |key: &str| tags.get(key).map_or("no value", String::as_str).to_owned();
        for (key, ours) in [
            ("Project", &self.scope.project),
            ("Environment", &self.scope.environment),
        ] {
            if tags.get(key) == Some(ours) {
                continue;
            }
            if !tags.contains_key(key) && self.left_of_ours(kind, &tags) {
                return Theirs::Lost(tags);
            }
            return Theirs::Not(format!("its tag {key} has {}, not {ours}", says(key)));
        }
        let Some(address) = tags.remove(ADDRESS) else {
            // Nobody else says that hcctl manages it: somebody took the tag away.
            return if tags.get("ManagedBy") == self.scope.tags.get("ManagedBy") {
                Theirs::Lost(tags)
            } else {
                Theirs::Not(format!("it has no tag {ADDRESS}"))
            };
        };
        match address.split_once('/') {
            Some((theirs, name)) if theirs == kind => Theirs::Ours(name.to_owned(), tags),
            _ => Theirs::Not(format!("its tag {ADDRESS} has {address}")),
        }
    }

    /// Whether the tags that somebody left of a resource are this environment's: hcctl's own, and none of another.
    fn left_of_ours(&self, kind: &str, tags: &Tags) -> bool {
        let has = |key: &str, ours: &str| tags.get(key).is_some_and(|tag| tag == ours);
        let nobody_elses = |key: &str, ours: &str| !tags.contains_key(key) || has(key, ours);
        let (project, environment) = (&self.scope.project, &self.scope.environment);
        let address = tags
            .get(ADDRESS)
            .and_then(|address| address.split_once('/'));
        let by_hcctl = address.is_some_and(|(of, _)| of == kind)
            || tags.get("ManagedBy").is_some()
                && tags.get("ManagedBy") == self.scope.tags.get("ManagedBy");
        by_hcctl
            && nobody_elses("Project", project)
            && nobody_elses("Environment", environment)
            && match tags.get("Name") {
                Some(name) => name.starts_with(&self.scope.prefix()),
                None => has("Project", project) || has("Environment", environment),
            }
    }

    /// The tags of every resource of this environment of one type (such as `ecr:repository`), by ARN, in one read of the
    /// tagging index. Empty where the caller may not read it or it does not know the type.
    /// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
    async fn index(&self, resource_type: &str) -> Result<Arc<HashMap<String, Tags>>, Fault> {
        let filter = |key: &str, value: &str| {
            aws_sdk_resourcegroupstagging::types::TagFilter::builder()
                .key(key)
                .values(value)
                .build()
        };
        let read = async {
            let mut pages = self
                .tagging
                .get_resources()
                .resource_type_filters(resource_type)
                .tag_filters(filter("Project", &self.scope.project))
                .tag_filters(filter("Environment", &self.scope.environment))
                .resources_per_page(100)
                .into_paginator()
                .send();
            let mut index = HashMap::new();
            while let Some(page) = pages.next().await {
                let page = match page.map_err(fault("tag:GetResources")) {
                    Ok(page) => page,
                    Err(fault) => {
                        tracing::debug!(%fault, resource_type, "the tagging index does not help, asking each resource");
                        break;
                    }
                };
                for mapping in page.resource_tag_mapping_list.unwrap_or_default() {
                    let tags = mapping
                        .tags
                        .unwrap_or_default()
                        .into_iter()
                        .map(|tag| (tag.key, tag.value))
                        .collect();
                    index.extend(mapping.resource_arn.map(|arn| (arn, tags)));
                }
            }
            Ok(index)
        };
        self.once(&format!("tags of {resource_type}"), read).await
    }

    /// Reads the index of one type ahead of need, beside the call that lists the resources.
    pub async fn expect_tags(&self, resource_type: &str) {
        // Whoever needs the index meets the same fault, if there is one.
        let _ = self.index(resource_type).await;
    }

    /// The tags of the resource `arn`.
    ///
    /// The index lags behind a little, so it is believed only where it says what a settled environment says; otherwise
    /// `ask` asks the resource's own service.
    pub async fn tags_of<F>(&self, resource_type: &str, arn: &str, ask: F) -> Result<Tags, Fault>
    where
        F: Future<Output = Result<Tags, Fault>>,
    {
        let index = self.index(resource_type).await?;
        match index.get(arn) {
            Some(tags) if self.settled(tags) => Ok(tags.clone()),
            _ => ask.await,
        }
    }

    /// As [`Aws::tags_of`] for many ARNs whose service answers several at once; `ask` gets the doubtful ones.
    pub async fn tags_of_all<F>(
        &self,
        resource_type: &str,
        arns: &[String],
        ask: impl FnOnce(Vec<String>) -> F,
    ) -> Result<HashMap<String, Tags>, Fault>
    where
        F: Future<Output = Result<HashMap<String, Tags>, Fault>>,
    {
        let index = self.index(resource_type).await?;
        let (known, doubtful): (Vec<&String>, Vec<&String>) = arns
            .iter()
            .partition(|arn| index.get(*arn).is_some_and(|tags| self.settled(tags)));
        let mut all: HashMap<String, Tags> = known
            .into_iter()
            .map(|arn| (arn.clone(), index[arn].clone()))
            .collect();
        if !doubtful.is_empty() {
            all.extend(ask(doubtful.into_iter().cloned().collect()).await?);
        }
        Ok(all)
    }

    fn settled(&self, tags: &Tags) -> bool {
        let ours = |(key, value): (&String, &String)| tags.get(key) == Some(value);
        let known = |key: &String| {
            key == ADDRESS
                || key == "Name"
                || self.scope.is_anothers(key)
                || self.scope.tags.contains_key(key)
        };
        self.scope.tags.iter().all(ours) && tags.keys().all(known) && tags.contains_key(ADDRESS)
    }
}

impl Scope {
    /// Whether the tag `key` is somebody else's: AWS's own, or one that the environment file or a default says to ignore.
    /// <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>
    fn is_anothers(&self, key: &str) -> bool {
        let ours = key == ADDRESS || key == "Name" || self.tags.contains_key(key);
        let ignored = |pattern: &String| fits(pattern, key);
        !ours && (key.starts_with("aws:") || self.ignored_tags.iter().any(ignored))
    }
}

/// What turns the tags `before` into `after`: tags to set, and keys to remove.
pub fn tag_changes(before: &Tags, after: &Tags) -> (Tags, BTreeSet<String>) {
    let set = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(value));
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    (
        set.map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        gone.cloned().collect(),
    )
}
