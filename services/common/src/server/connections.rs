//! Which connections are open and what each is doing, in one word per connection.
//!
//! Serves two ends: a newcomer may push out a connection that does nothing where all places are taken, and a sweep closes
//! those that are slow with a request's head or idle for too long. One that is being answered is never touched. This
//! replaces a timer per request, and so costs a few nanoseconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::metrics::Closed;

/// How often [`Connections::sweep`] is called.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// What a connection is doing. The order is the order in which they are pushed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// Connected, has not sent a byte.
    New = 0,
    /// Sending a request's head.
    Head = 1,
    /// Between requests.
    Idle = 2,
    /// Being answered.
    Busy = 3,
}

/// One connection, seen from outside.
pub(super) struct Connection {
    /// Ticks since the registry's start in the upper bits, [`Doing`] in the lower two.
    word: AtomicU64,
    /// The registry's clock, which is coarse on purpose: reading the real one at each turn would cost more than the turn.
    ticks: Arc<AtomicU64>,
    pub(super) close: Notify,
}

impl Connection {
    pub(super) fn set(&self, doing: Doing) {
        let ticks = self.ticks.load(Ordering::Relaxed);
        self.word
            .store((ticks << 2) | doing as u64, Ordering::Relaxed);
    }

    fn get(&self) -> (Doing, u64) {
        let word = self.word.load(Ordering::Relaxed);
        let doing = [Doing::New, Doing::Head, Doing::Idle, Doing::Busy][(word & 3) as usize];
        (doing, word >> 2)
    }

    pub(super) fn busy(&self) -> bool {
        self.get().0 == Doing::Busy
    }

    /// Bytes have come in: the head of a request, unless one is being answered (then they are its body, or the next one).
    pub(super) fn received(&self) {
        if matches!(self.get().0, Doing::New | Doing::Idle) {
            self.set(Doing::Head);
        }
    }
}

#[derive(Clone)]
pub(super) struct Connections {
    inner: Arc<Inner>,
}

struct Inner {
    ticks: Arc<AtomicU64>,
    most: usize,
    open: Mutex<(u64, HashMap<u64, Arc<Connection>>)>,
}

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Self {
            inner: Arc::new(Inner {
                ticks: Arc::default(),
                most,
                open: Mutex::default(),
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, (u64, HashMap<u64, Arc<Connection>>)> {
        self.inner
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a newcomer. Where all are taken, the connection that has done nothing for longest loses its own; where
    /// all are being answered, there is none.
    pub(super) fn enter(&self) -> (Option<(u64, Arc<Connection>)>, bool) {
        let mut open = self.lock();
        let mut crowded = false;
        if open.1.len() >= self.inner.most {
            crowded = true;
            let idlest = open
                .1
                .iter()
                .map(|(id, connection)| (connection.get(), *id))
                .min()
                .map(|((doing, _), id)| (doing, id));
            match idlest {
                Some((doing, id)) if doing != Doing::Busy => {
                    if let Some(connection) = open.1.remove(&id) {
                        connection.close.notify_one();
                    }
                }
                _ => return (None, true),
            }
        }
        let connection = Arc::new(Connection {
            word: AtomicU64::new(0),
            ticks: Arc::clone(&self.inner.ticks),
            close: Notify::new(),
        });
        connection.set(Doing::New);
        open.0 += 1;
        let id = open.0;
        open.1.insert(id, Arc::clone(&connection));
        (Some((id, connection)), crowded)
    }

    pub(super) fn leave(&self, id: u64) {
        self.lock().1.remove(&id);
    }

    /// Moves the clock by one tick and closes what is slower than `arrival` with its head, or idle for longer than `idle`.
    /// To be called once per [`TICK`].
    pub(super) fn sweep(&self, arrival: Duration, idle: Duration) -> Vec<Closed> {
        let now = self.inner.ticks.fetch_add(1, Ordering::Relaxed) + 1;
        let mut closed = Vec::new();
        for connection in self.lock().1.values() {
            let (doing, since) = connection.get();
            let (limit, why) = match doing {
                Doing::Busy => continue,
                Doing::Idle => (idle, Closed::Idle),
                Doing::New | Doing::Head => (arrival, Closed::Slow),
            };
            if now.saturating_sub(since) > (limit.as_millis() / TICK.as_millis()) as u64 {
                connection.close.notify_one();
                closed.push(why);
            }
        }
        closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newcomer_pushes_out_the_idlest_and_never_the_busy() {
        let connections = Connections::new(3);
        let enter = || connections.enter().0.expect("a place").1;
        let (busy, idle, fresh) = (enter(), enter(), enter());
        busy.set(Doing::Busy);
        idle.set(Doing::Idle);
        let (newcomer, crowded) = connections.enter();
        assert!(crowded && newcomer.is_some());
        assert_eq!(fresh.get().0, Doing::New);
        assert!(
            futures_util::FutureExt::now_or_never(fresh.close.notified()).is_some(),
            "the silent one goes first"
        );
        newcomer.expect("a place").1.set(Doing::Busy);
        idle.set(Doing::Busy);
        assert!(connections.enter().0.is_none(), "no answer is cut short");
        assert_eq!(connections.lock().1.len(), 3);
    }

    #[test]
    fn the_sweep_closes_the_slow_and_the_idle() {
        let connections = Connections::new(8);
        let (_, head) = connections.enter().0.expect("a place");
        let (_, busy) = connections.enter().0.expect("a place");
        head.received();
        busy.set(Doing::Busy);
        busy.received();
        assert_eq!(connections.sweep(TICK, Duration::from_secs(9)), []);
        assert_eq!(
            connections.sweep(TICK, Duration::from_secs(9)),
            [Closed::Slow]
        );
    }
}
