//! A line of JSON per event, for programs.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use hcctl_engine::Event;

use super::super::json;
use super::Progress;

/// Writes each event as one document on one line.
pub struct JsonLines<W> {
    /// Where to; `None` once nobody reads it any more.
    out: Mutex<Option<W>>,
}

impl<W: Write + Send> JsonLines<W> {
    /// Lines to a writer.
    pub fn new(out: W) -> Self {
        Self {
            out: Mutex::new(Some(out)),
        }
    }
}

impl<W: Write + Send> Progress for JsonLines<W> {
    fn event(&self, event: &Event) {
        let mut held = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(out) = &mut *held {
            // In one piece, and at once: a reader follows the run.
            let line = format!("{}\n", json::event(event));
            if out
                .write_all(line.as_bytes())
                .and_then(|()| out.flush())
                .is_err()
            {
                *held = None;
            }
        }
    }

    fn finish(&self) {
        let mut held = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(out) = &mut *held {
            // Nobody is left to be told of a failure.
            let _ = out.flush();
        }
    }
}
