//! A proxy before moto: CloudWatch's protocol is translated, and what moto cannot do at all is answered for it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::cbor;

/// A request, whole.
pub(crate) type Asked = Request<Bytes>;
/// An answer, whole.
pub(crate) type Answered = Response<Bytes>;

/// What the proxy changes on the way. The default changes nothing. Operations are named `SERVICE:OPERATION`, with the
/// service as the request's signature names it.
pub(crate) trait Detour: Send + Sync + 'static {
    /// Answers in moto's place, or changes what it is asked.
    fn ask(&self, _operation: &str, _asked: &mut Asked) -> Option<Answered> {
        None
    }
    /// Changes what moto answered.
    fn answer(&self, _operation: &str, _asked: &Bytes, _answered: &mut Answered) {}
}

/// Nothing is changed.
pub(crate) struct Straight;
impl Detour for Straight {}

/// Operations that were called and answered with an HTTP status of 500 or more.
pub(crate) type Failures = Arc<Mutex<Vec<String>>>;

struct Proxy {
    client: Client<HttpConnector, Full<Bytes>>,
    behind: String,
    detour: Box<dyn Detour>,
    failures: Failures,
}

/// Serves on a free port of the loopback and answers the endpoint to use.
pub(crate) fn serve(
    runtime: &Runtime,
    behind: &str,
    detour: Box<dyn Detour>,
) -> (String, Failures) {
    let listener = runtime
        .block_on(TcpListener::bind(("127.0.0.1", 0)))
        .expect("the loopback has a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    let failures = Failures::default();
    let proxy = Arc::new(Proxy {
        client: Client::builder(TokioExecutor::new()).build_http(),
        behind: behind.to_owned(),
        detour,
        failures: Arc::clone(&failures),
    });
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let proxy = Arc::clone(&proxy);
            let service = service_fn(move |request| {
                let proxy = Arc::clone(&proxy);
                async move { Ok::<_, Infallible>(proxy.handle(request).await) }
            });
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (endpoint, failures)
}

impl Proxy {
    async fn handle(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return failed("the request did not arrive whole").map(Full::new);
        };
        let mut asked = Request::from_parts(parts, body.to_bytes());
        let spoken = cbor::operation(asked.uri().path()).map(str::to_owned);
        if let Some(operation) = &spoken {
            to_json(operation, &mut asked);
        }
        let operation = operation(&asked);
        let detour = self.detour.ask(&operation, &mut asked);
        let body = asked.body().clone();
        let mut answered = match detour {
            Some(answered) => answered,
            None => self.forward(asked).await,
        };
        self.detour.answer(&operation, &body, &mut answered);
        if answered.status().is_server_error() {
            let text = String::from_utf8_lossy(answered.body()).into_owned();
            let failure = format!("{operation}: {} {text}", answered.status());
            self.failures
                .lock()
                .expect("nobody panics with it")
                .push(failure);
        }
        if spoken.is_some() {
            to_cbor(&mut answered);
        }
        answered.map(Full::new)
    }

    async fn forward(&self, asked: Asked) -> Answered {
        let (mut parts, body) = asked.into_parts();
        let path = parts
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        parts.uri = format!("{}{path}", self.behind)
            .parse()
            .expect("both halves were sound");
        parts.headers.remove(http::header::CONTENT_LENGTH);
        let request = Request::from_parts(parts, Full::new(body));
        let response = match self.client.request(request).await {
            Ok(response) => response,
            Err(error) => return failed(&format!("moto does not answer: {error}")),
        };
        let (mut parts, body) = response.into_parts();
        parts.headers.remove(http::header::TRANSFER_ENCODING);
        parts.headers.remove(http::header::CONNECTION);
        match body.collect().await {
            Ok(body) => Response::from_parts(parts, body.to_bytes()),
            Err(error) => failed(&format!("moto stopped answering: {error}")),
        }
    }
}

fn failed(why: &str) -> Answered {
    let mut answer = Response::new(Bytes::from(why.to_owned()));
    *answer.status_mut() = StatusCode::BAD_GATEWAY;
    answer
}

/// The operation's name: of the target, of the form, or the method and path that S3 has instead.
fn operation(asked: &Asked) -> String {
    let header = |name| {
        asked
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    // The credential's scope is KEY/DATE/REGION/SERVICE/aws4_request.
    let service = header("authorization").and_then(|text| text.split('/').nth(3));
    let service = service.unwrap_or("unsigned");
    if let Some(target) = header("x-amz-target") {
        return format!("{service}:{}", target.rsplit('.').next().unwrap_or(target));
    }
    let body = String::from_utf8_lossy(asked.body());
    let action = body
        .split('&')
        .find_map(|pair| pair.strip_prefix("Action="));
    match action {
        Some(action) => format!("{service}:{action}"),
        None => format!("{service}:{} {}", asked.method(), asked.uri().path()),
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let value = HeaderValue::from_str(value).expect("a plain value");
    headers.insert(HeaderName::from_static(name), value);
}

fn to_json(operation: &str, asked: &mut Asked) {
    let body = cbor::read(asked.body()).to_string();
    *asked.body_mut() = Bytes::from(body);
    *asked.uri_mut() = http::Uri::from_static("/");
    let headers = asked.headers_mut();
    headers.remove("smithy-protocol");
    headers.remove("accept");
    set(headers, "content-type", "application/x-amz-json-1.0");
    set(headers, "x-amz-target", &cbor::target(operation));
}

fn to_cbor(answered: &mut Answered) {
    let Ok(document) = serde_json::from_slice::<serde_json::Value>(answered.body()) else {
        return;
    };
    let body = Bytes::from(cbor::write(&document));
    let length = body.len().to_string();
    *answered.body_mut() = body;
    let headers = answered.headers_mut();
    set(headers, "content-type", "application/cbor");
    set(headers, "smithy-protocol", "rpc-v2-cbor");
    set(headers, "content-length", &length);
}
