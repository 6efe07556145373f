//! Whether a service does what it should: from its deployments, its counts and its latest events.

use aws_sdk_ecs::types::{
    Deployment, DeploymentLifecycleHookAction as Action, DeploymentLifecycleHookDetail,
    DeploymentLifecycleHookStatus, DeploymentRolloutState, DeploymentStrategy, Service as Seen,
    ServiceDeployment, ServiceDeploymentStatus as Status,
};
use hcctl_engine::{Fault, Readiness};

use super::{live, place, write};
use crate::aws::{Aws, fault};

/// What is said of a pause that nobody needs.
const CONTINUED: &str = "approved by itself, for it has no tasks";

/// Looks at a service, and where ECS shifts its traffic, at the deployment that does.
pub(super) async fn readiness(aws: &Aws, id: &str) -> Result<Readiness, Fault> {
    let (cluster, _) = place(id);
    let Some(seen) = live::look(aws, cluster, id).await? else {
        return Ok(Readiness::NotYet("not known yet".to_owned()));
    };
    let strategy = seen
        .deployment_configuration()
        .and_then(|how| how.strategy());
    let shifts = strategy.is_some_and(|strategy| *strategy != DeploymentStrategy::Rolling);
    // A service deployment says more than deployments[] where traffic is shifted; one that comes to its end may be
    // forgotten, and then the counts decide.
    if let (true, Some(arn)) = (shifts, seen.current_service_deployment())
        && let Some(running) = describe(aws, arn).await?
    {
        return match pause(&running).filter(|_| serves_nothing(&seen)) {
            Some(hook) => go_on(aws, arn, &running, hook).await,
            None => Ok(of_deployment(&running)),
        };
    }
    let told = of_service(&seen);
    let name = write::begun_by_update(id);
    let begun = aws.once(&name, async { Ok(None::<String>) }).await?;
    // Rolled back between two looks, it left nothing in deployments[].
    if let (Readiness::Ready, Some(arn)) = (&told, begun.as_ref())
        && let Some(ended) = describe(aws, arn).await?
        && let never @ Readiness::Never(_) = of_deployment(&ended)
    {
        return Ok(never);
    }
    Ok(told)
}

async fn describe(aws: &Aws, arn: &str) -> Result<Option<ServiceDeployment>, Fault> {
    let call = aws.ecs.describe_service_deployments();
    let answer = call.service_deployment_arns(arn).send().await;
    let answer = answer.map_err(fault("ecs:DescribeServiceDeployments"))?;
    Ok(answer.service_deployments.unwrap_or_default().pop())
}

/// The pause that a running deployment waits at.
fn pause(running: &ServiceDeployment) -> Option<&str> {
    let waits = |hook: &&DeploymentLifecycleHookDetail| {
        hook.status() == Some(&DeploymentLifecycleHookStatus::AwaitingAction)
    };
    let hook = running.lifecycle_hook_details().iter().find(waits)?;
    hook.hook_id()
}

/// Whether no task of a service runs, starts, or is to start: it waits for its first deploy.
fn serves_nothing(seen: &Seen) -> bool {
    (seen.desired_count, seen.running_count, seen.pending_count) == (0, 0, 0)
}

/// A deployment of no tasks pauses like any other, as far as AWS says; but there is nothing in it to approve, and nobody
/// was asked. A release sets a count, and waits for somebody's word.
async fn go_on(
    aws: &Aws,
    arn: &str,
    running: &ServiceDeployment,
    hook: &str,
) -> Result<Readiness, Fault> {
    let stage = stage(running);
    let said = write::answer(aws, arn, hook, Action::Continue).await;
    Ok(Readiness::NotYet(match said {
        Ok(()) => format!("{stage}, {CONTINUED}"),
        // Answered, or over meanwhile: the next look tells.
        Err(fault)
            if fault.is("InvalidParameterException")
                || fault.is("ServiceDeploymentNotFoundException") =>
        {
            format!("{stage}, waiting for approval ({})", fault.message)
        }
        Err(fault) => return Err(fault),
    }))
}

