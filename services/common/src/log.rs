//! Where log lines go: JSON to standard output, gathered for a few milliseconds and written by one thread.
//!
//! Nothing is dropped: when the reader of the pipe is slower than the lines come, whoever logs waits. Must not know what a
//! line says.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// How long lines gather.
const GATHER: Duration = Duration::from_millis(10);
/// How much may gather before whoever logs waits.
const MOST: usize = 1024 * 1024;

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    filled: Condvar,
    emptied: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cheap handle to the log.
#[derive(Clone, Default)]
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
        let log = Self::default();
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
        Self::default()
    }

    /// What a kept log holds.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.shared.lock().lines).into_owned()
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

    /// Appends one line, whole.
    pub fn line(&self, line: &[u8]) {
        let mut state = self.shared.lock();
        while state.lines.len() > MOST && !state.closed {
            state = self
                .shared
                .emptied
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let was_empty = state.lines.is_empty();
        state.lines.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.shared.filled.notify_one();
        }
    }
}

fn drain(shared: &Shared, mut out: impl Write) {
    let mut lines = Vec::new();
    let mut state = shared.lock();
    loop {
        while state.lines.is_empty() && !state.closed {
            state = shared
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if !state.closed {
            drop(state);
            std::thread::sleep(GATHER);
            state = shared.lock();
        }
        let last = state.closed;
        std::mem::swap(&mut lines, &mut state.lines);
        drop(state);
        shared.emptied.notify_all();
        // A closed pipe ends the log, not the service.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
        lines.clear();
        // A burst must not hold its memory for ever.
        lines.shrink_to(64 * 1024);
        if last {
            return;
        }
        state = shared.lock();
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.log.shared.lock().closed = true;
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
            assert!(log.shared.lock().lines.len() <= MOST + line.len());
        }
        drop(flush);
        assert_eq!(
            out.0.lock().expect("not poisoned").len(),
            8_000 * line.len()
        );
    }
}
