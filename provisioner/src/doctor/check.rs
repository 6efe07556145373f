//! What comes of a check.

use hcctl_engine::{Class, Fault};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing stands in the way.
    Ok,
    /// It does not stop an apply, or it could not be found out whether it does.
    Warning,
    /// It would stop an apply.
    Failed,
    /// There is nothing to check.
    Skipped,
}

impl Outcome {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found, without a full stop.
    pub found: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Check {
    /// Nothing stands in the way.
    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Outcome::Ok, found.into(), None)
    }

    /// Something to know, and what to do about it.
    pub(super) fn warning(
        name: &'static str,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(name, Outcome::Warning, found.into(), Some(hint.into()))
    }

    /// An apply would be stopped.
    pub(super) fn failed(
        name: &'static str,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self::new(name, Outcome::Failed, found.into(), Some(hint.into()))
    }

    /// There is nothing to check.
    pub(super) fn skipped(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, Outcome::Skipped, found.into(), None)
    }

    /// It could not be found out.
    pub(super) fn undone(name: &'static str, fault: &Fault) -> Self {
        let found = match fault.class {
            Class::Denied => format!("not known: the caller may not do {}", fault.operation),
            _ => format!("not known: {fault}"),
        };
        Self::new(name, Outcome::Warning, found, fault.remedy.clone())
    }

    fn new(name: &'static str, outcome: Outcome, found: String, hint: Option<String>) -> Self {
        Self {
            name,
            outcome,
            found,
            hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_cannot_be_done_names_the_permission_or_the_fault() {
        let fault = Fault::own("acm:DescribeCertificate", "User: x is not authorized");
        let denied = Check::undone("x", &fault.clone().class(Class::Denied).remedy("let it"));
        assert_eq!(denied.outcome, Outcome::Warning);
        assert_eq!(
            denied.found,
            "not known: the caller may not do acm:DescribeCertificate"
        );
        assert_eq!(denied.hint.as_deref(), Some("let it"));
        let other = Check::undone("x", &fault);
        let text = "not known: acm:DescribeCertificate: User: x is not authorized";
        assert_eq!(other.found, text);
    }
}
