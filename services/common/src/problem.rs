//! Every refusal as RFC 9457 `application/problem+json`.
//!
//! Owns the list of problem types, which is part of the API: a `type` never changes its meaning. Texts are fixed here and
//! never repeat what the client sent, so that no personal data can travel through an error. Must not know resources.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, as a closed list. [`Kind::slug`] is the stable part of the `type` URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is not JSON, or the request is malformed in another way.
    Malformed,
    /// No bearer token, or one that does not verify.
    Unauthenticated,
    /// The token lacks the scope.
    Forbidden,
    /// No such resource or path.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The request's body did not arrive in time.
    RequestTimeout,
    /// The state of the resource, or another resource, stands against it.
    Conflict,
    /// `If-Match` names another version.
    PreconditionFailed,
    /// The body is larger than the service takes.
    TooLarge,
    /// The path and query are longer than the service takes.
    UriTooLong,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// Well-formed, but fields are wrong; `errors` lists each.
    Invalid,
    /// The same `Idempotency-Key` came with another body.
    KeyReused,
    /// PUT and DELETE need `If-Match`.
    PreconditionRequired,
    /// The headers are larger than the service takes.
    HeadersTooLarge,
    /// A defect of ours.
    Internal,
    /// The store or the issuer's keys cannot be reached now.
    Unavailable,
}

impl Kind {
    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The last part of the `type` URI.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Malformed => "malformed-request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::RequestTimeout => "request-timeout",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition-failed",
            Self::TooLarge => "body-too-large",
            Self::UriTooLong => "uri-too-long",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Invalid => "invalid-fields",
            Self::KeyReused => "idempotency-key-reused",
            Self::PreconditionRequired => "precondition-required",
            Self::HeadersTooLarge => "headers-too-large",
            Self::Internal => "internal-error",
            Self::Unavailable => "unavailable",
        }
    }

    /// A short sentence for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Malformed => "The request is malformed.",
            Self::Unauthenticated => "A valid bearer token is needed.",
            Self::Forbidden => "The token does not allow this.",
            Self::NotFound => "There is nothing here.",
            Self::MethodNotAllowed => "This method is not offered here.",
            Self::RequestTimeout => "The request took too long to arrive.",
            Self::Conflict => "The request conflicts with what is stored.",
            Self::PreconditionFailed => "The resource has changed since it was read.",
            Self::TooLarge => "The body is too large.",
            Self::UriTooLong => "The path and query are too long.",
            Self::UnsupportedMediaType => "The body must be application/json.",
            Self::Invalid => "Some fields are wrong.",
            Self::KeyReused => "The Idempotency-Key was used for another request.",
            Self::PreconditionRequired => "If-Match is needed, with the ETag that was read.",
            Self::HeadersTooLarge => "The headers are too large.",
            Self::Internal => "The service failed.",
            Self::Unavailable => "The service cannot answer right now.",
        }
    }
}

/// One wrong field: where (a JSON pointer, or the name of a query parameter) and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (`/name/family`), or the query parameter's name.
    pub field: Cow<'static, str>,
    /// What is expected, never what was sent.
    pub reason: Cow<'static, str>,
}

/// The body of every error, as RFC 9457 lays it out. For the OpenAPI page.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:hcctl:problem:` and the stable name of the problem.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    /// A short sentence for people.
    pub title: Cow<'static, str>,
    /// The HTTP status again.
    pub status: u16,
    /// What is particular about this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
    /// Each wrong field, where fields are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// A refusal on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<&'static str>,
    errors: Vec<FieldError>,
    /// Boxed, because few problems have any and every fallible function carries the size.
    headers: Option<Box<HeaderMap>>,
}

/// The beginning of every `type`.
pub const TYPE_PREFIX: &str = "urn:hcctl:problem:";

impl Problem {
    /// A problem of this kind, with no more to say.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            headers: None,
        }
    }

    /// A problem with a fixed sentence of detail.
    pub fn because(kind: Kind, detail: &'static str) -> Self {
        Self {
            detail: Some(detail),
            ..Self::new(kind)
        }
    }

    /// 422 with every wrong field.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::new(Kind::Invalid)
        }
    }

    /// Adds a header such as `WWW-Authenticate` or `Retry-After`.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The fields found wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.kind.status();
        let body = ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", self.kind.slug()).into(),
            title: self.kind.title().into(),
            status: status.as_u16(),
            detail: self.detail.map(Cow::Borrowed),
            errors: self.errors,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        if let Some(headers) = self.headers {
            *response.headers_mut() = *headers;
        }
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
