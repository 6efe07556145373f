//! The names under which services reach one another.

mod members;

use aws_sdk_servicediscovery::types::{
    FilterCondition, NamespaceFilter, NamespaceFilterName, NamespaceSummary, NamespaceType,
    OperationStatus, OperationTargetType,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Readiness, Replacement, Rule, Rules};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::take_up::take_up;
use super::{example_tags, gone_is_fine, incomplete, service};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, Tags, Theirs, fault};

/// A Cloud Map namespace for HTTP, which ECS Service Connect keeps its names in; its name is unique in the region.
pub struct Namespace;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// `HTTP`: found by calls of an API, not by DNS.
    pub form: String,
    /// Its tags.
    pub tags: Tags,
}

/// The only form that hcctl makes.
pub const HTTP: &str = "HTTP";

impl Kind for Namespace {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "namespace";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("form", Rule::Replace),
        ("tags", Rule::Update),
    ];
    const REPLACEMENT: Replacement = Replacement::Unique;

    fn example() -> Spec {
        Spec {
            name: "shop-dev".to_owned(),
            form: HTTP.to_owned(),
            tags: example_tags(),
        }
    }

    /// Asks only where the environment has one, or where a service of it names one.
    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        if !aws.scope.seeks(Self::NAME) && !service::connected(aws).await? {
            return Ok(Vec::new());
        }
        let found = match named(aws, &name(aws)).await? {
            Some(seen) => Some(found(aws, &seen).await?),
            None => None,
        };
        Ok(found.into_iter().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let call = aws
            .discovery
            .create_http_namespace()
            .name(&spec.name)
            .creator_request_id(token(&spec.name))
            .set_tags(Some(write_tags(&aws.tags(Self::NAME, name, &spec.tags))));
        let send = || {
            let call = call.clone();
            async move { call.send().await.map_err(fault(CREATE)) }
        };
        // A call of a run that was killed is still at work.
        let busy = |fault: &Fault| fault.is("DuplicateRequest");
        let answer = match aws.patiently(busy, send).await {
            Err(met) if met.is("NamespaceAlreadyExists") => {
                let seen = match named(aws, &spec.name).await? {
                    Some(seen) => Some(found(aws, &seen).await?),
                    None => None,
                };
                return take_up::<Self>(aws, name, spec, met, seen).await;
            }
            outcome => outcome?,
        };
        let operation = answer
            .operation_id
            .ok_or_else(|| incomplete(CREATE, "operation"))?;
        let id = aws
            .patiently(
                |fault| fault.class == Class::NotYet,
                || made(aws, &operation),
            )
            .await?;
        aws.arn("servicediscovery", &format!("namespace/{id}"))
            .await
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        aws.retag_namespace(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        // ECS takes its names out of it after the last service that had one.
        let held = |fault: &Fault| fault.is("ResourceInUse");
        let delete = || async {
            let call = aws.discovery.delete_namespace().id(id_of(id));
            let outcome = call.send().await.map(drop);
            match outcome.map_err(fault("servicediscovery:DeleteNamespace")) {
                // It is being deleted already.
                Err(fault) if fault.is("DuplicateRequest") => Ok(()),
                outcome => gone_is_fine(outcome),
            }
        };
        aws.patiently(held, delete).await
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        let seen = named(aws, &name(aws)).await?;
        let still = seen.is_some_and(|seen| seen.arn() == Some(id));
        Ok(if still {
            Readiness::NotYet("being deleted".to_owned())
        } else {
            Readiness::Ready
        })
    }
}

const CREATE: &str = "servicediscovery:CreateHttpNamespace";

/// The environment's one namespace.
fn name(aws: &Aws) -> String {
    format!("{}-{}", aws.scope.project, aws.scope.environment)
}

/// The id in a namespace's ARN, `...:namespace/ns-0123456789abcdef`.
fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The namespace of a name, whosever. Pages are filtered after they are cut, so that one may be empty and not the last.
/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_ListNamespaces.html>
async fn named(aws: &Aws, name: &str) -> Result<Option<NamespaceSummary>, Fault> {
    const OPERATION: &str = "servicediscovery:ListNamespaces";
    let filter = NamespaceFilter::builder()
        .name(NamespaceFilterName::Name)
        .values(name)
        .condition(FilterCondition::Eq)
        .build();
    let filter = filter.map_err(|error| Fault::own(OPERATION, error.to_string()))?;
    let call = aws.discovery.list_namespaces().filters(filter);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault(OPERATION))?;
        let mut found = page.namespaces.unwrap_or_default();
        found.retain(|seen| seen.name() == Some(name));
        if let Some(seen) = found.pop() {
            return Ok(Some(seen));
        }
    }
    Ok(None)
}

async fn found(aws: &Aws, seen: &NamespaceSummary) -> Result<Found<Spec>, Fault> {
    let arn = seen.arn().unwrap_or_default();
    let call = aws.discovery.list_tags_for_resource().resource_arn(arn);
    let answer = call.send().await;
    let answer = answer.map_err(fault("servicediscovery:ListTagsForResource"))?;
    let form = seen.r#type().map_or("", NamespaceType::as_str).to_owned();
    Ok(match aws.theirs(Namespace::NAME, read_tags(answer.tags)) {
        Theirs::Ours(address, tags) => {
            let name = seen.name().unwrap_or_default().to_owned();
            Found::ours(address, arn, Spec { name, form, tags })
        }
        Theirs::Lost(tags) => aws.lost(Namespace::NAME, MAIN, arn, &tags),
        Theirs::Not(why) => Found::Taken {
            name: MAIN.to_owned(),
            id: arn.to_owned(),
            why,
        },
    })
}

/// The name of its address.
pub const MAIN: &str = "main";

/// The id of the namespace that an operation makes; a fault that passes while it is at work.
/// <https://docs.aws.amazon.com/cloud-map/latest/api/API_GetOperation.html>
async fn made(aws: &Aws, operation: &str) -> Result<String, Fault> {
    const OPERATION: &str = "servicediscovery:GetOperation";
    let call = aws.discovery.get_operation().operation_id(operation);
    let answer = call.send().await.map_err(fault(OPERATION))?;
    let seen = answer
        .operation
        .ok_or_else(|| incomplete(OPERATION, "operation"))?;
    match seen.status() {
        Some(OperationStatus::Success) => {
            let targets = seen.targets();
            let id = targets.and_then(|all| all.get(&OperationTargetType::Namespace));
            id.cloned()
                .ok_or_else(|| incomplete(OPERATION, "namespace"))
        }
        Some(OperationStatus::Fail) => {
            let text = seen.error_message().unwrap_or("it gives no reason");
            let fault = Fault::own(CREATE, format!("Cloud Map did not make it: {text}"));
            Err(match seen.error_code() {
                Some(code) => Fault {
                    code: Some(code.to_owned()),
                    ..fault
                },
                None => fault,
            })
        }
        _ => Err(
            Fault::own(OPERATION, "the namespace is being made".to_owned()).class(Class::NotYet),
        ),
    }
}

/// The same for every attempt. At most 64 characters.
fn token(name: &str) -> String {
    let hash = Sha256::digest(name);
    let hex = hash.iter().take(16).map(|byte| format!("{byte:02x}"));
    hex.collect::<Vec<_>>().concat()
}
