//! The environment file: whoever gets here has one that is right.

use super::{Check, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Check {
    let services = subject.environment.services.len();
    let s = if services == 1 { "" } else { "s" };
    let found = format!("{}: {services} service{s}", subject.file);
    Check::ok("file", found)
}
