//! Values as text: on one line, or as a document.

use hcctl_engine::Link;
use serde::Deserialize;
use serde_json::Value;

use super::words::NOT_SET;

/// The link that a value is.
pub(super) fn link(value: &Value) -> Option<Link> {
    let map = value.as_object()?;
    let dollar = map.len() == 1 && map.keys().all(|key| key.starts_with('$'));
    if dollar {
        Link::deserialize(value).ok()
    } else {
        None
    }
}

/// A value on one line: links by address or id, text without quotes where it cannot be mistaken.
pub(super) fn flat(value: &Value) -> String {
    if let Some(link) = link(value) {
        return link.to_string();
    }
    match value {
        Value::Null => NOT_SET.to_owned(),
        Value::String(text) if plain(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flat).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let fields: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}: {}", flat(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// Whether a text is told from numbers, other values and the signs around it without quotes.
fn plain(text: &str) -> bool {
    let odd = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '"' | ',' | '{' | '}' | '[' | ']')
    };
    !text.is_empty()
        && !text.contains(odd)
        && text.parse::<f64>().is_err()
        && !matches!(text, "true" | "false" | "null" | "->" | "+" | "-")
}

/// A value as a document, line by line: keys in order of the alphabet, so that equal documents read the same whoever
/// wrote them.
pub(super) fn document(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    write(&embedded(value), 0, "", &mut lines);
    lines
}

/// Links as text, keys sorted, JSON in text unfolded.
fn embedded(value: &Value) -> Value {
    if let Some(link) = link(value) {
        return Value::String(link.to_string());
    }
    match value {
        Value::Array(items) => items.iter().map(embedded).collect(),
        Value::Object(map) => {
            let mut fields: Vec<(String, Value)> = map
                .iter()
                .map(|(key, value)| (key.clone(), embedded(value)))
                .collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            fields.into_iter().collect()
        }
        Value::String(text) => match unfold(text) {
            Some(document) => embedded(&document),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

/// The list or object that a text holds as JSON.
pub(super) fn unfold(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Lists of several items take a line per item, and no line ends with a comma: an item more is a line more.
fn write(value: &Value, depth: usize, key: &str, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let mut wrap = |open: char, close: char, items: &mut dyn Iterator<Item = (String, &Value)>| {
        lines.push(format!("{indent}{key}{open}"));
        for (key, item) in items {
            write(item, depth + 1, &key, lines);
        }
        lines.push(format!("{indent}{close}"));
    };
    match value {
        Value::Array(items) if !one_line(value) => {
            wrap(
                '[',
                ']',
                &mut items.iter().map(|item| (String::new(), item)),
            );
        }
        Value::Object(map) if !one_line(value) => {
            let named = |(key, item)| (format!("{}: ", Value::String(String::clone(key))), item);
            wrap('{', '}', &mut map.iter().map(named));
        }
        Value::String(text) if depth == 0 && text.contains('\n') => {
            lines.extend(text.lines().map(str::to_owned));
        }
        _ => lines.push(format!("{indent}{key}{value}")),
    }
}

/// Whether a list or an object has at most one member, and that one has no members itself.
fn one_line(value: &Value) -> bool {
    let leaf = |value: &Value| !value.is_object() && !value.is_array();
    match value {
        Value::Array(items) => items.len() <= 1 && items.iter().all(leaf),
        Value::Object(map) => map.len() <= 1 && map.values().all(leaf),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_quoted_only_where_it_could_be_mistaken() {
        let flat = |value: Value| super::flat(&value);
        assert_eq!(flat(json!("10.0.0.0/24")), "10.0.0.0/24");
        assert_eq!(flat(json!(30)), "30");
        assert_eq!(flat(json!("30")), "\"30\"");
        assert_eq!(flat(json!("true")), "\"true\"");
        assert_eq!(flat(json!(true)), "true");
        assert_eq!(flat(json!("")), "\"\"");
        assert_eq!(flat(json!("two words")), "\"two words\"");
        assert_eq!(flat(Value::Null), "not set");
        assert_eq!(
            flat(json!({"to": "0.0.0.0/0", "via": ["a", 1]})),
            "{to: 0.0.0.0/0, via: [a, 1]}"
        );
    }

    #[test]
    fn links_are_shown_by_address_and_ids_as_themselves() {
        assert_eq!(flat(&Link::to("vpc", "main").encode()), "vpc/main");
        assert_eq!(flat(&Link::id("vpc-0a").encode()), "vpc-0a");
        assert_eq!(flat(&json!({"$odd": "vpc-0a"})), "{$odd: vpc-0a}");
    }

    #[test]
    fn a_document_reads_the_same_whatever_the_order_of_its_keys() {
        let one = json!({"b": {"d": [1, 2], "c": {}}, "a": Link::to("vpc", "main").encode()});
        let two = json!({"a": Link::to("vpc", "main").encode(), "b": {"c": {}, "d": [1, 2]}});
        assert_eq!(document(&one), document(&two));
        let lines = [
            "{",
            "  \"a\": \"vpc/main\"",
            "  \"b\": {",
            "    \"c\": {}",
            "    \"d\": [",
            "      1",
            "      2",
            "    ]",
            "  }",
            "}",
        ];
        assert_eq!(document(&one), lines);
    }

    #[test]
    fn json_in_a_text_is_unfolded() {
        let text = json!("{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\"}]}");
        assert!(document(&text).len() > 1);
        assert_eq!(document(&json!("one\ntwo")), ["one", "two"]);
    }
}
