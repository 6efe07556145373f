//! Calls that may fail because something made a moment ago is not known everywhere yet, and calls made in crowds.

use std::future::Future;
use std::time::Duration;

use futures_util::stream::{self, Buffered, Iter, StreamExt, TryCollect, TryStreamExt};
use hcctl_engine::Fault;

use super::Aws;

/// How long a thing just made may take to be known: two minutes cover IAM's and EC2's delays.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
const PATIENCE: Duration = Duration::from_mins(2);

/// Calls in flight of one crowd.
const CROWD: usize = 24;

/// The answers of many calls, still to come.
pub type Crowd<T, F> = TryCollect<Buffered<Iter<std::vec::IntoIter<F>>>, Vec<T>>;

impl Aws {
    /// Repeats `call` for up to two minutes while it fails with a fault that `passing` says will pass.
    pub async fn patiently<T, F>(
        &self,
        passing: impl Fn(&Fault) -> bool + Send,
        call: impl Fn() -> F + Send,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        self.patiently_for(PATIENCE, passing, call).await
    }

    /// As [`Aws::patiently`], with a patience of its own (a service that drains takes longer than a role that spreads).
    pub async fn patiently_for<T, F>(
        &self,
        patience: Duration,
        passing: impl Fn(&Fault) -> bool + Send,
        call: impl Fn() -> F + Send,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        let began = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(250);
        loop {
            match call().await {
                Err(fault) if passing(&fault) && began.elapsed() < patience => {
                    tracing::debug!(%fault, "not settled yet, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 3 / 2).min(Duration::from_secs(5));
                }
                outcome => return outcome,
            }
        }
    }

    /// Makes one call per item, many at a time; answers in the order of the items, or the first fault.
    ///
    /// Not an `async fn`: the items are turned into calls before it answers, so that no iterator lives across an await.
    pub fn crowd<I, T, F>(&self, items: I, call: impl Fn(I::Item) -> F) -> Crowd<T, F>
    where
        I: IntoIterator,
        F: Future<Output = Result<T, Fault>>,
    {
        let calls: Vec<F> = items.into_iter().map(call).collect();
        stream::iter(calls).buffered(CROWD).try_collect()
    }
}

/// An EC2 id that the service does not know: right after a create, that passes.
/// <https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>
pub fn unknown_id(fault: &Fault) -> bool {
    fault
        .code
        .as_deref()
        .is_some_and(|code| code.ends_with(".NotFound") || code == "NatGatewayNotFound")
}
