//! A bucket's settings, each behind a query parameter of its own.
//!
//! Owns: versioning, public access block, encryption, policy: checked in form, kept as sent. Must not know: objects.

use bytes::Bytes;

use super::target::{Target, allow_query};
use super::{find, raw};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// The query parameters, which are also the names of the settings.
pub(super) const KINDS: [&str; 4] = ["versioning", "publicAccessBlock", "encryption", "policy"];

/// [PutBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html),
/// [PutPublicAccessBlock](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html),
/// [PutBucketEncryption](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html),
/// [PutBucketPolicy](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html).
pub(super) fn put(
    world: &mut World,
    call: &Call,
    target: &Target,
    kind: &str,
) -> Result<Answer, AwsError> {
    allow_query(call, &[kind])?;
    let body = String::from_utf8_lossy(&call.body).into_owned();
    check_form(kind, &body)?;
    let bucket = find(world, call, target)?;
    if kind == "versioning" {
        bucket.versioning = Some(status_of(&body)?);
    } else {
        bucket.settings.insert(kind.to_owned(), body);
    }
    let status = if kind == "policy" { 204 } else { 200 };
    Ok(raw(status, Vec::new(), Bytes::new()))
}

/// The same settings read back, as they were sent.
pub(super) fn get(
    world: &mut World,
    call: &Call,
    target: &Target,
    kind: &str,
) -> Result<Answer, AwsError> {
    allow_query(call, &[kind])?;
    let bucket = find(world, call, target)?;
    if kind == "versioning" {
        let status = bucket
            .versioning
            .as_ref()
            .map(|status| format!("<Status>{status}</Status>"));
        let body = format!(
            "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</VersioningConfiguration>",
            status.unwrap_or_default()
        );
        return Ok(raw(200, Vec::new(), body.into()));
    }
    let code = match kind {
        "publicAccessBlock" => "NoSuchPublicAccessBlockConfiguration",
        "encryption" => "ServerSideEncryptionConfigurationNotFoundError",
        _ => "NoSuchBucketPolicy",
    };
    let body = bucket.settings.get(kind).cloned();
    let body =
        body.ok_or_else(|| AwsError::new(code, format!("The bucket has no {kind}")).status(404))?;
    let content_type = if kind == "policy" {
        "application/json"
    } else {
        "application/xml"
    };
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    Ok(raw(200, headers, body.into()))
}

fn check_form(kind: &str, body: &str) -> Result<(), AwsError> {
    let root = match kind {
        "versioning" => "<VersioningConfiguration",
        "publicAccessBlock" => "<PublicAccessBlockConfiguration",
        "encryption" => "<ServerSideEncryptionConfiguration",
        _ => {
            return match serde_json::from_str::<serde_json::Value>(body) {
                Ok(policy) if policy["Statement"].is_array() || policy["Statement"].is_object() => {
                    Ok(())
                }
                Ok(_) => Err(AwsError::new(
                    "MalformedPolicy",
                    "Missing required field Statement",
                )),
                Err(_) => Err(AwsError::new(
                    "MalformedPolicy",
                    "Policies must be valid JSON and the first byte must be '{'",
                )),
            };
        }
    };
    if body.contains(root) {
        Ok(())
    } else {
        Err(malformed())
    }
}

fn status_of(body: &str) -> Result<String, AwsError> {
    ["Enabled", "Suspended"]
        .into_iter()
        .find(|status| body.contains(&format!("<Status>{status}</Status>")))
        .map(str::to_owned)
        .ok_or_else(malformed)
}

fn malformed() -> AwsError {
    AwsError::new(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}
