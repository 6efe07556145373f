//! Counts the calls that leave, and notes what time their answers say it is: what a plan costs is shown to the user and
//! held by tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::clock::Skew;

/// A client that counts what it sends, retries included.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    inner: SharedHttpClient,
    calls: Arc<AtomicU32>,
    skew: Arc<Skew>,
}

impl Counted {
    pub(super) fn new(inner: SharedHttpClient, calls: Arc<AtomicU32>, skew: Arc<Skew>) -> Self {
        Self { inner, calls, skew }
    }
}

impl HttpClient for Counted {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector {
            inner,
            calls: Arc::clone(&self.calls),
            skew: Arc::clone(&self.skew),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    calls: Arc<AtomicU32>,
    skew: Arc<Skew>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (sent, skew) = (SystemTime::now(), Arc::clone(&self.skew));
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if let Ok(response) = &answer {
                skew.note(sent, response);
            }
            answer
        })
    }
}
