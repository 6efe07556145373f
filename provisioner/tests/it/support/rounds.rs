//! Counts dependent rounds of calls: every answer takes equally long, so all calls that are under way when nothing else
//! can go on are one round.
//!
//! No clock is involved: answers are held back until the whole future can only wait for them.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// How many calls each round had.
pub type Rounds = Vec<usize>;

/// A line on which answers wait for their round to end.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<Mutex<Vec<Held>>>);

/// One call that waits.
#[derive(Debug)]
struct Held {
    gate: Arc<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    open: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Line {
    /// The client whose answers wait on this line.
    pub fn over(&self, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Client {
            inner,
            line: self.clone(),
        })
    }

    /// Runs a future to its end and answers the rounds that it took.
    pub async fn rounds<T>(&self, work: impl Future<Output = T>) -> (T, Rounds) {
        let mut rounds = Rounds::new();
        let mut work = pin!(tokio::task::coop::unconstrained(work));
        let value = std::future::poll_fn(|context| {
            loop {
                let woken = Arc::new(Woken {
                    woken: AtomicBool::new(false),
                    outer: context.waker().clone(),
                });
                let waker = Waker::from(Arc::clone(&woken));
                if let Poll::Ready(value) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(value);
                }
                if woken.woken.load(Ordering::SeqCst) {
                    continue;
                }
                let held = std::mem::take(&mut *self.lock());
                if held.is_empty() {
                    // Something else than a call, such as a timer: the runtime wakes it.
                    return Poll::Pending;
                }
                rounds.push(held.len());
                for one in held {
                    one.gate.open();
                }
            }
        })
        .await;
        (value, rounds)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hold(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::default());
        self.lock().push(Held {
            gate: Arc::clone(&gate),
        });
        gate
    }
}

impl Gate {
    fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = waker.as_ref() {
            waker.wake_by_ref();
        }
    }

    async fn passed(&self) {
        std::future::poll_fn(|context| {
            if self.open.load(Ordering::SeqCst) {
                return Poll::Ready(());
            }
            let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
            *waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

struct Woken {
    woken: AtomicBool,
    outer: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.outer.wake_by_ref();
    }
}

#[derive(Clone, Debug)]
struct Client {
    inner: SharedHttpClient,
    line: Line,
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, components),
            line: self.line.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    line: Line,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, line) = (self.inner.call(request), self.line.clone());
        HttpConnectorFuture::new(async move {
            line.hold().passed().await;
            answer.await
        })
    }
}
