//! A person's word to a running deployment: stop and go back, or go on from a pause.

use aws_sdk_ecs::types::{DeploymentLifecycleHookAction, ServiceDeployment};
use hcctl_engine::Fault;

use crate::aws::{Aws, fault};
use crate::resources::service::answer;

pub use crate::resources::service::stop;

/// What a person says at a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Go on.
    Approve,
    /// Go back.
    Reject,
}

/// Answers the pause that a deployment waits at.
pub async fn say(aws: &Aws, deployment: &str, hook: &str, word: Word) -> Result<(), Fault> {
    let action = match word {
        Word::Approve => DeploymentLifecycleHookAction::Continue,
        Word::Reject => DeploymentLifecycleHookAction::Rollback,
    };
    answer(aws, deployment, hook, action).await
}

/// The deployments of these ARNs; those that are forgotten are left out.
pub async fn describe(aws: &Aws, arns: &[String]) -> Result<Vec<ServiceDeployment>, Fault> {
    // As many as one DescribeServiceDeployments takes.
    const TWENTY: usize = 20;
    let batches: Vec<Vec<String>> = arns.chunks(TWENTY).map(<[String]>::to_vec).collect();
    let read = |batch: Vec<String>| async move {
        let call = aws
            .ecs
            .describe_service_deployments()
            .set_service_deployment_arns(Some(batch));
        let answer = call.send().await;
        let answer = answer.map_err(fault("ecs:DescribeServiceDeployments"))?;
        Ok(answer.service_deployments.unwrap_or_default())
    };
    let found = aws.crowd(batches, read).await?;
    Ok(found.into_iter().flatten().collect())
}
