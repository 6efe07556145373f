//! Availability zones: how many, or which.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::number::ZoneCount;
use super::rejection::{Rejection, text_type};

const FORM: &str = "^([a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}[a-z]|[a-z]{2,8}[0-9]{1,2}-az[0-9]{1,2})$";

text_type! {
    /// An availability zone by its name in this account (`us-east-1a`) or by its id, which is the same in every account
    /// (`use1-az1`).
    ZoneName, pattern: FORM, length: 7..=32
}

impl ZoneName {
    fn check(text: &str) -> Result<(), Rejection> {
        let digits =
            |text: &str| (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        let id = text.split_once("-az").is_some_and(|(area, number)| {
            let letters = area.trim_end_matches(|c: char| c.is_ascii_digit());
            (2..=8).contains(&letters.len())
                && letters.chars().all(|c| c.is_ascii_lowercase())
                && digits(&area[letters.len()..])
                && digits(number)
        });
        let name = text.ends_with(|c: char| c.is_ascii_lowercase())
            && super::place::region_form(&text[..text.len() - 1]);
        if id || name {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not an availability zone", text.escape_debug()),
            "write its name or its id: `us-east-1a`, `use1-az1` (aws ec2 describe-availability-zones)",
        ))
    }

    /// The region that a name is in; an id does not tell it.
    pub(crate) fn region(&self) -> Option<&str> {
        let region = self
            .as_str()
            .trim_end_matches(|c: char| c.is_ascii_lowercase());
        (!self.as_str().contains("-az")).then_some(region)
    }
}

/// Availability zones in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Zones {
    /// So many of the region's; those in which Fargate or load balancers are not to be had are passed over.
    Number(ZoneCount),
    /// These, two or three of them.
    Listed(Vec<ZoneName>),
}

impl Zones {
    /// Those that are listed; none where there is a number.
    pub fn listed(&self) -> Vec<String> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Listed(zones) => zones.iter().map(ToString::to_string).collect(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Number(number) => usize::from(number.get()),
            Self::Listed(zones) => zones.len(),
        }
    }
}

impl JsonSchema for Zones {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Zones".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (least, most) = (ZoneCount::RANGE.start(), ZoneCount::RANGE.end());
        schemars::json_schema!({
            "anyOf": [
                generator.subschema_for::<ZoneCount>(),
                {
                    "type": "array",
                    "items": generator.subschema_for::<ZoneName>(),
                    "minItems": least,
                    "maxItems": most,
                    "uniqueItems": true,
                },
            ],
        })
    }
}
