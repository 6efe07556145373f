//! Which connections are open and what each is doing, in one word per connection.
//!
//! Serves two ends: a newcomer may push out a connection that does nothing where all places are taken, and a sweep closes
//! those that are slow with a request's head or idle for too long. One that is being answered is never touched. This
//! replaces a timer per request, and so costs a few nanoseconds.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

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

/// What a connection is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Close, unless a request has come in meanwhile; then finish it and close.
    Close = 1,
    /// Finish what is being answered, then close.
    Finish = 2,
}

/// One connection, seen from outside.
///
/// On cache lines of its own: its neighbours in memory may be served by another core.
#[repr(align(128))]
pub(super) struct Connection {
    /// Ticks since the registry's start in the upper bits, [`Doing`] in the lower two.
    word: AtomicU64,
    /// The registry's clock, which is coarse on purpose: reading the real one at each turn would cost more than the turn.
    ticks: Arc<AtomicU64>,
    /// [`Order`]s not yet obeyed, as bits, and who is to be woken for them. Not a channel: its receiver would be asked at
    /// each turn of a connection, and this is one load.
    orders: AtomicU8,
    waker: Mutex<Option<Waker>>,
}

impl Connection {
    pub(super) fn order(&self, order: Order) {
        self.orders.fetch_or(order as u8, Ordering::AcqRel);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*waker {
            waker.wake_by_ref();
        }
    }

    /// Makes later orders wake this task, for as long as the connection lives.
    pub(super) fn wakes(&self, cx: &Context<'_>) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
    }

    /// The most pressing order since the last look.
    pub(super) fn take_order(&self) -> Option<Order> {
        if self.orders.load(Ordering::Acquire) == 0 {
            return None;
        }
        let orders = self.orders.swap(0, Ordering::AcqRel);
        if orders & Order::Close as u8 != 0 {
            Some(Order::Close)
        } else {
            (orders != 0).then_some(Order::Finish)
        }
    }

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
                        connection.order(Order::Close);
                    }
                }
                _ => return (None, true),
            }
        }
        let connection = Arc::new(Connection {
            word: AtomicU64::new(0),
            ticks: Arc::clone(&self.inner.ticks),
            orders: AtomicU8::new(0),
            waker: Mutex::new(None),
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

    /// Lets every connection finish what it is at, and no more.
    pub(super) fn finish(&self) {
        for connection in self.lock().1.values() {
            connection.order(Order::Finish);
        }
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
                connection.order(Order::Close);
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
        assert_eq!(
            fresh.take_order(),
            Some(Order::Close),
            "the silent one goes first"
        );
        assert_eq!((fresh.take_order(), idle.take_order()), (None, None));
        newcomer.expect("a place").1.set(Doing::Busy);
        idle.set(Doing::Busy);
        assert!(connections.enter().0.is_none(), "no answer is cut short");
        assert_eq!(connections.lock().1.len(), 3);
    }

    #[test]
    fn an_order_wakes_whoever_serves_the_connection() {
        struct Flag(AtomicU8);
        impl std::task::Wake for Flag {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let flag = Arc::new(Flag(AtomicU8::new(0)));
        let connections = Connections::new(1);
        let (_, connection) = connections.enter().0.expect("a place");
        connections.finish();
        connection.wakes(&Context::from_waker(&Arc::clone(&flag).into()));
        assert_eq!(connection.take_order(), Some(Order::Finish), "given before");
        connections.finish();
        connection.order(Order::Close);
        assert_eq!(flag.0.load(Ordering::Relaxed), 2, "each order wakes");
        assert_eq!(connection.take_order(), Some(Order::Close));
        assert_eq!(connection.take_order(), None);
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
