//! The documents of AWS's own managed policies, as far as a simulation can judge by them. The account's own are in `managed`.

use serde_json::{Value, json};

use crate::answer::AwsError;
use crate::partition::of_iam;

/// The document of a managed policy.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
pub(super) fn document(arn: &str) -> Result<Value, AwsError> {
    let statements = match of_iam(arn, "aws").and_then(|it| it.strip_prefix("policy/")) {
        Some("AdministratorAccess") => json!([allow("Action", &["*"])]),
        // All but who may do what.
        Some("PowerUserAccess") => json!([
            allow("NotAction", &["iam:*", "organizations:*", "account:*"]),
            allow(
                "Action",
                &[
                    "account:GetAccountInformation",
                    "account:GetGovCloudAccountInformation",
                    "account:GetPrimaryEmail",
                    "account:ListRegions",
                    "iam:CreateServiceLinkedRole",
                    "iam:DeleteServiceLinkedRole",
                    "iam:ListRoles",
                    "organizations:DescribeEffectivePolicy",
                    "organizations:DescribeOrganization",
                ]
            ),
        ]),
        _ => {
            return Err(AwsError::not_simulated(format!(
                "what the managed policy {arn} allows"
            )));
        }
    };
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn allow(key: &str, actions: &[&str]) -> Value {
    json!({ "Effect": "Allow", key: actions, "Resource": "*" })
}
