//! Whose each member of the answers is that [`Role`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::Role;
use Class::{Derived, Fixed, Identity, Left, Owned, Unread};

impl Covered for Role {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "iam",
            operation: "GetAccountAuthorizationDetails",
            at: "RoleDetailList[]",
            members: &[
                (Identity, &["Arn", "RoleId"]),
                (Fixed("name"), &["RoleName"]),
                (Fixed("path"), &["Path"]),
                (Owned("trust"), &["AssumeRolePolicyDocument"]),
                (Derived("when it was made"), &["CreateDate"]),
                (
                    Owned("boundary"),
                    &["PermissionsBoundary.PermissionsBoundaryArn"],
                ),
                (
                    Derived("there is one type only"),
                    &["PermissionsBoundary.PermissionsBoundaryType"],
                ),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (Derived("who assumed it last"), &["RoleLastUsed"]),
                (
                    Left(
                        By::Account,
                        "an instance profile is a resource of its own, and the trust of ours lets no instance in",
                    ),
                    &["InstanceProfileList"],
                ),
                (
                    Owned("policies"),
                    &[
                        "RolePolicyList[].PolicyName",
                        "RolePolicyList[].PolicyDocument",
                    ],
                ),
                (Owned("attached"), &["AttachedManagedPolicies[].PolicyArn"]),
                (
                    Derived("its ARN"),
                    &["AttachedManagedPolicies[].PolicyName"],
                ),
            ],
        },
        Answer {
            service: "iam",
            operation: "ListRoles",
            at: "Roles[]",
            members: &[
                (Identity, &["Arn", "RoleId"]),
                (Fixed("name"), &["RoleName"]),
                (Fixed("path"), &["Path"]),
                (Owned("trust"), &["AssumeRolePolicyDocument"]),
                (Derived("when it was made"), &["CreateDate"]),
                (
                    Owned("boundary"),
                    &["PermissionsBoundary.PermissionsBoundaryArn"],
                ),
                (
                    Derived("there is one type only"),
                    &["PermissionsBoundary.PermissionsBoundaryType"],
                ),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (Derived("who assumed it last"), &["RoleLastUsed"]),
                (Owned("description"), &["Description"]),
                (Owned("max_session"), &["MaxSessionDuration"]),
                (Unread, &["MaxSigninSessionDuration"]),
                (
                    Derived("the template that AWS made it from"),
                    &["SourceRoleTemplate"],
                ),
            ],
        },
        Answer {
            service: "iam",
            operation: "GetRole",
            at: "Role",
            members: &[
                (Identity, &["Arn", "RoleId"]),
                (Fixed("name"), &["RoleName"]),
                (Fixed("path"), &["Path"]),
                (Owned("trust"), &["AssumeRolePolicyDocument"]),
                (Derived("when it was made"), &["CreateDate"]),
                (
                    Owned("boundary"),
                    &["PermissionsBoundary.PermissionsBoundaryArn"],
                ),
                (
                    Derived("there is one type only"),
                    &["PermissionsBoundary.PermissionsBoundaryType"],
                ),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
                (Derived("who assumed it last"), &["RoleLastUsed"]),
                (Owned("description"), &["Description"]),
                (Owned("max_session"), &["MaxSessionDuration"]),
                (Unread, &["MaxSigninSessionDuration"]),
                (
                    Derived("the template that AWS made it from"),
                    &["SourceRoleTemplate"],
                ),
            ],
        },
        Answer {
            service: "iam",
            operation: "GetRolePolicy",
            at: "",
            members: &[
                (Identity, &["RoleName"]),
                (Owned("policies"), &["PolicyName", "PolicyDocument"]),
            ],
        },
        Answer {
            service: "iam",
            operation: "ListAttachedRolePolicies",
            at: "AttachedPolicies[]",
            members: &[
                (Owned("attached"), &["PolicyArn"]),
                (Derived("its ARN"), &["PolicyName"]),
            ],
        },
    ];
}
