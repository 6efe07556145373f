//! Tags of the user's own, beside those hcctl puts on everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::rejection::{Rejection, text_type};
use super::variable::Setting;

/// Tags hcctl finds its resources by, and the one AWS's console shows as a name.
const RESERVED: [&str; 4] = ["Project", "Environment", "ManagedBy", "Name"];

/// AWS allows 50 tags on a resource; five are hcctl's.
pub(crate) const MOST_TAGS: usize = 45;

const TAG_KEY: &str =
    "^[\\p{L}\\p{N}_.:/=+@-]([\\p{L}\\p{N}\\p{Z}_.:/=+@-]*[\\p{L}\\p{N}_.:/=+@-])?$";

text_type! {
    /// A tag's key: 1 to 128 letters, digits, spaces and `_ . : / = + - @` (EC2 User Guide, "Tag restrictions"), with no
    /// space at either end.
    TagKey, pattern: TAG_KEY, length: 1..=128
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
        characters(text, 1..=128, "a tag's key")?;
        no_spaces_around(text, "a tag's key")
    }
}

text_type! {
    /// A tag's value: up to 256 letters, digits, spaces and `_ . : / = + - @`, with no space at either end and no `aws:` before
    /// it (ECS TagResource, `tags`).
    TagValue, pattern: "^([\\p{L}\\p{N}_.:/=+@-]([\\p{L}\\p{N}\\p{Z}_.:/=+@-]*[\\p{L}\\p{N}_.:/=+@-])?)?$", length: 0..=256
}

impl TagValue {
    fn check(text: &str) -> Result<(), Rejection> {
        if text.to_lowercase().starts_with("aws:") {
            return Err(Rejection::new(
                "tag values that begin with `aws:` are AWS's own",
                "write another value",
            ));
        }
        characters(text, 0..=256, "a tag's value")?;
        no_spaces_around(text, "a tag's value")
    }
}

/// Unicode's general categories, as AWS's patterns have them; `char::is_alphabetic` goes further, to marks and symbols.
static CHARACTERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[\p{L}\p{N}\p{Z}_.:/=+@-]*$").expect("a constant, which the tests compile")
});

fn characters(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    what: &str,
) -> Result<(), Rejection> {
    if length.contains(&text.chars().count()) && CHARACTERS.is_match(text) {
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

/// Load balancers and target groups take no tag with spaces around its key or value.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html>
fn no_spaces_around(text: &str, what: &str) -> Result<(), Rejection> {
    if text.trim() == text {
        return Ok(());
    }
    Err(Rejection::new(
        format!(
            "`{}` has a space at an end, which {what} on a load balancer cannot have",
            text.escape_debug()
        ),
        "remove the spaces around it",
    ))
}

text_type! {
    /// Which tags of others are left alone, by key, such as `AutoTag_*`: `*` stands for any text.
    TagPattern, pattern: "^[\\p{L}\\p{N}\\p{Z}_.:/=+@*-]+$", length: 1..=128
}

impl TagPattern {
    fn check(text: &str) -> Result<(), Rejection> {
        if let Some(ours) = RESERVED.iter().find(|ours| **ours == text) {
            return Err(Rejection::new(
                format!("hcctl finds its resources by the tag `{ours}`"),
                "remove it: the tags that hcctl sets are always compared",
            ));
        }
        characters(
            &text.replace('*', ""),
            0..=128,
            "a pattern for the keys of tags",
        )?;
        if text.is_empty() {
            return Err(Rejection::new(
                "an empty pattern matches no tag",
                "write a key, or the beginning of one: `AutoTag_*`",
            ));
        }
        Ok(())
    }
}

/// The section `tags`: the user's own tags by key and, under `ignore`, patterns of those that others set. A tag that is
/// called `ignore` is told from the patterns by being no list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tags {
    /// The user's own, which everything gets that takes tags.
    #[serde(flatten)]
    pub own: BTreeMap<TagKey, TagValue>,
    /// The keys of tags that somebody else keeps on hcctl's resources: no difference, and never removed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ignore: BTreeSet<TagPattern>,
}

impl JsonSchema for Tags {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tags".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut value = generator.subschema_for::<Setting>().to_value();
        let patterns = generator.subschema_for::<BTreeSet<TagPattern>>().to_value();
        // JSON Schema holds every key to all that fits it, so that what `ignore` may be, any key may be.
        if let Some(forms) = value["anyOf"].as_array_mut() {
            forms.push(patterns.clone());
        }
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "ignore": {
                    "description": "Keys of tags that others keep on these resources, such as `AutoTag_*`: they are no \
                        difference and are never removed. Tags of AWS's own (`aws:*`) and those of well-known taggers \
                        are left alone anyway.",
                    "anyOf": [patterns, { "type": "string" }],
                },
            },
            "patternProperties": { (TAG_KEY): value },
            "maxProperties": MOST_TAGS + 1,
        })
    }
}
