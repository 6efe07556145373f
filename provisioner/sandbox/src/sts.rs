//! STS: who is calling.
//!
//! Owns: nothing; the account is fixed, and the caller is a setting. Must not know: HTTP, files, hcctl.

use winterbaume_sts::wire;

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::{USER, World};

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "GetCallerIdentity" => get_caller_identity(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html): always allowed.
fn get_caller_identity(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[])?;
    // Whoever calls, unless the world was told who that is.
    let arn = if world.caller.is_empty() || world.caller == USER {
        call.user_arn()
    } else {
        world.caller.clone()
    };
    let identity = wire::GetCallerIdentityResponse {
        account: Some(call.account.clone()),
        arn: Some(arn),
        user_id: Some("AIDASANDBOXSANDBOXSAN".to_owned()),
    };
    Ok(wire::serialize_get_caller_identity_response(&identity).into())
}
