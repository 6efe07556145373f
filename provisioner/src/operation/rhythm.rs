//! The rhythm of looking again and again: rarer while looks fail, and what went wrong meanwhile.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::CommandError;

/// Looks that fail are at most so far apart.
const RARELY: Duration = Duration::from_mins(1);

/// A look that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: Option<String>,
    /// When it is tried again; nothing while it is being tried.
    pub next: Option<SystemTime>,
}

/// When to look, and what went wrong.
#[derive(Debug)]
pub struct Rhythm {
    every: Duration,
    /// The present pause, longer with every failure.
    pause: Duration,
    /// When the next look is due.
    pub next: Instant,
    /// When to end.
    end: Option<Instant>,
    /// What went wrong with the last look.
    pub trouble: Option<Trouble>,
}

impl Rhythm {
    /// Looks every so often, until there is no time left.
    pub fn new(every: Duration, limit: Option<Duration>) -> Self {
        let now = Instant::now();
        Self {
            every,
            pause: every,
            next: now + every,
            end: limit.map(|limit| now + limit),
            trouble: None,
        }
    }

    /// A look went well.
    pub fn saw(&mut self) {
        self.pause = self.every;
        self.next = Instant::now() + self.pause;
        self.trouble = None;
    }

    /// A look failed: the next one comes later.
    pub fn failed(&mut self, error: &CommandError) {
        self.pause = back_off(self.pause, self.every);
        self.next = Instant::now() + self.pause;
        self.trouble = Some(Trouble {
            what: error.message.trim_end().replace('\n', "; "),
            remedy: error.hints.first().cloned(),
            next: Some(SystemTime::now() + self.pause),
        });
    }

    /// Says that a look has taken so long already; what went wrong before says more.
    pub fn waits(&mut self, time: Duration) {
        if self
            .trouble
            .as_ref()
            .is_none_or(|trouble| trouble.next.is_none())
        {
            self.trouble = Some(Trouble {
                what: format!("AWS has not answered for {} s", time.as_secs()),
                remedy: None,
                next: None,
            });
        }
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// The earlier of two moments at which something is to be done.
    pub fn wake(&self, other: Instant) -> Instant {
        self.end.map_or(other, |end| other.min(end))
    }
}

/// Twice as long after each failure, and never more often than without one.
fn back_off(pause: Duration, every: Duration) -> Duration {
    (pause * 2).min(RARELY.max(every))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_looks_get_rarer_but_never_stop() {
        let seconds = Duration::from_secs;
        let mut pause = seconds(2);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            pause = back_off(pause, seconds(2));
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(back_off(seconds(300), seconds(300)), seconds(300));
    }
}
