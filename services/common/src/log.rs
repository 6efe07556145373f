//! Where log lines go: JSON to standard output, gathered for a few milliseconds and written by one thread.
//!
//! Nothing is dropped: when the reader of the pipe is slower than the lines come, whoever logs waits. Must not know what a
//! line says.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::lane::{self, LANES, Own};

/// How long lines gather.
const GATHER: Duration = Duration::from_millis(10);
/// How much may gather before whoever logs waits.
const MOST: usize = 256 * 1024;

#[derive(Default)]
struct Shared {
    /// Each thread has a heap of its own, so that threads do not meet here.
    heaps: [Own<Mutex<Vec<u8>>>; LANES],
    /// Whether the writing thread waits to be woken, and whether it shall end.
    state: Mutex<State>,
    asleep: AtomicBool,
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A cheap handle to the log.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

/// Writes what is left when dropped.
#[must_use]
pub struct Flush {
    log: Log,
    thread: Option<JoinHandle<()>>,
}

impl Log {
    /// Starts the thread that writes to `out`.
    #[expect(
        clippy::missing_panics_doc,
        reason = "the invariant is stated at the expect"
    )]
    pub fn start(out: impl Write + Send + 'static) -> (Self, Flush) {
        let log = Self {
            shared: Arc::default(),
        };
        let shared = Arc::clone(&log.shared);
        let thread = std::thread::Builder::new()
            .name("log".to_owned())
            .stack_size(128 * 1024)
            .spawn(move || drain(&shared, out))
            .expect("the system grants one more thread at start");
        (
            log.clone(),
            Flush {
                log,
                thread: Some(thread),
            },
        )
    }

    /// A log that keeps its lines, for tests.
    pub fn kept() -> Self {
        let shared = Shared::default();
        lock(&shared.state).closed = true;
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What a kept log holds.
    pub fn text(&self) -> String {
        self.shared
            .heaps
            .iter()
            .map(|heap| String::from_utf8_lossy(&lock(&heap.0)).into_owned())
            .collect()
    }

    /// Sends `tracing` events here too, for the rest of the process.
    pub fn collect_events(&self, filter: &str, service: &'static str) {
        // `Targets`, not `EnvFilter`: the same language without fields, and without a regular expression engine.
        let filter: Targets = filter
            .parse()
            .unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
        let lines = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(self.clone());
        let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
        if tracing::subscriber::set_global_default(subscriber).is_ok() {
            tracing::info!(service, "log started");
        }
    }

    /// Appends one line, whole. Lines of one thread keep their order.
    pub fn line(&self, line: &[u8]) {
        self.append(|lines| lines.extend_from_slice(line));
    }

    /// Appends what `write` appends, in place. It must append whole lines, and no more than a few.
    pub fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let heap = &self.shared.heaps[lane::mine()].0;
        let mut lines = lock(heap);
        while lines.len() > MOST && !lock(&self.shared.state).closed {
            drop(lines);
            let state = lock(&self.shared.state);
            drop(self.shared.emptied.wait_timeout(state, GATHER));
            lines = lock(heap);
        }
        write(&mut lines);
        drop(lines);
        if self.shared.asleep.load(Ordering::SeqCst)
            && self.shared.asleep.swap(false, Ordering::SeqCst)
        {
            // Under the lock: the writing thread gives it up only when it waits.
            let _state = lock(&self.shared.state);
            self.shared.filled.notify_one();
        }
    }
}

/// Takes all that has gathered; `false` where nothing had.
fn gather(shared: &Shared, lines: &mut Vec<u8>) -> bool {
    for heap in &shared.heaps {
        let mut heap = lock(&heap.0);
        lines.extend_from_slice(&heap);
        heap.clear();
    }
    !lines.is_empty()
}

fn drain(shared: &Shared, mut out: impl Write) {
    let mut lines = Vec::new();
    loop {
        let last = lock(&shared.state).closed;
        if gather(shared, &mut lines) {
            shared.emptied.notify_all();
            // A closed pipe ends the log, not the service.
            let _ = out.write_all(&lines).and_then(|()| out.flush());
            lines.clear();
        }
        if last {
            return;
        }
        let state = lock(&shared.state);
        shared.asleep.store(true, Ordering::SeqCst);
        // Whoever logs after this look sees that we sleep.
        if !shared.heaps.iter().any(|heap| !lock(&heap.0).is_empty()) && !state.closed {
            // A burst must not hold its memory for ever.
            shared
                .heaps
                .iter()
                .for_each(|heap| lock(&heap.0).shrink_to(16 * 1024));
            lines.shrink_to(16 * 1024);
            drop(shared.filled.wait(state));
        } else {
            drop(state);
        }
        shared.asleep.store(false, Ordering::SeqCst);
        if !lock(&shared.state).closed {
            std::thread::sleep(GATHER);
        }
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        lock(&self.log.shared.state).closed = true;
        self.log.shared.filled.notify_one();
        self.log.shared.emptied.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.line(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Slow(Arc<Mutex<Vec<u8>>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            std::thread::sleep(Duration::from_millis(1));
            let some = bytes.len().min(64 * 1024);
            self.0
                .lock()
                .expect("not poisoned")
                .extend_from_slice(&bytes[..some]);
            Ok(some)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_line_is_lost_and_memory_stays_bounded() {
        let out = Slow::default();
        let (log, flush) = Log::start(out.clone());
        let line = [b'x'; 999];
        for _ in 0..8_000 {
            log.line(&line);
            assert!(
                log.shared
                    .heaps
                    .iter()
                    .all(|heap| lock(&heap.0).len() <= MOST + line.len())
            );
        }
        drop(flush);
        assert_eq!(
            out.0.lock().expect("not poisoned").len(),
            8_000 * line.len()
        );
    }
}
