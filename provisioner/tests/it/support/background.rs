//! Servers on a thread of their own, for tests that block.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A server on a loopback port; dropping it ends it with all its connections.
pub struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Runs `server` on a free port of 127.0.0.1.
    pub fn serve<S, F>(server: S) -> (SocketAddr, Self)
    where
        S: FnOnce(TcpListener) -> F + Send + 'static,
        F: Future,
    {
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    _ = server(listener) => {}
                    _ = stopped => {}
                }
            });
        });
        let background = Self {
            stop: Some(stop),
            thread: Some(thread),
        };
        (address.recv().unwrap(), background)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
