//! What can be seen of a rollout at one moment, in words of our own.

use std::time::{Duration, SystemTime};

use aws_sdk_ecs::types::{
    DeploymentLifecycleHookStatus, Service, ServiceDeployment, ServiceDeploymentStatus,
    ServiceRevisionSummary,
};
use aws_smithy_types::DateTime;

/// Where a service deployment stands.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It goes on: `PENDING`, `IN_PROGRESS`.
    Going,
    /// It was told to stop, or goes back: `STOP_REQUESTED`, `ROLLBACK_REQUESTED`, `ROLLBACK_IN_PROGRESS`.
    GoingBack,
    /// `SUCCESSFUL`: the only success.
    Successful,
    /// `STOPPED`: another deployment took its place, or there was nothing to go back to.
    Stopped,
    /// `ROLLBACK_SUCCESSFUL`: the old revision serves again.
    RolledBack,
    /// `ROLLBACK_FAILED`: nobody knows what serves.
    RollbackFailed,
}

impl Status {
    /// From the API's word; a word of a later version of the API counts as going on.
    pub fn of(status: Option<&ServiceDeploymentStatus>) -> Self {
        use ServiceDeploymentStatus as Theirs;
        match status {
            Some(Theirs::Successful) => Self::Successful,
            Some(Theirs::Stopped) => Self::Stopped,
            Some(Theirs::RollbackSuccessful) => Self::RolledBack,
            Some(Theirs::RollbackFailed) => Self::RollbackFailed,
            Some(
                Theirs::StopRequested | Theirs::RollbackRequested | Theirs::RollbackInProgress,
            ) => Self::GoingBack,
            _ => Self::Going,
        }
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Going | Self::GoingBack)
    }
}

/// A stop at which ECS waits for a person's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The hook, for `ContinueServiceDeployment`.
    pub hook: String,
    /// When it goes on without a word.
    pub expires: Option<SystemTime>,
    /// What it does then: `ROLLBACK` or `CONTINUE`.
    pub then: String,
}

fn is_idle(service: &Service) -> bool {
    (
        service.desired_count,
        service.running_count,
        service.pending_count,
    ) == (0, 0, 0)
}

fn no_tasks(revision: &ServiceRevisionSummary) -> bool {
    let counts = (revision.requested_task_count, revision.running_task_count);
    counts == (0, 0) && revision.pending_task_count == 0
}

/// A rollout at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// Where it stands.
    pub status: Status,
    /// ECS's reason for that.
    pub reason: Option<String>,
    /// `lifecycleStage`, as ECS spells it; none while a rolling deployment goes.
    pub stage: Option<String>,
    /// Tasks of the new revision that there are to be.
    pub wanted: u32,
    /// Tasks of the new revision that run.
    pub running: u32,
    /// The service stands at no tasks: none of it is to run, starts or runs.
    pub idle: bool,
    /// The new revision's share of production traffic in percent, where ECS shifts traffic.
    pub production: Option<f64>,
    /// Its share of test traffic.
    pub test: Option<f64>,
    /// Tasks of it that failed.
    pub failed: u32,
    /// After so many failures ECS gives up, where its circuit breaker is on.
    pub threshold: Option<u32>,
    /// Alarms that have gone off.
    pub alarms: Vec<String>,
    /// The stop that it waits at.
    pub waiting: Option<Waiting>,
    /// The deployment that runs in its place now.
    pub overtaken_by: Option<String>,
    /// How long the old revision stays beside the new one after all traffic has moved.
    pub bake: Option<Duration>,
    /// The latest event of the service that tells of trouble since the rollout began.
    pub trouble: Option<String>,
}

impl Sight {
    /// From the deployment that is followed, and its service at the same moment.
    pub fn of(deployment: &ServiceDeployment, service: Option<&Service>) -> Self {
        let target = deployment.target_service_revision();
        let count = |count: Option<i32>| count.map_or(0, i32::unsigned_abs);
        let breaker = deployment.deployment_circuit_breaker();
        let arn = deployment.service_deployment_arn();
        let status = Status::of(deployment.status());
        // Tasks of a service's deployments count their own failures, also where no circuit breaker does.
        let began = deployment.created_at();
        let failed = service
            .into_iter()
            .flat_map(Service::deployments)
            .filter(|one| one.created_at() >= began)
            .map(|one| one.failed_tasks.unsigned_abs())
            .max();
        let rollback = deployment.rollback();
        let configuration = deployment.deployment_configuration();
        Self {
            status,
            reason: deployment
                .status_reason()
                .or(rollback.and_then(|rollback| rollback.reason()))
                .map(str::to_owned),
            stage: deployment
                .lifecycle_stage()
                .map(|stage| stage.as_str().to_owned()),
            wanted: count(target.map(|target| target.requested_task_count)),
            running: count(target.map(|target| target.running_task_count)),
            idle: service.is_some_and(is_idle) && target.is_some_and(no_tasks),
            production: target.and_then(|target| target.requested_production_traffic_weight),
            test: target.and_then(|target| target.requested_test_traffic_weight),
            failed: count(breaker.map(|breaker| breaker.failure_count))
                .max(failed.unwrap_or_default()),
            threshold: breaker
                .map(|breaker| breaker.threshold.unsigned_abs())
                .filter(|threshold| *threshold > 0),
            alarms: deployment
                .alarms()
                .map(|alarms| alarms.triggered_alarm_names().to_vec())
                .unwrap_or_default(),
            waiting: waiting(deployment),
            overtaken_by: service
                .and_then(|service| service.current_service_deployment())
                .filter(|current| status == Status::Stopped && Some(*current) != arn)
                .map(str::to_owned),
            bake: configuration
                .and_then(|how| how.bake_time_in_minutes)
                .map(|minutes| Duration::from_secs(60 * u64::from(minutes.unsigned_abs()))),
            trouble: service.and_then(|service| trouble(service, began)),
        }
    }
}

