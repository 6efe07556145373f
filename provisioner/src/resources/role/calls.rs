//! A role's policies and boundary, call by call.

use aws_sdk_iam::types::AttachedPermissionsBoundary;
use hcctl_engine::{Class, Fault};
use serde_json::Value;

use super::super::gone_is_fine;
use super::Spec;
use crate::aws::{Aws, fault, read_document};

pub(super) async fn inline_names(aws: &Aws, role: &str) -> Result<Vec<String>, Fault> {
    let call = aws.iam.list_role_policies().role_name(role);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    all.map_err(fault("iam:ListRolePolicies"))
}

pub(super) async fn inline(
    aws: &Aws,
    role: &str,
    policy: String,
) -> Result<(String, Value), Fault> {
    let call = aws.iam.get_role_policy().role_name(role);
    let answer = call.policy_name(&policy).send().await;
    let answer = answer.map_err(fault("iam:GetRolePolicy"))?;
    Ok((policy, read_document(&answer.policy_document)))
}

pub(super) async fn attached(aws: &Aws, role: &str) -> Result<Vec<String>, Fault> {
    let call = aws.iam.list_attached_role_policies().role_name(role);
    let all: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let all = all.map_err(fault("iam:ListAttachedRolePolicies"))?;
    Ok(all
        .into_iter()
        .filter_map(|policy| policy.policy_arn)
        .collect())
}

pub(super) async fn put(
    aws: &Aws,
    role: &str,
    policy: &str,
    document: &Value,
) -> Result<(), Fault> {
    let call = || {
        let call = aws.iam.put_role_policy().role_name(role);
        let call = call
            .policy_name(policy)
            .policy_document(document.to_string());
        async move {
            call.send()
                .await
                .map(drop)
                .map_err(fault("iam:PutRolePolicy"))
        }
    };
    aws.patiently(unsettled, call).await
}

pub(super) async fn attach(aws: &Aws, role: &str, policy: &str) -> Result<(), Fault> {
    let call = || {
        let call = aws.iam.attach_role_policy().role_name(role);
        let call = call.policy_arn(policy);
        async move {
            call.send()
                .await
                .map(drop)
                .map_err(fault("iam:AttachRolePolicy"))
        }
    };
    // A managed policy that does not exist is NoSuchEntity too, and stays so.
    let passing = |fault: &Fault| unsettled(fault) && !fault.message.contains(policy);
    aws.patiently(passing, call).await
}

pub(super) async fn remove(aws: &Aws, role: &str, policy: &str) -> Result<(), Fault> {
    let call = aws.iam.delete_role_policy().role_name(role);
    let answer = call.policy_name(policy).send().await;
    gone_is_fine(answer.map(drop).map_err(fault("iam:DeleteRolePolicy")))
}

pub(super) async fn detach(aws: &Aws, role: &str, policy: &str) -> Result<(), Fault> {
    let call = aws.iam.detach_role_policy().role_name(role);
    let answer = call.policy_arn(policy).send().await;
    gone_is_fine(answer.map(drop).map_err(fault("iam:DetachRolePolicy")))
}

/// The ARN in what answers say of a boundary.
pub(super) fn boundary(seen: Option<AttachedPermissionsBoundary>) -> Option<String> {
    seen?.permissions_boundary_arn
}

/// What makes it possible, where the boundary is what is not there.
pub(super) fn boundless(met: Fault, spec: &Spec) -> Fault {
    let named = |arn: &String| met.message.contains(arn.as_str());
    if met.class == Class::NotFound && spec.boundary.as_ref().is_some_and(named) {
        return met.remedy(
            "make the boundary first, with hcctl bootstrap, or correct permissions_boundary in the environment file",
        );
    }
    met
}

/// Gives it a boundary, or another one.
pub(super) async fn confine(aws: &Aws, role: &str, boundary: &str) -> Result<(), Fault> {
    let call = aws.iam.put_role_permissions_boundary().role_name(role);
    let answer = call.permissions_boundary(boundary).send().await;
    answer
        .map(drop)
        .map_err(fault("iam:PutRolePermissionsBoundary"))
}

/// Takes its boundary away. No pipeline may: its policy does not allow this call.
pub(super) async fn release(aws: &Aws, role: &str) -> Result<(), Fault> {
    let call = aws.iam.delete_role_permissions_boundary().role_name(role);
    let answer = call.send().await.map(drop);
    gone_is_fine(answer.map_err(fault("iam:DeleteRolePermissionsBoundary")))
}

/// Whom a new role is to trust was made a moment ago, and is not known everywhere yet.
pub(super) fn unheard(fault: &Fault) -> bool {
    fault.is("MalformedPolicyDocument") && fault.message.contains("Invalid principal")
}

/// Somebody else changes it at the same time.
pub(super) fn busy(fault: &Fault) -> bool {
    fault.is("ConcurrentModification")
}

/// A role made a moment ago is not known everywhere yet.
fn unsettled(fault: &Fault) -> bool {
    busy(fault) || fault.class == Class::NotFound
}
