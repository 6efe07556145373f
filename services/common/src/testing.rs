//! Calls a service as a client would, without a port.
#![expect(
    clippy::missing_panics_doc,
    reason = "a test's helper may panic: that is how a test fails"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use crate::auth::Door;
use crate::edge::{Edge, Limits, Shared};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::run::Service;
use crate::table::Table;
use crate::table::sqlite::Sqlite;

pub mod client;
pub mod issuer;
pub mod process;
pub mod stores;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header's text; empty where absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A service over some store, open to everyone, with its log kept.
pub struct Bench {
    /// What requests pass.
    pub edge: Arc<Edge>,
    /// What was logged.
    pub log: Log,
}

impl Bench {
    /// Over any store.
    #[expect(clippy::needless_pass_by_value, reason = "a test hands its store over")]
    pub fn over(service: &Service, table: Arc<dyn Table>) -> Self {
        let log = Log::kept();
        let limits = Limits {
            body: 64 * 1024,
            arrival: Duration::from_secs(1),
        };
        let shared = Shared {
            door: Arc::new(Door::open()),
            metrics: Arc::new(Metrics::new(service.name)),
            log: log.clone(),
        };
        Self {
            edge: service.edges(1, &table, limits, &shared).remove(0),
            log,
        }
    }

    /// Over an embedded store in this directory.
    pub fn in_directory(service: &Service, directory: &Path) -> Self {
        let table = Sqlite::open(&directory.join("store.db"))
            .expect("the embedded store opens in a temporary directory");
        Self::over(service, Arc::new(table))
    }

    /// Sends one request; a JSON body is sent as such.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = match body {
            None => Bytes::new(),
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(body.to_string())
            }
        };
        self.send(
            request
                .body(Full::new(bytes))
                .expect("the test's request is well-formed"),
        )
        .await
    }

    /// Sends a request made elsewhere.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let (parts, body) = self.edge.answer(request).await.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}
