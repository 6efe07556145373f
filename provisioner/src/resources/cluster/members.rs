//! Whose each member of the answers is that [`Cluster`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::Cluster;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for Cluster {
    const ANSWERS: &'static [Answer] = &[Answer {
        service: "ecs",
        operation: "DescribeClusters",
        at: "clusters[]",
        members: &[
            (Identity, &["clusterArn"]),
            (Fixed("name"), &["clusterName"]),
            (
                Owned("container_insights"),
                &["settings[].name", "settings[].value"],
            ),
            (
                Owned("other"),
                &[
                    "configuration.executeCommandConfiguration.kmsKeyId",
                    "configuration.executeCommandConfiguration.logging",
                    "configuration.executeCommandConfiguration.logConfiguration.cloudWatchLogGroupName",
                    "configuration.executeCommandConfiguration.logConfiguration.cloudWatchEncryptionEnabled",
                    "configuration.executeCommandConfiguration.logConfiguration.s3BucketName",
                    "configuration.executeCommandConfiguration.logConfiguration.s3EncryptionEnabled",
                    "configuration.executeCommandConfiguration.logConfiguration.s3KeyPrefix",
                    "configuration.managedStorageConfiguration.kmsKeyId",
                    "configuration.managedStorageConfiguration.fargateEphemeralStorageKmsKeyId",
                    "capacityProviders[]",
                    "defaultCapacityProviderStrategy[].capacityProvider",
                    "defaultCapacityProviderStrategy[].weight",
                    "defaultCapacityProviderStrategy[].base",
                    "serviceConnectDefaults.namespace",
                ],
            ),
            (Owned("tags"), &["tags[].key", "tags[].value"]),
            (
                Derived("what runs in it"),
                &[
                    "status",
                    "registeredContainerInstancesCount",
                    "runningTasksCount",
                    "pendingTasksCount",
                    "activeServicesCount",
                    "statistics",
                    "attachments",
                    "attachmentsStatus",
                ],
            ),
        ],
    }];
}