/// The stage that a deployment is in, or its status.
fn stage(running: &ServiceDeployment) -> String {
    let stage = running.lifecycle_stage().map(AsRef::as_ref);
    let status = running.status().map(AsRef::as_ref);
    let word: &str = stage.or(status).unwrap_or_default();
    word.to_lowercase().replace('_', " ")
}

/// The deployment's own word. Only `SUCCESSFUL` is a success: what was rolled back has failed.
fn of_deployment(running: &ServiceDeployment) -> Readiness {
    let Some(status) = running.status() else {
        return Readiness::NotYet("the deployment has no status yet".to_owned());
    };
    let word = status.as_str().to_lowercase().replace('_', " ");
    let reason = running.status_reason();
    let reason = reason.or(running.rollback().and_then(|rollback| rollback.reason()));
    let told = reason.map_or(word.clone(), |reason| format!("{word}: {reason}"));
    match status {
        Status::Successful => Readiness::Ready,
        Status::Pending | Status::InProgress => {
            let stage = stage(running);
            Readiness::NotYet(if pause(running).is_some() {
                format!("{stage}, waiting for somebody's approval")
            } else {
                stage
            })
        }
        _ => Readiness::Never(format!("the deployment was given up ({told})")),
    }
}

/// Steady: one deployment, complete, or with all its tasks running (the rule of the SDK's ServicesStable waiter).
fn of_service(seen: &Seen) -> Readiness {
    let (running, desired) = (seen.running_count, seen.desired_count);
    let deployments = seen.deployments();
    let state = |deployment: &Deployment| deployment.rollout_state().cloned();
    let primary = deployments
        .iter()
        .find(|one| one.status() == Some("PRIMARY"));
    let rolling_back = primary.filter(|one| {
        let reason = one.rollout_state_reason().unwrap_or_default();
        state(one) != Some(DeploymentRolloutState::Completed) && reason.contains("rolling back")
    });
    // The waiter takes a service that was rolled back for a steady one; this does not. What failed before the present
    // deployment began is history.
    let began = primary.and_then(|one| one.created_at());
    let failed = deployments.iter().find(|one| {
        state(one) == Some(DeploymentRolloutState::Failed)
            && (rolling_back.is_some() || one.created_at() >= began)
    });
    if let Some(bad) = failed.or(rolling_back) {
        let reason = bad.rollout_state_reason().unwrap_or("no reason given");
        let event = trouble(seen, bad);
        let event = event.map_or_else(String::new, |event| format!("; {event}"));
        return Readiness::Never(format!("the deployment failed: {reason}{event}"));
    }
    let Some(primary) = primary else {
        return Readiness::NotYet("no deployment yet".to_owned());
    };
    let alone = deployments.len() == 1;
    let complete = state(primary) == Some(DeploymentRolloutState::Completed);
    let all_run = running == desired && seen.pending_count == 0;
    if alone && (complete || all_run) {
        return Readiness::Ready;
    }
    let counts = format!("{running} of {desired} tasks running");
    Readiness::NotYet(match trouble(seen, primary) {
        Some(event) => format!("{counts}; {event}"),
        None if !alone => format!("{counts}, old ones still there"),
        None => counts,
    })
}

