//! `ETag`, `If-Match` and `If-None-Match` (RFC 9110, section 13): who changes a resource proves to have seen its last version.
//!
//! A version is the strong tag `"3"`. Must not know what has versions.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use crate::problem::{Kind, Problem};

/// The tag of a version.
#[expect(
    clippy::missing_panics_doc,
    reason = "the invariant is stated at the expect"
)]
pub fn etag(version: u64) -> HeaderValue {
    if version == 1 {
        return HeaderValue::from_static("\"1\"");
    }
    HeaderValue::try_from(format!("\"{version}\""))
        .expect("digits and quotes are legal in a header")
}

/// What `If-Match` allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any version.
    Any,
    /// One of these.
    Versions(Vec<u64>),
}

impl IfMatch {
    /// Reads the header: 428 (RFC 6585) where it is absent. A tag that is not ours cannot match, and is no error.
    pub fn required(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut versions = Vec::new();
        let mut present = false;
        for value in headers.get_all(header::IF_MATCH) {
            present = true;
            let text = value.to_str().map_err(|_| {
                Problem::because(Kind::Malformed, "If-Match must be a list of entity tags")
            })?;
            if text.trim() == "*" {
                return Ok(Self::Any);
            }
            versions.extend(text.split(',').filter_map(|tag| version(tag.trim())));
        }
        if present {
            Ok(Self::Versions(versions))
        } else {
            Err(Problem::new(Kind::PreconditionRequired))
        }
    }

    /// 412 unless the version is one of those allowed.
    pub fn check(&self, current: u64) -> Result<(), Problem> {
        match self {
            Self::Versions(versions) if !versions.contains(&current) => {
                Err(Problem::new(Kind::PreconditionFailed))
            }
            _ => Ok(()),
        }
    }
}

/// What `If-None-Match` says the client has.
#[derive(Clone, Debug, Default)]
pub struct Known(Vec<HeaderValue>);

impl Known {
    /// From a request's headers.
    pub fn read(headers: &HeaderMap) -> Self {
        Self(
            headers
                .get_all(header::IF_NONE_MATCH)
                .iter()
                .cloned()
                .collect(),
        )
    }

    /// Whether it names this version (weak comparison, as section 13.1.2 wants).
    pub fn names(&self, current: u64) -> bool {
        self.0
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|text| {
                let mut tags = text.split(',').map(str::trim);
                tags.any(|tag| tag == "*" || version(tag.trim_start_matches("W/")) == Some(current))
            })
    }
}

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(&parts.headers))
    }
}

fn version(tag: &str) -> Option<u64> {
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let canonical = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    canonical.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn only_the_version_that_was_read_matches() {
        for (value, matches) in [
            ("\"3\"", true),
            ("*", true),
            ("\"1\", \"3\"", true),
            ("\"2\"", false),
            ("W/\"3\"", false),
            ("3", false),
            ("\"03\"", false),
            ("", false),
        ] {
            let allowed = IfMatch::required(&headers(value)).expect("present");
            assert_eq!(allowed.check(3).is_ok(), matches, "{value}");
        }
        assert_eq!(
            IfMatch::required(&HeaderMap::new())
                .expect_err("absent")
                .kind(),
            Kind::PreconditionRequired
        );
    }

    #[test]
    fn a_weak_tag_still_says_unchanged() {
        assert!(Known::read(&headers("W/\"3\"")).names(3));
        assert!(!Known::read(&headers("\"4\"")).names(3));
    }
}
