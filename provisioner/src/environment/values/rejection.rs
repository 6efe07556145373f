//! What all values of the file have in common: they become a type of their own, or are refused with a reason and a remedy.
//!
//! The two macros write the parts that never differ, so that a value's own file holds its rule and nothing else.

/// Why a value is not accepted, and what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {remedy}")]
pub struct Rejection {
    /// What is wrong, as a fragment: `300 is not a Fargate CPU size`.
    pub reason: String,
    /// What to write instead, as a fragment: `write 256 or 512`.
    pub remedy: String,
}

impl Rejection {
    /// A rejection with its two halves.
    pub fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}

/// A type over text. The caller writes `fn check(text: &str) -> Result<(), Rejection>` beside it.
///
/// `pattern` is what the JSON schema tells an editor; `check` alone decides, and gives the better message.
macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, pattern: $pattern:expr, length: $length:expr) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text, as it stands in the file.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::environment::values::rejection::Rejection;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let length: std::ops::RangeInclusive<usize> = $length;
                schemars::json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "minLength": length.start(),
                    "maxLength": length.end(),
                })
            }
        }
    };
}

/// A whole number within a range.
macro_rules! number_type {
    ($(#[$meta:meta])* $name:ident($int:ty), $range:expr, $noun:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name($int);

        impl $name {
            /// What is accepted, both ends included.
            pub const RANGE: std::ops::RangeInclusive<$int> = $range;

            /// The number.
            pub const fn get(self) -> $int {
                self.0
            }

            /// For `defaults`, whose numbers a test holds within the range.
            #[allow(dead_code, reason = "not every number has a default")]
            pub(crate) const fn of(number: $int) -> Self {
                Self(number)
            }
        }

        impl TryFrom<i128> for $name {
            type Error = $crate::environment::values::rejection::Rejection;

            fn try_from(number: i128) -> Result<Self, Self::Error> {
                <$int>::try_from(number)
                    .ok()
                    .filter(|number| Self::RANGE.contains(number))
                    .map(Self)
                    .ok_or_else(|| {
                        $crate::environment::values::rejection::Rejection::new(
                            format!("{number} is not {}", $noun),
                            format!(
                                "write a whole number from {} to {}",
                                Self::RANGE.start(),
                                Self::RANGE.end()
                            ),
                        )
                    })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "integer",
                    "minimum": Self::RANGE.start(),
                    "maximum": Self::RANGE.end(),
                })
            }
        }
    };
}

pub(crate) use {number_type, text_type};