/// The stop that a deployment waits at.
pub fn waiting(deployment: &ServiceDeployment) -> Option<Waiting> {
    let awaiting = |status: Option<&DeploymentLifecycleHookStatus>| {
        status == Some(&DeploymentLifecycleHookStatus::AwaitingAction)
    };
    let hook = deployment
        .lifecycle_hook_details()
        .iter()
        .find(|hook| awaiting(hook.status()))?;
    Some(Waiting {
        hook: hook.hook_id().unwrap_or_default().to_owned(),
        expires: hook
            .expires_at()
            .and_then(|at| SystemTime::try_from(*at).ok()),
        then: hook
            .timeout_action()
            .map_or("ROLLBACK", |action| action.as_str())
            .to_owned(),
    })
}

/// The latest event since `began` that speaks of a failure; ECS lists events latest first.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
fn trouble(service: &Service, began: Option<&DateTime>) -> Option<String> {
    const BAD: [&str; 4] = ["unable to", "unhealthy", "was unable", "failed to start"];
    service
        .events()
        .iter()
        .filter(|event| event.created_at() >= began)
        .filter_map(|event| event.message())
        .find(|message| BAD.iter().any(|bad| message.contains(bad)))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::{
        Deployment, Rollback, ServiceDeploymentCircuitBreaker, ServiceEvent, ServiceRevisionSummary,
    };

    use super::*;

    fn deployment(status: ServiceDeploymentStatus) -> ServiceDeployment {
        ServiceDeployment::builder()
            .service_deployment_arn("arn:ours")
            .created_at(DateTime::from_secs(100))
            .status(status)
            .target_service_revision(
                ServiceRevisionSummary::builder()
                    .requested_task_count(2)
                    .running_task_count(1)
                    .build(),
            )
            .build()
    }

    #[test]
    fn only_one_word_is_a_success() {
        use ServiceDeploymentStatus as Theirs;
        let over: Vec<Status> = [
            Theirs::Successful,
            Theirs::Stopped,
            Theirs::RollbackSuccessful,
            Theirs::RollbackFailed,
        ]
        .iter()
        .map(|word| Status::of(Some(word)))
        .collect();
        assert!(over.iter().all(|status| status.is_over()));
        assert_eq!(
            over.iter()
                .filter(|status| **status == Status::Successful)
                .count(),
            1
        );
        for going in [
            Theirs::Pending,
            Theirs::InProgress,
            Theirs::StopRequested,
            Theirs::RollbackRequested,
            Theirs::RollbackInProgress,
        ] {
            assert!(!Status::of(Some(&going)).is_over(), "{going:?}");
        }
        assert_eq!(Status::of(None), Status::Going);
    }

    #[test]
    fn failures_count_with_and_without_a_circuit_breaker() {
        let going = deployment(ServiceDeploymentStatus::InProgress);
        let of = |at: i64, failed: i32| {
            Deployment::builder()
                .created_at(DateTime::from_secs(at))
                .failed_tasks(failed)
                .build()
        };
        let service = Service::builder()
            .deployments(of(100, 3))
            .deployments(of(50, 9))
            .build();
        assert_eq!(Sight::of(&going, Some(&service)).failed, 3);
        let mut counted = going;
        counted.deployment_circuit_breaker = Some(
            ServiceDeploymentCircuitBreaker::builder()
                .failure_count(4)
                .threshold(5)
                .build(),
        );
        let sight = Sight::of(&counted, Some(&service));
        assert_eq!((sight.failed, sight.threshold), (4, Some(5)));
    }

    #[test]
    fn a_stopped_deployment_was_overtaken_where_another_one_is_current() {
        let current = |arn: &str| Service::builder().current_service_deployment(arn).build();
        let stopped = deployment(ServiceDeploymentStatus::Stopped);
        let by = |service: &Service| Sight::of(&stopped, Some(service)).overtaken_by;
        assert_eq!(by(&current("arn:other")), Some("arn:other".to_owned()));
        assert_eq!(by(&current("arn:ours")), None);
        let going = deployment(ServiceDeploymentStatus::InProgress);
        let sight = Sight::of(&going, Some(&current("arn:other")));
        assert_eq!(sight.overtaken_by, None, "an answer may be stale");
    }

    #[test]
    fn the_reason_is_the_status_or_the_rollback() {
        let mut back = deployment(ServiceDeploymentStatus::RollbackInProgress);
        back.rollback = Some(Rollback::builder().reason("alarm went off").build());
        let event = |at: i64, message: &str| {
            ServiceEvent::builder()
                .created_at(DateTime::from_secs(at))
                .message(message)
                .build()
        };
        let service = Service::builder()
            .events(event(120, "(service cart) has started 1 tasks"))
            .events(event(110, "(service cart) was unable to place a task"))
            .events(event(90, "target unhealthy, long before"))
            .build();
        let sight = Sight::of(&back, Some(&service));
        assert_eq!(sight.reason.as_deref(), Some("alarm went off"));
        assert_eq!(
            sight.trouble.as_deref(),
            Some("(service cart) was unable to place a task")
        );
    }
}
