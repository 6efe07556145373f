//! Objects.
//!
//! Owns: reading, writing and deleting one object, with the conditions that make a bucket a lock
//! ([conditional requests](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html)).
//! Must not know: lists. Calls come one at a time, so `ConditionalRequestConflict` (409) does not occur by itself.

use bytes::Bytes;

use super::target::{Target, allow_query};
use super::{Bucket, Content, Object, find, raw};
use crate::answer::{Answer, AwsError};
use crate::call::Call;
use crate::time::http_date;
use crate::world::{World, hash_hex};

/// [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html): `If-None-Match: *` wants no object there,
/// `If-Match` wants this one; both refuse with 412, and `If-Match` with 404 if there is none at all.
pub(super) fn put(
    world: &mut World,
    call: &Call,
    target: &Target,
    key: &str,
) -> Result<Answer, AwsError> {
    allow_query(call, &[])?;
    if key.len() > 1_024 {
        return Err(AwsError::new("KeyTooLongError", "Your key is too long"));
    }
    let body = content(call)?;
    let (now, version) = (world.now(), world.hex(32));
    let bucket = find(world, call, target)?;
    let there = bucket.objects.get(key);
    match call.header("if-none-match") {
        Some("*") if there.is_some() => return Err(unmet("If-None-Match")),
        Some("*") | None => {}
        Some(_) => {
            return Err(AwsError::new("NotImplemented", "If-None-Match takes only *").status(501));
        }
    }
    if let Some(wanted) = call.header("if-match") {
        match_etag(there, wanted)?;
    }
    let object = Object {
        etag: format!("\"{}\"", hash_hex(&format!("{version}{}", body.len()), 32)),
        content: Content::new(&body),
        modified: now,
        version: bucket
            .versioning
            .as_deref()
            .filter(|status| *status == "Enabled")
            .map(|_| version),
        content_type: call
            .header("content-type")
            .unwrap_or("binary/octet-stream")
            .to_owned(),
        metadata: metadata(call),
    };
    let mut headers = vec![("etag".to_owned(), object.etag.clone()), encrypted()];
    headers.extend(version_header(&object));
    bucket.objects.insert(key.to_owned(), object);
    Ok(raw(200, headers, Bytes::new()))
}

/// [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html) and
/// [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
pub(super) fn get(
    world: &mut World,
    call: &Call,
    target: &Target,
    key: &str,
) -> Result<Answer, AwsError> {
    allow_query(call, &[])?;
    let bucket = find(world, call, target)?;
    let object = there(bucket, key)?;
    if let Some(wanted) = call.header("if-match") {
        match_etag(Some(object), wanted)?;
    }
    if call
        .header("if-none-match")
        .is_some_and(|known| same(known, &object.etag))
    {
        return Ok(raw(
            304,
            vec![("etag".to_owned(), object.etag.clone())],
            Bytes::new(),
        ));
    }
    let bytes = object.content.bytes();
    let mut headers = vec![
        ("etag".to_owned(), object.etag.clone()),
        ("last-modified".to_owned(), http_date(object.modified)),
        ("content-type".to_owned(), object.content_type.clone()),
        ("content-length".to_owned(), bytes.len().to_string()),
        encrypted(),
    ];
    headers.extend(version_header(object));
    headers.extend(
        object
            .metadata
            .iter()
            .map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())),
    );
    let body = if call.method == "HEAD" {
        Bytes::new()
    } else {
        Bytes::copy_from_slice(bytes)
    };
    Ok(raw(200, headers, body))
}

/// [DeleteObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html): without a condition it succeeds also if
/// nothing is there; with `If-Match` the object must be there and be the one.
pub(super) fn delete(
    world: &mut World,
    call: &Call,
    target: &Target,
    key: &str,
) -> Result<Answer, AwsError> {
    allow_query(call, &[])?;
    let version = world.hex(32);
    let bucket = find(world, call, target)?;
    if let Some(wanted) = call.header("if-match") {
        match_etag(bucket.objects.get(key), wanted)?;
    }
    bucket.objects.remove(key);
    let marker = bucket.versioning.as_deref() == Some("Enabled");
    let headers = [
        ("x-amz-delete-marker", "true".to_owned()),
        ("x-amz-version-id", version),
    ];
    let headers = headers
        .into_iter()
        .filter(|_| marker)
        .map(|(name, value)| (name.to_owned(), value));
    Ok(raw(204, headers.collect(), Bytes::new()))
}

fn there<'a>(bucket: &'a Bucket, key: &str) -> Result<&'a Object, AwsError> {
    bucket.objects.get(key).ok_or_else(no_such_key)
}

fn no_such_key() -> AwsError {
    AwsError::new("NoSuchKey", "The specified key does not exist.").status(404)
}

fn match_etag(there: Option<&Object>, wanted: &str) -> Result<(), AwsError> {
    match there {
        None => Err(no_such_key()),
        Some(object) if wanted == "*" || same(wanted, &object.etag) => Ok(()),
        Some(_) => Err(unmet("If-Match")),
    }
}

/// Clients send the tag with or without its quotes.
fn same(given: &str, etag: &str) -> bool {
    given.trim_matches('"') == etag.trim_matches('"')
}

fn unmet(condition: &str) -> AwsError {
    AwsError::new(
        "PreconditionFailed",
        format!("At least one of the pre-conditions you specified did not hold: {condition}"),
    )
    .status(412)
}

fn encrypted() -> (String, String) {
    (
        "x-amz-server-side-encryption".to_owned(),
        "AES256".to_owned(),
    )
}

fn version_header(object: &Object) -> Option<(String, String)> {
    Some(("x-amz-version-id".to_owned(), object.version.clone()?))
}

fn metadata(call: &Call) -> std::collections::BTreeMap<String, String> {
    let pairs = call.headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix("x-amz-meta-")?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    pairs.collect()
}

/// The body, taken out of its chunks if the client signed it in a stream
/// ([chunked uploads](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html)).
fn content(call: &Call) -> Result<Vec<u8>, AwsError> {
    let streamed = call
        .header("x-amz-content-sha256")
        .is_some_and(|hash| hash.starts_with("STREAMING-"));
    if !streamed {
        return Ok(call.body.to_vec());
    }
    unchunk(&call.body)
        .ok_or_else(|| AwsError::new("IncompleteBody", "The chunked body ends too early."))
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let head = std::str::from_utf8(&rest[..line]).ok()?;
        let length = usize::from_str_radix(head.split(';').next()?.trim(), 16).ok()?;
        rest = &rest[line + 2..];
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together() {
        let body = b"5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(unchunk(body).unwrap(), b"hello world");
        assert_eq!(unchunk(b"5\r\nhel"), None);
        assert_eq!(unchunk(b"ffffffffffffffff\r\nhel"), None);
    }
}
