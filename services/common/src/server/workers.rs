//! The threads that serve connections: one runtime per thread, and a connection stays where it was put.
//!
//! A runtime that shares its tasks among threads pays for that with every request: queues with locks, threads that wake each
//! other. Requests here take microseconds, so there is nothing worth moving. Must not know what a connection says.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

pub(super) struct Workers {
    workers: Vec<Worker>,
}

struct Worker {
    runtime: Handle,
    /// Connections that are here.
    served: Arc<AtomicUsize>,
    /// The thread ends when this is dropped.
    _ends: oneshot::Sender<()>,
}

/// A connection's place with a worker; free again when dropped.
pub(super) struct Place {
    pub(super) worker: usize,
    served: Arc<AtomicUsize>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.served.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Workers {
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let worker = |at| {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let handle = runtime.handle().clone();
            let (ends, ended) = oneshot::channel::<()>();
            std::thread::Builder::new()
                .name(format!("serve-{at}"))
                .spawn(move || {
                    // The sender never sends: it is dropped.
                    let _ = runtime.block_on(ended);
                })?;
            Ok(Worker {
                runtime: handle,
                served: Arc::default(),
                _ends: ends,
            })
        };
        Ok(Self {
            workers: (0..count).map(worker).collect::<io::Result<_>>()?,
        })
    }

    /// A place with the worker that has the fewest connections.
    pub(super) fn place(&self) -> Place {
        let served = |worker: &Worker| worker.served.load(Ordering::Relaxed);
        let worker = (0..self.workers.len())
            .min_by_key(|at| served(&self.workers[*at]))
            .unwrap_or_default();
        let served = Arc::clone(&self.workers[worker].served);
        served.fetch_add(1, Ordering::Relaxed);
        Place { worker, served }
    }

    pub(super) fn runtime(&self, place: &Place) -> &Handle {
        &self.workers[place.worker].runtime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_dealt_to_the_least_busy() {
        let workers = Workers::start(3).expect("three threads");
        let mut places: Vec<Place> = (0..6).map(|_| workers.place()).collect();
        let mut dealt: Vec<usize> = places.iter().map(|place| place.worker).collect();
        dealt.sort_unstable();
        assert_eq!(dealt, [0, 0, 1, 1, 2, 2]);
        places.retain(|place| place.worker != 1);
        assert_eq!([workers.place().worker, workers.place().worker], [1, 1]);
        let task = workers.runtime(&workers.place()).spawn(async { 7 });
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(runtime.block_on(task).expect("it ran"), 7);
    }
}
