//! What a source file names of others, read from its text: `use` lines with their braces, and paths.

use std::collections::BTreeSet;

/// The modules of a room that a file of it names, by their names below the room: `use` lines with their braces, and paths.
pub(crate) fn named(room: &str, module: &str, text: &str) -> BTreeSet<String> {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let inside: Vec<&str> = module.split("::").collect();
    let mut found = BTreeSet::new();
    for (up, path) in [("super::", 1), ("super::super::", 2)] {
        let above = inside.len().saturating_sub(path);
        let mut prefix = inside[..above].join("::");
        if !prefix.is_empty() {
            prefix.push_str("::");
        }
        found.extend(paths(&code, up).map(|path| format!("{prefix}{path}")));
    }
    found.extend(paths(&code, &format!("crate::{room}::")));
    found
}

/// The paths behind a prefix, with `{a, b::c}` taken apart.
pub(crate) fn paths<'a>(code: &'a str, prefix: &'a str) -> impl Iterator<Item = String> + 'a {
    let starts = code.match_indices(prefix).filter(move |(at, _)| {
        let before = code[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '_')
    });
    starts.flat_map(move |(at, _)| {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(list) => top(list),
            None => vec![path(rest)],
        }
    })
}

fn path(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    text[..end.unwrap_or(text.len())]
        .trim_end_matches(':')
        .to_owned()
}

/// The members of a list in braces, up to the one that closes it; what they name themselves in braces is of them.
fn top(list: &str) -> Vec<String> {
    let (mut depth, mut member, mut all) = (0, String::new(), Vec::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => all.push(std::mem::take(&mut member)),
            _ if depth == 0 => member.push(c),
            _ => {}
        }
    }
    all.push(member);
    all.iter()
        .map(|member| path(member.trim()))
        .filter(|member| !member.is_empty())
        .collect()
}

#[test]
fn lists_in_braces_are_taken_apart() {
    let code = "use super::{a, b::{c, d}, e::f};\nuse super::g;\nuse super::super::h;\nlet x = super::i::j();";
    let found: Vec<String> = paths(code, "super::").collect();
    let wanted = ["a", "b", "e::f", "g", "super::h", "i::j"];
    assert_eq!(found, wanted);
}
