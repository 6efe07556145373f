//! What every request passes, once: limits, sign-in, the router, the access log, the counters.
//!
//! Handlers behind it see a whole body and a known caller. Must not know routes.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_http::catch_panic::CatchPanic;
use uuid::Uuid;

use crate::action::{Action, Intent, Need, Surface};
use crate::audit::{Access, Audit, Made};
use crate::auth::{Door, Subject};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::precondition::Known;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::table::{Table, document};

mod request_id;
use request_id::RequestIds;

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

/// Everything between a connection and the handlers. Each thread that serves has one of its own.
pub struct Edge {
    surface: Surface,
    table: Arc<dyn Table>,
    /// Around the whole router, not each of its routes: that is one box less per request.
    router: CatchPanic<Router, fn(Panic) -> Response>,
    door: Arc<Door>,
    limits: Limits,
    audit: Audit,
    /// The counters, the same for all edges.
    pub metrics: Arc<Metrics>,
    /// Set when the service is about to stop: answers then ask for the connection to close.
    pub draining: AtomicBool,
    ids: RequestIds,
}

/// What the edges of one process share.
#[derive(Clone)]
pub struct Shared {
    /// Who is let in.
    pub door: Arc<Door>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The log.
    pub log: Log,
}

/// How a request will be answered, settled before anything is waited for.
enum Work<'a> {
    /// Not at all.
    Refused(Subject, Problem),
    /// With a stored document.
    Document(Subject, Uuid, Known),
    /// Boxed: what it needs would otherwise be moved about with every request.
    Long(BoxFuture<'a, Answered>),
}

/// What was answered, and to whom.
type Answered = (Subject, Result<Response, Problem>);

impl Edge {
    /// Puts the parts together. `routes` are over `table`, which is also asked directly for what `surface` calls stored.
    pub fn new(
        service: &'static str,
        surface: Surface,
        table: Arc<dyn Table>,
        routes: Router,
        limits: Limits,
        shared: Shared,
    ) -> Self {
        let behind = routes.fallback(|| async { Problem::new(Kind::NotFound) });
        Self {
            surface,
            table,
            router: CatchPanic::custom(behind, panicked as fn(Panic) -> Response),
            door: shared.door,
            limits,
            audit: Audit::new(service, surface.resource, shared.log),
            metrics: shared.metrics,
            draining: AtomicBool::new(false),
            ids: RequestIds::new(),
        }
    }

    /// Answers one request.
    ///
    /// Not an `async fn`: the future that it would be holds the request, and is moved about with it.
    pub fn answer<B: Arriving>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Response> + Send + use<'_, B> {
        let start = Instant::now();
        let intent = self.surface.intent(request.method(), request.uri().path());
        let work = self.admit(request, intent);
        async move {
            let (subject, answered) = match work {
                Work::Refused(subject, problem) => (subject, Err(problem)),
                Work::Document(subject, id, known) => (subject, self.document(id, &known).await),
                Work::Long(work) => work.await,
            };
            let response = answered.unwrap_or_else(Problem::into_response);
            self.finish(start, intent, &subject, response)
        }
    }

    /// Counts, logs, and adds the headers that every answer has.
    fn finish(
        &self,
        start: Instant,
        intent: Intent,
        subject: &Subject,
        mut response: Response,
    ) -> Response {
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response = method_not_allowed(&response);
        }
        let took = start.elapsed();
        let id = self.ids.next();
        self.metrics.request(intent.action, response.status(), took);
        let id = id.as_str();
        self.audit.record(&Access {
            request: id,
            subject: subject.0.as_deref(),
            action: intent.action,
            id: intent
                .id
                .or_else(|| response.extensions().get::<Made>().map(|made| made.0)),
            status: response.status(),
            took,
        });
        let headers = response.headers_mut();
        // Health data belongs in no cache.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Ok(value) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, value);
        }
        if self.draining.load(Ordering::Relaxed) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn admit<B: Arriving>(&self, request: Request<B>, intent: Intent) -> Work<'_> {
        if let Err(problem) = within_limits(request.uri(), request.headers()) {
            return Work::Refused(Subject(None), problem);
        }
        if intent.need == Need::Nothing {
            return Work::Long(self.route(request, Subject(None)).boxed());
        }
        // Before the body: who may not write shall not make us read.
        let Some(caller) = self.door.known(request.headers()) else {
            return Work::Long(self.unknown(request, intent).boxed());
        };
        let allowed = caller.may(intent.need);
        let subject = Subject(caller.subject);
        if let Err(problem) = allowed {
            return Work::Refused(subject, problem);
        }
        match intent.id {
            // What is asked for most takes a short way.
            Some(id)
                if self.surface.stored
                    && intent.action == Action::Read
                    && request.method() == Method::GET
                    && request.body().is_end_stream() =>
            {
                Work::Document(subject, id, Known::read(request.headers()))
            }
            _ => Work::Long(self.route(request, subject).boxed()),
        }
    }

    /// For a caller who must be looked at first.
    async fn unknown<B: Arriving>(&self, request: Request<B>, intent: Intent) -> Answered {
        let caller = match self.door.caller(request.headers()).await {
            Ok(caller) => caller,
            Err(problem) => return (Subject(None), Err(problem)),
        };
        let allowed = caller.may(intent.need);
        let subject = Subject(caller.subject);
        match allowed {
            Ok(()) => self.route(request, subject).await,
            Err(problem) => (subject, Err(problem)),
        }
    }

    async fn route<B: Arriving>(&self, request: Request<B>, subject: Subject) -> Answered {
        let (mut parts, body) = request.into_parts();
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            match self.collect(body).await {
                Ok(body) => Body::from(body),
                Err(problem) => return (subject, Err(problem)),
            }
        };
        if subject.0.is_some() {
            parts.extensions.insert(subject.clone());
        }
        let mut router = self.router.clone();
        let answer = async move {
            let request = Request::from_parts(parts, body);
            let Ok(response) = tower_service::Service::call(&mut router, request).await;
            response.map(Body::new)
        };
        (subject, in_time(answer).await)
    }

    /// Answers with a stored document.
    async fn document(&self, id: Uuid, known: &Known) -> Result<Response, Problem> {
        let found = document(&*self.table, self.surface.resource, id);
        match in_time(AssertUnwindSafe(found).catch_unwind()).await? {
            Ok(row) => Ok(respond::document(row?, known)),
            Err(panic) => Ok(panicked(panic)),
        }
    }

    async fn collect<B: Arriving>(&self, body: B) -> Result<Bytes, Problem> {
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
}

/// A request's body as it comes in.
pub trait Arriving:
    hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
    + Send
    + 'static
{
}

impl<B> Arriving for B where
    B: hyper::body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + 'static
{
}

fn within_limits(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let length = uri.path_and_query().map_or(0, |all| all.as_str().len());
    if length > LONGEST_URI {
        return Err(Problem::new(Kind::UriTooLong));
    }
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > LARGEST_HEADERS {
        return Err(Problem::new(Kind::HeadersTooLarge));
    }
    Ok(())
}

/// Gives up on what takes too long. Most of it is done at the first look, and then no clock is asked.
async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    let mut work = std::pin::pin!(work);
    if let Poll::Ready(done) = std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx))).await
    {
        return Ok(done);
    }
    tokio::time::timeout(HANDLER, work)
        .await
        .map_err(|_| Problem::because(Kind::Unavailable, "the store did not answer in time"))
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
