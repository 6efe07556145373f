//! The sandbox behind a loopback port, in the test's own process, so that the test sees what the served world holds.

use std::collections::BTreeMap;
use std::future::pending;
use std::path::PathBuf;

use hcctl_sandbox::{Sandbox, Settings};

use super::background::Background;
use super::place::Place;

/// A served sandbox. It ends when dropped.
pub struct Served {
    /// The world that is served.
    pub sandbox: Sandbox,
    url: String,
    _server: Background,
}

impl Served {
    /// Serves a new world that lives in memory.
    pub fn start(settings: Settings) -> Self {
        Self::open(None, settings)
    }

    /// Serves a new world in which everything is ready at once, with a place to run the binary against it.
    pub fn with_place() -> (Self, Place) {
        let served = Self::start(Settings::instant());
        let place = Place::new().at(&served.url());
        (served, place)
    }

    /// Serves the world of a file.
    pub fn open(file: Option<PathBuf>, settings: Settings) -> Self {
        Self::of(Sandbox::open(file, settings).unwrap())
    }

    /// Serves a world that is there.
    pub fn of(sandbox: Sandbox) -> Self {
        let shared = sandbox.clone();
        let (address, server) = Background::serve(move |listener| async move {
            shared.serve(listener, pending()).await.unwrap();
        });
        Self {
            sandbox,
            url: format!("http://{address}"),
            _server: server,
        }
    }

    /// What `AWS_ENDPOINT_URL` is to say.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// How many there are of each kind that there are any of.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = self.sandbox.describe();
        counts.retain(|_, count| *count > 0);
        counts
    }
}
