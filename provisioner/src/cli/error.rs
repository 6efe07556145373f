//! What a verb fails with, and the exit code that follows. docs/src/reference/exit-codes.md has the same table; a test compares.

use std::fmt::Write as _;
use std::io;

use hcctl_engine::{Class, Fault};

use crate::render::copied::whole;
use crate::render::prose;

/// Which exit code an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 1: failed; what was done stays done, and running again continues.
    Failed,
    /// 2: there are changes (`plan --detailed-exitcode`, `drift`), or findings (`audit --fail-on`).
    Changes,
    /// 3: the configuration is wrong; nothing was called.
    Config,
    /// 4: refused: not confirmed, protected, stale plan, wrong account, lease held by another.
    Refused,
    /// 5: a deployment failed and was rolled back.
    RolledBack,
    /// 130: interrupted.
    Interrupted,
    /// The exit code of the container that `run` started, which is not 0.
    Container(u8),
    /// 0: whoever read the output has left.
    ClosedPipe,
}

impl Kind {
    /// Every kind, for the test over the table.
    pub const ALL: [Self; 7] = [
        Self::Failed,
        Self::Changes,
        Self::Config,
        Self::Refused,
        Self::RolledBack,
        Self::Interrupted,
        Self::ClosedPipe,
    ];

    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Config => 3,
            Self::Refused => 4,
            Self::RolledBack => 5,
            Self::Interrupted => 130,
            Self::Container(code) => code,
        }
    }
}

/// An error with what to do about it.
#[derive(Debug)]
pub struct CommandError {
    /// Which exit code it means.
    pub kind: Kind,
    /// What happened, to what, why. Empty where everything has been said already.
    pub message: String,
    /// What to do next, a line each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// An exit code for which nothing is left to say.
    pub fn silent(kind: Kind) -> Self {
        Self::new(kind, "")
    }

    /// What stderr gets, where lines have so many columns.
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        if !self.message.is_empty() {
            let _ = writeln!(text, "error: {}", self.message.trim_end());
        }
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {hint}");
        }
        prose(&whole(&text), width)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::silent(Kind::ClosedPipe),
            _ => Self::new(Kind::Failed, format!("cannot write the output: {error}")),
        }
    }
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        Self::from(vec![fault])
    }
}

impl From<Vec<Fault>> for CommandError {
    fn from(faults: Vec<Fault>) -> Self {
        // One cause that stops every call is said once.
        let common = faults
            .iter()
            .find(|fault| matches!(fault.class, Class::Credentials | Class::Unreachable));
        let shown: Vec<&Fault> =
            common.map_or_else(|| faults.iter().collect(), |fault| vec![fault]);
        let mut message = String::new();
        for fault in &shown {
            let _ = writeln!(message, "{fault}");
        }
        let mut error = Self::new(Kind::Failed, message);
        for fault in shown {
            if let Some(remedy) = &fault.remedy
                && !error.hints.contains(remedy)
            {
                error.hints.push(remedy.clone());
            }
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_code() {
        let codes: Vec<u8> = Kind::ALL.iter().map(|kind| kind.exit_code()).collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 130, 0]);
        let documented = include_str!("../../../docs/src/reference/exit-codes.md");
        for code in codes {
            assert!(
                documented.contains(&format!("| {code} |")),
                "docs/src/reference/exit-codes.md has no row for exit code {code}"
            );
        }
    }

    #[test]
    fn a_cause_that_stops_every_call_is_said_once() {
        let one = |operation: &str| {
            Fault::own(operation, "no AWS credentials were found")
                .class(Class::Credentials)
                .remedy("log in")
        };
        let error = CommandError::from(vec![one("ec2:DescribeVpcs"), one("iam:GetRole")]);
        assert_eq!(
            error.text(80),
            "error: ec2:DescribeVpcs: no AWS credentials were found\nhint: log in\n"
        );
    }
}
