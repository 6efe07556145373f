//! Host names of a load balancer's rules.

use super::rejection::{Rejection, text_type};
use super::wildcard;

text_type! {
    /// A host name, such as `api.example.com` or `*.example.com`.
    ///
    /// `*` stands for any text, `?` for any one character. At most 128 characters: lower-case letters, digits, `-` and `.`, one dot at
    /// least, and letters alone behind the last one (ELBv2 CreateRule, the field `host-header`).
    HostPattern, pattern: "^[a-z0-9.*?-]*\\.[a-z]+$", length: 3..=128
}

impl HostPattern {
    fn check(text: &str) -> Result<(), Rejection> {
        let shown = text.escape_debug();
        if text.contains("://") || text.contains('/') {
            return Err(Rejection::new(
                format!("`{shown}` is an address, and a rule compares the name of the host"),
                "write the name alone, such as api.example.com; paths go under `paths:`",
            ));
        }
        if text.contains(':') {
            return Err(Rejection::new(
                format!("`{shown}` has a port, which a rule does not compare"),
                "write the name alone, such as api.example.com",
            ));
        }
        if text.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(Rejection::new(
                format!("`{shown}` has upper case, which makes no difference to a load balancer"),
                format!("write `{}`", text.to_ascii_lowercase().escape_debug()),
            ));
        }
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-*?".contains(c);
        let last = text.rsplit_once('.').map_or("", |(_, last)| last);
        let letters = !last.is_empty() && last.chars().all(|c| c.is_ascii_lowercase());
        if !text.chars().all(allowed) || !letters {
            return Err(Rejection::new(
                format!("`{shown}` is not a host name that a rule takes"),
                "write letters, digits, `-`, `*`, `?` and dots, with letters alone behind the last dot, such as api.example.com",
            ));
        }
        if text.len() > 128 {
            return Err(Rejection::new(
                format!(
                    "the host name has {} characters, and a rule takes 128",
                    text.len()
                ),
                "shorten it with `*`",
            ));
        }
        Ok(())
    }

    /// How many wildcards it has: a rule takes a few only.
    pub fn wildcards(&self) -> usize {
        wildcard::count(self.as_str())
    }

    /// Whether some host matches both.
    pub fn overlaps(&self, other: &HostPattern) -> bool {
        wildcard::overlap(self.as_str(), other.as_str())
    }

    /// Whether every host that matches `other` surely matches this one too.
    pub fn covers(&self, other: &HostPattern) -> bool {
        wildcard::covers(self.as_str(), other.as_str())
    }
}
