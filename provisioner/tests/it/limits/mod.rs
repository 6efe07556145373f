//! What AWS's published models limit, and what a value of the file can make of it.
//!
//! Every member with a limit, of every operation that hcctl calls, is either reached by a value of the file (`reached`) or it is
//! said why none reaches it (`unreached`). Whatever reaches one is drawn from hcctl's own types, to their extremes, and fits.

mod documented;
mod drawn;
mod reached;
mod unreached;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use serde::Deserialize;
use serde_json::json;

use crate::coverage::is_under;
use crate::differential::operations::OPERATIONS;
use crate::support::python::{ask, python};
use documented::DOCUMENTED;
use drawn::{Drawn, Files};
use reached::AT_TASKS;
use unreached::UNREACHED;

/// The service as IAM names it, the operation or `*` for all of them, and the path of the member in the request.
type Member = (&'static str, &'static str, &'static str);

/// A member of a request with the limits that the model has for it.
#[derive(Clone, Debug, Deserialize)]
struct Limited {
    service: String,
    operation: String,
    member: String,
    #[serde(rename = "type")]
    kind: String,
    min: Option<i128>,
    max: Option<i128>,
    pattern: Option<String>,
    #[serde(rename = "enum", default)]
    choices: Vec<String>,
}

impl Limited {
    fn has_a_limit(&self) -> bool {
        self.min.is_some()
            || self.max.is_some()
            || self.pattern.is_some()
            || !self.choices.is_empty()
    }

    fn is_of(&self, (service, operation, _): &Member) -> bool {
        (*service == "*" || *service == self.service)
            && (*operation == "*" || *operation == self.operation)
    }

    fn is(&self, member: &Member) -> bool {
        self.is_of(member) && self.member == member.2
    }

    /// Why a value does not fit.
    fn refuses(&self, value: &Drawn) -> Option<String> {
        let within = |length: i128| {
            self.min.is_none_or(|min| min <= length) && self.max.is_none_or(|max| length <= max)
        };
        match value {
            Drawn::Number(number) => {
                (!within(*number)).then(|| format!("{number} is out of range"))
            }
            Drawn::Entries(count) => (!within(*count as i128)).then(|| format!("{count} entries")),
            Drawn::Text(text) => {
                let length = text.chars().count();
                let shown: String = text.chars().take(80).collect();
                if !within(length as i128) {
                    return Some(format!("{length} characters: {shown:?}"));
                }
                if !self.choices.is_empty() && !self.choices.contains(text) {
                    return Some(format!("{shown:?} is not a choice"));
                }
                let pattern = self.pattern.as_ref()?;
                (!whole(pattern).is_match(text))
                    .then(|| format!("{shown:?} does not fit {pattern}"))
            }
        }
    }
}

/// A pattern of the models that a whole text has to match. There are few, and each is used often.
fn whole(pattern: &str) -> Regex {
    static KNOWN: LazyLock<Mutex<BTreeMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap();
    let compile = || Regex::new(&format!("^(?:{})$", translated(pattern))).unwrap();
    known
        .entry(pattern.to_owned())
        .or_insert_with(compile)
        .clone()
}

/// A pattern of the models, which are written for Java, for this crate: classes in ASCII only, characters beyond the first
/// plane by one number.
fn translated(pattern: &str) -> String {
    let pattern = pattern
        .replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\x{10000}-\\x{10FFFF}")
        .replace("\\p{Print}", "[ -~]")
        // This crate looks at nothing ahead; what hcctl names has no colon at all.
        .replace("(?!arn:)", "")
        .replace("\\w", "[A-Za-z0-9_]")
        .replace("\\d", "[0-9]")
        .replace("\\s", "[\\t-\\r ]")
        .replace("\\S", "[^\\t-\\r ]");
    Regex::new(r"\\u([0-9A-Fa-f]{4})")
        .unwrap()
        .replace_all(&pattern, "\\x{$1}")
        .into_owned()
}

/// What the models say of every operation that is called, or nothing without them.
fn told() -> Option<Vec<Limited>> {
    let operations: Vec<&str> = OPERATIONS.iter().chain(AT_TASKS).copied().collect();
    let told = ask(
        &python()?,
        "limits.py",
        &json!({ "operations": operations }),
    );
    Some(serde_json::from_value(told).unwrap())
}

/// Every member with a limit has a row or a reason, and no row or reason is of nothing.
#[test]
fn every_limit_of_the_models_is_named() {
    let Some(told) = told() else { return };
    // Of what ECS calls by itself only the rows count.
    let called = |one: &Limited| {
        let theirs = format!("{}:{}", one.service, one.operation);
        !AT_TASKS.contains(&theirs.as_str())
    };
    let limited = told.iter().filter(|one| one.has_a_limit() && called(one));
    let limited: Vec<&Limited> = limited.collect();
    assert!(limited.len() > 800, "{}", limited.len());
    let mut wrong = Vec::new();
    let reasons = || UNREACHED.iter().flat_map(|(_, members)| *members);
    let rows = || reached::rows().flat_map(|row| row.members);
    for one in &limited {
        let named = rows().any(|member| one.is(member))
            || reasons().any(|member| one.is_of(member) && is_under(&one.member, member.2));
        if !named {
            wrong.push(format!(
                "nobody has said what reaches {}:{} {}",
                one.service, one.operation, one.member
            ));
        }
    }
    for member in rows().filter(|member| !told.iter().any(|one| one.is(member))) {
        wrong.push(format!("no request has {member:?}"));
    }
    for member in reasons() {
        let mut of = limited.iter().filter(|one| one.is_of(member));
        if !of.any(|one| is_under(&one.member, member.2)) {
            wrong.push(format!("nothing below {member:?} has a limit"));
        }
    }
    let mut seen = BTreeSet::new();
    for member in rows().chain(reasons()) {
        if !seen.insert(member) {
            wrong.push(format!("{member:?} stands there twice"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever the file lets through, AWS takes, as far as its models and its documentation say.
#[test]
fn what_the_file_lets_through_fits_the_limits() {
    let Some(mut told) = told() else { return };
    for (member, min, max, pattern) in DOCUMENTED {
        let mut found = told.iter_mut().filter(|one| one.is(member)).peekable();
        assert!(found.peek().is_some(), "no request has {member:?}");
        for one in found {
            one.min = one.min.or(Some(*min));
            one.max = Some(one.max.map_or(*max, |of_the_model| of_the_model.min(*max)));
            one.pattern = one.pattern.take().or_else(|| pattern.map(str::to_owned));
        }
    }
    let files = Files::extremes();
    let mut wrong = BTreeSet::new();
    let mut held = 0;
    for row in reached::rows() {
        let values = (row.drawn)(&files);
        assert!(!values.is_empty(), "{} draws nothing", row.key);
        for member in row.members {
            let of = told.iter().filter(|one| one.is(member));
            let of: Vec<&Limited> = of.filter(|one| one.has_a_limit()).collect();
            assert!(!of.is_empty(), "{member:?} has no limit to hold");
            for one in of {
                let counted = matches!(one.kind.as_str(), "list" | "map");
                let number = matches!(one.kind.as_str(), "integer" | "long" | "double" | "float");
                for value in &values {
                    let fits_the_kind = match value {
                        Drawn::Entries(_) => counted,
                        Drawn::Number(_) => number,
                        Drawn::Text(_) => !counted && !number,
                    };
                    assert!(fits_the_kind, "{} and {member:?}, a {}", row.key, one.kind);
                    held += 1;
                    if let Some(why) = one.refuses(value) {
                        wrong.insert(format!(
                            "{} reaches {}:{} {}: {why}",
                            row.key, one.service, one.operation, one.member
                        ));
                    }
                }
            }
        }
    }
    assert!(held > 2_000, "{held} values were held against a limit");
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A limit is told apart from none.
#[test]
fn a_looser_value_is_refused() {
    let limited = |pattern: &str| Limited {
        service: String::new(),
        operation: String::new(),
        member: String::new(),
        kind: "string".to_owned(),
        min: Some(2),
        max: Some(3),
        pattern: Some(pattern.to_owned()),
        choices: Vec::new(),
    };
    let text = |text: &str| Drawn::Text(text.to_owned());
    let letters = limited("[\\p{L}\\u0031\\w]+");
    for (value, fits) in [
        ("ab", true),
        ("é1", true),
        ("a", false),
        ("abcd", false),
        ("a~", false),
    ] {
        assert_eq!(letters.refuses(&text(value)).is_none(), fits, "{value}");
    }
    let first = limited("[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*");
    assert!(first.refuses(&text("\u{1f600}a")).is_none());
    assert!(first.refuses(&text("a\u{7}")).is_some());
    assert!(limited("\\p{Print}+").refuses(&text("é~")).is_some());
    assert!(letters.refuses(&Drawn::Number(4)).is_some());
    assert!(letters.refuses(&Drawn::Entries(1)).is_some());
}
