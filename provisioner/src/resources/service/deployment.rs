//! How a new revision takes the place of an old one.

use std::collections::BTreeSet;

use aws_sdk_ecs::types::{
    CanaryConfiguration, DeploymentAlarms, DeploymentCircuitBreaker, DeploymentConfiguration,
    DeploymentLifecycleHook, DeploymentLifecycleHookAction as Action,
    DeploymentLifecycleHookStage as Stage, DeploymentLifecycleHookTargetType as TargetType,
    DeploymentLifecycleHookTimeoutConfiguration as Timeout, DeploymentStrategy,
    LinearConfiguration, ThresholdConfiguration,
};
use hcctl_engine::Fault;
use serde::{Deserialize, Serialize};

use super::other;

/// A deployment's settings. What belongs to another strategy than its own is ECS's memory, and not read.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// The way.
    pub strategy: Strategy,
    /// Healthy tasks that there are at least, in percent of the desired count.
    pub minimum_percent: u32,
    /// Tasks that there are at most, in percent of the desired count.
    pub maximum_percent: u32,
    /// Whether a deployment whose tasks keep failing is given up.
    pub circuit_breaker: bool,
    /// Whether what was given up is rolled back.
    pub rollback: bool,
    /// Minutes for which the old tasks stay after all traffic has moved; 0 where the strategy is rolling.
    pub bake_minutes: u32,
    /// How traffic moves, where the strategy is canary or linear.
    pub shift: Option<Shift>,
    /// Alarms that a deployment watches, by name.
    pub alarms: BTreeSet<String>,
    /// Whether an alarm rolls it back.
    pub rollback_on_alarm: bool,
    /// Where it stops for somebody's word.
    pub hooks: BTreeSet<Hook>,
}

/// The ways that ECS knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Task by task.
    Rolling,
    /// All traffic at once, to a second set of tasks.
    BlueGreen,
    /// Some traffic first, then the rest.
    Canary,
    /// In equal steps.
    Linear,
}

/// How traffic moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// The canary's share, or a step's, in percent.
    pub percent: f64,
    /// Minutes until the next shift.
    pub bake_minutes: u32,
}

/// A stop in a deployment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hook {
    /// `PAUSE` for a person's word; a function's ARN is somebody else's, and seen only.
    pub target: String,
    /// The stages that it stops at, such as `POST_TEST_TRAFFIC_SHIFT`.
    pub stages: BTreeSet<String>,
    /// Minutes after which it goes on without a word.
    pub timeout_minutes: u32,
    /// What it does then: `ROLLBACK` or `CONTINUE`.
    pub on_timeout: String,
}

impl Strategy {
    fn api(self) -> DeploymentStrategy {
        match self {
            Self::Rolling => DeploymentStrategy::Rolling,
            Self::BlueGreen => DeploymentStrategy::BlueGreen,
            Self::Canary => DeploymentStrategy::Canary,
            Self::Linear => DeploymentStrategy::Linear,
        }
    }
}

