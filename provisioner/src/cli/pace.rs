//! Time and the wish to stop, as the engine's loop asks for them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hcctl_engine::drive::Pace;
use tokio::time::Instant;

use crate::lock::Lease;

/// The clock of a run, its interrupts, its time limit and its lease.
pub(super) struct Clock<'a> {
    began: Instant,
    limit: Option<Duration>,
    lease: Option<&'a Lease>,
    interrupted: Arc<Mutex<bool>>,
}

impl<'a> Clock<'a> {
    /// A clock that starts now.
    pub(super) fn new(limit: Option<u64>, lease: Option<&'a Lease>) -> Self {
        Self {
            began: Instant::now(),
            limit: limit.map(Duration::from_secs),
            lease,
            interrupted: Arc::default(),
        }
    }

    /// What an interrupt sets.
    pub(super) fn interrupted(&self) -> Arc<Mutex<bool>> {
        Arc::clone(&self.interrupted)
    }

    /// Whether the run was interrupted.
    pub(super) fn was_interrupted(&self) -> bool {
        *self
            .interrupted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pace for Clock<'_> {
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn stop(&self) -> Option<String> {
        if self.was_interrupted() {
            return Some("interrupted".to_owned());
        }
        if let Some(limit) = self.limit.filter(|limit| self.began.elapsed() >= *limit) {
            return Some(format!(
                "the time limit of {} s (--timeout) is reached",
                limit.as_secs()
            ));
        }
        self.lease.and_then(Lease::lost)
    }
}
