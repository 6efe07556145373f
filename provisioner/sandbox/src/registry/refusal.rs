//! Refusals in the form of the distribution API, with ECR's words.
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes>

use http::header::HeaderValue;
use http::{Response, StatusCode};
use serde_json::json;

use super::Body;
use crate::answer::AwsError;

/// The codes of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    BlobUnknown,
    BlobUploadInvalid,
    BlobUploadUnknown,
    Denied,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameUnknown,
    SizeInvalid,
    TagInvalid,
    TooManyRequests,
    Unauthorized,
    Unsupported,
    /// Not of the specification: this registry itself failed.
    Unknown,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::Denied => "DENIED",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Unsupported => "UNSUPPORTED",
            Self::Unknown => "UNKNOWN",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::BlobUnknown
            | Self::BlobUploadUnknown
            | Self::ManifestUnknown
            | Self::NameUnknown => StatusCode::NOT_FOUND,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::SizeInvalid => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: Code,
    message: String,
    /// Another status than the code's, and a header.
    status: Option<StatusCode>,
    header: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status: None,
            header: None,
        }
    }

    pub(super) fn unsupported() -> Self {
        Self::new(Code::Unsupported, "The operation is unsupported.")
    }

    /// Where somebody must sign in, and how.
    pub(super) fn challenge(realm: &str, message: &str) -> Self {
        let how = format!("Basic realm=\"{realm}\",service=\"ecr.amazonaws.com\"");
        Self {
            header: Some(("www-authenticate", how)),
            ..Self::new(Code::Unauthorized, message)
        }
    }

    /// A part of an upload, or of a layer, that is not where it should be; `range` is what there is.
    pub(super) fn out_of_order(name: &'static str, range: String) -> Self {
        Self {
            status: Some(StatusCode::RANGE_NOT_SATISFIABLE),
            header: Some((name, range)),
            ..Self::new(Code::BlobUploadInvalid, "The range is not the next one.")
        }
    }

    pub(super) fn response(self) -> Response<Body> {
        let body = json!({ "errors": [{ "code": self.code.name(), "message": self.message }] });
        let status = self.status.unwrap_or_else(|| self.code.status());
        let mut response = super::json(status, body.to_string());
        if let Some((name, value)) = self.header
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(%error, "the registry's folder cannot be used");
        Self::new(
            Code::Unknown,
            format!("the registry's folder cannot be used: {error}"),
        )
    }
}

/// A refusal of ECR's API, as its registry words it.
impl From<AwsError> for Refusal {
    fn from(error: AwsError) -> Self {
        let code = match error.code.as_str() {
            "ImageTagAlreadyExistsException" => Code::TagInvalid,
            "ImageDigestDoesNotMatchException" => Code::DigestInvalid,
            "RepositoryNotFoundException" => Code::NameUnknown,
            "LayersNotFoundException" | "ReferencedImagesNotFoundException" => {
                Code::ManifestBlobUnknown
            }
            _ if error.status >= 500 => Code::Unknown,
            _ => Code::ManifestInvalid,
        };
        Self::new(code, error.message)
    }
}
