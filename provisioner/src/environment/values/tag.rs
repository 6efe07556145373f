//! Tags of the user's own, beside those hcctl puts on everything.

use std::collections::BTreeMap;

use super::rejection::{Rejection, text_type};

/// Tags hcctl finds its resources by, and the one AWS's console shows as a name.
const RESERVED: [&str; 4] = ["Project", "Environment", "ManagedBy", "Name"];

/// AWS allows 50 tags on a resource; five are hcctl's.
pub(crate) const MOST_TAGS: usize = 45;

text_type! {
    /// A tag's key: 1 to 128 letters, digits, spaces and `_ . : / = + - @` (EC2 User Guide, "Tag restrictions").
    TagKey, pattern: "^[\\p{L}\\p{N} _.:/=+@-]+$", length: 1..=128
}

impl TagKey {
    fn check(text: &str) -> Result<(), Rejection> {
        let lower = text.to_lowercase();
        for prefix in ["aws:", "hcctl:"] {
            if lower.starts_with(prefix) {
                return Err(Rejection::new(
                    format!("tag keys that begin with `{prefix}` are not yours to set"),
                    "choose another key",
                ));
            }
        }
        // IAM tells keys apart without regard to case, so `project` would clash with `Project` there.
        if let Some(ours) = RESERVED.iter().find(|ours| ours.eq_ignore_ascii_case(text)) {
            return Err(Rejection::new(
                format!("hcctl sets the tag `{ours}` itself"),
                "remove it, or choose another key",
            ));
        }
        characters(text, 1..=128, "a tag's key")
    }
}

text_type! {
    /// A tag's value: up to 256 letters, digits, spaces and `_ . : / = + - @`.
    TagValue, pattern: "^[\\p{L}\\p{N} _.:/=+@-]*$", length: 0..=256
}

impl TagValue {
    fn check(text: &str) -> Result<(), Rejection> {
        characters(text, 0..=256, "a tag's value")
    }
}

fn characters(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    what: &str,
) -> Result<(), Rejection> {
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    if length.contains(&text.chars().count()) && text.chars().all(allowed) {
        return Ok(());
    }
    Err(Rejection::new(
        format!("`{}` is not {what}", text.escape_debug()),
        format!(
            "write {} to {} letters, digits, spaces and `_ . : / = + - @`",
            length.start(),
            length.end()
        ),
    ))
}

/// The user's own tags.
pub type Tags = BTreeMap<TagKey, TagValue>;
