//! Text becomes a tree whose every node knows its place. The only file that knows which YAML crate there is.
//!
//! YAML 1.2 is read: `no` is text, `0400` is not octal. What a scalar means is left to the reader, which knows what it expects; so
//! the tree keeps what was written. Anchors, aliases and merge keys (`<<`) work; tags other than YAML's own do not.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    DuplicateKeyPolicy, Location, MessageFormatter, NonFiniteFloatPolicy, Spanned,
    UserMessageFormatter,
};

use super::error::{Problem, Span};

/// A node of the file.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number, or true or false.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the file's order, without duplicates.
    Map(Vec<(Key, Node)>),
}

/// A scalar as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    pub(crate) kind: ScalarKind,
    /// The text without quotes.
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

/// What YAML 1.2 takes a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarKind {
    Text,
    Number,
    Bool,
}

/// A mapping's key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// An environment file has a few dozen lines; what is larger was not meant to be one.
const LARGEST: usize = 1024 * 1024;

/// Reads the text. `None` with a problem when it is not YAML; problems beside a tree when keys are unusable.
pub(crate) fn read(text: &str) -> (Option<Node>, Vec<Problem>) {
    // The parser skips a byte order mark, and counts from behind it.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > LARGEST {
        let reason = format!("the file has {} bytes", text.len());
        let remedy = "an environment file has a few dozen lines; is this the right file?";
        return (None, vec![whole_file(reason, remedy)]);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_nodes: 50_000,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 50_000,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        emit_comments: false,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        reject_unsupported_tags: true,
        strict_booleans: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => {
            let mut problems = Vec::new();
            let node = convert(raw, text, "", &mut problems);
            (Some(node), problems)
        }
        Err(error) => (None, vec![syntax(&error)]),
    }
}

/// The place of what concerns the file as a whole: its beginning, with nothing to point at.
pub(crate) const WHOLE_FILE: Span = Span {
    line: 1,
    column: 1,
    width: 0,
};

pub(crate) fn whole_file(reason: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem {
        span: WHOLE_FILE,
        key: String::new(),
        reason: reason.into(),
        remedy: remedy.into(),
        conceal: false,
    }
}

fn syntax(error: &serde_saphyr::Error) -> Problem {
    let message = UserMessageFormatter.format_message(error).into_owned();
    // The crate's hint is about its own functions; the rest of its messages are about the file.
    let (reason, remedy) = match error {
        serde_saphyr::Error::MultipleDocuments { .. } => (
            "a second YAML document begins here".to_owned(),
            "an environment is one document: remove the `---` or `...` before this line, or move the rest to a file of its own",
        ),
        serde_saphyr::Error::Budget { .. } => (
            "this is nested too deeply, or too large, for an environment file".to_owned(),
            "an environment is four levels deep at most; is this the right file?",
        ),
        serde_saphyr::Error::UnsupportedTag { tag, .. } => (
            format!("the tag `{}` has no meaning here", tag.escape_debug()),
            "remove it; values that begin with `!` go in quotes",
        ),
        serde_saphyr::Error::UnknownAnchor { .. } => (
            "the alias refers to no anchor above it".to_owned(),
            "define it with `&name` before its first use; a value that begins with `*` goes in quotes",
        ),
        serde_saphyr::Error::RecursiveReferencesRequireWeakTypes { .. } => (
            "the alias stands within the value it refers to".to_owned(),
            "write the value out",
        ),
        _ => (printable(&message), remedy_for(&message)),
    };
    Problem {
        span: error.location().map_or(WHOLE_FILE, |location| Span {
            width: 1,
            ..span(location)
        }),
        reason: format!("not valid YAML: {reason}"),
        ..whole_file("", remedy)
    }
}

fn printable(message: &str) -> String {
    message
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// What usually helps, by what the parser's message speaks of.
fn remedy_for(message: &str) -> &'static str {
    let about = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if about(&["tab"]) {
        "indent with spaces; YAML does not allow tabs there"
    } else if about(&["quote", "quoted"]) {
        "close the quote; within double quotes a backslash begins an escape, so write `\\\\` for one"
    } else if about(&["mapping values are not allowed"]) {
        "give the keys of one mapping the same indentation, and put a value that contains `: ` in quotes"
    } else if about(&["anchor", "alias"]) {
        "a value that begins with `*` or `&` goes in quotes"
    } else if about(&["unexpected character", "cannot start", "indicator"]) {
        "close every `[` and `{`, and put a value that begins with a special character in quotes"
    } else if about(&["merge"]) {
        "give `<<` an alias of a mapping: `<<: *name`"
    } else {
        "check the indentation, quotes and brackets here and on the line before"
    }
}

