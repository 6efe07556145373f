//! Where what a service writes is kept.

mod members;

use aws_sdk_cloudwatchlogs::types::{DataProtectionStatus, LogGroup as Seen};
use hcctl_engine::{Fault, Found, Kind, KindChange, Replacement, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::others::Note;
use super::take_up::take_up;
use super::{Others, cluster, example_tags, gone_is_fine, names};
use crate::aws::tag_lists::map;
use crate::aws::{Aws, Tags, Theirs, fault};

/// The type's name in the tagging index.
const TYPE: &str = "logs:log-group";

/// The address of the group that Container Insights writes to.
pub const INSIGHTS: &str = "container-insights";

/// A log group. Its address is the name of its service, or [`INSIGHTS`].
pub struct LogGroup;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Days after which an event goes; 0 for never.
    pub retention_days: u32,
    /// What else was set on it: a key, data protection, protection against being deleted, bearer tokens. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for LogGroup {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "log_group";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("retention_days", Rule::Update),
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    // Only another name asks for another group, so both can be there at once.
    const REPLACEMENT: Replacement = Replacement::MakeFirst;
    const DELETE_RISK: Risk = Risk::DataLoss;

    fn example() -> Spec {
        Spec {
            name: "/ecs/shop-dev/cart".to_owned(),
            retention_days: 7,
            other: Others::from([(
                KEY.to_owned(),
                "arn:aws:kms:us-east-1:123456789012:key/1".to_owned(),
            )]),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let (services, insights) = (services(aws), insights(aws));
        let (services, insights, ()) = tokio::join!(
            list(aws, &services),
            list(aws, &insights),
            aws.expect_tags(TYPE)
        );
        let all = services?.into_iter().chain(insights?);
        let found = aws.crowd(all, |seen| read(aws, seen)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        let tags = aws.tags(Self::NAME, name, &spec.tags);
        let arn = arn(aws, &spec.name).await?;
        let create = || {
            let call = aws.logs.create_log_group().log_group_name(&spec.name);
            let call = call.set_tags(Some(map(&tags)));
            async move {
                call.send()
                    .await
                    .map(drop)
                    .map_err(fault("logs:CreateLogGroup"))
            }
        };
        match aws.patiently(busy, create).await {
            Err(met) if met.is("ResourceAlreadyExistsException") => {
                let bare = list(aws, &spec.name).await?;
                let bare = bare.into_iter().find(|seen| named(seen) == spec.name);
                let seen = match bare {
                    Some(seen) => read(aws, seen).await?,
                    None => None,
                };
                if seen.is_some() || spec.name != insights(aws) {
                    return take_up::<Self>(aws, name, spec, met, seen).await;
                }
                // ECS made it, and nobody has claimed it.
                aws.retag_logs(&arn, &Tags::new(), &tags).await?;
            }
            outcome => outcome?,
        }
        keep_for(aws, spec).await?;
        Ok(arn)
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("retention_days") {
            keep_for(aws, change.after).await?;
        }
        Box::pin(plain(aws, &change.after.name, &change.before.other)).await?;
        aws.retag_logs(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, _id: &str, seen: &Spec) -> Result<(), Fault> {
        let delete = || async {
            let call = aws.logs.delete_log_group().log_group_name(&seen.name);
            call.send()
                .await
                .map(drop)
                .map_err(fault("logs:DeleteLogGroup"))
        };
        gone_is_fine(aws.patiently(busy, delete).await)
    }
}

/// The ARN of a log group, its id; the API also knows a form with `:*` at the end.
pub(super) async fn arn(aws: &Aws, name: &str) -> Result<String, Fault> {
    aws.arn("logs", &format!("log-group:{name}")).await
}

/// The name in a log group's ARN.
pub fn name_of(arn: &str) -> &str {
    arn.split_once(":log-group:").map_or(arn, |(_, name)| name)
}

/// The name of a service's group.
pub fn of_service(aws: &Aws, service: &str) -> String {
    services(aws) + service
}

/// With which the names of the services' groups begin.
fn services(aws: &Aws) -> String {
    format!("/ecs/{}-{}/", aws.scope.project, aws.scope.environment)
}

/// The group that Container Insights writes to.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html>
fn insights(aws: &Aws) -> String {
    let cluster = cluster::name(aws);
    format!("/aws/ecs/containerinsights/{cluster}/performance")
}

async fn list(aws: &Aws, prefix: &str) -> Result<Vec<Seen>, Fault> {
    let call = aws
        .logs
        .describe_log_groups()
        .log_group_name_prefix(prefix)
        .limit(50);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("logs:DescribeLogGroups"))
}

/// A group of ours, or a stranger's under a name of ours.
///
/// The group of Container Insights without any tag is taken as not there: ECS makes it (and has it keep everything for
/// ever) as soon as the cluster has something to say, so that it is nobody's until a create adopts it.
async fn read(aws: &Aws, seen: Seen) -> Result<Option<Found<Spec>>, Fault> {
    let name = named(&seen).to_owned();
    let (services, insights) = (services(aws), insights(aws));
    let service = name.strip_prefix(&services).map(names::bare);
    let address = match service {
        Some(service) => service.to_owned(),
        None if name == insights => INSIGHTS.to_owned(),
        None => return Ok(None),
    };
    let arn = arn(aws, &name).await?;
    let ask = async {
        let call = aws.logs.list_tags_for_resource().resource_arn(&arn);
        let answer = call.send().await;
        let tags = answer.map_err(fault("logs:ListTagsForResource"))?.tags;
        Ok(tags.unwrap_or_default().into_iter().collect())
    };
    let tags = aws.tags_of(TYPE, &arn, ask).await?;
    if name == insights && tags.keys().all(|key| key.starts_with("aws:")) {
        return Ok(None);
    }
    Ok(Some(match aws.theirs(LogGroup::NAME, tags) {
        Theirs::Ours(address, tags) => {
            let retention_days = seen.retention_in_days.unwrap_or_default().unsigned_abs();
            let other = others(&seen);
            Found::ours(
                address,
                arn,
                Spec {
                    name,
                    retention_days,
                    other,
                    tags,
                },
            )
        }
        Theirs::Lost(tags) => aws.lost(LogGroup::NAME, &address, arn, &tags),
        Theirs::Not(why) => Found::Taken {
            name: address,
            id: arn,
            why,
        },
    }))
}

/// In the field `other`: the key that encrypts it.
const KEY: &str = "kmsKeyId";
/// What of it is masked.
const MASKED: &str = "dataProtectionStatus";
/// Whether it is protected against being deleted.
const PROTECTED: &str = "deletionProtectionEnabled";
/// Whether bearer tokens may write to it.
const BEARER: &str = "bearerTokenAuthenticationEnabled";

fn others(seen: &Seen) -> Others {
    let mut others = Others::new();
    others.some(KEY, seen.kms_key_id());
    let masked = seen.data_protection_status();
    // Deleted, archived and disabled are memories of one.
    let masked = masked.filter(|status| **status == DataProtectionStatus::Activated);
    others.some(MASKED, masked.map(DataProtectionStatus::as_str));
    others.on(PROTECTED, seen.deletion_protection_enabled());
    others.on(BEARER, seen.bearer_token_authentication_enabled());
    others
}

/// Takes away what else was set on it.
async fn plain(aws: &Aws, group: &str, before: &Others) -> Result<(), Fault> {
    if before.contains_key(KEY) {
        let call = aws.logs.disassociate_kms_key().log_group_name(group);
        let answer = call.send().await;
        answer.map_err(fault("logs:DisassociateKmsKey"))?;
    }
    if before.contains_key(MASKED) {
        let call = aws.logs.delete_data_protection_policy();
        let answer = call.log_group_identifier(group).send().await;
        answer.map_err(fault("logs:DeleteDataProtectionPolicy"))?;
    }
    if before.contains_key(PROTECTED) {
        let call = aws.logs.put_log_group_deletion_protection();
        let call = call
            .log_group_identifier(group)
            .deletion_protection_enabled(false);
        let answer = call.send().await;
        answer.map_err(fault("logs:PutLogGroupDeletionProtection"))?;
    }
    if before.contains_key(BEARER) {
        let call = aws.logs.put_bearer_token_authentication();
        let call = call
            .log_group_identifier(group)
            .bearer_token_authentication_enabled(false);
        let answer = call.send().await;
        answer.map_err(fault("logs:PutBearerTokenAuthentication"))?;
    }
    Ok(())
}

fn named(seen: &Seen) -> &str {
    seen.log_group_name().unwrap_or_default()
}

async fn keep_for(aws: &Aws, spec: &Spec) -> Result<(), Fault> {
    let call = || async {
        if spec.retention_days == 0 {
            let call = aws.logs.delete_retention_policy();
            let answer = call.log_group_name(&spec.name).send().await;
            return answer
                .map(drop)
                .map_err(fault("logs:DeleteRetentionPolicy"));
        }
        let call = aws.logs.put_retention_policy().log_group_name(&spec.name);
        let call = call.retention_in_days(spec.retention_days as i32);
        call.send()
            .await
            .map(drop)
            .map_err(fault("logs:PutRetentionPolicy"))
    };
    aws.patiently(busy, call).await
}

/// Two calls about one group at the same time.
fn busy(fault: &Fault) -> bool {
    // The same code tells of a group that is protected, which no waiting ends.
    fault.is("OperationAbortedException") && !fault.message.contains("protection")
}
