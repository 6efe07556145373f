//! The one name by which hcctl speaks of a resource: its kind and a name within the kind.

use std::fmt;
use std::str::FromStr;

/// `kind/name`, such as `subnet/private-a`. Unique in one environment; written into the tag `hcctl:address`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind's name, such as `subnet`.
    pub kind: String,
    /// The name within the kind, such as `private-a`.
    pub name: String,
}

impl Address {
    /// An address from its two parts.
    pub fn new(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// The text is not `kind/name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an address of the form kind/name")]
pub struct NotAnAddress(pub String);

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self::new(kind, name)),
            _ => Err(NotAnAddress(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_written() {
        let address = Address::new("log_group", "container-insights");
        assert_eq!(address.to_string().parse(), Ok(address));
    }

    #[test]
    fn half_an_address_is_refused() {
        for text in ["", "subnet", "/a", "subnet/"] {
            assert_eq!(text.parse::<Address>(), Err(NotAnAddress(text.to_owned())));
        }
    }
}
