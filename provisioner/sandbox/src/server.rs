//! The sandbox on a loopback port, for the AWS CLI, Terraform and a killed process's successor.
//!
//! Owns: connections. Must not know: services. Point a client at it with `AWS_ENDPOINT_URL`; S3 may be asked path-style.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::live::{Live, Supervisor};
use crate::registry::{self, Body, Registry};
use crate::sandbox::{Sandbox, Stopped};

/// What empties the world. A page in a browser cannot send the header to another origin unasked.
const RESET: &str = "/_sandbox/reset";
const RESET_HEADER: &str = "x-sandbox-reset";

/// How long open connections may finish after the shutdown signal.
const DRAIN: Duration = Duration::from_secs(2);

impl Sandbox {
    /// Serves until `shutdown` completes, then lets open requests finish and saves the world. Tasks are simulated.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        self.serve_with(listener, None, shutdown).await
    }

    /// Serves as [`Self::serve`] does, and really runs the tasks behind load balancers that really listen; they end with it.
    pub async fn serve_live(
        &self,
        listener: TcpListener,
        live: Live,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        self.serve_with(listener, Some(live), shutdown).await
    }

    async fn serve_with(
        &self,
        listener: TcpListener,
        live: Option<Live>,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        let registry = Arc::new(Registry::open(self)?);
        let endpoint = format!("http://{address}");
        self.served(Some(&endpoint)).map_err(io::Error::other)?;
        let (end, ended) = oneshot::channel::<()>();
        let supervisor = match live {
            Some(live) => {
                let supervisor = Supervisor::new(self, live, address.port()).await?;
                Some(tokio::spawn(
                    supervisor.run(async move { drop(ended.await) }),
                ))
            }
            None => None,
        };
        let server = auto::Builder::new(TokioExecutor::new());
        let graceful = GracefulShutdown::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let stream = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // A connection that went away before it was accepted is its client's affair.
                    Err(error) => {
                        tracing::debug!(%error, "a connection could not be accepted");
                        continue;
                    }
                },
            };
            let sandbox = self.clone();
            let registry = Arc::clone(&registry);
            let service =
                service_fn(move |request| answer(sandbox.clone(), Arc::clone(&registry), request));
            let connection = server
                .serve_connection(TokioIo::new(stream), service)
                .into_owned();
            let watched = graceful.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = watched.await {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
        drop(listener);
        drop(end);
        if let Some(supervisor) = supervisor {
            supervisor.await.map_err(io::Error::other)?;
        }
        self.served(None).map_err(io::Error::other)?;
        if tokio::time::timeout(DRAIN, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::debug!("connections still open at shutdown were cut");
        }
        self.flush().map_err(io::Error::other)
    }
}

async fn answer(
    sandbox: Sandbox,
    registry: Arc<Registry>,
    request: http::Request<Incoming>,
) -> Result<http::Response<Body>, Stopped> {
    if registry::is_for(&request) {
        return Ok(registry.answer(request).await);
    }
    if request.uri().path() == RESET && request.headers().contains_key(RESET_HEADER) {
        let status = match sandbox.reset() {
            Ok(()) => StatusCode::NO_CONTENT,
            Err(error) => {
                tracing::error!(%error, "the sandbox could not be reset");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let mut response = http::Response::new(whole(Bytes::new()));
        *response.status_mut() = status;
        return Ok(response);
    }
    let (parts, body) = request.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            tracing::debug!(%error, "a request's body did not arrive");
            return Err(Stopped);
        }
    };
    let response = sandbox.handle(&http::Request::from_parts(parts, body))?;
    crate::client::wait(sandbox.latency()).await;
    Ok(response.map(whole))
}

fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// Empties the world that is served at an address (`http://127.0.0.1:4566`); what really runs of it ends.
pub async fn reset_served(endpoint: &str) -> io::Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::post(format!("{endpoint}{RESET}"))
        .header(RESET_HEADER, "yes")
        .body(Full::<Bytes>::default())
        .map_err(io::Error::other)?;
    let response = client.request(request).await.map_err(io::Error::other)?;
    if response.status().is_success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{endpoint} answered {}",
        response.status()
    )))
}
