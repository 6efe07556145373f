//! What each run did, kept beside the lease: an audit trail, never read to decide anything.

mod runs;

pub use runs::{End, Run, ids, latest, one};

use std::sync::{Mutex, PoisonError};

use hcctl_engine::{Event, Fault, Report, Verb};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::aws::bucket::When;
use crate::lock::now;

/// One run's record. Written when the run begins, and whole when it ends, so that a killed run has left its name.
#[derive(Debug)]
pub struct Journal {
    key: String,
    head: Value,
    events: Mutex<Vec<Value>>,
}

impl Journal {
    /// Begins the record of a run of `command`, which is to do `what`.
    pub async fn begin(aws: &Aws, command: &str, what: Value) -> Result<Self, Fault> {
        let began = now();
        let head = json!({
            "format_version": 1,
            "command": command,
            "who": aws.identity().await?.arn,
            "began": began,
            "hcctl": env!("CARGO_PKG_VERSION"),
            "plan": what,
        });
        let id = format!("{began}-{command}-{}", std::process::id());
        let key = key(aws, &id);
        let journal = Self {
            key,
            head,
            events: Mutex::default(),
        };
        journal.write(aws, json!({ "outcome": "running" })).await?;
        Ok(journal)
    }

    /// Takes one event in.
    pub fn event(&self, event: &Event) {
        let verb = |verb: &Verb| match verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
            Verb::Await => "await",
        };
        let entry = match event {
            Event::Started { .. } | Event::Waiting { .. } => return,
            Event::Finished {
                address,
                verb: v,
                id,
                took,
            } => {
                json!({ "address": address.to_string(), "verb": verb(v), "id": id, "milliseconds": took.as_millis() as u64 })
            }
            Event::Failed {
                address,
                verb: v,
                fault,
                ..
            } => {
                json!({ "address": address.to_string(), "verb": verb(v), "failed": fault.to_string() })
            }
            Event::Skipped {
                address,
                verb: v,
                because,
            } => {
                json!({ "address": address.to_string(), "verb": verb(v), "skipped": because.to_string() })
            }
        };
        self.entry(entry);
    }

    /// Takes in something else that happened.
    pub fn entry(&self, entry: Value) {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(entry);
    }

    /// Ends the record of a run whose outcome is told in a word.
    pub async fn finish(&self, aws: &Aws, outcome: &str) -> Result<(), Fault> {
        let tail = json!({ "outcome": outcome, "ended": now() });
        self.write(aws, tail).await
    }

    /// Ends the record.
    pub async fn end(&self, aws: &Aws, report: &Report) -> Result<(), Fault> {
        let outcome = match (&report.stopped, report.complete()) {
            (Some(why), _) => format!("stopped: {why}"),
            (None, true) => "done".to_owned(),
            (None, false) => "failed".to_owned(),
        };
        self.finish(aws, &outcome).await
    }

    async fn write(&self, aws: &Aws, tail: Value) -> Result<(), Fault> {
        let mut whole = self.head.clone();
        if let (Value::Object(whole), Value::Object(tail)) = (&mut whole, tail) {
            whole.extend(tail);
            let events = self
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            whole.insert("events".to_owned(), Value::Array(events));
        }
        let body = serde_json::to_vec_pretty(&whole).unwrap_or_default();
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
