//! Whose each member of the answers is that [`Repository`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Repository;
use Class::{Constant, Derived, Fixed, Identity, Owned};

impl Covered for Repository {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "ecr",
            operation: "DescribeRepositories",
            at: "repositories[]",
            members: &[
                (Identity, &["repositoryArn"]),
                (Fixed("name"), &["repositoryName"]),
                (
                    Derived("the account and the name"),
                    &["registryId", "repositoryUri", "createdAt"],
                ),
                (Owned("immutable_tags"), &["imageTagMutability"]),
                (
                    Owned("other"),
                    &[
                        "imageTagMutabilityExclusionFilters[].filterType",
                        "imageTagMutabilityExclusionFilters[].filter",
                    ],
                ),
                (
                    Owned("scan_on_push"),
                    &["imageScanningConfiguration.scanOnPush"],
                ),
                (
                    Fixed("encryption"),
                    &["encryptionConfiguration.encryptionType"],
                ),
                (
                    Constant("chosen when it is made, for good: the key of AWS"),
                    &["encryptionConfiguration.kmsKey"],
                ),
            ],
        },
        Answer {
            service: "ecr",
            operation: "GetLifecyclePolicy",
            at: "",
            members: &[
                (Identity, &["repositoryName", "registryId"]),
                (Owned("lifecycle"), &["lifecyclePolicyText"]),
                (Derived("when it was used last"), &["lastEvaluatedAt"]),
            ],
        },
        Answer {
            service: "ecr",
            operation: "GetRepositoryPolicy",
            at: "",
            members: &[
                (Identity, &["repositoryName", "registryId"]),
                (Owned("policy"), &["policyText"]),
            ],
        },
        Answer {
            service: "ecr",
            operation: "ListTagsForResource",
            at: "",
            members: &[(Owned("tags"), &["tags[].Key", "tags[].Value"])],
        },
    ];
    const UNASKED: &'static [Unasked] = &[unasked(
        "ecr",
        "GetRegistryScanningConfiguration",
        By::Account,
        "set for the whole registry",
    )];
}
