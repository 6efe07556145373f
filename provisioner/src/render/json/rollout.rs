//! A release as documents: a line for each thing that happens, and one for what came of it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::rollout::{Ended, RolloutView};
use super::{FORMAT_VERSION, millis, seconds, value};
use crate::deploy::{News, Stopped, Told};

/// Something that happened to a service's deployment.
#[derive(JsonSchema, Serialize)]
pub(super) struct EventShape<'a> {
    format_version: u32,
    service: &'a str,
    /// Milliseconds since the verb began.
    at_ms: u64,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum What<'a> {
    /// Another stage of ECS's began.
    Stage {
        /// As ECS spells it.
        stage: &'a str,
    },
    /// More or fewer tasks of the new revision run.
    Tasks { running: u32, wanted: u32 },
    /// Production traffic moved.
    Traffic {
        /// The new revision's share.
        production_percent: f64,
    },
    /// All traffic has moved; the old revision stays for a while.
    Baking {
        /// For so long.
        seconds: u64,
    },
    /// It waits for `deploy --approve` or `--reject`.
    Waiting {
        /// The hook's id.
        hook: &'a str,
        /// What ECS does when nobody answers: `ROLLBACK` or `CONTINUE`.
        then: &'a str,
        /// When that is, in seconds since 1970.
        expires: Option<u64>,
    },
    /// More tasks failed.
    Failing {
        /// So many by now.
        failed: u32,
    },
    /// ECS tells of trouble.
    Trouble { message: &'a str },
    /// Alarms have gone off.
    Alarms { alarms: &'a [String] },
    /// It goes back.
    RollingBack { why: Option<&'a str> },
    /// It is over.
    Ended {
        #[schemars(extend("enum" = ["succeeded", "nothing_ran", "rolled_back", "rollback_failed", "stopped", "overtaken"]))]
        outcome: &'static str,
    },
    /// Why a task stopped; one of each sort is told.
    TaskStopped(StoppedShape<'a>),
    /// hcctl stops the deployment by itself.
    Stopping { why: &'a str },
    /// Nothing could be seen; it is tried again.
    Blind { why: &'a str },
}

/// A task that stopped.
#[derive(JsonSchema, Serialize)]
struct StoppedShape<'a> {
    /// Its id.
    task: &'a str,
    /// ECS's reason.
    reason: &'a str,
    exit_code: Option<i32>,
    /// The container runtime's reason.
    container_reason: Option<&'a str>,
    /// The last lines of its log, oldest first.
    log: &'a [String],
}

impl<'a> StoppedShape<'a> {
    fn of(stopped: &'a Stopped) -> Self {
        Self {
            task: &stopped.task,
            reason: &stopped.reason,
            exit_code: stopped.exit_code,
            container_reason: stopped.container.as_deref(),
            log: &stopped.log,
        }
    }
}

/// What came of a release: the last line.
#[derive(JsonSchema, Serialize)]
pub(super) struct OutcomeShape<'a> {
    format_version: u32,
    /// `deploy` or `rollback`.
    verb: &'a str,
    environment: &'a str,
    /// Whether every service runs what it was to run.
    complete: bool,
    /// Milliseconds.
    took_ms: u64,
    services: Vec<ServiceShape<'a>>,
    /// Where the environment answers.
    url: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
struct ServiceShape<'a> {
    service: &'a str,
    /// What it ran before: a tag, or the beginning of a digest.
    from: Option<&'a str>,
    /// What it was to run.
    to: &'a str,
    /// The digest of that.
    digest: &'a str,
    /// The revision of its task definition.
    revision: &'a str,
    #[schemars(extend("enum" = ["succeeded", "unchanged", "nothing_ran", "not_started", "left_running", "rolled_back", "rollback_failed", "stopped", "overtaken"]))]
    outcome: String,
    why: Option<&'a str>,
    /// One of each sort.
    stopped_tasks: Vec<StoppedShape<'a>>,
}

/// One thing that happened, as one line of JSON.
pub fn event(service: &str, at: Duration, told: &Told) -> Value {
    let what = match told {
        Told::News(news) => news_of(news),
        Told::Stopped(one) => What::TaskStopped(StoppedShape::of(one)),
        Told::Stopping(why) => What::Stopping { why },
        Told::Blind(why) => What::Blind { why },
    };
    value(&EventShape {
        format_version: FORMAT_VERSION,
        service,
        at_ms: millis(at),
        what,
    })
}

fn news_of(news: &News) -> What<'_> {
    match news {
        News::Stage(stage) => What::Stage { stage },
        News::Tasks { running, wanted } => What::Tasks {
            running: *running,
            wanted: *wanted,
        },
        News::Traffic(percent) => What::Traffic {
            production_percent: *percent,
        },
        News::Baking(bake) => What::Baking {
            seconds: bake.as_secs(),
        },
        News::Waiting(waiting) => What::Waiting {
            hook: &waiting.hook,
            then: &waiting.then,
            expires: waiting.expires.map(seconds),
        },
        News::Failing(failed) => What::Failing { failed: *failed },
        News::Trouble(message) => What::Trouble { message },
        News::Alarms(alarms) => What::Alarms { alarms },
        News::GoingBack(why) => What::RollingBack {
            why: why.as_deref(),
        },
        News::Ended(outcome) => What::Ended {
            outcome: outcome.word(),
        },
    }
}

/// The last words as a document.
pub fn outcome(view: &RolloutView<'_>) -> Value {
    let services = view.services.iter().map(|one| ServiceShape {
        service: one.service,
        from: one.from,
        to: one.to,
        digest: one.digest,
        revision: one.revision,
        outcome: one.code(),
        why: one.why(),
        stopped_tasks: one.stopped.iter().map(StoppedShape::of).collect(),
    });
    value(&OutcomeShape {
        format_version: FORMAT_VERSION,
        verb: view.verb,
        environment: view.environment,
        complete: view.services.iter().all(Ended::succeeded),
        took_ms: millis(view.took),
        services: services.collect(),
        url: view.url.as_deref(),
    })
}
