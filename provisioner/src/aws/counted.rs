//! Counts the calls that leave: what a plan costs is shown to the user and held by tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client that counts what it sends, retries included.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    inner: SharedHttpClient,
    calls: Arc<AtomicU32>,
}

impl Counted {
    pub(super) fn new(inner: SharedHttpClient, calls: Arc<AtomicU32>) -> Self {
        Self { inner, calls }
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
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    calls: Arc<AtomicU32>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.call(request)
    }
}
