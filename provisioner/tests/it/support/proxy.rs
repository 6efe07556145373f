//! A proxy between a client and an endpoint on this machine: it adds latency, keeps a record of every call, and can stop
//! the world at a chosen write call.
//!
//! It forwards HTTP/1.1 to any `http://127.0.0.1:PORT` (the sandbox's, moto's) and runs on a thread of its own, so that
//! blocking tests and benchmarks use it as they are. It knows how AWS's protocols name an operation, and nothing else of
//! AWS.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use super::background::Background;
use super::operation::Operation;

/// One call that came by.
#[derive(Clone, Debug)]
pub struct Record {
    /// What was called.
    pub operation: Operation,
    /// What was sent.
    pub body: Bytes,
    /// When it came, since the record was begun.
    pub came: Duration,
    /// When its answer left; nothing while there is none.
    pub left: Option<Duration>,
    /// The answer's HTTP status.
    pub status: Option<u16>,
}

/// Where a held call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It has not reached the endpoint.
    Before,
    /// It took effect, and the client does not know.
    After,
}

/// A running proxy. It ends when dropped.
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
    _server: Background,
}

struct State {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    latency_us: AtomicU64,
    inner: Mutex<Inner>,
    /// Told whenever a round is let through.
    gate: Notify,
    /// Up to which freeze everything goes on again.
    resumed: watch::Sender<u64>,
}

struct Inner {
    began: Instant,
    records: Vec<Record>,
    writes: u64,
    hold: Option<(u64, Hold, Sender<Operation>)>,
    /// While it stands, nothing that comes in goes on.
    frozen: bool,
    /// How often the world was stopped.
    freezes: u64,
    /// In rounds: how long nothing must have come before all that waits goes on.
    quiet: Option<Duration>,
    last_came: Instant,
    waiting: u32,
    rounds: Vec<u32>,
}

/// What becomes of a call that came in.
enum Fate {
    Forward,
    /// Not before this freeze is over.
    Freeze(u64),
    /// Forwarded, but answered only once this freeze is over.
    HoldAfter(u64, Sender<Operation>),
}

impl Proxy {
    /// Starts a proxy on a free loopback port in front of `upstream`, such as `http://127.0.0.1:4566`.
    pub fn start(upstream: &str) -> Self {
        let state = Arc::new(State {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            latency_us: AtomicU64::new(0),
            inner: Mutex::new(Inner {
                began: Instant::now(),
                records: Vec::new(),
                writes: 0,
                hold: None,
                frozen: false,
                freezes: 0,
                quiet: None,
                last_came: Instant::now(),
                waiting: 0,
                rounds: Vec::new(),
            }),
            gate: Notify::new(),
            resumed: watch::Sender::new(0),
        });
        let shared = Arc::clone(&state);
        let (address, server) = Background::serve(move |listener| serve(listener, shared));
        Self {
            address,
            state,
            _server: server,
        }
    }

    /// What `AWS_ENDPOINT_URL` is to say.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every call takes so much longer.
    pub fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap();
        self.state.latency_us.store(micros, Ordering::Relaxed);
    }

    /// Lets calls through in rounds: all that wait go on together once no other has come for `quiet`. [`Self::rounds`] is
    /// then how deep the calls depend on one another, however slow the machine.
    pub fn in_rounds(&self, quiet: Duration) {
        self.state.inner.lock().unwrap().quiet = Some(quiet);
    }

    /// How many calls each round had.
    pub fn rounds(&self) -> Vec<u32> {
        self.state.inner.lock().unwrap().rounds.clone()
    }

    /// Begins a new record.
    pub fn reset(&self) {
        let mut inner = self.state.inner.lock().unwrap();
        inner.began = Instant::now();
        inner.records.clear();
        inner.rounds.clear();
        inner.writes = 0;
    }

    /// Every call since the record was begun, in the order of arrival.
    pub fn calls(&self) -> Vec<Record> {
        self.state.inner.lock().unwrap().records.clone()
    }

    /// How often each operation was called, such as `ec2:CreateVpc`.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for record in &self.state.inner.lock().unwrap().records {
            *counts.entry(record.operation.to_string()).or_default() += 1;
        }
        counts
    }

    /// How many write calls came since the record was begun.
    pub fn writes(&self) -> u64 {
        self.state.inner.lock().unwrap().writes
    }

    /// Stops the world at the `nth` write call (from 1) since the record was begun: that call is held as `hold` says, and
    /// whatever comes after it is not forwarded. The receiver gets the held call; then kill the client and [`Self::thaw`].
    pub fn hold_write(&self, nth: u64, hold: Hold) -> Receiver<Operation> {
        let (sender, receiver) = channel();
        self.state.inner.lock().unwrap().hold = Some((nth, hold, sender));
        receiver
    }

    /// Forwards again. What was held or frozen is dropped with its dead client.
    pub fn thaw(&self) {
        let mut inner = self.state.inner.lock().unwrap();
        inner.hold = None;
        inner.frozen = false;
    }

    /// Lets go on what was held or frozen, for a client that lives.
    pub fn resume(&self) {
        self.thaw();
        let freezes = self.state.inner.lock().unwrap().freezes;
        self.state.resumed.send_replace(freezes);
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Small requests are answered at once, not when Nagle's timer ends.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        let service = service_fn(move |request| pass(Arc::clone(&state), request));
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        // A client that was killed ends its connections without a word.
        tokio::spawn(connection);
    }
}

