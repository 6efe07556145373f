//! Reads what a caller sent into the typed requests generated from AWS's models, strictly.
//!
//! Owns two things: turning the flat parameters of the Query protocol (`Actions.member.1.Type=forward`) into a tree, and a reader that
//! refuses a member its type does not have and a scalar of another type. The generated `wire` readers skip what they do not know
//! (nested structures among it), which would let a misspelt member pass as a silent success.
//!
//! Must not know any service.

mod form;

use std::fmt;

use serde::de::{
    self, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor, value,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use crate::answer::AwsError;
use crate::call::Call;
use form::{form_tree, without_members};

/// A member that its type does not have, or a value of another type than the member's; the text names the member by its path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct ShapeError(String);

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Members that AWS has and the generated types do not yet, as `Type.member`; they are let through and handled as raw values.
pub(crate) type Newer = &'static [&'static str];

/// Reads the body of a JSON or CBOR call.
pub(crate) fn json<T: DeserializeOwned>(call: &Call, newer: Newer) -> Result<T, AwsError> {
    from_json(&call.json, newer).map_err(|error| AwsError::validation(error.to_string()))
}

/// Reads the flat parameters of a Query call.
pub(crate) fn form<T: DeserializeOwned>(call: &Call) -> Result<T, AwsError> {
    let params = call.params.to_map();
    let pairs = params
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    from_form(pairs).map_err(|error| AwsError::new("ValidationError", error.to_string()))
}

/// Reads the flat parameters of a Query call into a type whose lists are plain ones, not `member` wrappers.
pub(crate) fn plain_form<T: DeserializeOwned>(call: &Call) -> Result<T, AwsError> {
    let params = call.params.to_map();
    let pairs = params
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let tree = without_members(form_tree(pairs));
    let reader = Reader {
        value: &tree,
        path: Path::Root,
        text: true,
        newer: &[],
    };
    T::deserialize(reader).map_err(|error| AwsError::new("ValidationError", error.to_string()))
}

/// Refuses top-level parameters that AWS has and the sandbox does nothing with.
pub(crate) fn refuse(call: &Call, names: &[&str]) -> Result<(), AwsError> {
    let top = |key: &str| key.split('.').next().unwrap_or_default().to_owned();
    let form: Vec<String> = call.params.shapes().iter().map(|key| top(key)).collect();
    let sent = |name: &str| form.iter().any(|key| key == name) || !call.json[name].is_null();
    match names.iter().find(|name| sent(name)) {
        Some(name) => Err(call.unknown_parameter(name)),
        None => Ok(()),
    }
}

fn from_json<T: DeserializeOwned>(body: &Value, newer: Newer) -> Result<T, ShapeError> {
    let reader = Reader {
        value: body,
        path: Path::Root,
        text: false,
        newer,
    };
    T::deserialize(reader)
}

fn from_form<'a, T: DeserializeOwned>(
    params: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<T, ShapeError> {
    let tree = form_tree(params);
    let reader = Reader {
        value: &tree,
        path: Path::Root,
        text: true,
        newer: &[],
    };
    T::deserialize(reader)
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => f.write_str(name),
            Path::Member(parent, name) => write!(f, "{parent}.{name}"),
            Path::Item(parent, index) => write!(f, "{parent}.{}", index + 1),
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    value: &'a Value,
    path: Path<'a>,
    /// Query parameters: every leaf is text, and an empty text stands for an empty list or structure.
    text: bool,
    newer: Newer,
}

