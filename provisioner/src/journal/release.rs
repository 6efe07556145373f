//! What happens to a deployment, as it is recorded and as programs are told of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::deploy::{News, Outcome, Stopped, Told};

/// Something that happened to a service's deployment.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
pub struct Happened {
    /// The service.
    pub service: String,
    /// Milliseconds since the verb began.
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// Another stage of ECS's began.
    Stage {
        /// As ECS spells it.
        stage: String,
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
        hook: String,
        /// What ECS does when nobody answers: `ROLLBACK` or `CONTINUE`.
        then: String,
        /// When that is, in seconds since 1970.
        expires: Option<u64>,
    },
    /// More tasks failed.
    Failing {
        /// So many by now.
        failed: u32,
    },
    /// ECS tells of trouble.
    Trouble { message: String },
    /// Alarms have gone off.
    Alarms { alarms: Vec<String> },
    /// It goes back.
    RollingBack { why: Option<String> },
    /// It is over.
    Ended {
        #[schemars(with = "String", extend("enum" = ["succeeded", "nothing_ran", "rolled_back", "rollback_failed", "stopped", "overtaken"]))]
        outcome: Ending,
    },
    /// Why a task stopped; one of each sort is told.
    TaskStopped(StoppedTask),
    /// hcctl stops the deployment by itself.
    Stopping { why: String },
    /// Nothing could be seen; it is tried again.
    Blind { why: String },
}

/// A task that stopped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
pub struct StoppedTask {
    /// Its id.
    pub task: String,
    /// ECS's reason.
    pub reason: String,
    /// The container's exit code.
    pub exit_code: Option<i32>,
    /// The container runtime's reason.
    pub container_reason: Option<String>,
    /// The last lines of its log, oldest first.
    pub log: Vec<String>,
}

/// How a service's deployment ended for the run that followed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The new revision serves.
    Succeeded,
    /// The service stands at no tasks.
    NothingRan,
    /// The old revision serves again.
    RolledBack,
    /// It was to be rolled back, and that failed too.
    RollbackFailed,
    /// It was stopped, and there was nothing to go back to.
    Stopped,
    /// Another deployment took its place.
    Overtaken,
    /// It went on without being watched.
    LeftRunning,
}

impl Ending {
    /// How it ended; nothing where it went on.
    pub fn of(outcome: Option<&Outcome>) -> Self {
        match outcome {
            None => Self::LeftRunning,
            Some(Outcome::Succeeded) => Self::Succeeded,
            Some(Outcome::NothingRan) => Self::NothingRan,
            Some(Outcome::RolledBack(_)) => Self::RolledBack,
            Some(Outcome::RollbackFailed(_)) => Self::RollbackFailed,
            Some(Outcome::Stopped(_)) => Self::Stopped,
            Some(Outcome::Overtaken(_)) => Self::Overtaken,
        }
    }

    /// Its name in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::NothingRan => "nothing_ran",
            Self::RolledBack => "rolled_back",
            Self::RollbackFailed => "rollback_failed",
            Self::Stopped => "stopped",
            Self::Overtaken => "overtaken",
            Self::LeftRunning => "left_running",
        }
    }
}

impl Happened {
    /// What somebody who follows a deployment is told.
    pub fn of(service: &str, at: Duration, told: &Told) -> Self {
        Self {
            service: service.to_owned(),
            at_ms: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
            what: match told {
                Told::News(news) => What::of(news),
                Told::Stopped(one) => What::TaskStopped(StoppedTask::of(one)),
                Told::Stopping(why) => What::Stopping { why: why.clone() },
                Told::Blind(why) => What::Blind { why: why.clone() },
            },
        }
    }
}

impl What {
    fn of(news: &News) -> Self {
        match news {
            News::Stage(stage) => Self::Stage {
                stage: stage.clone(),
            },
            News::Tasks { running, wanted } => Self::Tasks {
                running: *running,
                wanted: *wanted,
            },
            News::Traffic(percent) => Self::Traffic {
                production_percent: *percent,
            },
            News::Baking(bake) => Self::Baking {
                seconds: bake.as_secs(),
            },
            News::Waiting(waiting) => Self::Waiting {
                hook: waiting.hook.clone(),
                then: waiting.then.clone(),
                expires: waiting.expires.map(seconds),
            },
            News::Failing(failed) => Self::Failing { failed: *failed },
            News::Trouble(message) => Self::Trouble {
                message: message.clone(),
            },
            News::Alarms(alarms) => Self::Alarms {
                alarms: alarms.clone(),
            },
            News::GoingBack(why) => Self::RollingBack { why: why.clone() },
            News::Ended(outcome) => Self::Ended {
                outcome: Ending::of(Some(outcome)),
            },
        }
    }
}

impl StoppedTask {
    /// A task as it was seen.
    pub fn of(stopped: &Stopped) -> Self {
        Self {
            task: stopped.task.clone(),
            reason: stopped.reason.clone(),
            exit_code: stopped.exit_code,
            container_reason: stopped.container.clone(),
            log: stopped.log.clone(),
        }
    }
}

/// Seconds since 1970.
fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
