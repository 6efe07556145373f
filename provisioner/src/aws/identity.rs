//! Who calls, in which account.

use std::sync::Arc;

use aws_sdk_sts::config::Region;
use hcctl_engine::Fault;

use super::{Aws, fault};
use crate::partition::Partition;

/// The caller, as STS names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's number, 12 digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
}

/// The partition of a region, the second part of its ARNs.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn partition(region: &str) -> &'static str {
    Partition::of(region).name
}

impl Aws {
    /// Asks STS who calls, once.
    pub async fn identity(&self) -> Result<Arc<Identity>, Fault> {
        let ask = async {
            let answer = self
                .sts
                .get_caller_identity()
                .send()
                .await
                .map_err(fault("sts:GetCallerIdentity"))?;
            match (answer.account, answer.arn) {
                (Some(account), Some(arn)) => Ok(Identity { account, arn }),
                _ => Err(Fault::own(
                    "sts:GetCallerIdentity",
                    "the answer names no account",
                )),
            }
        };
        // Boxed: half the kinds ask for an ARN, and their futures would all be as large as the call.
        self.once("identity", Box::pin(ask)).await
    }

    /// Asks the same in the partition's first region, which no account has to enable: credentials that are good there and
    /// unknown in the environment's region tell that this one is not enabled.
    /// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
    pub async fn known_elsewhere(&self) -> bool {
        let region = Partition::of(&self.scope.region).global_region;
        let there = aws_sdk_sts::config::Builder::new().region(Region::new(region));
        let call = self.sts.get_caller_identity().customize();
        self.scope.region != region && call.config_override(there).send().await.is_ok()
    }

    /// `arn:PARTITION:iam::ACCOUNT:REST`: IAM has no regions.
    pub async fn iam_arn(&self, rest: &str) -> Result<String, Fault> {
        let identity = self.identity().await?;
        let partition = partition(&self.scope.region);
        Ok(format!("arn:{partition}:iam::{}:{rest}", identity.account))
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST` in the environment's region and the caller's account.
    pub async fn arn(&self, service: &str, rest: &str) -> Result<String, Fault> {
        let identity = self.identity().await?;
        let region = &self.scope.region;
        Ok(format!(
            "arn:{}:{service}:{region}:{}:{rest}",
            partition(region),
            identity.account
        ))
    }
}