impl Reader<'_> {
    fn wrong(&self, wanted: &str) -> ShapeError {
        ShapeError(format!(
            "parameter {} must be {wanted}, it is {}",
            self.path, self.value
        ))
    }

    fn integer(&self) -> Result<i64, ShapeError> {
        match self.value {
            Value::String(text) if self.text => text.parse().map_err(|_| self.wrong("an integer")),
            Value::Number(number) => number
                .as_i64()
                .or_else(|| {
                    number
                        .as_f64()
                        .filter(|float| float.fract() == 0.0)
                        .map(|float| float as i64)
                })
                .ok_or_else(|| self.wrong("an integer")),
            _ => Err(self.wrong("an integer")),
        }
    }

    fn float(&self) -> Result<f64, ShapeError> {
        match self.value {
            Value::String(text) if self.text => text.parse().map_err(|_| self.wrong("a number")),
            Value::Number(number) => number.as_f64().ok_or_else(|| self.wrong("a number")),
            _ => Err(self.wrong("a number")),
        }
    }

    fn is_empty_text(&self) -> bool {
        self.text && self.value.as_str() == Some("")
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            visitor.visit_i64(self.integer()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(integer), _) => visitor.visit_i64(integer),
                (None, Some(integer)) => visitor.visit_u64(integer),
                (None, None) => visitor.visit_f64(self.float()?),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    integers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.value {
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::String(text) if self.text => {
                visitor.visit_bool(text.parse().map_err(|_| self.wrong("true or false"))?)
            }
            _ => Err(self.wrong("true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.value {
            Value::String(text) => visitor.visit_str(text),
            _ => Err(self.wrong("a string")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items {
                reader: self,
                items: items.iter().enumerate(),
            }),
            _ if self.is_empty_text() => visitor.visit_seq(Items {
                reader: self,
                items: [].iter().enumerate(),
            }),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        let empty = Map::new();
        let members = match self.value {
            Value::Object(members) => members,
            _ if self.is_empty_text() => &empty,
            _ => return Err(self.wrong("a structure")),
        };
        visitor.visit_map(Members {
            reader: self,
            left: members.iter().collect::<Vec<_>>().into_iter(),
            next: None,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        let empty = Map::new();
        let members = match self.value {
            Value::Object(members) => members,
            _ if self.is_empty_text() => &empty,
            _ => return Err(self.wrong("a structure")),
        };
        let mut known = Vec::with_capacity(members.len());
        for (key, value) in members {
            if fields.contains(&key.as_str()) {
                known.push((key, value));
            } else if !self.newer.contains(&format!("{name}.{key}").as_str()) {
                let path = Path::Member(&self.path, key);
                return Err(ShapeError(format!(
                    "parameter {path} is not known here; {name} has {}",
                    fields.join(", ")
                )));
            }
        }
        // A null member is an absent one, whatever its type (JSON protocols).
        known.retain(|(_, value)| !value.is_null());
        visitor.visit_map(Members {
            reader: self,
            left: known.into_iter(),
            next: None,
        })
    }

    forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple tuple_struct enum identifier ignored_any }
}

struct Items<'a> {
    reader: Reader<'a>,
    items: std::iter::Enumerate<std::slice::Iter<'a, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = ShapeError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ShapeError> {
        let Some((index, value)) = self.items.next() else {
            return Ok(None);
        };
        let path = Path::Item(&self.reader.path, index);
        seed.deserialize(Reader {
            value,
            path,
            ..self.reader
        })
        .map(Some)
    }
}

struct Members<'a, 'm> {
    reader: Reader<'a>,
    left: std::vec::IntoIter<(&'m String, &'m Value)>,
    next: Option<(&'m String, &'m Value)>,
}

impl<'de> MapAccess<'de> for Members<'_, '_> {
    type Error = ShapeError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ShapeError> {
        self.next = self.left.next();
        let Some((key, _)) = self.next else {
            return Ok(None);
        };
        let key: value::StrDeserializer<'_, ShapeError> = key.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, ShapeError> {
        let (key, value) = self
            .next
            .take()
            .expect("serde asks for a value only after its key");
        let path = Path::Member(&self.reader.path, key);
        let Reader { text, newer, .. } = self.reader;
        seed.deserialize(Reader {
            value,
            path,
            text,
            newer,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use winterbaume_elasticloadbalancingv2::model::{CreateListenerInput, CreateTargetGroupInput};

    use super::*;

    #[test]
    fn a_query_call_arrives_with_its_nested_structures() {
        let listener: CreateListenerInput = from_form([
            ("Port", "80"),
            ("DefaultActions.member.1.Type", "redirect"),
            (
                "DefaultActions.member.1.RedirectConfig.StatusCode",
                "HTTP_301",
            ),
            ("DefaultActions.member.2.Type", "forward"),
            (
                "DefaultActions.member.2.ForwardConfig.TargetGroups.member.1.Weight",
                "7",
            ),
            ("Tags", ""),
        ])
        .unwrap();
        let actions = &listener.default_actions.items;
        assert_eq!(listener.port, Some(80));
        assert_eq!(
            actions[0].redirect_config.as_ref().unwrap().status_code,
            "HTTP_301"
        );
        let weights = actions[1]
            .forward_config
            .as_ref()
            .unwrap()
            .target_groups
            .as_ref()
            .unwrap();
        assert_eq!(weights.items[0].weight, Some(7));
        assert!(listener.tags.unwrap().items.is_empty());
    }

    #[test]
    fn an_unknown_member_is_named_by_its_path() {
        let error = from_form::<CreateListenerInput>([(
            "DefaultActions.member.1.Forward.TargetGroups",
            "x",
        )])
        .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("parameter DefaultActions.member.1.Forward is not known"),
            "{error}"
        );
        let error = from_form::<CreateTargetGroupInput>([("Port", "eighty")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "parameter Port must be an integer, it is \"eighty\""
        );
    }

    #[test]
    fn json_is_not_coerced_and_newer_members_pass() {
        #[derive(Debug, Deserialize)]
        struct Thing {
            #[serde(default)]
            count: Option<i32>,
        }
        assert_eq!(
            from_json::<Thing>(&json!({"count": 3, "later": 1}), &["Thing.later"])
                .unwrap()
                .count,
            Some(3)
        );
        assert_eq!(
            from_json::<Thing>(&json!({"count": null}), &[])
                .unwrap()
                .count,
            None
        );
        assert!(from_json::<Thing>(&json!({"count": "3"}), &[]).is_err());
        assert!(from_json::<Thing>(&json!({"later": 1}), &[]).is_err());
    }
}
