//! The roles by which ECS, Elastic Load Balancing and Application Auto Scaling work for the account. AWS makes each with
//! the first resource that needs it, if the caller may.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>

use std::sync::Arc;

use hcctl_engine::{Class, Fault};

use super::Check;
use crate::aws::{Aws, fault};

const NAME: &str = "service-linked-roles";

/// The roles, and whose each is.
const ROLES: [(&str, &str); 3] = [
    ("AWSServiceRoleForECS", "ECS"),
    ("AWSServiceRoleForElasticLoadBalancing", "ELB"),
    (
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "Auto Scaling",
    ),
];

/// Whose roles are not there yet.
pub(super) async fn missing(aws: &Aws) -> Result<Arc<Vec<&'static str>>, Fault> {
    let one = |(name, whose): (&'static str, &'static str)| async move {
        let call = aws.iam.get_role().role_name(name).send().await;
        match call.map_err(fault("iam:GetRole")) {
            Ok(_) => Ok(None),
            Err(fault) if fault.class == Class::NotFound => Ok(Some(whose)),
            Err(fault) => Err(fault),
        }
    };
    let ask = async {
        let found = aws.crowd(ROLES, one).await?;
        Ok(found.into_iter().flatten().collect::<Vec<_>>())
    };
    aws.once("service-linked roles", Box::pin(ask)).await
}

pub(super) async fn check(aws: &Aws) -> Check {
    let missing = missing(aws).await;
    judge(missing.as_deref().map(Vec::as_slice))
}

/// One that is missing stops nothing by itself; whether the caller may have it made is one of the permissions.
fn judge(missing: Result<&[&str], &Fault>) -> Check {
    match missing {
        Ok([]) => Check::ok(NAME, "all three are there"),
        Ok(whose) => Check::ok(NAME, format!("AWS will make those of {}", whose.join(", "))),
        Err(fault) => Check::undone(NAME, fault),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn roles_are_there_or_will_be() {
        assert_eq!(judge(Ok(&[])).found, "all three are there");
        let check = judge(Ok(&["ECS", "ELB"]));
        assert_eq!(check.outcome, Outcome::Ok);
        assert_eq!(check.found, "AWS will make those of ECS, ELB");
        let denied = Fault::own("iam:GetRole", "no").class(Class::Denied);
        assert_eq!(judge(Err(&denied)).outcome, Outcome::Warning);
    }
}
