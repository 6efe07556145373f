//! S3: buckets and objects with conditional writes, path-style or by virtual host.
//!
//! Owns: buckets, their settings, the current version of each object. Must not know: what hcctl keeps in them.
//! A versioned bucket gives version ids out but keeps no older version: none of the operations here can read one.

mod bucket;
mod listing;
mod object;
mod settings;
mod target;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::tags::Tagged;
use crate::world::World;
use target::Target;

/// Everything this room keeps: bucket names are global.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    buckets: BTreeMap<String, Bucket>,
}

/// One bucket.
#[derive(Debug, Serialize, Deserialize)]
struct Bucket {
    region: String,
    created: u64,
    /// `Enabled` or `Suspended`, once it was set.
    versioning: Option<String>,
    /// What `?publicAccessBlock`, `?encryption` and `?policy` were set to, as sent.
    settings: BTreeMap<String, String>,
    objects: BTreeMap<String, Object>,
}

/// The current version of one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Object {
    content: Content,
    etag: String,
    modified: u64,
    version: Option<String>,
    content_type: String,
    /// `x-amz-meta-*` by the rest of the name.
    metadata: BTreeMap<String, String>,
}

/// An object's bytes, kept readable in the world's file where they are text.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

impl Content {
    fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(bytes.to_vec()),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Answers one call. A refused `HEAD` has no body, so its client only sees the status.
pub(crate) fn handle(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let result = dispatch(world, call);
    match result {
        Err(error) if call.method == "HEAD" => Ok(raw(error.status, Vec::new(), Bytes::new())),
        result => result,
    }
}

fn dispatch(world: &mut World, call: &Call) -> Result<Answer, AwsError> {
    let target = Target::read(call)?;
    target.check_headers(call)?;
    let setting = settings::KINDS
        .iter()
        .find(|kind| call.query.get(kind).is_some());
    match (call.method.as_str(), target.key.as_deref(), setting) {
        ("PUT", None, Some(kind)) => settings::put(world, call, &target, kind),
        ("GET", None, Some(kind)) => settings::get(world, call, &target, kind),
        ("HEAD", None, None) => bucket::head(world, call, &target),
        ("PUT", None, None) => bucket::create(world, call, &target),
        ("GET", None, None) => listing::list(world, call, &target),
        ("PUT", Some(key), None) => object::put(world, call, &target, key),
        ("GET" | "HEAD", Some(key), None) => object::get(world, call, &target, key),
        ("DELETE", Some(key), None) => object::delete(world, call, &target, key),
        (method, key, _) => {
            let kind = if key.is_some() { "object" } else { "bucket" };
            Err(AwsError::not_simulated(format!(
                "{method} of an S3 {kind} with the query {:?}",
                call.query.shapes()
            )))
        }
    }
}

/// The management event of a call that writes, and its bucket; what is done with objects is none.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>
pub(crate) fn management(call: &Call) -> Option<(&'static str, String)> {
    let target = Target::read(call)
        .ok()
        .filter(|target| target.key.is_none())?;
    let setting = settings::KINDS
        .iter()
        .find(|kind| call.query.get(kind).is_some());
    let event = match (call.method.as_str(), setting.copied()) {
        ("PUT", None) => "CreateBucket",
        ("PUT", Some("versioning")) => "PutBucketVersioning",
        ("PUT", Some("publicAccessBlock")) => "PutBucketPublicAccessBlock",
        ("PUT", Some("encryption")) => "PutBucketEncryption",
        ("PUT", Some("policy")) => "PutBucketPolicy",
        _ => return None,
    };
    Some((event, target.bucket))
}

/// The bucket of a call, if the caller expects the right owner and speaks to the right region.
fn find<'a>(
    world: &'a mut World,
    call: &Call,
    target: &Target,
) -> Result<&'a mut Bucket, AwsError> {
    // The sandbox has one account, so every bucket is its own.
    if call
        .header("x-amz-expected-bucket-owner")
        .is_some_and(|owner| owner != call.account)
    {
        return Err(AwsError::new("AccessDenied", "Access Denied").status(403));
    }
    let bucket = world.s3.buckets.get_mut(&target.bucket);
    let bucket = bucket.ok_or_else(|| {
        AwsError::new("NoSuchBucket", "The specified bucket does not exist").status(404)
    })?;
    if bucket.region == call.region {
        return Ok(bucket);
    }
    Err(AwsError::new(
        "PermanentRedirect",
        format!(
            "The bucket you are attempting to access must be addressed using the specified endpoint. It is in {}.",
            bucket.region
        ),
    )
    .status(301))
}

fn raw(status: u16, headers: Vec<(String, String)>, body: Bytes) -> Answer {
    Answer::Raw {
        status,
        headers,
        body,
    }
}

/// This room's tagged resources: buckets take no tags here.
pub(crate) fn tagged(_world: &World, _region: &str) -> Vec<Tagged> {
    Vec::new()
}

/// How many of each kind there are.
pub(crate) fn count(world: &World) -> Vec<(&'static str, usize)> {
    let buckets = &world.s3.buckets;
    let objects = buckets.values().map(|bucket| bucket.objects.len()).sum();
    vec![("bucket", buckets.len()), ("object", objects)]
}
