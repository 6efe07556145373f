//! From AWS's names back to names of addresses, where tags cannot tell.

use crate::aws::{Aws, Tags};

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

/// What a person has to fill in where nothing tells a name.
pub(super) const UNKNOWN: &str = "NAME";

/// The name in the tag `Name`, which has the same form as names.
pub(super) fn tagged<'a>(aws: &Aws, tags: &'a Tags) -> &'a str {
    let name = tags.get("Name").map(String::as_str);
    name.and_then(|name| rest(aws, name)).unwrap_or(UNKNOWN)
}