fn span(location: Location) -> Span {
    Span {
        line: location.line() as usize,
        column: location.column() as usize,
        width: location.span().len() as usize,
    }
}

/// A node as the crate hands it over, before it is compared with the source.
enum Raw {
    Null,
    Bool,
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Raw, E> {
                Ok(Raw::Null)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
                Ok(Raw::Bool)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
                Ok(Raw::Number)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
                Ok(Raw::Number)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
                Ok(Raw::Number)
            }

            fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Raw, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = from.next_element()? {
                    items.push(item);
                }
                Ok(Raw::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Raw, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = from.next_entry()? {
                    entries.push(entry);
                }
                Ok(Raw::Map(entries))
            }
        }

        from.deserialize_any(Any)
    }
}

/// The text a location stands for.
fn slice(location: Location, text: &str) -> &str {
    let place = location.span();
    let (Some(start), Some(length)) = (place.byte_offset(), place.byte_len()) else {
        return "";
    };
    let (start, length) = (start as usize, length as usize);
    text.get(start..start.saturating_add(length))
        .unwrap_or_default()
}

fn convert(raw: Spanned<Raw>, text: &str, path: &str, problems: &mut Vec<Problem>) -> Node {
    // Where it is written, not where an alias refers to it: that is the text to correct.
    let written = slice(raw.defined, text);
    let scalar = |kind, content: String| {
        Value::Scalar(Scalar {
            kind,
            quoted: written.starts_with(['"', '\'']),
            text: content,
        })
    };
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool => scalar(ScalarKind::Bool, written.to_owned()),
        Raw::Number => scalar(ScalarKind::Number, written.to_owned()),
        Raw::Text(content) => scalar(ScalarKind::Text, content),
        Raw::List(items) => Value::List(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| convert(item, text, &format!("{path}[{index}]"), problems))
                .collect(),
        ),
        Raw::Map(entries) => Value::Map(mapping(entries, text, path, problems)),
    };
    Node {
        value,
        span: span(raw.defined),
    }
}

fn mapping(
    entries: Vec<(Spanned<Raw>, Spanned<Raw>)>,
    text: &str,
    path: &str,
    problems: &mut Vec<Problem>,
) -> Vec<(Key, Node)> {
    let mut kept: Vec<(Key, Node)> = Vec::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for (raw_key, raw_value) in entries {
        let place = span(raw_key.defined);
        let written = slice(raw_key.defined, text).to_owned();
        let name = match raw_key.value {
            Raw::Text(name) => name,
            Raw::Bool | Raw::Number => written,
            Raw::Null | Raw::List(_) | Raw::Map(_) => {
                problems.push(Problem {
                    span: place,
                    key: path.to_owned(),
                    reason: "a key must be text".to_owned(),
                    remedy: "write `key: value`".to_owned(),
                    conceal: false,
                });
                continue;
            }
        };
        let key = join(path, &name);
        let node = convert(raw_value, text, &key, problems);
        if let Some(first) = lines.get(&name) {
            problems.push(Problem {
                span: place,
                key,
                reason: format!("this key is already on line {first}"),
                remedy: "keep one of the two".to_owned(),
                conceal: false,
            });
            continue;
        }
        lines.insert(name.clone(), place.line);
        kept.push((
            Key {
                text: name,
                span: place,
            },
            node,
        ));
    }
    kept
}

/// A key behind its mapping's path; quoted where it could be mistaken for several.
pub(crate) fn join(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let shown = if !key.is_empty() && key.len() <= 64 && key.chars().all(plain) {
        key.to_owned()
    } else {
        let short: String = key.chars().take(64).collect();
        format!("{short:?}")
    };
    if path.is_empty() {
        shown
    } else {
        format!("{path}.{shown}")
    }
}
