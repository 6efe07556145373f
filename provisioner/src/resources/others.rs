//! What somebody set on a resource that hcctl has no field for: shown by AWS's name for it, so that it can be put back.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// By AWS's name for it, what was found. Wanted empty.
pub type Others = BTreeMap<String, String>;

/// How what is found is written down.
pub(super) trait Note {
    /// A value that hcctl never sets.
    fn some<T: Debug>(&mut self, name: &str, value: Option<T>);
    /// A list that hcctl leaves empty.
    fn any<T: Debug>(&mut self, name: &str, list: &[T]);
    /// A value that is another one than what a new resource has.
    fn unless(&mut self, name: &str, value: Option<&str>, usual: &str);
    /// A switch that hcctl leaves off.
    fn on(&mut self, name: &str, switch: Option<bool>);
}

impl Note for Others {
    fn some<T: Debug>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.insert(name.to_owned(), plain(&format!("{value:?}")));
        }
    }

    fn any<T: Debug>(&mut self, name: &str, list: &[T]) {
        self.some(name, Some(list).filter(|list| !list.is_empty()));
    }

    fn unless(&mut self, name: &str, value: Option<&str>, usual: &str) {
        let value = value.filter(|value| *value != usual);
        if let Some(value) = value {
            self.insert(name.to_owned(), value.to_owned());
        }
    }

    fn on(&mut self, name: &str, switch: Option<bool>) {
        self.unless(name, switch.filter(|on| *on).map(|_| "true"), "false");
    }
}

/// The SDK's form of a value for a reader: without the marks of Rust, and without what is not set.
fn plain(debug: &str) -> String {
    let mut text = String::new();
    // Whether each open parenthesis is one to be written.
    let mut open = Vec::new();
    let (mut rest, mut quoted) = (debug, false);
    while let Some(next) = rest.chars().next() {
        if quoted || next == '"' {
            let escaped = quoted && next == '\\';
            quoted = next != '"' || !quoted;
            let length = if escaped {
                1 + rest[1..].chars().next().map_or(0, char::len_utf8)
            } else {
                next.len_utf8()
            };
            text.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        if let Some(after) = rest.strip_prefix("Some(") {
            open.push(false);
            rest = after;
            continue;
        }
        if rest.starts_with("None") && text.ends_with(": ") {
            // Back to before the name.
            let name = text.rfind([',', '{']).map_or(0, |at| at + 1);
            text.truncate(name);
            rest = &rest["None".len()..];
            if text.ends_with(',') {
                text.pop();
            } else if let Some(after) = rest.strip_prefix(',') {
                rest = after;
            }
            continue;
        }
        match next {
            '(' => open.push(true),
            ')' if open.pop() == Some(false) => {
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        text.push(next);
        rest = &rest[next.len_utf8()..];
    }
    // A text by itself needs no quotes.
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    match bare.filter(|bare| !bare.contains(['"', '\\'])) {
        Some(bare) => bare.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{HostHeaderConditionConfig, RuleCondition};

    use super::*;

    #[test]
    fn a_value_of_the_sdk_is_readable() {
        let condition = RuleCondition::builder()
            .field("host-header")
            .host_header_config(
                HostHeaderConditionConfig::builder()
                    .values("a, \"None\" (b)")
                    .build(),
            )
            .build();
        let mut others = Others::new();
        others.some("condition", Some(&condition));
        assert_eq!(
            others["condition"],
            r#"RuleCondition { field: "host-header", host_header_config: HostHeaderConditionConfig { values: ["a, \"None\" (b)"] } }"#
        );
        others.some("one", Some("text"));
        others.any("list", &["a", "b"]);
        others.any::<u8>("none", &[]);
        assert_eq!(others["one"], "text");
        assert_eq!(others["list"], r#"["a", "b"]"#);
        assert!(!others.contains_key("none"));
    }

    #[test]
    fn only_what_differs_is_noted() {
        let mut others = Others::new();
        others.unless("same", Some("60"), "60");
        others.unless("absent", None, "60");
        others.unless("other", Some("61"), "60");
        others.on("off", Some(false));
        others.on("on", Some(true));
        assert_eq!(
            others,
            Others::from([
                ("other".to_owned(), "61".to_owned()),
                ("on".to_owned(), "true".to_owned())
            ])
        );
    }
}
