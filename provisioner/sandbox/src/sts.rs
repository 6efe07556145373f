//! STS: who is calling, and roles that are assumed.
//!
//! Owns: nothing; the account is fixed, the caller is a setting, and sessions are IAM's. Must not know: HTTP, files, hcctl.

use winterbaume_sts::{model, wire};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::iam;
use crate::shape;
use crate::time::iso;
use crate::world::World;

/// Answers one call.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    match call.operation.as_str() {
        "AssumeRole" => assume_role(world, call),
        "GetCallerIdentity" => get_caller_identity(world, call),
        _ => Err(call.unknown_operation()),
    }
}

/// [GetCallerIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html): always allowed.
fn get_caller_identity(world: &World, call: &Call) -> Result<Answer, AwsError> {
    call.allow(&[])?;
    // Whoever calls, unless the world was told who that is.
    let session = world.iam.sessions.get(&call.key).cloned();
    let arn = session
        .or_else(|| world.caller.clone())
        .unwrap_or_else(|| call.user_arn());
    let identity = wire::GetCallerIdentityResponse {
        account: Some(call.account.clone()),
        arn: Some(arn),
        user_id: Some("AIDASANDBOXSANDBOXSAN".to_owned()),
    };
    Ok(wire::serialize_get_caller_identity_response(&identity).into())
}

/// [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html): the role must trust the account, and
/// have a code of the right form where its trust policy wants MFA. Which code a device shows is not simulated: `000000` is
/// the wrong one.
fn assume_role(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    const FAILED: &str = "MultiFactorAuthentication failed";
    let input: model::AssumeRoleRequest = shape::form(call)?;
    shape::refuse(
        call,
        &[
            "Policy",
            "PolicyArns",
            "Tags",
            "TransitiveTagKeys",
            "SourceIdentity",
        ],
    )?;
    let name = &input.role_session_name;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(fits) {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w+=,.@-]*"
        );
        return Err(AwsError::new("ValidationError", message));
    }
    let seconds = input.duration_seconds.unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        let message = "The requested DurationSeconds must be between 900 and 43200";
        return Err(AwsError::new("ValidationError", message));
    }
    let denied = |message: String| AwsError::new("AccessDenied", message).status(403);
    let mfa = match (&input.serial_number, input.token_code.as_deref()) {
        (None, _) => false,
        (Some(_), Some(code)) if code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit()) => {
            if code == "000000" {
                return Err(denied(format!(
                    "{FAILED} with invalid MFA one time pass code."
                )));
            }
            true
        }
        (Some(_), _) => {
            let message = "1 validation error detected: Value at 'tokenCode' failed to satisfy constraint: Member must satisfy \
                           regular expression pattern: [\\d]*";
            return Err(AwsError::new("ValidationError", message));
        }
    };
    let Some(role) = iam::assumable(world, &input.role_arn, mfa) else {
        return Err(denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            call.user_arn(),
            input.role_arn
        )));
    };
    let key = format!("ASIA{}", world.hex(16).to_uppercase());
    let arn = call.global_arn("sts", &format!("assumed-role/{role}/{name}"));
    world.iam.sessions.insert(key.clone(), arn.clone());
    let expiration = world.now() + u64::from(seconds.unsigned_abs()) * 1_000;
    let answer = model::AssumeRoleResponse {
        assumed_role_user: Some(model::AssumedRoleUser {
            arn: Some(arn),
            assumed_role_id: Some(format!("AROASANDBOXSANDBOXSAN:{name}")),
        }),
        credentials: Some(model::Credentials {
            access_key_id: Some(key),
            expiration: Some(iso(expiration)),
            secret_access_key: Some(world.hex(40)),
            session_token: Some(world.hex(64)),
        }),
        ..Default::default()
    };
    Ok(wire::serialize_assume_role_response(&answer).into())
}
