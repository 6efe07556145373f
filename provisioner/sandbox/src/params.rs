//! The flat form of the query protocols: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0`.
//!
//! Owns: reading lists and groups out of flat names. Must not know: services. The generated request types leave EC2's lists
//! empty, so EC2 reads its parameters here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Parameters by flat name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads an `application/x-www-form-urlencoded` text.
    pub(crate) fn parse(form: &str) -> Self {
        let pairs = form.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name, true), decode(value, true))
                })
                .collect(),
        )
    }

    /// The parameter of this exact name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Takes a parameter out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// A boolean parameter; anything but `true` is false, as in AWS.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).map(|value| value == "true")
    }

    /// A numeric parameter, if it is there and is a number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// The values of `NAME.1`, `NAME.2`, ... in order. For the `member` lists of the other query services, name
    /// `Subnets.member`.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.indices(name)
            .into_iter()
            .filter_map(|index| self.0.get(&format!("{name}.{index}")).cloned())
            .collect()
    }

    /// The groups `NAME.1.*`, `NAME.2.*`, ... in order, each with its own parameters.
    pub(crate) fn rows(&self, name: &str) -> Vec<Params> {
        self.indices(name)
            .into_iter()
            .map(|index| self.group(&format!("{name}.{index}")))
            .collect()
    }

    /// The parameters below `NAME.`, without that prefix.
    pub(crate) fn group(&self, name: &str) -> Params {
        let prefix = format!("{name}.");
        Self(
            self.0
                .iter()
                .filter_map(|(key, value)| {
                    key.strip_prefix(&prefix)
                        .map(|rest| (rest.to_owned(), value.clone()))
                })
                .collect(),
        )
    }

    /// Every parameter, by flat name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A stable text of all parameters, to compare a repeated client token's request with the first.
    pub(crate) fn fingerprint(&self) -> String {
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join("&")
    }

    /// As the generated query deserialisers take them.
    pub(crate) fn to_map(&self) -> HashMap<String, String> {
        self.0
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Each name with its numbers written `N`: `Filter.1.Value.2` is `Filter.N.Value.N`.
    pub(crate) fn shapes(&self) -> BTreeSet<String> {
        self.0.keys().map(|name| shape(name)).collect()
    }

    fn indices(&self, name: &str) -> BTreeSet<u32> {
        let prefix = format!("{name}.");
        self.0
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix)?.split('.').next()?.parse().ok())
            .collect()
    }
}

fn shape(name: &str) -> String {
    let parts: Vec<_> = name
        .split('.')
        .map(|part| {
            if part.parse::<u32>().is_ok() {
                "N"
            } else {
                part
            }
        })
        .collect();
    parts.join(".")
}

/// Undoes percent-encoding; in a form `+` is a space, in a path it is itself.
pub(crate) fn decode(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (
            bytes[at],
            hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) if form => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether a value matches an EC2 filter's pattern, in which `*` stands for any text and `?` for one character.
pub(crate) fn matches_pattern(pattern: &str, value: &str) -> bool {
    fn go(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|skip| go(rest, &value[skip..])),
            Some(('?', rest)) => !value.is_empty() && go(rest, &value[1..]),
            Some((want, rest)) => value.first() == Some(want) && go(rest, &value[1..]),
        }
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let value: Vec<char> = value.chars().collect();
    go(&pattern, &value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_in_numeric_order() {
        let params = Params::parse("A.10=j&A.2=b&A.1=a&B.1.Name=x%2Fy+z&B.1.Value.1=%20");
        assert_eq!(params.list("A"), ["a", "b", "j"]);
        let rows = params.rows("B");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].get("Name"), Some("x/y z"));
        assert_eq!(rows[0].list("Value"), [" "]);
        assert!(params.shapes().contains("B.N.Value.N"));
    }

    #[test]
    fn patterns_match_as_ec2_filters_do() {
        assert!(matches_pattern("hcctl/*", "hcctl/dev/vpc"));
        assert!(matches_pattern("vp?-1", "vpc-1"));
        assert!(!matches_pattern("vpc", "vpc-1"));
    }
}
