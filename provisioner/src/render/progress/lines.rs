//! A line per step that ends, for logs.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hcctl_engine::{Address, Event};

use super::super::page::Page;
use super::super::view::Style;
use super::Progress;
use super::line::{ended, waits};

/// A wait that usually takes this long is told of when it begins.
const LONG: Duration = Duration::from_secs(30);

/// Writes one line per step that ended, and one per long wait.
pub struct Lines<W> {
    style: Style,
    state: Mutex<State<W>>,
}

struct State<W> {
    /// Where to; `None` once nobody reads it any more.
    out: Option<W>,
    /// The steps that run, with the time that they usually take, until their wait has been told.
    running: BTreeMap<Address, Duration>,
}

impl<W: Write + Send> Lines<W> {
    /// Lines to a writer.
    pub fn new(out: W, style: Style) -> Self {
        let running = BTreeMap::new();
        Self {
            style,
            state: Mutex::new(State {
                out: Some(out),
                running,
            }),
        }
    }
}

impl<W: Write + Send> Progress for Lines<W> {
    fn event(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started { address, usual, .. } => {
                state.running.insert(address.clone(), *usual);
            }
            Event::Waiting { address, why, .. } => {
                // Once per step: what it waits for may change often.
                if let Some(usual) = state.running.remove(address)
                    && usual >= LONG
                {
                    let page = waits(address, why, usual, self.style.width);
                    state.write(&page, self.style.color);
                }
            }
            Event::Finished { .. } | Event::Failed { .. } | Event::Skipped { .. } => {
                if let Some(page) = ended(event, self.style.width) {
                    state.write(&page, self.style.color);
                }
            }
        }
    }

    fn finish(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(out) = &mut state.out {
            // Nobody is left to be told of a failure.
            let _ = out.flush();
        }
    }
}

impl<W: Write> State<W> {
    fn write(&mut self, page: &Page, color: bool) {
        if let Some(out) = &mut self.out
            && page.write(color, out).is_err()
        {
            self.out = None;
        }
    }
}
