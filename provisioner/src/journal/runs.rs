//! The records of earlier runs, for `history`.

use hcctl_engine::Fault;

use super::record::{Entry, Outcome, Planned, Record};
use super::{key, legacy, prefix};
use crate::aws::Aws;
use crate::lock::{Holder, holder};

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It did all that it was to do.
    Done,
    /// Something failed.
    Failed,
    /// It was stopped, for this reason.
    Stopped(String),
    /// It goes on, and holds the lease.
    UnderWay,
    /// It was killed, or could not write its end.
    Missing,
    /// Its record is there and cannot be read.
    Unreadable,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id, `BEGAN-COMMAND-PROCESS`.
    pub id: String,
    /// The verb.
    pub command: String,
    /// Who ran it: the caller's ARN.
    pub who: String,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// When it ended.
    pub ended: Option<u64>,
    /// How it ended.
    pub end: End,
    /// hcctl's version.
    pub hcctl: String,
    /// What it was to do.
    pub plan: Planned,
    /// What happened, in order.
    pub events: Vec<Entry>,
}

impl Run {
    /// Reads a record. What its key says is known of any.
    fn read(id: &str, body: &[u8], holder: Option<&Holder>) -> Self {
        let mut parts = id.split('-');
        let began = parts.next().and_then(|text| text.parse().ok());
        let mut run = Self {
            id: id.to_owned(),
            command: parts.next().unwrap_or_default().to_owned(),
            who: String::new(),
            began: began.unwrap_or_default(),
            ended: None,
            end: End::Unreadable,
            hcctl: String::new(),
            plan: Planned::default(),
            events: Vec::new(),
        };
        let record = serde_json::from_slice(body).map(legacy::upgraded);
        let Ok(record) = record.and_then(serde_json::from_value::<Record>) else {
            return run;
        };
        run.end = match record.outcome {
            Outcome::Done => End::Done,
            Outcome::Failed => End::Failed,
            Outcome::Stopped { why } => End::Stopped(why),
            Outcome::Running if holder.is_some_and(|holder| run.is_by(holder)) => End::UnderWay,
            Outcome::Running => End::Missing,
        };
        run.who = record.who;
        run.hcctl = record.hcctl;
        run.ended = record.ended;
        run.plan = record.plan;
        run.events = record.events;
        run
    }

    /// Whether this is the run that holds the lease.
    fn is_by(&self, holder: &Holder) -> bool {
        holder.seconds_left() > 0
            && holder.command == self.command
            && holder.taken <= self.began
            && self.id.ends_with(&format!("-{}", holder.process))
    }
}

/// The ids of the newest runs, newest first: at most so many.
pub async fn ids(aws: &Aws, most: usize) -> Result<Vec<String>, Fault> {
    let prefix = prefix(aws);
    let keys = aws.object_keys(&prefix).await?;
    // A key begins with the time.
    let ids = keys.iter().rev().filter_map(|key| {
        let id = key.strip_prefix(&prefix)?.strip_suffix(".json")?;
        Some(id.to_owned())
    });
    Ok(ids.take(most).collect())
}

/// The newest runs, newest first: at most so many.
pub async fn latest(aws: &Aws, most: usize) -> Result<Vec<Run>, Fault> {
    let ids = ids(aws, most).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // After the list: whoever holds the lease now has written its record before.
    let holder = holder(aws).await?.map(|(holder, _)| holder);
    let holder = holder.as_ref();
    let found = aws
        .crowd(ids, |id| async move { read(aws, &id, holder).await })
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// One run by its id.
pub async fn one(aws: &Aws, id: &str) -> Result<Option<Run>, Fault> {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if id.is_empty() || !id.chars().all(known) {
        return Ok(None);
    }
    let holder = holder(aws).await?.map(|(holder, _)| holder);
    read(aws, id, holder.as_ref()).await
}

async fn read(aws: &Aws, id: &str, holder: Option<&Holder>) -> Result<Option<Run>, Fault> {
    let object = match aws.get_object(&key(aws, id)).await {
        Err(fault) if fault.is("NoSuchBucket") => None,
        object => object?,
    };
    Ok(object.map(|object| Run::read(id, &object.body, holder)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(outcome: &str) -> Vec<u8> {
        let record = json!({
            "format_version": 1, "command": "apply", "who": "arn:aws:iam::1:user/a", "began": 100, "outcome": outcome,
            "plan": { "changes": [] }, "events": [{ "address": "vpc/main" }],
        });
        record.to_string().into_bytes()
    }

    fn holder(command: &str, process: u32, taken: u64, left: i64) -> Holder {
        Holder {
            owner: String::new(),
            host: String::new(),
            process,
            run: None,
            command: command.to_owned(),
            taken,
            expires: crate::lock::now().saturating_add_signed(left),
        }
    }

    #[test]
    fn a_record_says_how_its_run_ended() {
        let end = |outcome: &str| Run::read("100-apply-7", &record(outcome), None).end;
        assert_eq!(end("done"), End::Done);
        assert_eq!(end("failed"), End::Failed);
        let why = "interrupted".to_owned();
        assert_eq!(end("stopped: interrupted"), End::Stopped(why));
        assert_eq!(end("running"), End::Missing);
        assert_eq!(end("dancing"), End::Unreadable);
        let cut = Run::read("100-apply-7", b"{ \"outcome\":", None);
        assert_eq!(
            (cut.end, cut.began, cut.command.as_str()),
            (End::Unreadable, 100, "apply")
        );
    }

    #[test]
    fn only_the_run_that_holds_the_lease_is_under_way() {
        let end = |holder: &Holder| Run::read("100-apply-7", &record("running"), Some(holder)).end;
        assert_eq!(end(&holder("apply", 7, 99, 60)), End::UnderWay);
        for other in [
            holder("apply", 7, 99, -1),
            holder("apply", 17, 99, 60),
            holder("deploy", 7, 99, 60),
            holder("apply", 7, 101, 60),
        ] {
            assert_eq!(end(&other), End::Missing, "{other:?}");
        }
    }
}
