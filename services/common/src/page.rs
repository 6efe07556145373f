//! Paged lists: `limit`, an opaque `cursor`, and the body of the answer.
//!
//! Must not know what is listed: an item is the JSON that the store holds.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{BufMut, Bytes};
use http::request::Parts;
use http::{HeaderValue, header};
use utoipa::IntoParams;

use crate::problem::{FieldError, Problem};
use crate::table::{Row, Rows};

/// The most items a page holds.
pub const MAX_LIMIT: usize = 100;
const DEFAULT_LIMIT: usize = 20;
/// The longest sort key a cursor may carry.
const MAX_CURSOR: usize = 200;

/// The query parameters of a list, for the OpenAPI page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the OpenAPI derive only")]
pub struct PageParams {
    /// How many items at most; 20 where absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `next` of the page before; opaque.
    #[param(min_length = 2, max_length = 280, pattern = "^[A-Za-z0-9_-]{2,280}$")]
    cursor: Option<String>,
}

/// Which page is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The most items to answer.
    pub limit: usize,
    /// The sort key to continue after.
    pub after: Option<String>,
}

impl Page {
    /// Reads the query string; unknown or repeated parameters are errors, so that a typing mistake does not list everything.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let mut page = Self {
            limit: DEFAULT_LIMIT,
            after: None,
        };
        let mut errors = Vec::new();
        let mut seen = [false; 2];
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "limit" => 0,
                "cursor" => 1,
                _ => {
                    errors.push(wrong(
                        "query",
                        "unknown parameter: only limit and cursor are offered",
                    ));
                    continue;
                }
            };
            if std::mem::replace(&mut seen[place], true) {
                errors.push(wrong(["limit", "cursor"][place], "given more than once"));
            } else if place == 0 {
                match value.parse() {
                    Ok(limit) if (1..=MAX_LIMIT).contains(&limit) && !value.starts_with('+') => {
                        page.limit = limit;
                    }
                    _ => errors.push(wrong("limit", "must be a whole number from 1 to 100")),
                }
            } else {
                page.after = decode(value);
                if page.after.is_none() {
                    errors.push(wrong("cursor", "must be the `next` of a page before"));
                }
            }
        }
        if errors.is_empty() {
            Ok(page)
        } else {
            Err(Problem::fields(errors))
        }
    }

    /// Turns what the store found, asked for one more than `limit`, into the answer.
    pub fn answer(&self, rows: &Rows) -> Response {
        let body = rows.answer(self.limit, |rows| body(rows, self.limit));
        let mut response = Response::new(Body::from(body));
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        response
    }
}

fn body(rows: &[Row], limit: usize) -> Bytes {
    let more = rows.len() > limit;
    let rows = &rows[..rows.len().min(limit)];
    let next = rows.last().filter(|_| more).map(|row| encode(&row.sort));
    let size = rows.iter().map(|row| row.body.len() + 1).sum::<usize>()
        + 64
        + next.as_ref().map_or(0, String::len);
    let mut body = Vec::with_capacity(size);
    body.put_slice(b"{\"items\":[");
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            body.put_u8(b',');
        }
        body.put_slice(&row.body);
    }
    body.put_u8(b']');
    if let Some(next) = next {
        body.put_slice(b",\"next\":\"");
        body.put_slice(next.as_bytes());
        body.put_u8(b'"');
    }
    body.put_u8(b'}');
    Bytes::from(body)
}

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::parse(parts.uri.query())
    }
}

fn wrong(field: &'static str, reason: &'static str) -> FieldError {
    FieldError {
        field: Cow::Borrowed(field),
        reason: Cow::Borrowed(reason),
    }
}

/// The leading byte is the cursor's version, so that a later layout can refuse an old one politely.
fn encode(sort: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1{sort}"))
}

fn decode(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let sort = text.strip_prefix('1')?;
    let printable = sort.bytes().all(|byte| byte.is_ascii_graphic());
    (printable && !sort.is_empty() && sort.len() <= MAX_CURSOR).then(|| sort.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_it_does_not_know() {
        for query in [
            "limit=0",
            "limit=101",
            "limit=+5",
            "limit=",
            "limit=1&limit=2",
            "cursor=",
            "cursor=%%%",
            "offset=3",
        ] {
            assert!(Page::parse(Some(query)).is_err(), "{query}");
        }
        assert_eq!(
            Page::parse(None).expect("no query"),
            Page {
                limit: 20,
                after: None
            }
        );
    }

    #[test]
    fn an_answer_is_made_once_for_each_limit() {
        let row = |sort: &str| Row {
            sort: sort.to_owned(),
            version: 1,
            body: Bytes::from(format!("\"{sort}\"")),
        };
        let rows = Rows::from(vec![row("a"), row("b"), row("c")]);
        let said = |limit| rows.answer(limit, |rows| body(rows, limit));
        let next = encode("b");
        assert_eq!(
            said(2),
            format!("{{\"items\":[\"a\",\"b\"],\"next\":\"{next}\"}}")
        );
        assert_eq!(said(2).as_ptr(), said(2).as_ptr());
        assert_eq!(said(3), "{\"items\":[\"a\",\"b\",\"c\"]}");
        assert!(!format!("{rows:?}").contains("items"));
    }

    proptest! {
        #[test]
        fn a_cursor_survives_the_trip(sort in "[!-~]{1,200}") {
            prop_assert_eq!(decode(&encode(&sort)), Some(sort));
        }

        #[test]
        fn no_cursor_panics(text in ".*") {
            let _ = decode(&text);
            let _ = Page::parse(Some(&text));
        }
    }
}
