//! Whether a service does what it should: from its deployments, its counts and its latest events.

use aws_sdk_ecs::types::{
    Deployment, DeploymentLifecycleHookStatus, DeploymentRolloutState, DeploymentStrategy,
    Service as Seen, ServiceDeployment, ServiceDeploymentStatus as Status,
};
use hcctl_engine::{Fault, Readiness};

use super::{live, place};
use crate::aws::{Aws, fault};

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
    if let (true, Some(arn)) = (shifts, seen.current_service_deployment()) {
        let call = aws
            .ecs
            .describe_service_deployments()
            .service_deployment_arns(arn);
        let answer = call.send().await;
        let answer = answer.map_err(fault("ecs:DescribeServiceDeployments"))?;
        if let Some(running) = answer.service_deployments.unwrap_or_default().pop() {
            return Ok(of_deployment(&running));
        }
    }
    Ok(of_service(&seen))
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
            let waits = running
                .lifecycle_hook_details()
                .iter()
                .any(|hook| hook.status() == Some(&DeploymentLifecycleHookStatus::AwaitingAction));
            let stage = running.lifecycle_stage().map_or(word, |stage| {
                stage.as_str().to_lowercase().replace('_', " ")
            });
            Readiness::NotYet(if waits {
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
    // The waiter takes a service that was rolled back for a steady one; this does not.
    let failed = deployments
        .iter()
        .find(|one| state(one) == Some(DeploymentRolloutState::Failed));
    let primary = deployments
        .iter()
        .find(|one| one.status() == Some("PRIMARY"));
    let rolling_back = primary.filter(|one| {
        one.rollout_state_reason()
            .is_some_and(|reason| reason.contains("rolling back"))
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
