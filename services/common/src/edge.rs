//! What every request passes, once: limits, sign-in, the router, the access log, the counters.
//!
//! Handlers behind it see a whole body and a known caller. Must not know routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_http::catch_panic::CatchPanic;

use crate::action::{Intent, Surface};
use crate::audit::{Access, Made};
use crate::auth::{Door, Subject};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::problem::{Kind, Problem};

/// How long a handler may think; a store that hangs must not hold connections.
const HANDLER: Duration = Duration::from_secs(10);
const LONGEST_URI: usize = 4 * 1024;
const LARGEST_HEADERS: usize = 16 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The limits of one request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The largest body in bytes.
    pub body: usize,
    /// The time its body may take.
    pub arrival: Duration,
}

/// Everything between a connection and the handlers.
pub struct Edge {
    service: &'static str,
    surface: Surface,
    /// Around the whole router, not each of its routes: that is one box less per request.
    router: CatchPanic<Router, fn(Panic) -> Response>,
    door: Door,
    limits: Limits,
    log: Log,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// Set when the service is about to stop: answers then ask for the connection to close.
    pub draining: AtomicBool,
    seed: String,
    count: AtomicU64,
}

impl Edge {
    /// Puts the parts together.
    pub fn new(
        service: &'static str,
        surface: Surface,
        routes: Router,
        door: Door,
        limits: Limits,
        log: Log,
    ) -> Self {
        let behind = routes.fallback(|| async { Problem::new(Kind::NotFound) });
        Self {
            service,
            surface,
            router: CatchPanic::custom(behind, panicked as fn(Panic) -> Response),
            door,
            limits,
            log,
            metrics: Arc::new(Metrics::new(service)),
            draining: AtomicBool::new(false),
            seed: format!("{:016x}-", uuid::Uuid::new_v4().as_u64_pair().0),
            count: AtomicU64::new(0),
        }
    }

    /// Answers one request.
    pub async fn answer<B>(&self, request: Request<B>) -> Response
    where
        B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
            + Send,
    {
        let start = Instant::now();
        let id = self.request_id();
        let intent = self.surface.intent(request.method(), request.uri().path());
        let mut subject = None;
        let mut response = match self.admit(request, intent, &mut subject).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        };
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response = method_not_allowed(&response);
        }
        let took = start.elapsed();
        self.metrics.request(intent.action, response.status(), took);
        Access {
            service: self.service,
            resource: self.surface.resource,
            request: &id,
            subject: subject.as_deref(),
            action: intent.action,
            id: intent
                .id
                .or_else(|| response.extensions().get::<Made>().map(|made| made.0)),
            status: response.status(),
            took,
        }
        .record(&self.log);
        let headers = response.headers_mut();
        // Health data belongs in no cache.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(id)) {
            headers.insert(REQUEST_ID, value);
        }
        if self.draining.load(Ordering::Relaxed) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn admit<B>(
        &self,
        request: Request<B>,
        intent: Intent,
        subject: &mut Option<Arc<str>>,
    ) -> Result<Response, Problem>
    where
        B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
            + Send,
    {
        let (mut parts, body) = request.into_parts();
        let uri = parts
            .uri
            .path_and_query()
            .map_or(0, |all| all.as_str().len());
        if uri > LONGEST_URI {
            return Err(Problem::new(Kind::UriTooLong));
        }
        if parts
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum::<usize>()
            > LARGEST_HEADERS
        {
            return Err(Problem::new(Kind::HeadersTooLarge));
        }
        if intent.need != crate::action::Need::Nothing {
            // Before the body: who may not write shall not make us read.
            let caller = match self.door.known(&parts.headers) {
                Some(caller) => caller,
                // Boxed: what verifying needs would otherwise be moved about with every request.
                None => Box::pin(self.door.caller(&parts.headers)).await?,
            };
            let allowed = caller.may(intent.need);
            if caller.subject.is_some() {
                parts.extensions.insert(Subject(caller.subject.clone()));
            }
            *subject = caller.subject;
            allowed?;
        }
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::from(Box::pin(self.collect(body)).await?)
        };
        let request = Request::from_parts(parts, body);
        let mut router = self.router.clone();
        let answer = async move {
            let Ok(response) = tower_service::Service::call(&mut router, request).await;
            response.map(Body::new)
        };
        tokio::time::timeout(HANDLER, answer)
            .await
            .map_err(|_| Problem::because(Kind::Unavailable, "the store did not answer in time"))
    }

    async fn collect<B>(&self, body: B) -> Result<Bytes, Problem>
    where
        B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
            + Send,
    {
        if body.size_hint().lower() > self.limits.body as u64 {
            return Err(Problem::new(Kind::TooLarge));
        }
        let whole = Limited::new(body, self.limits.body).collect();
        match tokio::time::timeout(self.limits.arrival, whole).await {
            Err(_) => Err(Problem::new(Kind::RequestTimeout)),
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::new(Kind::TooLarge)),
            Ok(Err(_)) => Err(Problem::because(Kind::Malformed, "the body breaks off")),
        }
    }

    /// Ours alone: an id from outside could carry anything into the log.
    fn request_id(&self) -> String {
        let mut rest = self.count.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity(self.seed.len() + 16);
        id.push_str(&self.seed);
        // The digits, lowest first: it need only be different each time.
        loop {
            id.push(char::from(b"0123456789abcdef"[(rest & 15) as usize]));
            rest >>= 4;
            if rest == 0 {
                return id;
            }
        }
    }
}

type Panic = Box<dyn std::any::Any + Send>;

/// The panic's text may hold data; that it happened is what the log needs.
fn panicked(_: Panic) -> Response {
    tracing::error!("a handler panicked");
    Problem::new(Kind::Internal).into_response()
}

/// The router's own 405 has no body; this one keeps its `Allow`.
fn method_not_allowed(bare: &Response) -> Response {
    let mut response = Problem::new(Kind::MethodNotAllowed).into_response();
    for (name, value) in bare.headers() {
        if *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
