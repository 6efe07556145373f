//! What an operation fails with, and what to do about it.

use std::fmt::Write as _;
use std::io;

use hcctl_engine::{Class, Fault};

use crate::environment::{Errors, LoadError};

/// How what went wrong is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It failed; what was done stays done, and running it again continues.
    Failed,
    /// There are changes (`plan --detailed-exitcode`, `drift`), or findings (`audit --fail-on`).
    Changes,
    /// The configuration is wrong; nothing was called.
    Config,
    /// Refused: not confirmed, protected, stale plan, wrong account, lease held by another.
    Refused,
    /// A deployment failed and was rolled back.
    RolledBack,
    /// Interrupted.
    Interrupted,
    /// The container that `run` started ended with this code, which is not 0.
    Container(u8),
    /// Standard output was closed.
    ClosedPipe,
}

/// An error with what to do about it.
#[derive(Clone, Debug)]
pub struct CommandError {
    /// How it is to be taken.
    pub kind: Kind,
    /// What happened, to what, why. Empty where everything has been said already.
    pub message: String,
    /// What is wrong with environment files, each with its place and its remedy.
    pub mistakes: Vec<Errors>,
    /// What to do next, a line each.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            mistakes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// An ending of which nothing is left to say.
    pub fn silent(kind: Kind) -> Self {
        Self::new(kind, "")
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

/// An environment file that cannot be used.
impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        let (remedy, message) = (error.remedy(), error.to_string());
        match error {
            LoadError::Invalid(errors) => Self {
                mistakes: vec![errors],
                ..Self::silent(Kind::Config)
            },
            _ => Self {
                hints: remedy.into_iter().collect(),
                ..Self::new(Kind::Config, message)
            },
        }
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
