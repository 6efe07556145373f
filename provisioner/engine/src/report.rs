//! What came of a run: the events, summed up.

use std::time::Duration;

use crate::{Address, Event, Fault, Verb};

/// The outcome of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was done, in order of completion, with the resource's id.
    pub done: Vec<(Address, Verb, String)>,
    /// What failed.
    pub failed: Vec<(Address, Verb, Fault)>,
    /// What was not tried, and whose failure is the reason.
    pub skipped: Vec<(Address, Verb, Address)>,
    /// What was not started because the run was stopped.
    pub unstarted: Vec<(Address, Verb)>,
    /// Why the run was stopped, where it was.
    pub stopped: Option<String>,
    /// From the first step to the last.
    pub took: Duration,
}

impl Report {
    /// Takes one event in.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Finished {
                address, verb, id, ..
            } => self.done.push((address.clone(), *verb, id.clone())),
            Event::Failed {
                address,
                verb,
                fault,
                ..
            } => self.failed.push((address.clone(), *verb, fault.clone())),
            Event::Skipped {
                address,
                verb,
                because,
            } => {
                self.skipped.push((address.clone(), *verb, because.clone()));
            }
            Event::Started { .. } | Event::Waiting { .. } => {}
        }
    }

    /// Whether everything was done.
    pub fn complete(&self) -> bool {
        self.failed.is_empty()
            && self.skipped.is_empty()
            && self.unstarted.is_empty()
            && self.stopped.is_none()
    }

    /// How many resources had this done to them.
    pub fn count(&self, verb: Verb) -> usize {
        self.done
            .iter()
            .filter(|(_, done, _)| *done == verb)
            .count()
    }
}
