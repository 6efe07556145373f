//! What is protected against deletion, and would have to be deleted.

use hcctl_engine::{Action, Change, Plan};

use super::Check;
use crate::environment::Environment;

const NAME: &str = "protection";

pub(super) fn check(environment: &Environment, plan: Option<&Plan>) -> Check {
    let Some(plan) = plan else {
        return Check::skipped(NAME, "needs a plan");
    };
    let stuck: Vec<String> = plan
        .changes
        .iter()
        .filter(|change| goes(change.action) && is_protected(change))
        .map(|change| change.address.to_string())
        .collect();
    if !stuck.is_empty() {
        let found = format!("protected, and to be deleted: {}", stuck.join(", "));
        let hint = "set protect: false and apply that first, or keep it in the file";
        return Check::failed(NAME, found, hint);
    }
    let found = if environment.protect {
        "protect: true, and nothing protected has to go"
    } else {
        "protect: false; destroy may remove everything"
    };
    Check::ok(NAME, found)
}

const fn goes(action: Action) -> bool {
    matches!(action, Action::Delete | Action::Replace(_))
}

/// Whether AWS refuses to delete what a change is about: a table, a queue, a load balancer, a log group that somebody protected.
pub fn is_protected(change: &Change) -> bool {
    let seen = change.before.as_ref().map(|seen| &seen.raw);
    let own = seen.and_then(|raw| raw.field("deletion_protection"));
    // What hcctl has no key for stands by AWS's own name.
    let other = seen.and_then(|raw| raw.field("other")?.get("deletionProtectionEnabled"));
    own.and_then(serde_json::Value::as_bool) == Some(true) || other.is_some()
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{environment, plan, protect};
    use super::*;

    #[test]
    fn what_is_protected_cannot_go() {
        let mut some = plan(&[
            ("table", "orders", Action::Delete),
            ("vpc", "main", Action::Create),
        ]);
        let of = |plan: &Plan| check(&environment(""), Some(plan));
        assert_eq!(of(&some).outcome, Outcome::Ok);
        protect(&mut some);
        let stuck = of(&some);
        assert_eq!(stuck.outcome, Outcome::Failed);
        assert_eq!(stuck.found, "protected, and to be deleted: table/orders");
        some.changes[0].action = Action::Update;
        assert_eq!(of(&some).outcome, Outcome::Ok);
        assert_eq!(check(&environment(""), None).outcome, Outcome::Skipped);
    }
}
