//! What the answers mean for an apply.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Check;
use super::NAME;
use super::ask::{Answer, Decision};
use super::policy::Needed;

/// With which service-linked roles are made; of no use where they are there.
const LINKED: &str = "iam:CreateServiceLinkedRole";

/// Judges the answers; `linked` says whether a service-linked role has to be made.
pub(super) fn judge(answers: &[Answer], needed: &Needed, linked: bool) -> Check {
    let mut worst: BTreeMap<&str, &Decision> = BTreeMap::new();
    for answer in answers {
        let seen = worst.entry(&answer.action).or_insert(&answer.decision);
        *seen = (*seen).max(&answer.decision);
    }
    let total = needed.actions();
    // A simulation that is silent about an action has not allowed it.
    if worst.len() < total {
        let found = format!("IAM judged {} of {total} actions", worst.len());
        return Check::warning(NAME, found, "a plan and an apply will tell");
    }
    let spared = |action: &str| needed.spared.contains(action) || (action == LINKED && !linked);
    let mut denied: BTreeMap<&Decision, Vec<&str>> = BTreeMap::new();
    let (mut unclear, mut aside) = (BTreeSet::new(), Vec::new());
    for (action, decision) in worst {
        match decision {
            Decision::Allowed => {}
            _ if spared(action) => aside.push(action),
            Decision::Unclear(keys) => unclear.extend(keys.iter().map(String::as_str)),
            _ => denied.entry(decision).or_default().push(action),
        }
    }
    if !denied.is_empty() {
        let number: usize = denied.values().map(Vec::len).sum();
        let lists = denied
            .iter()
            .map(|(decision, actions)| format!("{}: {}", by(decision), by_service(actions)));
        let lists: Vec<String> = lists.collect();
        let found = format!("{number} of {total} actions denied; {}", lists.join("; "));
        let hint = if denied.keys().all(|by| **by == Decision::Unbounded) {
            "write permissions_boundary into the file: hcctl bootstrap says which"
        } else {
            "provisioner/policies/apply.json has all that an apply needs"
        };
        return Check::failed(NAME, found, hint);
    }
    if !unclear.is_empty() {
        let keys: Vec<&str> = unclear.into_iter().collect();
        let found = format!(
            "some depend on what a simulation cannot know: {}",
            keys.join(", ")
        );
        return Check::warning(NAME, found, "a plan and an apply will tell");
    }
    let found = format!("all {total} actions are allowed");
    // What a role may do without by design is no reason to warn.
    aside.retain(|action| *action != LINKED);
    if aside.is_empty() {
        return Check::ok(NAME, found);
    }
    let found = format!(
        "an apply may do all that it needs; without {}",
        by_service(&aside)
    );
    let hint = "these are for push, deploy and logs, or save calls (README.md, permissions)";
    Check::warning(NAME, found, hint)
}

const fn by(decision: &Decision) -> &'static str {
    match decision {
        Decision::Organization => "by the organization (SCP)",
        Decision::Denied => "by an explicit deny",
        Decision::Boundary => "by the permissions boundary",
        Decision::Unbounded => "allowed within a boundary only, and the file names none",
        Decision::Allowed | Decision::Unclear(_) | Decision::Missing => "allowed by no policy",
    }
}

/// `ec2 (CreateVpc, DeleteVpc), iam (PassRole)`.
fn by_service(actions: &[&str]) -> String {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in actions {
        let (service, verb) = action.split_once(':').unwrap_or((action, ""));
        services.entry(service).or_default().push(verb);
    }
    let lists = services
        .iter()
        .map(|(service, verbs)| format!("{service} ({})", verbs.join(", ")));
    lists.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::super::Outcome;
    use super::super::policy::Question;
    use super::*;

    const ACTIONS: [&str; 5] = [
        "ec2:CreateVpc",
        "ec2:DeleteVpc",
        LINKED,
        "iam:PassRole",
        "tag:GetResources",
    ];

    fn needed() -> Needed {
        let question = Question {
            actions: ACTIONS.map(str::to_owned).to_vec(),
            resources: Vec::new(),
            context: Vec::new(),
        };
        Needed {
            questions: vec![question],
            spared: BTreeSet::from(["tag:GetResources".to_owned()]),
        }
    }

    fn with(others: &[(&str, Decision)], linked: bool) -> Check {
        let answers = ACTIONS.iter().map(|&action| Answer {
            action: action.to_owned(),
            decision: Decision::Allowed,
        });
        let others = others.iter().map(|(action, decision)| Answer {
            action: (*action).to_owned(),
            decision: decision.clone(),
        });
        // The same action may be asked about several times.
        judge(
            &answers.chain(others).collect::<Vec<_>>(),
            &needed(),
            linked,
        )
    }

    #[test]
    fn all_allowed_is_well_and_what_is_denied_is_listed_by_whom_and_service() {
        let well = with(&[], true);
        assert_eq!(well.outcome, Outcome::Ok);
        assert_eq!(well.found, "all 5 actions are allowed");
        let check = with(
            &[
                ("ec2:CreateVpc", Decision::Missing),
                ("ec2:DeleteVpc", Decision::Missing),
                ("iam:PassRole", Decision::Organization),
            ],
            true,
        );
        assert_eq!(check.outcome, Outcome::Failed);
        assert_eq!(
            check.found,
            "3 of 5 actions denied; allowed by no policy: ec2 (CreateVpc, DeleteVpc); \
             by the organization (SCP): iam (PassRole)"
        );
        let check = with(
            &[
                ("ec2:CreateVpc", Decision::Boundary),
                ("ec2:DeleteVpc", Decision::Denied),
            ],
            true,
        );
        assert_eq!(
            check.found,
            "2 of 5 actions denied; by the permissions boundary: ec2 (CreateVpc); \
             by an explicit deny: ec2 (DeleteVpc)"
        );
    }

    #[test]
    fn a_boundary_that_the_file_lacks_is_what_to_write() {
        let unbounded = ("iam:PassRole", Decision::Unbounded);
        let check = with(std::slice::from_ref(&unbounded), true);
        assert_eq!(check.outcome, Outcome::Failed);
        assert_eq!(
            check.found,
            "1 of 5 actions denied; allowed within a boundary only, and the file names none: iam (PassRole)"
        );
        assert!(check.hint.unwrap().contains("permissions_boundary"));
        let more = [unbounded, ("ec2:CreateVpc", Decision::Missing)];
        assert!(with(&more, true).hint.unwrap().contains("apply.json"));
    }

    #[test]
    fn what_an_apply_can_do_without_stops_none() {
        let check = with(&[("tag:GetResources", Decision::Missing)], false);
        assert_eq!(check.outcome, Outcome::Warning);
        assert_eq!(
            check.found,
            "an apply may do all that it needs; without tag (GetResources)"
        );
        // Roles that are there need not be made.
        let denied = [(LINKED, Decision::Missing)];
        assert_eq!(with(&denied, false).outcome, Outcome::Ok);
        assert_eq!(with(&denied, true).outcome, Outcome::Failed);
    }

    #[test]
    fn what_a_simulation_cannot_know_is_a_warning() {
        let keys = Decision::Unclear(vec!["aws:ResourceTag/x".to_owned()]);
        let check = with(&[("ec2:CreateVpc", keys)], false);
        assert_eq!(check.outcome, Outcome::Warning);
        assert!(check.found.ends_with("cannot know: aws:ResourceTag/x"));
        let few = judge(&[], &needed(), false);
        assert_eq!(few.outcome, Outcome::Warning);
        assert_eq!(few.found, "IAM judged 0 of 5 actions");
    }
}