async fn pass(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Ok(bad_gateway("the request was cut off"));
    };
    let body = body.to_bytes();
    let operation = Operation::of(&parts, &body);
    let (mut index, mut fate) = state.came(&operation, &body);
    while let Fate::Freeze(freeze) = fate {
        state.over(freeze).await;
        (index, fate) = state.came(&operation, &body);
    }
    state.wait_for_round().await;
    let latency = Duration::from_micros(state.latency_us.load(Ordering::Relaxed));
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    // On a task of its own: what was forwarded is answered in full, whatever becomes of the client.
    let forwarding = tokio::spawn(forward(Arc::clone(&state), parts, body));
    let answer = forwarding.await.unwrap();
    state.left(index, answer.status().as_u16());
    if let Fate::HoldAfter(freeze, sender) = fate {
        let _ = sender.send(operation);
        state.over(freeze).await;
    }
    Ok(answer)
}

impl State {
    /// Enters a call into the record and says what becomes of it.
    fn came(&self, operation: &Operation, body: &Bytes) -> (usize, Fate) {
        let mut inner = self.inner.lock().unwrap();
        if inner.frozen {
            return (0, Fate::Freeze(inner.freezes));
        }
        let came = inner.began.elapsed();
        inner.records.push(Record {
            operation: operation.clone(),
            body: body.clone(),
            came,
            left: None,
            status: None,
        });
        let index = inner.records.len() - 1;
        inner.writes += u64::from(operation.is_write());
        let reached =
            operation.is_write() && matches!(&inner.hold, Some((nth, ..)) if *nth == inner.writes);
        let Some((_, hold, sender)) = inner.hold.take_if(|_| reached) else {
            return (index, Fate::Forward);
        };
        inner.frozen = true;
        inner.freezes += 1;
        match hold {
            Hold::Before => {
                // It comes once more if it is let go on.
                inner.records.pop();
                inner.writes -= 1;
                let _ = sender.send(operation.clone());
                (index, Fate::Freeze(inner.freezes))
            }
            Hold::After => (index, Fate::HoldAfter(inner.freezes, sender)),
        }
    }

    /// Waits until a freeze is over: for ever, where it is only thawed.
    async fn over(&self, freeze: u64) {
        let mut resumed = self.resumed.subscribe();
        if resumed.wait_for(|over| *over >= freeze).await.is_err() {
            pending::<()>().await;
        }
    }

    fn left(&self, index: usize, status: u16) {
        let mut inner = self.inner.lock().unwrap();
        let left = inner.began.elapsed();
        // Nothing to enter where a new record was begun meanwhile.
        if let Some(record) = inner.records.get_mut(index) {
            record.left = Some(left);
            record.status = Some(status);
        }
    }

    async fn wait_for_round(&self) {
        let Some(quiet) = ({
            let mut inner = self.inner.lock().unwrap();
            inner.waiting += u32::from(inner.quiet.is_some());
            inner.last_came = Instant::now();
            inner.quiet
        }) else {
            return;
        };
        loop {
            let opened = self.gate.notified();
            tokio::pin!(opened);
            // Registered before looking, so that no opening is missed.
            opened.as_mut().enable();
            let since = self.inner.lock().unwrap().last_came.elapsed();
            if since < quiet {
                tokio::select! {
                    () = &mut opened => return,
                    () = tokio::time::sleep(quiet.saturating_sub(since)) => continue,
                }
            }
            let mut inner = self.inner.lock().unwrap();
            // The first to find it quiet opens for all.
            let waiting = std::mem::take(&mut inner.waiting);
            if waiting > 0 {
                inner.rounds.push(waiting);
                self.gate.notify_waiters();
            }
            return;
        }
    }
}

async fn forward(
    state: Arc<State>,
    parts: http::request::Parts,
    body: Bytes,
) -> Response<Full<Bytes>> {
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri: Uri = format!("{}{path}", state.upstream).parse().unwrap();
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = parts.method;
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = parts.headers;
    // These speak of the one connection, not of the call.
    request.headers_mut().remove("connection");
    request.headers_mut().remove("transfer-encoding");
    let answer = match state.client.request(request).await {
        Ok(answer) => answer,
        Err(error) => return bad_gateway(&error.to_string()),
    };
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove("connection");
    parts.headers.remove("transfer-encoding");
    match body.collect().await {
        Ok(body) => Response::from_parts(parts, Full::new(body.to_bytes())),
        Err(error) => bad_gateway(&error.to_string()),
    }
}

fn bad_gateway(why: &str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from(why.to_owned())));
    *answer.status_mut() = http::StatusCode::BAD_GATEWAY;
    answer
}