/// The latest event since the deployment began that speaks of a failure.
fn trouble(seen: &Seen, deployment: &Deployment) -> Option<String> {
    let began = deployment.created_at();
    let events = seen.events().iter();
    events
        .filter(|event| match (event.created_at(), began) {
            (Some(at), Some(began)) => at >= began,
            _ => true,
        })
        .filter_map(|event| event.message())
        .find(|message| {
            ["unable to", "unhealthy", "deployment failed", "was unable"]
                .iter()
                .any(|bad| message.contains(bad))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::ServiceEvent;
    use aws_smithy_types::DateTime;

    use super::*;

    fn deployment(status: &str, state: DeploymentRolloutState, reason: &str) -> Deployment {
        Deployment::builder()
            .status(status)
            .rollout_state(state)
            .rollout_state_reason(reason)
            .created_at(DateTime::from_secs(100))
            .build()
    }

    fn service(running: i32, deployments: Vec<Deployment>, events: &[(i64, &str)]) -> Seen {
        let events = events.iter().map(|(at, message)| {
            let at = DateTime::from_secs(*at);
            ServiceEvent::builder()
                .created_at(at)
                .message(*message)
                .build()
        });
        Seen::builder()
            .desired_count(2)
            .running_count(running)
            .set_deployments(Some(deployments))
            .set_events(Some(events.collect()))
            .build()
    }

    fn shifting(status: Status, reason: Option<&str>) -> ServiceDeployment {
        ServiceDeployment::builder()
            .status(status)
            .set_status_reason(reason.map(str::to_owned))
            .build()
    }

    #[test]
    fn one_deployment_is_steady_when_complete_or_when_all_its_tasks_run() {
        let going = || deployment("PRIMARY", DeploymentRolloutState::InProgress, "");
        let old = || deployment("ACTIVE", DeploymentRolloutState::Completed, "");
        let done = deployment("PRIMARY", DeploymentRolloutState::Completed, "");
        assert_eq!(of_service(&service(1, vec![done], &[])), Readiness::Ready);
        assert_eq!(
            of_service(&service(2, vec![going()], &[])),
            Readiness::Ready
        );
        assert_eq!(
            of_service(&service(1, vec![going()], &[])),
            Readiness::NotYet("1 of 2 tasks running".to_owned())
        );
        assert!(matches!(
            of_service(&service(2, vec![going(), old()], &[])),
            Readiness::NotYet(_)
        ));
        assert!(matches!(
            of_service(&service(0, vec![], &[])),
            Readiness::NotYet(_)
        ));
    }

    #[test]
    fn a_rollback_is_never_a_success() {
        let reason = "ECS deployment circuit breaker: tasks failed to start.";
        let back = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
        let failed = deployment("ACTIVE", DeploymentRolloutState::Failed, reason);
        let old = deployment("PRIMARY", DeploymentRolloutState::InProgress, back);
        for deployments in [vec![old.clone(), failed], vec![old]] {
            assert!(matches!(
                of_service(&service(2, deployments, &[])),
                Readiness::Never(why) if why.contains("circuit breaker")
            ));
        }
        let rolled_back = shifting(Status::RollbackSuccessful, Some("an alarm"));
        assert_eq!(
            of_deployment(&rolled_back),
            Readiness::Never(
                "the deployment was given up (rollback successful: an alarm)".to_owned()
            )
        );
        assert_eq!(
            of_deployment(&shifting(Status::Successful, None)),
            Readiness::Ready
        );
    }

    #[test]
    fn a_failure_before_the_present_deployment_is_history() {
        let at = |one: Deployment, second: i64| {
            let mut one = one;
            one.created_at = Some(DateTime::from_secs(second));
            one
        };
        let failed = || deployment("ACTIVE", DeploymentRolloutState::Failed, "tasks failed");
        let again = || deployment("PRIMARY", DeploymentRolloutState::InProgress, "");
        let retried = vec![at(again(), 200), at(failed(), 100)];
        assert!(matches!(
            of_service(&service(0, retried, &[])),
            Readiness::NotYet(_)
        ));
        let older = vec![at(again(), 50), at(failed(), 100)];
        assert!(matches!(
            of_service(&service(0, older, &[])),
            Readiness::Never(_)
        ));
        let back = deployment("PRIMARY", DeploymentRolloutState::Completed, "rolling back");
        assert_eq!(of_service(&service(2, vec![back], &[])), Readiness::Ready);
    }

    #[test]
    fn what_keeps_tasks_from_starting_is_said_if_it_is_of_this_deployment() {
        let going = deployment("PRIMARY", DeploymentRolloutState::InProgress, "");
        let bad = "(service cart) was unable to place a task";
        let now = service(
            0,
            vec![going.clone()],
            &[(120, bad), (110, "unable to, before")],
        );
        assert_eq!(
            of_service(&now),
            Readiness::NotYet(format!("0 of 2 tasks running; {bad}"))
        );
        let earlier = service(0, vec![going], &[(90, bad)]);
        assert_eq!(
            of_service(&earlier),
            Readiness::NotYet("0 of 2 tasks running".to_owned())
        );
    }
}
