//! Whether tasks can be given the secrets that the file names, and whether those that run were given what there is now.

use std::collections::BTreeMap;

use super::Check;
use crate::environment::Environment;

const NAME: &str = "secrets";

/// What is known of the secrets of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// How many it names.
    pub named: usize,
    /// Why tasks could not be given one, each with what to do.
    pub troubles: Vec<(String, String)>,
    /// By service, where the file names secrets that were changed after its tasks began; or why that is not known.
    pub stale: Result<BTreeMap<String, Vec<String>>, String>,
}

impl Default for Secrets {
    fn default() -> Self {
        Self {
            named: 0,
            troubles: Vec::new(),
            stale: Ok(BTreeMap::new()),
        }
    }
}

pub(super) fn check(environment: &Environment, secrets: Option<&Secrets>) -> Check {
    let Some(secrets) = secrets else {
        return Check::skipped(NAME, "needs a plan");
    };
    if let Some((_, remedy)) = secrets.troubles.first() {
        let found: Vec<&str> = secrets
            .troubles
            .iter()
            .map(|(what, _)| what.as_str())
            .collect();
        return Check::failed(NAME, found.join("; "), remedy.as_str());
    }
    let env = &environment.name;
    match &secrets.stale {
        Err(fault) => Check::warning(
            NAME,
            format!("when tasks began is not known: {fault}"),
            format!("hcctl restart {env} gives every service what there is now"),
        ),
        Ok(stale) if stale.is_empty() && secrets.named == 0 => {
            Check::ok(NAME, "the file names none")
        }
        Ok(stale) if stale.is_empty() => Check::ok(
            NAME,
            format!("{} named, and every one is there", secrets.named),
        ),
        Ok(stale) => {
            let found: Vec<String> = stale
                .iter()
                .map(|(service, places)| {
                    format!(
                        "{service}: changed after its tasks began: {}",
                        places.join(", ")
                    )
                })
                .collect();
            let services: Vec<String> = stale
                .keys()
                .map(|name| format!(" --service {name}"))
                .collect();
            let hint = format!(
                "new tasks read them again: hcctl restart {env}{}",
                services.concat()
            );
            Check::warning(NAME, found.join("; "), hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::environment;
    use super::*;

    #[test]
    fn what_is_missing_fails_and_what_was_changed_is_told() {
        let of = |secrets: Option<&Secrets>| check(&environment(""), secrets);
        assert_eq!(of(None).outcome, Outcome::Skipped);
        let mut secrets = Secrets::default();
        assert_eq!(of(Some(&secrets)).found, "the file names none");
        secrets.named = 2;
        assert_eq!(of(Some(&secrets)).outcome, Outcome::Ok);
        let place = vec!["secrets.KEY".to_owned()];
        secrets.stale = Ok(BTreeMap::from([("cart".to_owned(), place)]));
        let stale = of(Some(&secrets));
        assert_eq!(stale.outcome, Outcome::Warning);
        assert!(
            stale
                .hint
                .unwrap()
                .ends_with("hcctl restart dev --service cart")
        );
        secrets.stale = Err("denied".to_owned());
        assert_eq!(of(Some(&secrets)).outcome, Outcome::Warning);
        secrets
            .troubles
            .push(("there is no parameter /a".to_owned(), "set it".to_owned()));
        let missing = of(Some(&secrets));
        assert_eq!(
            (missing.outcome, missing.hint.as_deref()),
            (Outcome::Failed, Some("set it"))
        );
    }
}
