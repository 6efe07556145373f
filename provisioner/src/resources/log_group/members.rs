//! Whose each member of the answers is that [`LogGroup`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::LogGroup;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned};

impl Covered for LogGroup {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "logs",
            operation: "DescribeLogGroups",
            at: "logGroups[]",
            members: &[
                (Identity, &["arn", "logGroupArn"]),
                (Fixed("name"), &["logGroupName"]),
                (Owned("retention_days"), &["retentionInDays"]),
                (
                    Left(
                        By::Account,
                        "metric filters and subscriptions read what is written, and change nothing of it",
                    ),
                    &["metricFilterCount"],
                ),
                (
                    Owned("other"),
                    &[
                        "kmsKeyId",
                        "dataProtectionStatus",
                        "deletionProtectionEnabled",
                        "bearerTokenAuthenticationEnabled",
                    ],
                ),
                (
                    Left(By::Account, "a policy for the whole account"),
                    &["inheritedProperties", "retentionPolicyName"],
                ),
                (
                    Constant("made in the standard class, for good"),
                    &["logGroupClass"],
                ),
                (
                    Derived("what is written into it"),
                    &["creationTime", "storedBytes"],
                ),
            ],
        },
        Answer {
            service: "logs",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["tags{}"])],
        },
    ];
    const UNASKED: &'static [Unasked] = &[
        unasked(
            "logs",
            "DescribeSubscriptionFilters",
            By::Account,
            "metric filters and subscriptions read what is written, and change nothing of it",
        ),
        unasked(
            "logs",
            "GetTransformer",
            By::Account,
            "a reshaping of what is written is made for those who read it",
        ),
        unasked(
            "logs",
            "DescribeIndexPolicies",
            By::Account,
            "indexes make queries faster, and change nothing of what is written",
        ),
    ];
}
