//! Where the sandbox and moto answer differently of IAM. See `listed`.

use super::listed::{CRASH, EARLIER, LEFT_OUT, Listed, REFUSED};

/// A policy's id.
const ANPA: &str = "a policy's id begins with ANPA (IAM User Guide, unique identifiers)";
/// The document of a version is answered by one call only.
const NO_DOCUMENT: &str =
    "API_PolicyVersion: CreatePolicyVersion and ListPolicyVersions answer no document";

/// Every difference.
pub(super) const DIFFERENCES: &[Listed] = &[
    (
        "iam:CreateServiceLinkedRole 1",
        "~Role.*",
        "the role is AWSServiceRoleForECS (ECS developer guide, service-linked roles); moto derives another name",
    ),
    (
        "iam:CreateServiceLinkedRole 1",
        "+Role.AssumeRolePolicyDocument.*",
        "a list of one is the same policy",
    ),
    (
        "iam:CreateServiceLinkedRole 1",
        "-Role.AssumeRolePolicyDocument.*",
        "a list of one is the same policy",
    ),
    (
        "iam:CreateServiceLinkedRole 2",
        "~error",
        "a role that is there is InvalidInput (API_CreateServiceLinkedRole); moto has EntityAlreadyExists",
    ),
    // moto has no simulation.
    ("iam:SimulatePrincipalPolicy 1", "-error", CRASH),
    ("iam:SimulatePrincipalPolicy 2", "~error", CRASH),
    // Managed policies.
    (
        "iam:CreatePolicy 1",
        "+Policy.PermissionsBoundaryUsageCount",
        LEFT_OUT,
    ),
    ("iam:CreatePolicy 1", "~Policy.PolicyId", ANPA),
    // Names are unique in an account, whatever their paths (API_CreatePolicy).
    ("iam:CreatePolicy 2", "+error", REFUSED),
    (
        "iam:CreatePolicyVersion 1",
        "-PolicyVersion.Document.*",
        NO_DOCUMENT,
    ),
    (
        "iam:GetPolicy 1",
        "+Policy.PermissionsBoundaryUsageCount",
        LEFT_OUT,
    ),
    ("iam:GetPolicy 1", "~Policy.PolicyId", ANPA),
    (
        "iam:ListPolicies 1",
        "+Policies[].PermissionsBoundaryUsageCount",
        LEFT_OUT,
    ),
    ("iam:ListPolicies 1", "~Policies[].PolicyId", ANPA),
    ("iam:ListPolicyVersions 1", "+IsTruncated", LEFT_OUT),
    (
        "iam:ListPolicyVersions 1",
        "-Versions[].Document.*",
        NO_DOCUMENT,
    ),
    (
        "iam:GetRole 3",
        "~Role.PermissionsBoundary.PermissionsBoundaryType",
        "it can only be `Policy` (API_AttachedPermissionsBoundary)",
    ),
    // It is a role's boundary: https://github.com/gruntwork-io/cloud-nuke/issues/972.
    ("iam:DeletePolicy 1", "+error", REFUSED),
    ("iam:DeletePolicy 2", "-error", EARLIER),
    // OpenID Connect providers.
    (
        "iam:CreateOpenIDConnectProvider 1",
        "+Tags[][ManagedBy]",
        LEFT_OUT,
    ),
    // moto has no such call, and so not what it adds either.
    ("iam:AddClientIDToOpenIDConnectProvider 1", "-error", CRASH),
    ("iam:GetOpenIDConnectProvider 1", "~ClientIDList[]", CRASH),
];
