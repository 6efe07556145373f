//! The difference of two documents, line by line.

use similar::{ChangeTag, TextDiff};

/// How many equal lines are shown around a difference.
const AROUND: usize = 2;

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DocLine {
    /// It stays.
    Same(String),
    /// It goes.
    Gone(String),
    /// It comes.
    New(String),
    /// So many equal lines are left out here.
    Gap(usize),
}

/// What differs between two documents, with a little of what surrounds it.
pub(super) fn difference(before: &[String], after: &[String]) -> Vec<DocLine> {
    let (old, new) = (borrowed(before), borrowed(after));
    let diff = TextDiff::from_slices(&old, &new);
    let mut lines = Vec::new();
    let mut shown = 0;
    for group in diff.grouped_ops(AROUND) {
        let Some(first) = group.first() else { continue };
        let start = first.old_range().start;
        if start > shown {
            lines.push(DocLine::Gap(start - shown));
        }
        for op in &group {
            shown = op.old_range().end;
            lines.extend(diff.iter_changes(op).map(|change| {
                let text = change.value().to_owned();
                match change.tag() {
                    ChangeTag::Equal => DocLine::Same(text),
                    ChangeTag::Delete => DocLine::Gone(text),
                    ChangeTag::Insert => DocLine::New(text),
                }
            }));
        }
    }
    if old.len() > shown {
        lines.push(DocLine::Gap(old.len() - shown));
    }
    lines
}

fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn equal_lines_far_from_a_difference_are_left_out() {
        let difference = difference(&lines("abcdefgh"), &lines("abcdxfgh"));
        let same = |c: &str| DocLine::Same(c.to_owned());
        let expected = [
            DocLine::Gap(2),
            same("c"),
            same("d"),
            DocLine::Gone("e".to_owned()),
            DocLine::New("x".to_owned()),
            same("f"),
            same("g"),
            DocLine::Gap(1),
        ];
        assert_eq!(difference, expected);
    }

    #[test]
    fn a_document_out_of_nothing_is_all_new() {
        let all = difference(&[], &lines("ab"));
        assert_eq!(
            all,
            [DocLine::New("a".to_owned()), DocLine::New("b".to_owned())]
        );
        assert_eq!(difference(&lines("ab"), &lines("ab")), [DocLine::Gap(2)]);
    }
}
