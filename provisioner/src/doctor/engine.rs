//! Docker or Podman, which `push` builds with. An apply needs neither.

use super::Check;
use crate::push::{self, EngineName, Failure};

const NAME: &str = "container-engine";

/// Which engine is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// None: the sandbox gets a record in an image's stead.
    Sandbox,
    /// Whichever answers.
    Any,
    /// This one.
    Named(EngineName),
    /// One that is none.
    Unknown(String),
}

pub(super) async fn check(asked: &Asked) -> Check {
    let engine = match asked {
        Asked::Sandbox => return Check::skipped(NAME, "push to the sandbox needs none"),
        Asked::Unknown(name) => {
            let found = format!("HCCTL_ENGINE names `{}`", name.escape_debug());
            return Check::warning(NAME, found, "it can be docker or podman");
        }
        Asked::Any => None,
        Asked::Named(engine) => Some(*engine),
    };
    judge(push::answering(engine).await)
}

fn judge(found: Result<EngineName, Failure>) -> Check {
    match found {
        Ok(engine) => Check::ok(NAME, format!("{engine} answers")),
        Err(failure) => {
            let mut hints = failure.hints.into_iter();
            let hint = hints.next().unwrap_or_default();
            Check::warning(NAME, format!("{}; push needs one", failure.reason), hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;

    #[test]
    fn none_is_a_warning_only() {
        let check = judge(Ok(EngineName::Podman));
        assert_eq!(
            (check.outcome, check.found.as_str()),
            (Outcome::Ok, "podman answers")
        );
        let failure = Failure::new("neither docker nor podman is on PATH").hint("install Docker");
        let check = judge(Err(failure));
        assert_eq!(check.outcome, Outcome::Warning);
        assert_eq!(
            check.found,
            "neither docker nor podman is on PATH; push needs one"
        );
        assert_eq!(check.hint.as_deref(), Some("install Docker"));
    }

    #[tokio::test]
    async fn a_name_that_is_none_and_the_sandbox_ask_nobody() {
        let odd = check(&Asked::Unknown("nerdctl".to_owned())).await;
        assert_eq!(odd.outcome, Outcome::Warning);
        assert_eq!(odd.found, "HCCTL_ENGINE names `nerdctl`");
        assert_eq!(check(&Asked::Sandbox).await.outcome, Outcome::Skipped);
    }
}
