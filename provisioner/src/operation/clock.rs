//! Time, as operations wait and as the engine's loop asks for it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use hcctl_engine::drive::Pace;
use tokio::time::Instant;

use super::Stop;
use crate::lock::Lease;

/// What lets time pass.
pub trait Clock: Send + Sync {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Lets time pass.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// The time of the world.
#[derive(Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The pace of a run: its clock, its time limit, its lease, and the wish to stop it.
pub(super) struct RunPace<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) began: Duration,
    pub(super) limit: Option<Duration>,
    pub(super) lease: &'a Lease,
    pub(super) stop: Stop,
}

impl Pace for RunPace<'_> {
    async fn sleep(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    fn now(&self) -> Duration {
        self.clock.now().saturating_sub(self.began)
    }

    fn stop(&self) -> Option<String> {
        if self.stop.wanted() {
            return Some("interrupted".to_owned());
        }
        if let Some(limit) = self.limit.filter(|limit| self.now() >= *limit) {
            return Some(format!(
                "the time limit of {} s (--timeout) is reached",
                limit.as_secs()
            ));
        }
        self.lease.lost()
    }
}
