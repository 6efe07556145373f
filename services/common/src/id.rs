//! Identifiers: UUIDv7 (RFC 9562), ordered by the time they were made.
//!
//! Must not know what they identify.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::FromRequestParts;
use http::request::Parts;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::problem::{Kind, Problem};

/// The last one handed out: millisecond and 12-bit counter, so that ids of one process stay in order within a millisecond
/// (RFC 9562, section 6.2, method 1).
static LAST: Mutex<(u64, u16)> = Mutex::new((0, 0));

/// A new identifier.
pub fn new() -> Uuid {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64);
    let (millis, counter) = {
        let mut last = LAST
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = if now > last.0 {
            (now, 0)
        } else if last.1 < 0x0fff {
            (last.0, last.1 + 1)
        } else {
            (last.0 + 1, 0)
        };
        *last
    };
    let mut random = [0; 10];
    random.copy_from_slice(&Uuid::new_v4().as_bytes()[6..]);
    random[0] = (counter >> 8) as u8;
    random[1] = (counter & 0xff) as u8;
    // Bytes 2.. come from behind the version bits of a v4 id; its variant bits are overwritten by the builder again.
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Reads an id from a path: the hyphenated lower-case form and no other, so that one resource has one address.
pub fn parse(text: &str) -> Option<Uuid> {
    // Only the hyphenated form has this length.
    let canonical =
        text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    canonical.then(|| Uuid::try_parse(text).ok())?
}

/// The id at the end of a request's path. What is not an id names nothing: 404. Nothing is percent-decoded, so a resource
/// has no second spelling.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub Uuid);

impl<S: Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let last = parts.uri.path().rsplit('/').next();
        last.and_then(parse)
            .map(Self)
            .ok_or_else(|| Problem::new(Kind::NotFound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_seven_and_in_order() {
        let ids: Vec<Uuid> = (0..20_000).map(|_| new()).collect();
        assert!(
            ids.iter()
                .all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122)
        );
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn one_resource_has_one_address() {
        let id = new();
        assert_eq!(parse(&id.to_string()), Some(id));
        assert_eq!(parse(&id.to_string().to_uppercase()), None);
        assert_eq!(parse(&id.simple().to_string()), None);
        assert_eq!(parse(&id.urn().to_string()), None);
        assert_eq!(parse(&id.braced().to_string()), None);
        assert_eq!(parse(&format!("{}    ", id.simple())), None);
        assert_eq!(parse("../etc/passwd"), None);
    }
}
