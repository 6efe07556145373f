//! Asking IAM.

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};
use hcctl_engine::Fault;

use super::policy::{BOUNDARY, Question};
use crate::aws::{Aws, fault};

/// What IAM says of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) action: String,
    pub(super) decision: Decision,
}

/// Whether it is allowed, and if not, by what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decision {
    /// It is.
    Allowed,
    /// A condition asks for what a simulation does not know: these keys.
    Unclear(Vec<String>),
    /// No policy allows it.
    Missing,
    /// It is allowed within a permissions boundary only, and the environment's file names none.
    Unbounded,
    /// The permissions boundary cuts it off.
    Boundary,
    /// A policy denies it.
    Denied,
    /// The organization does not allow it.
    Organization,
}

/// Asks all questions at once.
pub(super) async fn all(
    aws: &Aws,
    principal: &str,
    questions: &[Question],
) -> Result<Vec<Answer>, Fault> {
    let answers = aws.crowd(questions, |question| one(aws, principal, question));
    Ok(answers.await?.into_iter().flatten().collect())
}

async fn one(aws: &Aws, principal: &str, question: &Question) -> Result<Vec<Answer>, Fault> {
    let entries = question.context.iter().map(|(key, value)| {
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_type(ContextKeyTypeEnum::String)
            .context_key_values(value)
            .build()
    });
    let resources = question.resources.clone();
    let call = aws
        .iam
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(question.actions.clone()))
        .set_resource_arns((!resources.is_empty()).then_some(resources))
        .set_context_entries(Some(entries.collect()));
    let mut pages = call.into_paginator().send();
    let mut answers = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(fault("iam:SimulatePrincipalPolicy"))?;
        let results = page.evaluation_results.unwrap_or_default();
        answers.extend(results.iter().map(|result| Answer {
            action: result.eval_action_name.clone(),
            decision: decision(result),
        }));
    }
    Ok(answers)
}

/// The answer for all resources together is the most restrictive one; who it is that denies may be told per resource only.
fn decision(result: &EvaluationResult) -> Decision {
    if result.eval_decision == PolicyEvaluationDecisionType::Allowed {
        return Decision::Allowed;
    }
    let each = result.resource_specific_results();
    let organization = result.organizations_decision_detail();
    if organization.is_some_and(|detail| !detail.allowed_by_organizations) {
        return Decision::Organization;
    }
    let own = result.permissions_boundary_decision_detail();
    let theirs = each
        .iter()
        .filter_map(|one| one.permissions_boundary_decision_detail());
    if own
        .into_iter()
        .chain(theirs)
        .any(|detail| !detail.allowed_by_permissions_boundary)
    {
        return Decision::Boundary;
    }
    if result.eval_decision == PolicyEvaluationDecisionType::ExplicitDeny {
        return Decision::Denied;
    }
    let theirs = each
        .iter()
        .flat_map(aws_sdk_iam::types::ResourceSpecificResult::missing_context_values);
    let own = result.missing_context_values().iter();
    let mut keys: Vec<String> = own.chain(theirs).cloned().collect();
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        return Decision::Missing;
    }
    // What the file says is told, so what is missing of it the file does not say.
    if keys == [BOUNDARY] {
        return Decision::Unbounded;
    }
    Decision::Unclear(keys)
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::builders::EvaluationResultBuilder;
    use aws_sdk_iam::types::{
        OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, ResourceSpecificResult,
    };

    use super::*;

    fn read(
        word: &str,
        more: impl Fn(EvaluationResultBuilder) -> EvaluationResultBuilder,
    ) -> Decision {
        let result = EvaluationResult::builder()
            .eval_action_name("ec2:CreateVpc")
            .eval_decision(word.into());
        decision(&more(result).build().unwrap())
    }

    fn boundary() -> PermissionsBoundaryDecisionDetail {
        PermissionsBoundaryDecisionDetail::builder()
            .allowed_by_permissions_boundary(false)
            .build()
    }

    #[test]
    fn it_is_told_who_denies() {
        assert_eq!(read("allowed", |it| it), Decision::Allowed);
        assert_eq!(read("implicitDeny", |it| it), Decision::Missing);
        assert_eq!(read("explicitDeny", |it| it), Decision::Denied);
        let organization = OrganizationsDecisionDetail::builder()
            .allowed_by_organizations(false)
            .build();
        let by = read("implicitDeny", |it| {
            it.organizations_decision_detail(organization.clone())
        });
        assert_eq!(by, Decision::Organization);
        let by = read("implicitDeny", |it| {
            it.permissions_boundary_decision_detail(boundary())
        });
        assert_eq!(by, Decision::Boundary);
        let keyed = read("implicitDeny", |it| {
            it.missing_context_values("aws:ResourceTag/x")
        });
        assert_eq!(
            keyed,
            Decision::Unclear(vec!["aws:ResourceTag/x".to_owned()])
        );
    }

    #[test]
    fn a_boundary_that_the_file_does_not_name_is_no_riddle() {
        let keyed = |keys: &[&str]| {
            read("implicitDeny", |it| {
                it.set_missing_context_values(Some(keys.iter().map(|&key| key.into()).collect()))
            })
        };
        assert_eq!(keyed(&[BOUNDARY]), Decision::Unbounded);
        let other = [BOUNDARY, "aws:ResourceTag/x"];
        assert!(matches!(keyed(&other), Decision::Unclear(_)));
    }

    #[test]
    fn what_only_single_resources_tell_counts_too() {
        let one = || {
            ResourceSpecificResult::builder()
                .eval_resource_name("arn:aws:x:::y")
                .eval_resource_decision(PolicyEvaluationDecisionType::ImplicitDeny)
        };
        let cut = one().permissions_boundary_decision_detail(boundary());
        let cut = cut.build().unwrap();
        let by = read("implicitDeny", |it| {
            it.resource_specific_results(cut.clone())
        });
        assert_eq!(by, Decision::Boundary);
        let keyed = one().missing_context_values("a:b").build().unwrap();
        let by = read("implicitDeny", |it| {
            it.resource_specific_results(keyed.clone())
        });
        assert_eq!(by, Decision::Unclear(vec!["a:b".to_owned()]));
    }
}
