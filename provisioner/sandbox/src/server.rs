//! The sandbox on a loopback port, for the AWS CLI, Terraform and a killed process's successor.
//!
//! Owns: connections. Must not know: services. Point a client at it with `AWS_ENDPOINT_URL`; S3 may be asked path-style.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::sandbox::{Sandbox, Stopped};

/// How long open connections may finish after the shutdown signal.
const DRAIN: Duration = Duration::from_secs(2);

impl Sandbox {
    /// Serves until `shutdown` completes, then lets open requests finish and saves the world.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) -> io::Result<()> {
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
            let service = service_fn(move |request| answer(sandbox.clone(), request));
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
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Stopped> {
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
    let whole: Result<_, Infallible> = Ok(response.map(Full::new));
    match whole {
        Ok(response) => Ok(response),
    }
}
