//! Where the services run.

mod members;

use std::time::Duration;

use aws_sdk_ecs::types::{
    Cluster as Seen, ClusterConfiguration, ClusterField, ClusterServiceConnectDefaultsRequest,
    ClusterSetting, ClusterSettingName, ExecuteCommandConfiguration, ExecuteCommandLogging,
    ManagedStorageConfiguration,
};
use hcctl_engine::{Class, Fault, Found, Kind, KindChange, Readiness, Risk, Rule, Rules};
use serde::{Deserialize, Serialize};

use super::others::Note;
use super::take_up::take_up;
use super::{Others, example_tags, gone_is_fine, incomplete};
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
    /// What else was set on it: how shells are recorded, keys, capacity providers, a namespace. Wanted empty.
    #[serde(default, skip_serializing_if = "Others::is_empty")]
    pub other: Others,
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
        ("other", Rule::Update),
        ("tags", Rule::Update),
    ];
    // Container Insights writes to its log group as long as the cluster is there, and makes it where it is missing.
    const AFTER: &'static [&'static str] = &["log_group"];
    const DELETE_RISK: Risk = Risk::Brief;

    fn example() -> Spec {
        Spec {
            name: "shop-dev-cluster".to_owned(),
            container_insights: "enhanced".to_owned(),
            other: Others::from([(PROVIDERS.to_owned(), "FARGATE_SPOT".to_owned())]),
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
        Box::pin(plain(aws, change.id, &change.before.other)).await?;
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
        .include(ClusterField::Settings)
        .include(ClusterField::Configurations);
    let answer = call.send().await.map_err(fault("ecs:DescribeClusters"))?;
    let mut clusters = answer.clusters.unwrap_or_default().into_iter();
    Ok(clusters.find(|seen| seen.status() != Some("INACTIVE")))
}

fn read(aws: &Aws, seen: Seen) -> Found<Spec> {
    let other = others(&seen);
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
                other,
                tags,
            };
            Found::ours(address, id, spec).pending(status.map(|status| status.to_lowercase()))
        }
    }
}

/// In the field `other`: what a service without a word runs on.
const PROVIDERS: &str = "capacityProviders";
/// The same, with weights.
const STRATEGY: &str = "defaultCapacityProviderStrategy";
/// How shells in tasks are recorded and encrypted.
const SHELLS: &str = "executeCommandConfiguration";
/// Whose keys encrypt what tasks store.
const STORAGE: &str = "managedStorageConfiguration";
/// The namespace of services that name none.
const NAMESPACE: &str = "serviceConnectDefaults";

fn others(seen: &Seen) -> Others {
    let mut others = Others::new();
    others.any(PROVIDERS, seen.capacity_providers());
    others.any(STRATEGY, seen.default_capacity_provider_strategy());
    let configuration = seen.configuration();
    let shells = configuration.and_then(|all| all.execute_command_configuration());
    // That they are recorded as the container's own log is what a new cluster has.
    let usual = ExecuteCommandConfiguration::builder().logging(ExecuteCommandLogging::Default);
    let usual = usual.build();
    let empty = ExecuteCommandConfiguration::builder().build();
    others.some(
        SHELLS,
        shells.filter(|shells| **shells != usual && **shells != empty),
    );
    let storage = configuration.and_then(|all| all.managed_storage_configuration());
    let keys = storage.into_iter().flat_map(|storage| {
        let fargate = storage.fargate_ephemeral_storage_kms_key_id();
        [storage.kms_key_id(), fargate].into_iter().flatten()
    });
    let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
    others.any(STORAGE, &keys);
    let defaults = seen.service_connect_defaults();
    let namespace = defaults.and_then(|defaults| defaults.namespace());
    others.some(
        NAMESPACE,
        namespace.filter(|namespace| !namespace.is_empty()),
    );
    others
}

/// Takes away what else was set on it. An empty text takes a key or a namespace away.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html>
async fn plain(aws: &Aws, id: &str, before: &Others) -> Result<(), Fault> {
    let had = |name: &str| before.contains_key(name);
    if had(PROVIDERS) || had(STRATEGY) {
        let call = || {
            let call = aws.ecs.put_cluster_capacity_providers().cluster(id);
            let call = call
                .set_capacity_providers(Some(Vec::new()))
                .set_default_capacity_provider_strategy(Some(Vec::new()));
            async move {
                let answer = call.send().await.map(drop);
                answer.map_err(fault("ecs:PutClusterCapacityProviders"))
            }
        };
        aws.patiently(passing, call).await?;
    }
    if had(SHELLS) || had(STORAGE) || had(NAMESPACE) {
        let shells = ExecuteCommandConfiguration::builder().logging(ExecuteCommandLogging::Default);
        let storage = ManagedStorageConfiguration::builder()
            .kms_key_id("")
            .fargate_ephemeral_storage_kms_key_id("");
        let configuration = ClusterConfiguration::builder()
            .set_execute_command_configuration(had(SHELLS).then(|| shells.build()))
            .set_managed_storage_configuration(had(STORAGE).then(|| storage.build()));
        let none = ClusterServiceConnectDefaultsRequest::builder().namespace("");
        let none = none
            .build()
            .map_err(|error| Fault::own("ecs:UpdateCluster", error.to_string()))?;
        let call = aws.ecs.update_cluster().cluster(id);
        let configuration = (had(SHELLS) || had(STORAGE)).then(|| configuration.build());
        let call = call
            .set_configuration(configuration)
            .set_service_connect_defaults(had(NAMESPACE).then_some(none));
        let send = || {
            let call = call.clone();
            async move {
                let answer = call.send().await.map(drop);
                answer.map_err(fault("ecs:UpdateCluster"))
            }
        };
        aws.patiently(passing, send).await?;
    }
    Ok(())
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
