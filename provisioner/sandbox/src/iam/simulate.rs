//! What a role's policies and its boundary would say to calls that nobody makes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use winterbaume_iam::{model, wire};

use super::judge::{Decision, Request, judge};
use super::{Role, State, document, invalid, managed, no_such, page};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::partition::of_iam;
use crate::shape;
use crate::world::World;

/// What is judged, and by what.
struct Principal {
    /// Nothing for the account's own user, who may do everything.
    policies: Option<Vec<Value>>,
    boundary: Option<Value>,
}

/// [SimulatePrincipalPolicy](https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html): one result per
/// action, the most restrictive one of all resources, with each resource's own below it.
pub(super) fn principal(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::SimulatePrincipalPolicyRequest = shape::form(call)?;
    shape::refuse(
        call,
        &[
            "CallerArn",
            "PermissionsBoundaryPolicyInputList",
            "PolicyInputList",
            "ResourceHandlingOption",
            "ResourceOwner",
            "ResourcePolicy",
        ],
    )?;
    let principal = find(world, call, &input.policy_source_arn)?;
    let context = context(input.context_entries)?;
    let resources = input.resource_arns.map(|list| list.items);
    let resources = resources.unwrap_or_default();
    if let Some(odd) = resources
        .iter()
        .find(|arn| *arn != "*" && !arn.starts_with("arn:"))
    {
        return Err(invalid_input(format!("Invalid Input Resource: {odd}")));
    }
    let mut results = Vec::new();
    for action in &input.action_names.items {
        let known = action.split_once(':').is_some_and(|(service, name)| {
            !service.is_empty() && !name.is_empty() && action.len() <= 128
        });
        if !known {
            return Err(invalid_input(format!(
                "Invalid Input Action Name: {action}"
            )));
        }
        results.push(result(&principal, action, &resources, &context)?);
    }
    if results.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null",
        ));
    }
    let (results, marker) = page(results, input.marker.as_deref(), input.max_items)?;
    let output = model::SimulatePolicyResponse {
        evaluation_results: Some(results.into()),
        is_truncated: Some(marker.is_some()),
        marker,
    };
    Ok(wire::serialize_simulate_principal_policy_response(&output).into())
}

fn find(world: &World, call: &Call, arn: &str) -> Result<Principal, AwsError> {
    let entity = of_iam(arn, &call.account);
    match entity.and_then(|entity| entity.split_once('/')) {
        // The account's own user, or whoever calls.
        Some(("user", name)) if name == "sandbox" || arn == call.user_arn() => Ok(Principal {
            policies: None,
            boundary: None,
        }),
        Some(("user" | "group", name)) => {
            let message = format!("The user with name {name} cannot be found.");
            Err(no_such(message))
        }
        Some(("role", name)) => {
            let role = world.iam.roles.values().find(|role| role.arn == arn);
            policies(&world.iam, role.ok_or_else(|| super::no_role(name))?)
        }
        _ => Err(invalid_input(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))),
    }
}

fn policies(state: &State, role: &Role) -> Result<Principal, AwsError> {
    let inline = role.inline.values().map(|text| document::read(text));
    let in_force = |arn: &str| managed::in_force(state, arn);
    let attached = role.attached.iter().map(|arn| in_force(arn));
    let boundary = role.boundary.as_deref().map(in_force);
    Ok(Principal {
        policies: Some(inline.chain(attached).collect::<Result<_, _>>()?),
        boundary: boundary.transpose()?,
    })
}

fn context(
    entries: Option<model::ContextEntryListType>,
) -> Result<BTreeMap<String, Vec<String>>, AwsError> {
    let entries = entries.map(|list| list.items).unwrap_or_default();
    let read = |entry: model::ContextEntry| {
        let key = entry.context_key_name.unwrap_or_default();
        if entry.context_key_type.is_none() || !key.contains(':') {
            return Err(invalid_input(format!("Invalid Context Entry: {key}")));
        }
        let values = entry.context_key_values.map(|list| list.items);
        Ok((key.to_lowercase(), values.unwrap_or_default()))
    };
    entries.into_iter().map(read).collect()
}

fn result(
    principal: &Principal,
    action: &str,
    resources: &[String],
    context: &BTreeMap<String, Vec<String>>,
) -> Result<model::EvaluationResult, AwsError> {
    let everything = ["*".to_owned()];
    let asked = if resources.is_empty() {
        &everything
    } else {
        resources
    };
    let mut worst = Decision::Allowed;
    let (mut bounded, mut missing) = (true, BTreeSet::new());
    let mut each = Vec::new();
    for resource in asked {
        let request = Request {
            action,
            resource,
            context,
        };
        let mut absent = BTreeSet::new();
        let by = match &principal.policies {
            None => Decision::Allowed,
            Some(policies) => judge(policies, &request, &mut absent)?,
        };
        // A boundary grants nothing: it only cuts off.
        let within = match &principal.boundary {
            None => Decision::Allowed,
            Some(boundary) => judge(std::slice::from_ref(boundary), &request, &mut absent)?,
        };
        let decision = by.max(within);
        each.push(model::ResourceSpecificResult {
            eval_resource_decision: Some(decision.word().to_owned()),
            eval_resource_name: Some(resource.clone()),
            missing_context_values: Some(absent.iter().cloned().collect()),
            permissions_boundary_decision_detail: detail(principal, within == Decision::Allowed),
            ..Default::default()
        });
        worst = worst.max(decision);
        bounded &= within == Decision::Allowed;
        missing.extend(absent);
    }
    Ok(model::EvaluationResult {
        eval_action_name: Some(action.to_owned()),
        eval_decision: Some(worst.word().to_owned()),
        eval_resource_name: Some(match resources {
            [one] => one.clone(),
            _ => "*".to_owned(),
        }),
        missing_context_values: Some(missing.into_iter().collect()),
        permissions_boundary_decision_detail: detail(principal, bounded),
        resource_specific_results: (!resources.is_empty()).then(|| each.into_iter().collect()),
        ..Default::default()
    })
}

fn detail(
    principal: &Principal,
    allowed: bool,
) -> Option<model::PermissionsBoundaryDecisionDetail> {
    let has = principal.boundary.is_some();
    has.then_some(model::PermissionsBoundaryDecisionDetail {
        allowed_by_permissions_boundary: Some(allowed),
    })
}

fn invalid_input(message: String) -> AwsError {
    AwsError::new("InvalidInput", message)
}
