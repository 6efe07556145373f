//! Whose each member of the answers is that [`Table`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Table;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for Table {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "dynamodb",
            operation: "DescribeTable",
            at: "Table",
            members: &[
                (Identity, &["TableArn", "TableId"]),
                (Fixed("name"), &["TableName"]),
                (
                    Fixed("keys"),
                    &["KeySchema[].AttributeName", "KeySchema[].KeyType"],
                ),
                (
                    Derived("the keys of the table and its indexes"),
                    &["AttributeDefinitions"],
                ),
                (
                    Derived("how far AWS is with it"),
                    &[
                        "TableStatus",
                        "CreationDateTime",
                        "TableSizeBytes",
                        "ItemCount",
                        "ArchivalSummary",
                        "RestoreSummary",
                    ],
                ),
                (Owned("on_demand"), &["BillingModeSummary.BillingMode"]),
                (
                    Derived("when it was changed"),
                    &["BillingModeSummary.LastUpdateToPayPerRequestDateTime"],
                ),
                (
                    Derived("the billing mode: a table that is paid by request has none"),
                    &[
                        "ProvisionedThroughput",
                        "GlobalSecondaryIndexes[].ProvisionedThroughput",
                    ],
                ),
                (
                    Constant("set when it is made, and never by hcctl"),
                    &["LocalSecondaryIndexes"],
                ),
                (
                    Owned("indexes"),
                    &[
                        "GlobalSecondaryIndexes[].IndexName",
                        "GlobalSecondaryIndexes[].KeySchema[].AttributeName",
                        "GlobalSecondaryIndexes[].KeySchema[].KeyType",
                        "GlobalSecondaryIndexes[].Projection.ProjectionType",
                        "GlobalSecondaryIndexes[].Projection.NonKeyAttributes[]",
                    ],
                ),
                (
                    Left(By::Aws, "grows with use, and can only be raised"),
                    &["GlobalSecondaryIndexes[].WarmThroughput", "WarmThroughput"],
                ),
                (
                    Owned("other"),
                    &[
                        "GlobalSecondaryIndexes[].OnDemandThroughput.MaxReadRequestUnits",
                        "GlobalSecondaryIndexes[].OnDemandThroughput.MaxWriteRequestUnits",
                        "OnDemandThroughput.MaxReadRequestUnits",
                        "OnDemandThroughput.MaxWriteRequestUnits",
                        "StreamSpecification.StreamEnabled",
                        "StreamSpecification.StreamViewType",
                        "TableClassSummary.TableClass",
                    ],
                ),
                (
                    Derived("what is in the index"),
                    &[
                        "GlobalSecondaryIndexes[].IndexStatus",
                        "GlobalSecondaryIndexes[].Backfilling",
                        "GlobalSecondaryIndexes[].IndexSizeBytes",
                        "GlobalSecondaryIndexes[].ItemCount",
                        "GlobalSecondaryIndexes[].IndexArn",
                    ],
                ),
                (
                    Derived("when the stream or the class was changed"),
                    &[
                        "LatestStreamLabel",
                        "LatestStreamArn",
                        "TableClassSummary.LastUpdateDateTime",
                    ],
                ),
                (
                    Left(
                        By::Account,
                        "a copy in another region holds data: hcctl takes none away",
                    ),
                    &[
                        "Replicas",
                        "GlobalTableVersion",
                        "GlobalTableWitnesses",
                        "GlobalTableSettingsReplicationMode",
                        "MultiRegionConsistency",
                        "DisassociationProtectionEnabled",
                    ],
                ),
                (
                    Owned("encryption"),
                    &["SSEDescription.Status", "SSEDescription.SSEType"],
                ),
                (
                    Left(
                        By::Account,
                        "which of the account's keys it is: only a call to KMS tells the key of AWS from another",
                    ),
                    &["SSEDescription.KMSMasterKeyArn"],
                ),
                (
                    Derived("whether its key can be used"),
                    &["SSEDescription.InaccessibleEncryptionDateTime"],
                ),
                (Owned("deletion_protection"), &["DeletionProtectionEnabled"]),
                (
                    Left(
                        By::Account,
                        "an index for another kind of search, beside those of the file",
                    ),
                    &["VectorIndexes"],
                ),
            ],
        },
        Answer {
            service: "dynamodb",
            operation: "DescribeContinuousBackups",
            at: "ContinuousBackupsDescription",
            members: &[
                (Derived("it is always on"), &["ContinuousBackupsStatus"]),
                (
                    Owned("point_in_time_recovery"),
                    &["PointInTimeRecoveryDescription.PointInTimeRecoveryStatus"],
                ),
                (
                    Owned("other"),
                    &["PointInTimeRecoveryDescription.RecoveryPeriodInDays"],
                ),
                (
                    Derived("the clock"),
                    &[
                        "PointInTimeRecoveryDescription.EarliestRestorableDateTime",
                        "PointInTimeRecoveryDescription.LatestRestorableDateTime",
                    ],
                ),
            ],
        },
        Answer {
            service: "dynamodb",
            operation: "DescribeTimeToLive",
            at: "TimeToLiveDescription",
            members: &[(
                Owned("ttl_attribute"),
                &["TimeToLiveStatus", "AttributeName"],
            )],
        },
        Answer {
            service: "dynamodb",
            operation: "GetResourcePolicy",
            at: "",
            members: &[
                (Owned("policy"), &["Policy"]),
                (Derived("the policy"), &["RevisionId"]),
            ],
        },
        Answer {
            service: "dynamodb",
            operation: "ListTagsOfResource",
            at: "",
            members: &[
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (Derived("pages"), &["NextToken"]),
            ],
        },
    ];
    const UNASKED: &'static [Unasked] = &[
        unasked(
            "dynamodb",
            "DescribeContributorInsights",
            By::Account,
            "statistics for those who look into a table, which change nothing",
        ),
        unasked(
            "dynamodb",
            "DescribeKinesisStreamingDestination",
            By::Account,
            "a reader of what is written, which changes nothing",
        ),
        unasked(
            "application-autoscaling",
            "DescribeScalableTargets",
            By::Autoscaling,
            "scales tables that are paid by capacity; ours are paid by request",
        ),
    ];
}
