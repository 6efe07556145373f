//! The listener: accepts, limits, hands requests to the edge, and drains.
//!
//! HTTP/1.1 alone: it is what the load balancer speaks to its targets, and every protocol less is attack surface less.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use crate::edge::Edge;
use crate::metrics::Closed;

mod connections;
use connections::{Connection, Connections, Doing, TICK};

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

    /// Serves until `stop`, then finishes what has begun. Answers whether everything was finished in time.
    pub async fn serve(self, edge: Arc<Edge>, stop: impl Future<Output = ()>) -> bool {
        let Self { listener, limits } = self;
        let connections = Connections::new(limits.connections);
        let (drain, draining) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let mut sweep = tokio::time::interval(TICK);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                _ = sweep.tick() => {
                    for why in connections.sweep(limits.arrival, limits.idle) {
                        edge.metrics.closed(why);
                    }
                    while tasks.try_join_next().is_some() {}
                }
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => start(stream, &connections, &edge, &draining, &mut tasks),
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
        edge.draining.store(true, Ordering::Relaxed);
        // Whoever the system has already let in must not be turned away by closing the listener.
        while let Some(Ok((stream, _))) = futures_util::FutureExt::now_or_never(listener.accept()) {
            start(stream, &connections, &edge, &draining, &mut tasks);
        }
        drop(listener);
        tracing::info!(connections = tasks.len(), "draining");
        let last_words = tokio::time::sleep(LAST_WORDS.min(limits.stop / 2));
        let finished = async {
            tokio::select! {
                () = last_words => {
                    // Receivers live as long as their tasks; with none left there is nobody to tell.
                    let _ = drain.send(true);
                    while tasks.join_next().await.is_some() {}
                }
                () = async { while tasks.join_next().await.is_some() {} } => {}
            }
        };
        tokio::time::timeout_at(deadline, finished).await.is_ok()
    }
}

fn start(
    stream: TcpStream,
    connections: &Connections,
    edge: &Arc<Edge>,
    draining: &watch::Receiver<bool>,
    tasks: &mut JoinSet<()>,
) {
    let (entered, crowded) = connections.enter();
    if crowded {
        edge.metrics.closed(Closed::Crowded);
    }
    // Dropping the stream closes it.
    let Some((id, connection)) = entered else {
        return;
    };
    // Without it, a small answer may wait 40 ms for the acknowledgement of the one before. Failing to set it costs only that.
    let _ = stream.set_nodelay(true);
    let (connections, edge, draining) = (connections.clone(), Arc::clone(edge), draining.clone());
    tasks.spawn(async move {
        edge.metrics.connections.inc();
        converse(stream, &connection, &edge, draining).await;
        connections.leave(id);
        edge.metrics.connections.dec();
    });
}

async fn converse(
    stream: TcpStream,
    connection: &Arc<Connection>,
    edge: &Arc<Edge>,
    mut draining: watch::Receiver<bool>,
) {
    let io = Watched {
        io: TokioIo::new(stream),
        connection: Arc::clone(connection),
    };
    let service = service_fn(|request| {
        connection.set(Doing::Busy);
        async {
            let response = edge.answer(request).await;
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
    let mut told = false;
    loop {
        tokio::select! {
            // A client that breaks the protocol or the connection is no event of ours.
            _ = conversation.as_mut() => return,
            () = connection.close.notified() => {
                if !connection.busy() {
                    return;
                }
                // A request came in between: it is answered, and then the connection closes.
                conversation.as_mut().graceful_shutdown();
            }
            _ = draining.wait_for(|drain| *drain), if !told => {
                told = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
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
