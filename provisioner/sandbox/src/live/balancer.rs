//! A listener of a load balancer: HTTP/1.1 on loopback, passed on to the targets.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::route::{Fate, Routes, page};

/// How many connections a listener has at most; others wait until one ends.
const MOST_CONNECTIONS: usize = 1_024;

/// How long a target may take to accept a connection (ELB User Guide, "HTTP 504": 10 seconds).
const CONNECT: Duration = Duration::from_secs(10);

/// Connections to targets that are kept open for less than the services' own 75 seconds.
const IDLE: Duration = Duration::from_secs(50);

/// Headers that are between two neighbours (RFC 9110, 7.6.1).
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

type Body = UnsyncBoxBody<Bytes, hyper::Error>;

/// The routes, replaced whole.
pub(super) type Shared = Arc<RwLock<Arc<Routes>>>;

/// What listeners share.
#[derive(Debug, Clone)]
pub(super) struct Balancer {
    routes: Shared,
    client: Client<HttpConnector, Incoming>,
    tickets: Arc<AtomicU64>,
}

impl Balancer {
    pub(super) fn new(routes: Shared) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self {
            routes,
            client,
            tickets: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Listens until the task is dropped; its connections end with it.
    pub(super) async fn listen(self, listener: TcpListener, arn: String) {
        let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut open = JoinSet::new();
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = open.join_next() => continue,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection to a load balancer could not be accepted");
                    // Out of file descriptors, most likely: a moment brings some back.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (balancer, arn) = (self.clone(), arn.clone());
            drop(stream.set_nodelay(true));
            open.spawn(async move {
                let _permit = permit;
                let service = service_fn(|request| balancer.answer(&arn, peer, request));
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_mins(1))
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection to a load balancer ended early");
                }
            });
        }
    }

    async fn answer(
        &self,
        listener: &str,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, io::Error> {
        let routes = Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner));
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let (parts, body) = request.into_parts();
        let fate = routes.fate(listener, &parts, peer, ticket);
        let request = Request::from_parts(parts, body);
        Ok(match fate {
            Fate::To(target) => {
                let front = routes.fronts.get(listener);
                let idle = Duration::from_secs(front.map_or(60, |front| front.idle_seconds));
                let (secure, port) = front.map_or((false, 80), |front| (front.secure, front.port));
                let request = forwarded(request, target, peer, secure, port);
                self.pass_on(request, idle).await
            }
            Fate::Answer(status, kind, body) => own(status, &kind, body),
            Fate::Elsewhere(status, address) => {
                let mut response = own(status, "text/html", page(status, "Moved"));
                if let Ok(address) = HeaderValue::from_str(&address) {
                    response.headers_mut().insert(LOCATION, address);
                }
                response
            }
        })
    }

    /// Sends a request to its target. Bodies go through as they come. A connection that the target had closed before it took the
    /// request is another one's chance; otherwise nothing is sent twice.
    async fn pass_on(&self, request: Request<Incoming>, idle: Duration) -> Response<Body> {
        match tokio::time::timeout(idle, self.client.request(request)).await {
            Ok(Ok(mut response)) => {
                strip(response.headers_mut());
                response.map(http_body_util::BodyExt::boxed_unsync)
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "a target did not answer");
                own(502, "text/html", page(502, "Bad Gateway"))
            }
            Err(_) => own(504, "text/html", page(504, "Gateway Time-out")),
        }
    }
}

/// The request as the target gets it.
fn forwarded(
    mut request: Request<Incoming>,
    target: SocketAddr,
    peer: SocketAddr,
    secure: bool,
    port: u16,
) -> Request<Incoming> {
    let path = request.uri().path_and_query().map_or("/", |it| it.as_str());
    if let Ok(uri) = format!("http://{target}{path}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    *request.version_mut() = http::Version::HTTP_11;
    let headers = request.headers_mut();
    strip(headers);
    let name = HeaderName::from_static("x-forwarded-for");
    let before = headers.get(&name).and_then(|value| value.to_str().ok());
    let all = before.map_or_else(
        || peer.ip().to_string(),
        |before| format!("{before}, {}", peer.ip()),
    );
    if let Ok(all) = HeaderValue::from_str(&all) {
        headers.insert(name, all);
    }
    let scheme = HeaderValue::from_static(if secure { "https" } else { "http" });
    headers.insert("x-forwarded-proto", scheme);
    headers.insert("x-forwarded-port", port.into());
    request
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn own(status: u16, kind: &str, body: String) -> Response<Body> {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    if let Ok(kind) = HeaderValue::from_str(kind) {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    let server = HeaderValue::from_static("awselb/2.0");
    response.headers_mut().insert("server", server);
    response
}
