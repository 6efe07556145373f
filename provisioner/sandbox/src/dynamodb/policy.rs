//! A table's own policy: who else may use it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use winterbaume_dynamodb::model;

use super::find;
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::shape;
use crate::world::World;

/// A policy, and the id that it got when it was put.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    text: String,
    revision: String,
}

/// `PutResourcePolicy`: a JSON document of at most 20 KB (API reference).
pub(super) fn put(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::PutResourcePolicyInput = shape::json(call, &[])?;
    shape::refuse(
        call,
        &["ConfirmRemoveSelfResourceAccess", "ExpectedRevisionId"],
    )?;
    let document: Value = serde_json::from_str(&input.policy).unwrap_or_default();
    let sound = document["Statement"].is_array() || document["Statement"].is_object();
    if !sound || input.policy.len() > 20_480 {
        return Err(AwsError::validation(
            "The policy is not a valid policy document",
        ));
    }
    let revision = world.hex(16);
    find(world, call, &input.resource_arn)?.policy = Some(Policy {
        text: input.policy,
        revision: revision.clone(),
    });
    Ok(Answer::Json(json!({ "RevisionId": revision })))
}

/// `GetResourcePolicy`: `PolicyNotFoundException` where there is none.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::GetResourcePolicyInput = shape::json(call, &[])?;
    let table = find(world, call, &input.resource_arn)?;
    let Some(policy) = &table.policy else {
        let message = format!(
            "Resource-based policy not found for the provided ResourceArn: {}",
            table.arn
        );
        return Err(AwsError::new("PolicyNotFoundException", message));
    };
    Ok(Answer::Json(
        json!({ "Policy": policy.text, "RevisionId": policy.revision }),
    ))
}

/// `DeleteResourcePolicy`: that there is none is no error, unless a revision is expected (API reference).
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let input: model::DeleteResourcePolicyInput = shape::json(call, &[])?;
    shape::refuse(call, &["ExpectedRevisionId"])?;
    let gone = find(world, call, &input.resource_arn)?.policy.take();
    Ok(Answer::Json(match gone {
        Some(policy) => json!({ "RevisionId": policy.revision }),
        None => json!({}),
    }))
}