pub(super) fn read(seen: Option<&DeploymentConfiguration>) -> Deployment {
    let none = DeploymentConfiguration::builder().build();
    let seen = seen.unwrap_or(&none);
    let or = |value: Option<i32>, default: u32| value.map_or(default, i32::unsigned_abs);
    let strategy = match seen.strategy() {
        Some(DeploymentStrategy::BlueGreen) => Strategy::BlueGreen,
        Some(DeploymentStrategy::Canary) => Strategy::Canary,
        Some(DeploymentStrategy::Linear) => Strategy::Linear,
        _ => Strategy::Rolling,
    };
    let breaker = seen.deployment_circuit_breaker();
    let alarms = seen.alarms().filter(|alarms| alarms.enable);
    Deployment {
        strategy,
        minimum_percent: or(seen.minimum_healthy_percent, 100),
        maximum_percent: or(seen.maximum_percent, 200),
        circuit_breaker: breaker.is_some_and(|breaker| breaker.enable),
        rollback: breaker.is_some_and(|breaker| breaker.rollback),
        bake_minutes: match strategy {
            Strategy::Rolling => 0,
            _ => or(seen.bake_time_in_minutes, 0),
        },
        shift: match strategy {
            Strategy::Canary => seen.canary_configuration().map(|canary| Shift {
                percent: canary.canary_percent.unwrap_or(5.0),
                bake_minutes: or(canary.canary_bake_time_in_minutes, 10),
            }),
            Strategy::Linear => seen.linear_configuration().map(|linear| Shift {
                percent: linear.step_percent.unwrap_or(10.0),
                bake_minutes: or(linear.step_bake_time_in_minutes, 6),
            }),
            Strategy::Rolling | Strategy::BlueGreen => None,
        },
        alarms: alarms
            .map(|alarms| alarms.alarm_names.iter().cloned().collect())
            .unwrap_or_default(),
        rollback_on_alarm: alarms.is_some_and(|alarms| alarms.rollback),
        hooks: seen.lifecycle_hooks().iter().map(read_hook).collect(),
    }
}

fn read_hook(seen: &DeploymentLifecycleHook) -> Hook {
    let timeout = seen.timeout_configuration();
    let action = timeout.and_then(|timeout| timeout.action());
    Hook {
        target: match seen.target_type() {
            Some(TargetType::Pause) => TargetType::Pause.as_str().to_owned(),
            _ => seen.hook_target_arn().unwrap_or_default().to_owned(),
        },
        stages: seen
            .lifecycle_stages()
            .iter()
            .map(|stage| stage.as_str().to_owned())
            .collect(),
        timeout_minutes: timeout
            .and_then(|timeout| timeout.timeout_in_minutes)
            .map_or(0, i32::unsigned_abs),
        on_timeout: action.unwrap_or(&Action::Rollback).as_str().to_owned(),
    }
}

/// The settings for a call. What the service had before (`hooks`, `alarms`, and terms that are `odd`) is taken away by
/// name: what a call leaves out stays as it is.
pub(super) fn write(
    wanted: &Deployment,
    before: Option<&Deployment>,
    odd: bool,
) -> Result<DeploymentConfiguration, Fault> {
    let (kind, value) = other::USUAL_THRESHOLD;
    let threshold = ThresholdConfiguration::builder().r#type(kind).value(value);
    let threshold = odd.then(|| threshold.build()).transpose().map_err(own)?;
    let breaker = DeploymentCircuitBreaker::builder()
        .enable(wanted.circuit_breaker)
        .rollback(wanted.rollback)
        .set_reset_on_healthy_task(odd.then_some(true))
        .set_threshold_configuration(threshold)
        .build();
    let never = odd.then(other::never_early);
    let had_alarms = before.is_some_and(|before| !before.alarms.is_empty());
    let had_hooks = before.is_some_and(|before| !before.hooks.is_empty());
    let alarms = (had_alarms || !wanted.alarms.is_empty()).then(|| {
        DeploymentAlarms::builder()
            .set_alarm_names(Some(wanted.alarms.iter().cloned().collect()))
            .enable(!wanted.alarms.is_empty())
            .rollback(wanted.rollback_on_alarm)
            .build()
    });
    let hooks = (had_hooks || !wanted.hooks.is_empty())
        .then(|| wanted.hooks.iter().map(write_hook).collect());
    let config = DeploymentConfiguration::builder()
        .strategy(wanted.strategy.api())
        .minimum_healthy_percent(wanted.minimum_percent as i32)
        .maximum_percent(wanted.maximum_percent as i32)
        .deployment_circuit_breaker(breaker)
        .set_alarms(alarms.transpose().map_err(own)?)
        .set_lifecycle_hooks(hooks)
        .set_early_success_criteria(never);
    let config = match wanted.strategy {
        Strategy::Rolling => config,
        _ => config.bake_time_in_minutes(wanted.bake_minutes as i32),
    };
    let config = match (wanted.strategy, wanted.shift) {
        (Strategy::Canary, Some(shift)) => config.canary_configuration(
            CanaryConfiguration::builder()
                .canary_percent(shift.percent)
                .canary_bake_time_in_minutes(shift.bake_minutes as i32)
                .build(),
        ),
        (Strategy::Linear, Some(shift)) => config.linear_configuration(
            LinearConfiguration::builder()
                .step_percent(shift.percent)
                .step_bake_time_in_minutes(shift.bake_minutes as i32)
                .build(),
        ),
        _ => config,
    };
    Ok(config.build())
}

