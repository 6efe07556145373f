//! Which operation of which service a request calls, and whether it writes.

use std::fmt;

use hyper::body::Bytes;

/// Operations that begin so change nothing.
const READS: [&str; 7] = [
    "Describe",
    "List",
    "Get",
    "Head",
    "Lookup",
    "BatchGet",
    "BatchCheck",
];

/// An operation of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service as signatures name it: `ec2`, `elasticloadbalancing`, `monitoring`, `tagging`, ...
    pub service: String,
    /// Such as `CreateVpc`; for S3 the method with what it is about, such as `PUT hcctl-1/dev/lease.json`.
    pub name: String,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.name)
    }
}

impl Operation {
    /// The operation that a request calls.
    pub fn of(parts: &http::request::Parts, body: &Bytes) -> Self {
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let scope = header("authorization").and_then(|text| text.split_once("Credential="));
        let service = scope.and_then(|(_, scope)| scope.split('/').nth(3));
        let path = parts.uri.path();
        let name = if let Some(target) = header("x-amz-target") {
            target.rsplit('.').next().unwrap_or_default().to_owned()
        } else if let Some((_, operation)) = path.split_once("/operation/") {
            operation.to_owned()
        } else if let Some(action) = action(body) {
            action
        } else {
            format!("{} {}", parts.method, path.trim_start_matches('/'))
        };
        Self {
            service: service.unwrap_or("unsigned").to_owned(),
            name,
        }
    }

    /// Whether it may change something.
    pub fn is_write(&self) -> bool {
        if self.service == "s3" {
            return !(self.name.starts_with("GET ") || self.name.starts_with("HEAD "));
        }
        !READS.iter().any(|read| self.name.starts_with(read))
    }
}

/// The `Action` of a query protocol's form.
fn action(body: &Bytes) -> Option<String> {
    let form = std::str::from_utf8(body).ok()?;
    let mut fields = form.split('&');
    fields.find_map(|field| field.strip_prefix("Action=").map(str::to_owned))
}
