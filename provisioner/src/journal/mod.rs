//! What each run did, kept beside the lease: an audit trail, never read to decide anything.

mod legacy;
mod record;
mod release;
mod runs;

pub use record::{Cost, Did, Doing, Entry, Field, First, Outcome, Planned, Planning, Step};
pub use release::{Ending, Happened, StoppedTask, What};
pub use runs::{End, Run, ids, latest, one};

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use hcctl_engine::{Event, Fault};

use crate::aws::Aws;
use crate::aws::bucket::When;
use crate::lock::now;
use record::{FORMAT_VERSION, Record};

/// One run's record. Written when the run begins, and whole when it ends, so that a killed run has left its name.
#[derive(Debug)]
pub struct Journal {
    key: String,
    head: Record,
    entries: Mutex<Vec<Entry>>,
}

/// The runs of this process so far.
static RUNS: AtomicU32 = AtomicU32::new(0);

impl Journal {
    /// Begins the record of a run of `command`, which is to do what is `planned`.
    pub async fn begin(aws: &Aws, command: &str, planned: Planned) -> Result<Self, Fault> {
        let began = now();
        let head = Record {
            format_version: FORMAT_VERSION,
            command: command.to_owned(),
            who: aws.identity().await?.arn.clone(),
            began,
            ended: None,
            outcome: Outcome::Running,
            hcctl: env!("CARGO_PKG_VERSION").to_owned(),
            plan: planned,
            events: Vec::new(),
        };
        let id = format!("{began}-{command}-{}", std::process::id());
        // One process may do several runs within a second.
        let id = match RUNS.fetch_add(1, Ordering::Relaxed) {
            0 => id,
            earlier => format!("{id}-{}", earlier + 1),
        };
        let journal = Self {
            key: key(aws, &id),
            head,
            entries: Mutex::default(),
        };
        journal.write(aws, &journal.head).await?;
        Ok(journal)
    }

    /// Takes in what happened to a step of a plan.
    pub fn event(&self, event: &Event) {
        if let Some(step) = Step::of(event) {
            self.entry(Entry::Step(step));
        }
    }

    /// Takes in what happened.
    pub fn entry(&self, entry: Entry) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
    }

    /// Ends the record.
    pub async fn end(self, aws: &Aws, outcome: Outcome) -> Result<(), Fault> {
        let events = {
            let entries = self.entries.lock();
            entries.unwrap_or_else(PoisonError::into_inner).clone()
        };
        let record = Record {
            outcome,
            ended: Some(now()),
            events,
            ..self.head.clone()
        };
        self.write(aws, &record).await
    }

    async fn write(&self, aws: &Aws, record: &Record) -> Result<(), Fault> {
        let body = serde_json::to_vec_pretty(record).unwrap_or_default();
        aws.put_object(&self.key, body, When::Always)
            .await
            .map(drop)
    }
}

/// Under which the records of an environment's runs are kept.
fn prefix(aws: &Aws) -> String {
    format!("{}/{}/journal/", aws.scope.project, aws.scope.environment)
}

/// Where the record of the run with this id is kept.
fn key(aws: &Aws, id: &str) -> String {
    format!("{}{id}.json", prefix(aws))
}
