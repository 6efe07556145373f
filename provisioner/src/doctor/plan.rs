//! What a plan says, if there can be one: strangers under our names and what has lost its tags stop every plan.

use hcctl_engine::{Action, Plan};

use super::Check;
use super::secrets::Secrets;

const NAME: &str = "plan";

/// Why there is no plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacle {
    /// What happened, a line each.
    pub message: String,
    /// What to do next.
    pub hints: Vec<String>,
}

/// What a look at the account found.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The difference.
    pub plan: Plan,
    /// By service, what keeps requests from being answered; and whether an apply ends it.
    pub outages: Vec<(String, String, bool)>,
    /// What is known of the secrets of the file.
    pub secrets: Secrets,
}

pub(super) fn check(planned: Result<&Plan, &Obstacle>) -> Check {
    match planned {
        Ok(plan) => Check::ok(NAME, counts(plan)),
        Err(obstacle) => {
            let lines: Vec<&str> = obstacle.message.lines().map(str::trim).collect();
            let hints: Vec<&str> = obstacle.hints.iter().map(String::as_str).collect();
            let hint = match hints.as_slice() {
                [] => "a plan says more".to_owned(),
                hints => hints.join("; "),
            };
            Check::failed(NAME, lines.join("; "), hint)
        }
    }
}

/// `55 to create, 1 to replace`; what differs by hand is drift's business.
fn counts(plan: &Plan) -> String {
    let count = |test: fn(Action) -> bool| {
        let changes = plan.changes.iter();
        changes.filter(|change| test(change.action)).count()
    };
    let parts = [
        (count(|action| action == Action::Create), "to create"),
        (count(|action| action == Action::Update), "to change"),
        (
            count(|action| matches!(action, Action::Replace(_))),
            "to replace",
        ),
        (count(|action| action == Action::Delete), "to delete"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if parts.is_empty() {
        return "nothing to do".to_owned();
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::plan;
    use super::*;

    #[test]
    fn a_plan_is_counted() {
        let none = plan(&[]);
        assert_eq!(check(Ok(&none)).found, "nothing to do");
        let some = plan(&[
            ("vpc", "main", Action::Create),
            ("subnet", "a", Action::Create),
            ("table", "a", Action::Delete),
            ("role", "a", Action::Keep),
        ]);
        let check = check(Ok(&some));
        assert_eq!(check.outcome, Outcome::Ok);
        assert_eq!(check.found, "2 to create, 1 to delete");
    }

    #[test]
    fn what_stops_a_plan_stops_an_apply() {
        let obstacle = Obstacle {
            message: "vpc/main is not ours\nrole/a is not ours\n".to_owned(),
            hints: vec!["remove or rename it".to_owned()],
        };
        let check = check(Err(&obstacle));
        assert_eq!(check.outcome, Outcome::Failed);
        assert_eq!(check.found, "vpc/main is not ours; role/a is not ours");
        assert_eq!(check.hint.as_deref(), Some("remove or rename it"));
    }
}
