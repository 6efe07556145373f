//! Buckets.
//!
//! Owns: making them and asking whether they are there. Must not know: their settings and objects.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::target::{Target, allow_query};
use super::{Bucket, find, raw};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::world::World;

/// [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
pub(super) fn head(world: &mut World, call: &Call, target: &Target) -> Result<Answer, AwsError> {
    allow_query(call, &[])?;
    let bucket = find(world, call, target)?;
    let headers = vec![("x-amz-bucket-region".to_owned(), bucket.region.clone())];
    Ok(raw(200, headers, Bytes::new()))
}

/// [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html). One that is there is always
/// `BucketAlreadyOwnedByYou`; AWS answers 200 in us-east-1 for old times' sake, the sandbox is strict.
pub(super) fn create(world: &mut World, call: &Call, target: &Target) -> Result<Answer, AwsError> {
    allow_query(call, &[])?;
    let name = &target.bucket;
    if !is_valid_name(name) {
        return Err(AwsError::new(
            "InvalidBucketName",
            "The specified bucket is not valid.",
        ));
    }
    check_location(call)?;
    if world.s3.buckets.contains_key(name) {
        return Err(AwsError::new(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        )
        .status(409));
    }
    let bucket = Bucket {
        region: call.region.clone(),
        created: world.now(),
        versioning: None,
        settings: BTreeMap::new(),
        objects: BTreeMap::new(),
    };
    world.s3.buckets.insert(name.clone(), bucket);
    Ok(raw(
        200,
        vec![("location".to_owned(), format!("/{name}"))],
        Bytes::new(),
    ))
}

/// Outside us-east-1 the constraint must name the region; in us-east-1 there must be none.
fn check_location(call: &Call) -> Result<(), AwsError> {
    let body = String::from_utf8_lossy(&call.body);
    let constraint = body
        .split_once("<LocationConstraint>")
        .and_then(|(_, rest)| rest.split_once("</LocationConstraint>"))
        .map(|(text, _)| text.trim());
    match constraint {
        None if call.region == "us-east-1" => Ok(()),
        Some(place) if place == call.region && place != "us-east-1" => Ok(()),
        Some("us-east-1") => Err(AwsError::new(
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )),
        Some(place) => Err(AwsError::new(
            "IllegalLocationConstraintException",
            format!(
                "The {place} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        )),
        None => Err(AwsError::new(
            "IllegalLocationConstraintException",
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
        )),
    }
}

/// [Bucket naming rules](https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
fn is_valid_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| plain(c) || c == '-' || c == '.')
        && name.starts_with(plain)
        && name.ends_with(plain)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}
