//! The listener: accepts, limits, hands requests to the edge, and drains.
//!
//! HTTP/1.1 alone: it is what the load balancer speaks to its targets, and every protocol less is attack surface less.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::edge::Edge;
use crate::metrics::Closed;

mod connections;
mod workers;
use connections::{Connection, Connections, Doing, Order, TICK};
use workers::Workers;

/// The hard end of a request's head; the edge answers politely well before it.
const HEAD_BUFFER: usize = 64 * 1024;
const MOST_HEADERS: usize = 100;
/// After the signal to stop, how long an idle connection may still bring a request. Closing at once would lose one that is
/// on its way.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The limits of the listener.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most connections at once.
    pub connections: usize,
    /// The time a request's head may take.
    pub arrival: Duration,
    /// The time between requests.
    pub idle: Duration,
    /// The time to finish after the signal to stop.
    pub stop: Duration,
}

/// A listener that has its port but serves nobody yet.
pub struct Server {
    listener: TcpListener,
    limits: Limits,
}

impl Server {
    /// Takes the port.
    pub fn bind(address: SocketAddr, limits: Limits) -> io::Result<Self> {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self {
            listener: socket.listen(4096)?,
            limits,
        })
    }

    /// The port it took.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop`, with a worker for each edge, then finishes what has begun. Answers whether everything was
    /// finished in time.
    pub async fn serve(
        self,
        edges: Vec<Arc<Edge>>,
        stop: impl Future<Output = ()>,
    ) -> io::Result<bool> {
        let Self { listener, limits } = self;
        let mut hall = Hall {
            connections: Connections::new(limits.connections),
            workers: Workers::start(edges.len())?,
            edges,
            tasks: JoinSet::new(),
        };
        let mut sweep = tokio::time::interval(TICK);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = sweep.tick() => {
                    for why in hall.connections.sweep(limits.arrival, limits.idle) {
                        hall.edges[0].metrics.closed(why);
                    }
                    while hall.tasks.try_join_next().is_some() {}
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => hall.start(stream),
                    Err(error) if is_connection_error(&error) => {}
                    // Out of descriptors: the ones in use will come back.
                    Err(error) => {
                        tracing::warn!(kind = ?error.kind(), "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
        let deadline = Instant::now() + limits.stop;
        for edge in &hall.edges {
            edge.draining.store(true, Ordering::Relaxed);
        }
        // Whoever the system has already let in must not be turned away by closing the listener.
        while let Some(Ok((stream, _))) = futures_util::FutureExt::now_or_never(listener.accept()) {
            hall.start(stream);
        }
        drop(listener);
        let Hall {
            connections,
            mut tasks,
            ..
        } = hall;
        tracing::info!(connections = tasks.len(), "draining");
        let last_words = tokio::time::sleep(LAST_WORDS.min(limits.stop / 2));
        let finished = async {
            tokio::select! {
                () = last_words => {
                    connections.finish();
                    while tasks.join_next().await.is_some() {}
                }
                () = async { while tasks.join_next().await.is_some() {} } => {}
            }
        };
        Ok(tokio::time::timeout_at(deadline, finished).await.is_ok())
    }
}

/// What serving needs, in one place.
struct Hall {
    connections: Connections,
    workers: Workers,
    /// One per worker.
    edges: Vec<Arc<Edge>>,
    tasks: JoinSet<()>,
}

impl Hall {
    fn start(&mut self, stream: TcpStream) {
        let (entered, crowded) = self.connections.enter();
        if crowded {
            self.edges[0].metrics.closed(Closed::Crowded);
        }
        // Dropping the stream closes it.
        let Some((id, connection)) = entered else {
            return;
        };
        // Without it, a small answer may wait 40 ms for the acknowledgement of the one before. Failing to set it costs only
        // that.
        let _ = stream.set_nodelay(true);
        let (connections, place) = (self.connections.clone(), self.workers.place());
        let edge = Arc::clone(&self.edges[place.worker]);
        // It leaves this thread's reactor here and joins the worker's there; a connection that cannot is closed.
        let stream = stream.into_std();
        let runtime = self.workers.runtime(&place).clone();
        self.tasks.spawn_on(
            async move {
                edge.metrics.connections.inc();
                if let Ok(stream) = stream.and_then(TcpStream::from_std) {
                    converse(stream, &connection, &edge).await;
                }
                connections.leave(id);
                edge.metrics.connections.dec();
                drop(place);
            },
            &runtime,
        );
    }
}

async fn converse(stream: TcpStream, connection: &Arc<Connection>, edge: &Edge) {
    let io = Watched {
        io: TokioIo::new(stream),
        connection: Arc::clone(connection),
    };
    let service = service_fn(|request| {
        connection.set(Doing::Busy);
        let answer = edge.answer(request);
        async {
            let response = answer.await;
            connection.set(Doing::Idle);
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let mut conversation = std::pin::pin!(
        http1::Builder::new()
            .max_buf_size(HEAD_BUFFER)
            .max_headers(MOST_HEADERS)
            .half_close(false)
            .serve_connection(io, service)
    );
    let mut woken: Option<Waker> = None;
    std::future::poll_fn(|cx| {
        // Before looking for orders, so that one given between the two wakes us.
        if !woken
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            connection.wakes(cx);
            woken = Some(cx.waker().clone());
        }
        loop {
            // A client that breaks the protocol or the connection is no event of ours.
            if conversation.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            match connection.take_order() {
                None => return Poll::Pending,
                Some(Order::Close) if !connection.busy() => return Poll::Ready(()),
                // Where a request came in between, it is answered, and then the connection closes.
                Some(_) => conversation.as_mut().graceful_shutdown(),
            }
        }
    })
    .await;
}

fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// A stream that says when bytes come in.
struct Watched {
    io: TokioIo<TcpStream>,
    connection: Arc<Connection>,
}

impl Read for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        if read.is_ready() {
            self.connection.received();
        }
        read
    }
}

impl Write for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bytes)
    }
}