fn write_hook(hook: &Hook) -> DeploymentLifecycleHook {
    let stages = hook.stages.iter().map(|stage| Stage::from(stage.as_str()));
    let timeout = Timeout::builder()
        .timeout_in_minutes(hook.timeout_minutes as i32)
        .action(Action::from(hook.on_timeout.as_str()))
        .build();
    DeploymentLifecycleHook::builder()
        .target_type(TargetType::Pause)
        .set_lifecycle_stages(Some(stages.collect()))
        .set_timeout_configuration((hook.timeout_minutes > 0).then_some(timeout))
        .build()
}

fn own(error: impl std::fmt::Display) -> Fault {
    Fault::own("ecs:UpdateService", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rolling() -> Deployment {
        Deployment {
            strategy: Strategy::Rolling,
            minimum_percent: 100,
            maximum_percent: 200,
            circuit_breaker: true,
            rollback: true,
            bake_minutes: 0,
            shift: None,
            alarms: BTreeSet::new(),
            rollback_on_alarm: false,
            hooks: BTreeSet::new(),
        }
    }

    fn canary() -> Deployment {
        Deployment {
            strategy: Strategy::Canary,
            bake_minutes: 15,
            shift: Some(Shift {
                percent: 12.5,
                bake_minutes: 5,
            }),
            alarms: BTreeSet::from(["errors".to_owned()]),
            rollback_on_alarm: true,
            hooks: BTreeSet::from([Hook {
                target: "PAUSE".to_owned(),
                stages: BTreeSet::from(["POST_TEST_TRAFFIC_SHIFT".to_owned()]),
                timeout_minutes: 60,
                on_timeout: "CONTINUE".to_owned(),
            }]),
            ..rolling()
        }
    }

    #[test]
    fn every_strategy_reads_back_as_written() -> Result<(), Fault> {
        let linear = Deployment {
            strategy: Strategy::Linear,
            ..canary()
        };
        let blue_green = Deployment {
            strategy: Strategy::BlueGreen,
            shift: None,
            ..canary()
        };
        for wanted in [rolling(), canary(), linear, blue_green] {
            assert_eq!(read(Some(&write(&wanted, None, false)?)), wanted);
        }
        Ok(())
    }

    #[test]
    fn a_service_without_settings_has_the_defaults_of_ecs() {
        let defaults = Deployment {
            circuit_breaker: false,
            rollback: false,
            ..rolling()
        };
        assert_eq!(read(None), defaults);
    }

    #[test]
    fn another_strategys_settings_are_not_read() {
        let left = DeploymentConfiguration::builder()
            .strategy(DeploymentStrategy::Rolling)
            .bake_time_in_minutes(15)
            .canary_configuration(CanaryConfiguration::builder().canary_percent(5.0).build())
            .build();
        assert_eq!(read(Some(&left)).bake_minutes, 0);
        assert_eq!(read(Some(&left)).shift, None);
    }

    #[test]
    fn alarms_and_hooks_that_were_there_are_taken_away_by_name() -> Result<(), Fault> {
        let away = write(&rolling(), Some(&canary()), false)?;
        assert_eq!(away.lifecycle_hooks, Some(Vec::new()));
        assert!(away.alarms().is_some_and(|alarms| !alarms.enable));
        let untouched = write(&rolling(), Some(&rolling()), false)?;
        assert_eq!(untouched.lifecycle_hooks, None);
        assert_eq!(untouched.alarms, None);
        Ok(())
    }
}
