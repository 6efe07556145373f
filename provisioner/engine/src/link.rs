//! The only way in which one resource names another.

use std::fmt;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::Address;

const TO: &str = "$to";
const ID: &str = "$id";

/// A reference from one resource to another.
///
/// What is wanted links by address; what was seen links by id. [`crate::snapshot`] lifts the ids that are ours to
/// addresses, so that the planner compares like with like; the driver turns addresses back into ids just before a call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// A resource of this environment.
    To(Address),
    /// An id as the cloud gives it: not ours, or not yet lifted.
    Id(String),
}

impl Link {
    /// A link to `kind/name`.
    pub fn to(kind: &str, name: impl Into<String>) -> Self {
        Self::To(Address::new(kind, name))
    }

    /// A link to something known by its id only.
    pub fn id(id: impl Into<String>) -> Self {
        Self::Id(id.into())
    }

    /// The id behind the link.
    ///
    /// Empty for an address: the driver resolves every link before a kind sees its spec, so a kind that gets here
    /// with an address was called past the driver.
    pub fn resolved(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::To(_) => "",
        }
    }

    /// The link that `value` encodes, if it encodes one.
    pub(crate) fn decode(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        if map.len() != 1 {
            return None;
        }
        if let Some(Value::String(text)) = map.get(TO) {
            return text.parse().ok().map(Self::To);
        }
        match map.get(ID) {
            Some(Value::String(id)) => Some(Self::Id(id.clone())),
            _ => None,
        }
    }

    /// The link as a tree.
    pub fn encode(&self) -> Value {
        let (key, text) = match self {
            Self::To(address) => (TO, address.to_string()),
            Self::Id(id) => (ID, id.clone()),
        };
        Value::Object(
            [(key.to_owned(), Value::String(text))]
                .into_iter()
                .collect(),
        )
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::To(address) => address.fmt(f),
            Self::Id(id) => f.write_str(id),
        }
    }
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::To(address) => map.serialize_entry(TO, &address.to_string())?,
            Self::Id(id) => map.serialize_entry(ID, id)?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::decode(&value).ok_or_else(|| D::Error::custom(format!("not a link: {value}")))
    }
}
