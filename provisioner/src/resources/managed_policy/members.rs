//! Whose each member of the answers is that [`ManagedPolicy`] is read from.

use super::super::coverage::{Answer, Class, Covered};
use super::ManagedPolicy;
use Class::{Derived, Fixed, Identity, Owned};

impl Covered for ManagedPolicy {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "iam",
            operation: "ListPolicies",
            at: "Policies[]",
            members: &[
                (Identity, &["PolicyName", "Arn"]),
                (
                    Derived("the other answers of this table"),
                    &[
                        "PolicyId",
                        "Path",
                        "DefaultVersionId",
                        "AttachmentCount",
                        "PermissionsBoundaryUsageCount",
                        "IsAttachable",
                        "Description",
                        "CreateDate",
                        "UpdateDate",
                        "Tags",
                    ],
                ),
            ],
        },
        Answer {
            service: "iam",
            operation: "GetPolicy",
            at: "Policy",
            members: &[
                (Identity, &["PolicyId", "Arn"]),
                (Fixed("name"), &["PolicyName"]),
                (Fixed("path"), &["Path"]),
                (Fixed("description"), &["Description"]),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (Owned("document"), &["DefaultVersionId"]),
                (
                    Derived("who uses it"),
                    &[
                        "AttachmentCount",
                        "PermissionsBoundaryUsageCount",
                        "IsAttachable",
                        "CreateDate",
                        "UpdateDate",
                    ],
                ),
            ],
        },
        Answer {
            service: "iam",
            operation: "GetPolicyVersion",
            at: "PolicyVersion",
            members: &[
                (Owned("document"), &["Document"]),
                (
                    Derived("the version in force"),
                    &["VersionId", "IsDefaultVersion", "CreateDate"],
                ),
            ],
        },
    ];
}
