//! From AWS's names back to names of addresses, where tags cannot tell.

use crate::aws::Aws;

/// What follows `{project}-{environment}-` in a name; nothing for names of others.
pub(super) fn rest<'a>(aws: &Aws, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(&aws.scope.prefix())
        .filter(|rest| !rest.is_empty())
}

/// The service that something with this name belongs to: names of services end in `-service`, their addresses do not.
pub(super) fn service<'a>(aws: &Aws, name: &'a str) -> Option<&'a str> {
    rest(aws, name).map(bare)
}

/// A service's name without the ending that its AWS names have.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix("-service").unwrap_or(name)
}
