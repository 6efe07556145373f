//! Whom an operation tells what happens, and whom it asks.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::CommandError;
use crate::deploy::Told;
use crate::logs::Line;

/// Something that happens while an operation goes on.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A sentence for a person: a note, a warning, what is done.
    Said(&'a str),
    /// Why nothing is to be seen for a while: of no use to somebody who does not wait for it.
    Busy(&'a str),
    /// The steps of a plan begin.
    Begun {
        /// How many there are.
        steps: usize,
    },
    /// Something happened to a step of a plan.
    Step(&'a hcctl_engine::Event),
    /// No further step is taken.
    Over,
    /// The deployments of these services are followed from now on.
    Following(&'a [&'a str]),
    /// Something happened to a service's deployment.
    Rollout {
        /// When, since the deployments are followed.
        at: Duration,
        /// The service.
        service: &'a str,
        /// What.
        told: &'a Told,
    },
    /// A task that is followed wrote a line.
    Output(&'a Line),
}

/// Who is told what happens.
pub trait Events: Sync {
    /// Takes one event. An error ends the operation where it only watches; what is being changed goes on.
    fn tell(&self, event: Event<'_>) -> Result<(), CommandError>;

    /// Tells a sentence. Whether anybody still reads is no reason to stop.
    fn say(&self, text: &str) {
        let _ = self.tell(Event::Said(text));
    }
}

/// Who decides.
pub trait Ask {
    /// How wishes to stop following deployments come.
    type Interrupts: Interrupts;

    /// Asks before something is done. With `word`, only that word is a yes: for what cannot be undone.
    ///
    /// # Errors
    ///
    /// A refusal, where nobody agreed or nobody can.
    fn confirm(&self, question: &str, word: Option<&str>) -> Result<(), CommandError>;

    /// From now on a wish to stop is heeded between two steps of a plan.
    fn stop(&self) -> Stop;

    /// From now on a wish to stop is put as a question.
    fn interrupts(&self) -> io::Result<Self::Interrupts>;
}

/// The wish to stop before the next step.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Wishes it.
    pub fn want(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody wishes it.
    pub fn wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Wishes to stop following deployments.
pub trait Interrupts {
    /// Waits for the next one, also one that came while nobody waited. Bears to be dropped while it waits.
    fn next(&mut self) -> impl Future<Output = ()>;

    /// Asks what is to become of the deployments.
    fn decide(&mut self) -> impl Future<Output = io::Result<Decision>>;
}

/// What is to become of deployments that are under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They go on without being followed.
    Leave,
    /// They are rolled back, and followed to that end.
    RollBack,
    /// They are followed on.
    Follow,
}
