//! Ctrl-C, and what a pipeline sends when it is cancelled.

use std::io::{self, Write as _};

use super::{CommandError, Kind, width};

/// The signals that ask this process to stop.
///
/// One listener for the whole run: a signal that comes between two listeners would be lost, because from the first listener
/// on the process no longer ends by itself.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on signals are answered by whoever waits here.
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one, also one that came while nobody waited.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that ask this process to stop.
#[cfg(not(unix))]
pub(super) struct Signals(());

#[cfg(not(unix))]
impl Signals {
    /// From now on Ctrl-C is answered by whoever waits here.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self(()))
    }

    /// The next one.
    pub(super) async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}

/// From now on the first signal ends the process, also where it waits for a reader: what only reads has nothing to finish.
pub(super) fn end_at_once() -> io::Result<()> {
    let mut signals = Signals::listen()?;
    tokio::spawn(async move {
        signals.next().await;
        let error = CommandError::new(Kind::Interrupted, "interrupted; nothing was changed");
        let _ = io::stderr().write_all(error.text(width()).as_bytes());
        std::process::exit(i32::from(error.kind.exit_code()));
    });
    Ok(())
}
