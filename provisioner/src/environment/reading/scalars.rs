//! What a scalar says, to whoever knows what it should be.
//!
//! YAML's own idea of a scalar's type is only a hint: `0400`, `1e3` and `yes` are pointed out rather than guessed.

use std::str::FromStr;

use super::reader::At;
use super::suggest::nearest;
use super::yaml::ScalarKind;
use crate::environment::values::rejection::Rejection;

impl At<'_> {
    /// Text that becomes a type of its own.
    pub(crate) fn text<T: FromStr<Err = Rejection>>(&self) -> Option<T> {
        let scalar = match self.scalar() {
            Some(scalar) if scalar.kind == ScalarKind::Text => scalar,
            Some(scalar) => {
                return self.expected(
                    "text",
                    format!("put it in quotes: \"{}\"", scalar.text.escape_debug()),
                );
            }
            None if self.is_null() => {
                return self.expected("text", "write a value, or remove the key");
            }
            None => {
                return self.expected("text", "write one value, without brackets or indentation");
            }
        };
        match scalar.text.parse() {
            Ok(value) => Some(value),
            Err(rejection) => {
                self.refuse(rejection);
                None
            }
        }
    }

    /// Text, a number or true or false, as it was written: for settings that are text in the end.
    pub(crate) fn as_written(&self) -> Option<String> {
        match self.scalar() {
            Some(scalar) => Some(scalar.text.clone()),
            None if self.is_null() => self.expected("a value", "write \"\" for empty text"),
            None => self.expected("one value", "write it on one line, in quotes"),
        }
    }

    /// A whole number that becomes a type of its own.
    pub(crate) fn number<T: TryFrom<i128, Error = Rejection>>(&self) -> Option<T> {
        let number = self.whole_number()?;
        match T::try_from(number) {
            Ok(value) => Some(value),
            Err(rejection) => {
                self.refuse(rejection);
                None
            }
        }
    }

    /// A whole number in plain decimal digits. Other spellings mean different numbers to different YAML tools.
    fn whole_number(&self) -> Option<i128> {
        let wanted = "a whole number";
        let Some(scalar) = self.scalar() else {
            return self.expected(wanted, "write a number, or remove the line for the default");
        };
        let shown = scalar.text.escape_debug().to_string();
        let digits = scalar.text.strip_prefix('-').unwrap_or(&scalar.text);
        let plain = !digits.is_empty()
            && digits.chars().all(|c| c.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        let rejection = match scalar.kind {
            _ if plain && scalar.quoted => Rejection::new(
                format!("the quotes make `{shown}` text, and a whole number is expected"),
                format!("write {shown} without quotes"),
            ),
            ScalarKind::Number if plain => match scalar.text.parse() {
                Ok(number) => return Some(number),
                Err(_) => Rejection::new(format!("{shown} is too large"), "write a smaller number"),
            },
            ScalarKind::Number if digits.contains(['.', 'e', 'E']) && !digits.contains('x') => {
                Rejection::new(
                    format!("`{shown}` is not a whole number"),
                    "write it in digits alone, without point or exponent",
                )
            }
            ScalarKind::Number => Rejection::new(
                format!("`{shown}` means different numbers to different YAML tools"),
                "write it in decimal digits alone, without a leading zero",
            ),
            ScalarKind::Text if digits.starts_with(|c: char| c.is_ascii_digit()) => Rejection::new(
                format!("`{shown}` is not a whole number"),
                "write the number alone, without unit or separators",
            ),
            ScalarKind::Text | ScalarKind::Bool => {
                return self.expected(wanted, "write a number, or remove the line for the default");
            }
        };
        self.refuse(rejection);
        None
    }

    /// A number with one decimal place at most, in tenths.
    pub(crate) fn tenths(&self) -> Option<i128> {
        let refused = |reason: String| {
            self.refuse(Rejection::new(
                reason,
                "write a number such as 10 or 2.5, in steps of 0.1",
            ));
            None
        };
        match self.scalar() {
            Some(scalar) if scalar.kind == ScalarKind::Number => {
                let (whole, part) = scalar.text.split_once('.').unwrap_or((&scalar.text, "0"));
                let whole = whole
                    .parse::<i128>()
                    .ok()
                    .filter(|n| (0..1_000_000).contains(n));
                let part = part.trim_end_matches('0');
                let part = if part.is_empty() {
                    Ok(0)
                } else {
                    part.parse::<i128>()
                };
                match (whole, part) {
                    (Some(whole), Ok(part)) if (0..10).contains(&part) => Some(whole * 10 + part),
                    _ => refused(format!(
                        "`{}` is not a percentage in steps of 0.1",
                        scalar.text.escape_debug()
                    )),
                }
            }
            _ => self.expected(
                "a number",
                "write a number such as 10 or 2.5, without a percent sign",
            ),
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let all_shown = all.join(", ");
        let Some(scalar) = self.scalar() else {
            return self.expected("a word", format!("write one of {all_shown}"));
        };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == scalar.text) {
            return Some(*value);
        }
        let remedy = match nearest(&scalar.text, all) {
            Some(word) => format!("did you mean `{word}`? it is one of {all_shown}"),
            None => format!("write one of {all_shown}"),
        };
        self.refuse(Rejection::new(
            format!("`{}` is not one of the choices", scalar.text.escape_debug()),
            remedy,
        ));
        None
    }

    /// True or false. YAML 1.1's `yes` and `off` are text in YAML 1.2, so they are pointed out rather than guessed.
    pub(crate) fn boolean(&self) -> Option<bool> {
        let Some(scalar) = self.scalar() else {
            return self.expected("true or false", "write true or false");
        };
        let lower = scalar.text.to_ascii_lowercase();
        let meant = match lower.as_str() {
            "true" | "yes" | "on" | "y" | "1" => Some(true),
            "false" | "no" | "off" | "n" | "0" => Some(false),
            _ => None,
        };
        match (scalar.kind, meant) {
            (ScalarKind::Bool, Some(value)) => Some(value),
            (_, Some(value)) => {
                self.refuse(Rejection::new(
                    format!(
                        "`{}` is not true or false in YAML 1.2",
                        scalar.text.escape_debug()
                    ),
                    format!("write {value} without quotes"),
                ));
                None
            }
            _ => self.expected("true or false", "write true or false"),
        }
    }
}
