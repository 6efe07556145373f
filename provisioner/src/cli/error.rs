//! The exit code and the text of what a verb fails with. docs/src/reference/exit-codes.md has the same table; a test compares.

use std::fmt::Write as _;

use crate::operation::{CommandError, Kind};
use crate::render::copied::whole;
use crate::render::mistakes::mistakes;
use crate::render::prose;

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

impl CommandError {
    /// What stderr gets, where lines have so many columns.
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        let mistakes = mistakes("error: ", &self.mistakes, width);
        if !self.message.is_empty() {
            let _ = writeln!(text, "error: {}", self.message.trim_end());
        }
        for hint in &self.hints {
            let _ = writeln!(text, "hint: {hint}");
        }
        mistakes + &prose(&whole(&text), width)
    }
}

#[cfg(test)]
mod tests {
    use hcctl_engine::{Class, Fault};

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
