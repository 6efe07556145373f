//! Which members the values of the file reach, as they stand (`values`) or as parts of a name (`names`).

mod names;
mod values;

use super::Member;
use super::drawn::{Drawn, Files};

/// A key of the file, what it lets through, and where that arrives.
pub(super) struct Reached {
    pub(super) key: &'static str,
    pub(super) drawn: fn(&Files) -> Vec<Drawn>,
    pub(super) members: &'static [Member],
}

const fn row(
    key: &'static str,
    drawn: fn(&Files) -> Vec<Drawn>,
    members: &'static [Member],
) -> Reached {
    Reached {
        key,
        drawn,
        members,
    }
}

/// What ECS calls for a task that starts, with what the file says of secrets.
pub(super) const AT_TASKS: &[&str] = &["secretsmanager:GetSecretValue", "ssm:GetParameters"];

/// All rows.
pub(super) fn rows() -> impl Iterator<Item = &'static Reached> {
    names::ROWS.iter().chain(values::ROWS)
}
