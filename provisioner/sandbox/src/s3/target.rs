//! Which bucket and key a request is for.
//!
//! Owns: path-style and virtual-host addressing, and the list of headers that are understood. Must not know: buckets.

use crate::answer::AwsError;
use crate::call::Call;
use crate::params::decode;

/// Headers of S3's own that are understood or may be passed over. All others of theirs would change what a call does.
const HEADERS: &[&str] = &[
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// A bucket, and a key in it if there is one.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) bucket: String,
    pub(super) key: Option<String>,
}

impl Target {
    /// Reads `BUCKET.s3.REGION.amazonaws.com/KEY`, `BUCKET.localhost/KEY`, or `/BUCKET/KEY` on any other host.
    pub(super) fn read(call: &Call) -> Result<Self, AwsError> {
        let path = call.path.strip_prefix('/').unwrap_or(&call.path);
        let host = call.host.split(':').next().unwrap_or_default();
        let virtual_host = host
            .split_once(".s3.")
            .or_else(|| host.split_once(".s3-"))
            .map(|(bucket, _)| bucket)
            .or_else(|| host.strip_suffix(".localhost"));
        let (bucket, key) = match virtual_host {
            Some(bucket) => (bucket, path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        if bucket.is_empty() {
            return Err(AwsError::not_simulated(format!(
                "{} of S3 without a bucket",
                call.method
            )));
        }
        Ok(Self {
            bucket: decode(bucket, false),
            key: (!key.is_empty()).then(|| decode(key, false)),
        })
    }

    /// Refuses headers that would change what the call does and are not implemented.
    #[expect(
        clippy::unused_self,
        reason = "reads with the target: `target.check_headers(call)`"
    )]
    pub(super) fn check_headers(&self, call: &Call) -> Result<(), AwsError> {
        for name in call.headers.keys().map(http::HeaderName::as_str) {
            let ours = name.starts_with("x-amz-checksum-")
                || name.starts_with("x-amz-meta-")
                || HEADERS.contains(&name);
            if name == "range" || (name.starts_with("x-amz-") && !ours) {
                return Err(AwsError::not_simulated(format!("header {name} of S3")));
            }
        }
        Ok(())
    }
}

/// Refuses every query parameter that is not in the list. `x-id` only names the operation.
pub(super) fn allow_query(call: &Call, known: &[&str]) -> Result<(), AwsError> {
    let shapes = call.query.shapes();
    match shapes
        .iter()
        .find(|name| !known.contains(&name.as_str()) && *name != "x-id")
    {
        Some(name) => Err(AwsError::not_simulated(format!(
            "query parameter {name} of S3 {}",
            call.method
        ))),
        None => Ok(()),
    }
}
