//! Where the services run.

use std::time::Duration;

use aws_sdk_ecs::types::{Cluster as Seen, ClusterField, ClusterSetting, ClusterSettingName};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::take_up::take_up;
use super::{example_tags, gone_is_fine, incomplete};
use crate::aws::tag_lists::{read_tags, write_tags};
use crate::aws::{Aws, Tags, Theirs, fault};

/// The address of the one cluster.
pub const MAIN: &str = "main";

/// How long the last tasks of deleted services may take to stop.
const EMPTYING: Duration = Duration::from_mins(10);

/// An ECS cluster for Fargate.
pub struct Cluster;

/// What hcctl owns of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// Container Insights: `enabled`, `enhanced` or `disabled` (Security Hub ECS.12).
    pub container_insights: String,
    /// Its tags.
    pub tags: Tags,
}

impl Kind for Cluster {
    type Cloud = Aws;
    type Spec = Spec;
    const NAME: &'static str = "cluster";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("container_insights", Rule::Update),
        ("tags", Rule::Update),
    ];
    // Container Insights writes to its log group as long as the cluster is there, and makes it where it is missing.
    const AFTER: &'static [&'static str] = &["log_group"];
    const DELETE_RISK: Risk = Risk::Brief;

    fn example() -> Spec {
        Spec {
            name: "shop-dev-cluster".to_owned(),
            container_insights: "enhanced".to_owned(),
            tags: example_tags(),
        }
    }

    async fn observe(aws: &Aws) -> Result<Vec<Found<Spec>>, Fault> {
        let seen = look(aws, &name(aws)).await?;
        Ok(seen.map(|seen| read(aws, seen)).into_iter().collect())
    }

    async fn create(aws: &Aws, name: &str, spec: &Spec) -> Result<String, Fault> {
        // CreateCluster answers a cluster of that name, whosever it is, and leaves its settings as they are.
        if let Some(seen) = look(aws, &spec.name).await? {
            let met = Fault::own("ecs:CreateCluster", "there is a cluster of that name");
            return take_up::<Self>(aws, name, spec, met, Some(read(aws, seen))).await;
        }
        linked_role(aws).await?;
        let tags = aws.tags(Self::NAME, name, &spec.tags);
        let create = || {
            let call = aws.ecs.create_cluster().cluster_name(&spec.name);
            let call = call
                .settings(insights(spec))
                .set_tags(Some(write_tags(&tags)));
            async move { call.send().await.map_err(fault("ecs:CreateCluster")) }
        };
        let answer = aws.patiently(passing, create).await?;
        answer
            .cluster
            .and_then(|cluster| cluster.cluster_arn)
            .ok_or_else(|| incomplete("ecs:CreateCluster", "ARN"))
    }

    async fn update(aws: &Aws, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        if change.has("container_insights") {
            let call = || {
                let call = aws.ecs.update_cluster().cluster(change.id);
                let call = call.settings(insights(change.after));
                async move {
                    call.send()
                        .await
                        .map(drop)
                        .map_err(fault("ecs:UpdateCluster"))
                }
            };
            aws.patiently(passing, call).await?;
        }
        aws.retag_ecs(change.id, &change.before.tags, &change.after.tags)
            .await?;
        Ok(None)
    }

    async fn delete(aws: &Aws, id: &str, _seen: &Spec) -> Result<(), Fault> {
        // Services that drain are not listed any more but keep the cluster until their tasks have stopped.
        let held = |fault: &Fault| {
            passing(fault)
                || fault.is("ClusterContainsTasksException")
                || fault.is("ClusterContainsServicesException")
        };
        let delete = || async {
            let call = aws.ecs.delete_cluster().cluster(id);
            call.send()
                .await
                .map(drop)
                .map_err(fault("ecs:DeleteCluster"))
        };
        let outcome = aws.patiently_for(EMPTYING, held, delete).await;
        gone_is_fine(outcome).map_err(|fault| {
            if fault.is("ClusterContainsServicesException") {
                return fault.remedy("services that hcctl did not make run in it: delete them, and run the same command again");
            }
            fault
        })
    }

    async fn ready(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        Ok(match look(aws, id).await? {
            None => Readiness::NotYet("not known yet".to_owned()),
            Some(seen) => match seen.status() {
                Some("ACTIVE") => Readiness::Ready,
                Some("FAILED") => Readiness::Never("its capacity providers failed".to_owned()),
                status => Readiness::NotYet(status.unwrap_or("no status").to_lowercase()),
            },
        })
    }

    async fn gone(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
        Ok(look(aws, id).await?.map_or(Readiness::Ready, |seen| {
            Readiness::NotYet(seen.status.unwrap_or_default().to_lowercase())
        }))
    }
}

/// The name of the environment's cluster.
pub(super) fn name(aws: &Aws) -> String {
    aws.scope.name("cluster")
}

/// A cluster by name or ARN; one that was deleted is still shown, as `INACTIVE`, and is not there.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html>
async fn look(aws: &Aws, cluster: &str) -> Result<Option<Seen>, Fault> {
    let call = aws
        .ecs
        .describe_clusters()
        .clusters(cluster)
        .include(ClusterField::Tags)
        .include(ClusterField::Settings);
    let answer = call.send().await.map_err(fault("ecs:DescribeClusters"))?;
    let mut clusters = answer.clusters.unwrap_or_default().into_iter();
    Ok(clusters.find(|seen| seen.status() != Some("INACTIVE")))
}

fn read(aws: &Aws, seen: Seen) -> Found<Spec> {
    let id = seen.cluster_arn.unwrap_or_default();
    let status = seen.status.filter(|status| status != "ACTIVE");
    match aws.theirs(Cluster::NAME, read_tags(seen.tags)) {
        Theirs::Lost(tags) => aws.lost(Cluster::NAME, MAIN, id, &tags),
        Theirs::Not(why) => Found::Taken {
            name: MAIN.to_owned(),
            id,
            why,
        },
        Theirs::Ours(address, tags) => {
            let settings = seen.settings.unwrap_or_default().into_iter();
            let insights = settings
                .filter(|setting| setting.name == Some(ClusterSettingName::ContainerInsights))
                .find_map(|setting| setting.value);
            let spec = Spec {
                name: seen.cluster_name.unwrap_or_default(),
                container_insights: insights.unwrap_or_else(|| "disabled".to_owned()),
                tags,
            };
            Found::ours(address, id, spec).pending(status.map(|status| status.to_lowercase()))
        }
    }
}

fn insights(spec: &Spec) -> ClusterSetting {
    ClusterSetting::builder()
        .name(ClusterSettingName::ContainerInsights)
        .value(&spec.container_insights)
        .build()
}

/// Makes the role with which ECS manages network interfaces and targets. ECS would make it with the first cluster of an
/// account, and refuse what needs it until it is known everywhere.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html>
async fn linked_role(aws: &Aws) -> Result<(), Fault> {
    let call = aws
        .iam
        .create_service_linked_role()
        .aws_service_name("ecs.amazonaws.com");
    let outcome = call.send().await.map(drop);
    match outcome.map_err(fault("iam:CreateServiceLinkedRole")) {
        // It is there; or the caller may not make it, and ECS says so where it is missing.
        Err(fault)
            if fault.is("InvalidInput")
                || fault.class == Class::Conflict
                || fault.class == Class::Denied =>
        {
            tracing::debug!(%fault, "the service-linked role of ECS is taken to be there");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Another update runs, or the service-linked role is not known yet.
fn passing(fault: &Fault) -> bool {
    fault.class == Class::NotYet || fault.is("UpdateInProgressException")
}
