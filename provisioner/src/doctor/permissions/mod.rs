//! Whether the caller may do what an apply does: IAM judges it, by the caller's own policies, without anything being called.
//!
//! [`policy`] reads what is needed, `caller` whose policies are meant, `ask` asks, `verdict` says what the answers mean.

mod ask;
mod caller;
mod policy;
mod verdict;

use hcctl_engine::{Class, Fault};

use super::{Check, linked_roles};
use crate::aws::{Aws, Identity};
use crate::environment::Environment;
use caller::Caller;

const NAME: &str = "permissions";

/// Simulates the published permissions for the caller.
pub(super) async fn check(aws: &Aws, environment: &Environment, identity: &Identity) -> Check {
    let caller = caller::read(&identity.arn);
    let principal = match caller {
        Caller::Entity(arn) => Ok(arn),
        Caller::Role(name) => caller::role(aws, &name).await,
        Caller::Root => {
            return Check::skipped(
                NAME,
                "root cannot be simulated; it may do what no organization forbids",
            );
        }
        Caller::Federated => {
            return Check::skipped(NAME, "a federated user cannot be simulated");
        }
        Caller::Unknown => {
            let found = format!("{} cannot be simulated", identity.arn);
            return Check::skipped(NAME, found);
        }
    };
    let principal = match principal {
        Ok(principal) => principal,
        Err(fault) => return unasked(&fault, "whose path a simulation needs"),
    };
    let place = policy::Place::of(environment, &identity.account);
    let needed = policy::needed(&place);
    let asked = ask::all(aws, &principal, &needed.questions);
    let (answers, linked) = tokio::join!(asked, linked_roles::missing(aws));
    match answers {
        // Where they are there, or nobody can tell, nothing has to be made.
        Ok(answers) => {
            let linked = linked.is_ok_and(|missing| !missing.is_empty());
            verdict::judge(&answers, &needed, linked)
        }
        Err(fault) => unasked(&fault, "by which IAM says what the caller may do"),
    }
}

fn unasked(fault: &Fault, what: &str) -> Check {
    if fault.class != Class::Denied {
        return Check::undone(NAME, fault);
    }
    let found = format!(
        "not known: the caller may not do {}, {what}",
        fault.operation
    );
    let hint = format!(
        "allow {} (provisioner/policies/plan.json, statement Doctor)",
        fault.operation
    );
    Check::warning(NAME, found, hint)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn a_caller_who_may_not_simulate_is_told_the_permission() {
        let fault = Fault::own("iam:SimulatePrincipalPolicy", "not authorized");
        let denied = unasked(&fault.clone().class(Class::Denied), "by which IAM says it");
        assert_eq!(denied.outcome, Outcome::Warning);
        assert!(
            denied
                .found
                .contains("may not do iam:SimulatePrincipalPolicy")
        );
        assert!(denied.hint.unwrap().contains("statement Doctor"));
        let other = unasked(&fault, "x");
        assert_eq!(other.outcome, Outcome::Warning);
        assert!(other.found.starts_with("not known: iam:Simulate"));
    }
}
