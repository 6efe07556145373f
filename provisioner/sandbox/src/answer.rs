//! What a room gives back, and its form in each of AWS's protocols.
//!
//! Owns: answers, errors, and their rendering as HTTP. Must not know: services and what the errors mean.

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Value, json};
use winterbaume_core::MockResponse;
use winterbaume_core::protocol::xml_escape;

use crate::call::Protocol;
use crate::cbor;

/// A successful answer.
#[derive(Debug)]
pub(crate) enum Answer {
    /// For the JSON and CBOR protocols. A CBOR time is written `{"$time": 1767225600.5}` (see [`crate::cbor`]).
    Json(Value),
    /// A whole XML document.
    Xml(String),
    /// A typed response, serialised by the generated code; its request id is replaced by the call's.
    Wire(MockResponse),
    /// Everything by hand, for S3.
    Raw {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
}

impl Answer {
    /// An EC2 answer whose fields are written by hand: `inner` is the XML below the outermost element.
    pub(crate) fn ec2(operation: &str, inner: &str) -> Self {
        Self::Xml(format!(
            "<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>-</requestId>{inner}</{operation}Response>"
        ))
    }

    /// An empty JSON object.
    pub(crate) fn empty() -> Self {
        Self::Json(json!({}))
    }
}

impl From<MockResponse> for Answer {
    fn from(response: MockResponse) -> Self {
        Self::Wire(response)
    }
}

/// A refusal, with the code and message form of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AwsError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
}

impl AwsError {
    /// A refusal with HTTP status 400.
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: 400,
        }
    }

    /// The same with another HTTP status.
    #[must_use]
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// JSON services' common refusal of a malformed request.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// Something that AWS may well have and the sandbox has not. It is no retryable status: trying again will not help.
    pub(crate) fn not_simulated(what: impl Into<String>) -> Self {
        Self::new(
            "NotSimulated",
            format!("the sandbox does not simulate {}", what.into()),
        )
    }
}

/// Writes a room's result as HTTP.
pub(crate) fn render(
    protocol: Protocol,
    request_id: &str,
    result: Result<Answer, AwsError>,
) -> http::Response<Bytes> {
    let mut response = match result {
        Ok(answer) => render_answer(protocol, request_id, answer),
        Err(error) => render_error(protocol, request_id, &error),
    };
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response
            .headers_mut()
            .insert("x-amzn-requestid", value.clone());
        response.headers_mut().insert("x-amz-request-id", value);
    }
    response
}

fn render_answer(protocol: Protocol, request_id: &str, answer: Answer) -> http::Response<Bytes> {
    match answer {
        Answer::Json(value) => respond(200, content_type(protocol), structured(protocol, &value)),
        Answer::Xml(text) => respond(200, "text/xml", with_request_id(&text, request_id).into()),
        Answer::Wire(wire) => {
            let is_xml = wire
                .headers
                .get(CONTENT_TYPE)
                .is_some_and(|value| value.as_bytes().ends_with(b"xml"));
            let body = match std::str::from_utf8(&wire.body) {
                Ok(text) if is_xml => with_request_id(text, request_id).into(),
                _ => wire.body,
            };
            let mut response = respond(wire.status, content_type(protocol), body);
            response.headers_mut().extend(wire.headers);
            response
        }
        Answer::Raw {
            status,
            headers,
            body,
        } => {
            let mut response = respond(status, "application/xml", body);
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                let name = HeaderName::from_bytes(name.as_bytes());
                if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
                    map.insert(name, value);
                }
            }
            response.headers_mut().extend(map);
            response
        }
    }
}

fn render_error(protocol: Protocol, request_id: &str, error: &AwsError) -> http::Response<Bytes> {
    let (code, message) = (xml_escape(&error.code), xml_escape(&error.message));
    let body: Bytes = match protocol {
        Protocol::Ec2Query => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
             <Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        .into(),
        Protocol::AwsQuery => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        .into(),
        Protocol::RestXml => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>{request_id}</RequestId></Error>"
        )
        .into(),
        Protocol::Json10 | Protocol::Json11 | Protocol::Cbor => structured(
            protocol,
            &json!({ "__type": error.code, "message": error.message, "Message": error.message }),
        ),
    };
    let mut response = respond(error.status, content_type(protocol), body);
    if let (Protocol::Cbor, Ok(value)) = (
        protocol,
        HeaderValue::from_str(&format!("{};Sender", error.code)),
    ) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

fn structured(protocol: Protocol, value: &Value) -> Bytes {
    match protocol {
        Protocol::Cbor => cbor::encode(value).into(),
        _ => value.to_string().into(),
    }
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ec2Query | Protocol::AwsQuery => "text/xml",
        Protocol::RestXml => "application/xml",
        Protocol::Json10 => "application/x-amz-json-1.0",
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::Cbor => "application/cbor",
    }
}

fn respond(status: u16, content_type: &'static str, body: Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if content_type == "application/cbor" {
        response
            .headers_mut()
            .insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    response
}

/// The generated code invents a random request id; the sandbox repeats itself exactly, so it puts in its own.
fn with_request_id(text: &str, request_id: &str) -> String {
    for (open, close) in [
        ("<requestId>", "</requestId>"),
        ("<RequestId>", "</RequestId>"),
    ] {
        if let Some((before, rest)) = text.split_once(open)
            && let Some((_, after)) = rest.split_once(close)
        {
            return format!("{before}{open}{request_id}{close}{after}");
        }
    }
    text.to_owned()
}
