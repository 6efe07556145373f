//! Reads that several kinds share are made once per look at the account.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use hcctl_engine::Fault;
use tokio::sync::OnceCell;

use super::Aws;

type Shared = Result<Arc<dyn Any + Send + Sync>, Fault>;

/// What has been read so far, by the read's name.
#[derive(Debug, Default)]
pub(super) struct Memos(Mutex<HashMap<String, Arc<OnceCell<Shared>>>>);

impl Aws {
    /// Makes the read called `name` once, however many ask for it at the same time; all get its answer, or its fault.
    pub async fn once<T, F>(&self, name: &str, read: F) -> Result<Arc<T>, Fault>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, Fault>> + Send,
    {
        // Reads of reads nest: in a box, each takes as little room in the next one as a pointer.
        let read = Box::pin(read);
        let cell = {
            let mut memos = self.memos.0.lock().unwrap_or_else(PoisonError::into_inner);
            memos.entry(name.to_owned()).or_default().clone()
        };
        let first = || async {
            read.await
                .map(|value| Arc::new(value) as Arc<dyn Any + Send + Sync>)
        };
        let answer = cell.get_or_init(first).await.clone()?;
        answer
            .downcast()
            .map_err(|_| Fault::own(name, "two reads of different types share this name"))
    }
}
