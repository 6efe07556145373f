//! The SDK's errors as [`Fault`]s: which class, which words, what to do.
//!
//! EC2's error types have no variants, so every service is read by its code in this one place.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hcctl_engine::{Class, Fault};

use super::proxy::ProxyFault;
use super::unloaded;

/// Turns the error of `operation` (such as `ec2:CreateVpc`) into a fault.
pub fn fault<E>(operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| {
        let request_id = error.request_id().map(str::to_owned);
        match &error {
            SdkError::ServiceError(context) => {
                let meta = context.err().meta();
                let code = meta.code().map(str::to_owned);
                let message = meta.message().unwrap_or("the service gave no message").to_owned();
                let status = context.raw().status().as_u16();
                let kind = context.raw().headers().get("content-type");
                if kind.is_some_and(|kind| kind.starts_with("text/html")) {
                    return not_aws(operation, status);
                }
                service(operation, code, message, request_id, status)
            }
            SdkError::ResponseError(context) => {
                let status = context.raw().status().as_u16();
                Fault::own(operation, format!("the answer (HTTP {status}) is not one of AWS's: {}", root(&error)))
                    .class(Class::Unreachable)
                    .remedy("something else answers at this address: check AWS_ENDPOINT_URL, proxies and captive portals")
            }
            _ if let Some(proxy) = find::<ProxyFault>(&error) => {
                Fault::own(operation, format!("no connection: {proxy}"))
                    .class(Class::Unreachable)
                    .remedy("check the proxy, or name hosts that need none in NO_PROXY; then run the same command again")
            }
            _ if find::<CredentialsError>(&error).is_some() => no_credentials(operation, &error),
            SdkError::TimeoutError(_) => Fault::own(operation, "no answer in time")
                .class(Class::Unreachable)
                .remedy("check the network and any proxy, then run the same command again"),
            SdkError::DispatchFailure(_) => Fault::own(operation, format!("no connection: {}", root(&error)))
                .class(Class::Unreachable)
                .remedy("check the network, the region's name and AWS_ENDPOINT_URL, then run the same command again"),
            _ => Fault::own(operation, root(&error)),
        }
    }
}

fn no_credentials(operation: &str, error: &(dyn Error + 'static)) -> Fault {
    let (why, remedy) = unloaded::reason(error, |name| std::env::var(name).ok());
    Fault::own(operation, why)
        .class(Class::Credentials)
        .remedy(remedy)
}

/// A page where one of AWS's error messages should be, as proxies and captive portals give.
fn not_aws(operation: &str, status: u16) -> Fault {
    let message = format!("HTTP {status} with a page that is not one of AWS's error messages");
    Fault::own(operation, message)
        .class(Class::Unreachable)
        .remedy("something else answers at this address: check AWS_ENDPOINT_URL and proxies")
}

fn service(
    operation: &str,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    status: u16,
) -> Fault {
    let class = classify(code.as_deref().unwrap_or_default(), &message, status);
    // What answers without a code is not AWS: its error bodies always carry one.
    let (class, message) = match (&code, class) {
        (None, Class::Other) if request_id.is_none() => (
            Class::Unreachable,
            format!("HTTP {status} with a body that is not one of AWS's error messages"),
        ),
        _ => (class, message),
    };
    let remedy = match class {
        Class::Credentials => Some("log in again (aws sso login, aws login) or renew the keys; --profile names another set".to_owned()),
        Class::Denied => Some(format!("let the caller do {operation}; README.md lists the permissions hcctl needs")),
        Class::Throttled => Some("wait a minute first: the service asked for fewer calls".to_owned()),
        Class::Unreachable => Some("something else answers at this address: check AWS_ENDPOINT_URL and proxies".to_owned()),
        _ if code.as_deref().is_some_and(is_quota) => {
            Some("a quota of the account is reached: raise it in Service Quotas, or remove what is not needed".to_owned())
        }
        _ => None,
    };
    Fault {
        operation: operation.to_owned(),
        code,
        message,
        request_id,
        class,
        remedy,
    }
}

/// The class of a service's error code.
fn classify(code: &str, message: &str, status: u16) -> Class {
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "AuthFailure"
        | "IncompleteSignature"
        | "RequestExpired" => Class::Credentials,
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthorizationError"
        | "UnauthorizedException" => Class::Denied,
        "RequestLimitExceeded"
        | "EC2ThrottledException"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "SlowDown"
        | "RequestThrottled" => Class::Throttled,
        "ClusterNotFoundException"
        | "ServiceNotFoundException"
        | "NoSuchEntity"
        | "NoSuchEntityException"
        | "ResourceNotFoundException"
        | "ResourceNotFound"
        | "RepositoryNotFoundException"
        | "LifecyclePolicyNotFoundException"
        | "RepositoryPolicyNotFoundException"
        | "PolicyNotFoundException"
        | "ObjectNotFoundException"
        | "NamespaceNotFound"
        | "NatGatewayNotFound"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NotFound"
        | "NotFoundException"
        | "ParameterNotFound"
        | "LoadBalancerNotFound"
        | "TargetGroupNotFound"
        | "ListenerNotFound"
        | "RuleNotFound"
        | "ServiceNotActiveException" => Class::NotFound,
        "DependencyViolation"
        | "InvalidGroup.InUse"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "InvalidIPAddress.InUse"
        | "DeleteConflict"
        | "PreconditionFailed"
        | "ConditionalRequestConflict"
        | "OperationNotPermitted"
        | "ConcurrentUpdateException"
        | "ConcurrentModification" => Class::Conflict,
        _ if code.ends_with(".NotFound") || code.ends_with("NotFoundFault") => Class::NotFound,
        _ if code.ends_with(".Duplicate")
            || code.ends_with("AlreadyExists")
            || code.starts_with("Duplicate") =>
        {
            Class::Conflict
        }
        "InvalidParameterException"
            if message.contains("Unable to assume the service linked role") =>
        {
            Class::NotYet
        }
        _ if status == 404 && code.is_empty() => Class::NotFound,
        _ => Class::Other,
    }
}

/// Quota errors: none of them goes away by trying again.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
fn is_quota(code: &str) -> bool {
    code.ends_with("LimitExceeded") && code != "RequestLimitExceeded"
        || code.starts_with("TooMany") && code != "TooManyRequestsException"
}

pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The innermost cause, which says most.
pub(super) fn root(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
