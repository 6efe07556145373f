//! Whether requests reach the tasks that are there: what is wrong already, whatever an apply does.

use super::Check;
use crate::environment::Environment;

const NAME: &str = "traffic";

/// `outages`: by service, what keeps requests from being answered, and whether an apply ends it.
pub(super) fn check(
    environment: &Environment,
    outages: Option<Vec<(String, String, bool)>>,
) -> Check {
    let Some(outages) = outages else {
        return Check::skipped(NAME, "needs a plan");
    };
    if outages.is_empty() {
        return Check::ok(
            NAME,
            "no service is without an answer between two deployments",
        );
    }
    let found: Vec<String> = outages
        .iter()
        .map(|(service, what, _)| format!("{service}: {what}"))
        .collect();
    let name = &environment.name;
    let hint = match (
        outages.iter().any(|(.., ends)| *ends),
        outages.iter().any(|(.., ends)| !*ends),
    ) {
        (true, true) => format!(
            "hcctl apply {name} puts the weights back; hcctl status {name} says why targets are not healthy"
        ),
        (true, false) => format!("hcctl apply {name} puts the weights back"),
        _ => {
            format!("hcctl status {name} says why, and hcctl logs {name} what the tasks wrote last")
        }
    };
    Check::warning(NAME, found.join("; "), hint)
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::environment;
    use super::*;

    #[test]
    fn an_outage_is_told_with_what_ends_it() {
        let of = |outages| check(&environment(""), outages);
        assert_eq!(of(None).outcome, Outcome::Skipped);
        assert_eq!(of(Some(Vec::new())).outcome, Outcome::Ok);
        let one = |ends| ("cart".to_owned(), "nobody".to_owned(), ends);
        let weights = of(Some(vec![one(true)]));
        assert_eq!(weights.outcome, Outcome::Warning);
        assert_eq!(weights.found, "cart: nobody");
        assert_eq!(
            weights.hint.as_deref(),
            Some("hcctl apply dev puts the weights back")
        );
        let both = of(Some(vec![one(true), one(false)]));
        assert!(
            both.hint
                .is_some_and(|hint| hint.contains("hcctl status dev"))
        );
    }
}
