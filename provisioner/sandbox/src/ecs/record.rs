//! What ECS keeps of a service deployment: how far it is, how its traffic stands, how it ended.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A service deployment, the record of one rollout.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) arn: String,
    pub(crate) status: RecordStatus,
    pub(crate) reason: Option<String>,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) finished: Option<u64>,
    pub(crate) stopped: Option<u64>,
    /// Revisions that ran when it began.
    pub(crate) sources: Vec<String>,
    pub(crate) target: String,
    /// `deploymentConfiguration` when it began.
    pub(crate) configuration: Value,
    pub(crate) rollback: Option<Rollback>,
    /// Failures that the circuit breaker counted, and how many it bears.
    pub(crate) failures: u32,
    pub(crate) threshold: u32,
    /// None before its first step, and for a rolling deployment until it bakes.
    #[serde(default)]
    pub(crate) stage: Option<Stage>,
    /// Until when the stage lasts at least.
    #[serde(default)]
    pub(crate) until: u64,
    /// The source revision that has the production traffic.
    #[serde(default)]
    pub(crate) serving: Option<String>,
    /// Whether that one had tasks when this began.
    #[serde(default)]
    pub(crate) source_runs: bool,
    /// How much production traffic the target revision was given, in percent.
    #[serde(default)]
    pub(crate) production: f64,
    /// The same of test traffic.
    #[serde(default)]
    pub(crate) test: f64,
    #[serde(default)]
    pub(crate) hooks: Vec<Hook>,
    /// The watched alarms that ended it.
    #[serde(default)]
    pub(crate) triggered: Vec<String>,
    /// An alarm was in ALARM when it began, and so none is watched (ECS Developer Guide, "How CloudWatch alarms detect
    /// deployment failures").
    #[serde(default)]
    pub(crate) ignores_alarms: bool,
}

/// Going back to an earlier revision.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Rollback {
    pub(crate) reason: String,
    pub(crate) started: u64,
    pub(crate) revision: String,
}

/// `ServiceDeployment.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RecordStatus {
    InProgress,
    Successful,
    StopRequested,
    Stopped,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

impl RecordStatus {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::StopRequested => "STOP_REQUESTED",
            Self::Stopped => "STOPPED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
        }
    }

    /// Whether the rollout still goes on.
    pub(crate) fn is_open(self) -> bool {
        matches!(
            self,
            Self::InProgress | Self::StopRequested | Self::RollbackInProgress
        )
    }
}

/// `ServiceDeployment.lifecycleStage`, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl Stage {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReconcileService => "RECONCILE_SERVICE",
            Self::PreScaleUp => "PRE_SCALE_UP",
            Self::ScaleUp => "SCALE_UP",
            Self::PostScaleUp => "POST_SCALE_UP",
            Self::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Self::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Self::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Self::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Self::BakeTime => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        }
    }

    /// Whether a hook that pauses may stand here (API reference, `DeploymentLifecycleHook`).
    pub(crate) fn may_pause(name: &str) -> bool {
        [
            Self::ReconcileService,
            Self::PreScaleUp,
            Self::PostScaleUp,
            Self::PostTestTrafficShift,
            Self::PreProductionTrafficShift,
            Self::PostProductionTrafficShift,
        ]
        .iter()
        .any(|stage| stage.name() == name)
    }
}

/// A pause that waits, or waited, for somebody's word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) stage: Stage,
    pub(crate) status: HookStatus,
    pub(crate) expires: u64,
    /// What happens when nobody says anything: CONTINUE or ROLLBACK.
    pub(crate) on_timeout: String,
}

/// `DeploymentLifecycleHookDetail.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum HookStatus {
    AwaitingAction,
    Succeeded,
    Failed,
    TimedOut,
}

impl HookStatus {
    /// As the wire has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AwaitingAction => "AWAITING_ACTION",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }
}

impl Record {
    /// Whether it moves traffic between two target groups.
    pub(crate) fn shifts(&self) -> bool {
        self.strategy() != "ROLLING"
    }

    /// `strategy` when it began.
    pub(crate) fn strategy(&self) -> &str {
        self.configuration["strategy"].as_str().unwrap_or("ROLLING")
    }

    /// Whether the circuit breaker watches it: of the strategies that shift traffic only BLUE_GREEN has one (ECS Developer
    /// Guide, "Amazon ECS deployment failure detection").
    pub(crate) fn has_breaker(&self) -> bool {
        let enabled = self.configuration["deploymentCircuitBreaker"]["enable"] == true;
        enabled && matches!(self.strategy(), "ROLLING" | "BLUE_GREEN")
    }

    /// The alarms that it watches.
    pub(crate) fn alarms(&self) -> Vec<String> {
        if self.configuration["alarms"]["enable"] != true || self.ignores_alarms {
            return Vec::new();
        }
        alarm_names(&self.configuration)
    }

    /// Whether it waits for somebody's word.
    pub(crate) fn is_paused(&self) -> bool {
        self.hooks
            .iter()
            .any(|hook| hook.status == HookStatus::AwaitingAction)
    }
}

/// The alarms of a `deploymentConfiguration`, watched or not.
pub(crate) fn alarm_names(configuration: &Value) -> Vec<String> {
    let names = configuration["alarms"]["alarmNames"].as_array();
    let names = names.map(Vec::as_slice).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}
