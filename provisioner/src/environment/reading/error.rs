//! Errors of a file: each with its place, its reason and its remedy; all of a file at once.
//!
//! They are data with a plain rendering. Colour, and where it is printed, are the business of others.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::environment::values::variable;

/// A place in the file: line and column from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) width: usize,
}

/// An error before it knows its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) span: Span,
    /// The key it is about, such as `services.patient.cpu`; empty for the file as a whole.
    pub(crate) key: String,
    pub(crate) reason: String,
    pub(crate) remedy: String,
    /// Whether the source line shows a secret behind the span, which must not reach a log.
    pub(crate) conceal: bool,
}

/// One error of an environment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The file, as it was named.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The key it is about, such as `services.patient.cpu`; empty for the file as a whole.
    pub key: String,
    /// What is wrong, as a fragment.
    pub reason: String,
    /// What would be right, as a fragment.
    pub remedy: String,
    excerpt: Option<Excerpt>,
}

impl std::error::Error for Error {}

impl Error {
    /// Where it is, what it is about and what is wrong, in one line.
    pub fn headline(&self) -> String {
        let place = format!("{}:{}:{}", self.file.display(), self.line, self.column);
        match self.key.as_str() {
            "" => format!("{place}: {}", self.reason),
            key => format!("{place}: {key}: {}", self.reason),
        }
    }

    /// The line of the file with carets below what is wrong, made safe to print; nothing where that is the file as a whole.
    pub fn excerpt(&self) -> Option<String> {
        self.excerpt.as_ref().map(ToString::to_string)
    }
}

/// All errors of one environment file, in the order of their places. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(Vec<Error>);

impl std::error::Error for Errors {}

impl Errors {
    /// The errors, in the order of their places.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }

    /// How many there are: one at least.
    #[expect(
        clippy::len_without_is_empty,
        reason = "it is never empty, so the question would mislead"
    )]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The errors behind these problems, of which there is one at least.
    pub(crate) fn of(mut problems: Vec<Problem>, file: &Path, text: &str) -> Self {
        problems.sort_by_key(|problem| problem.span);
        // An alias makes one mistake appear under several keys; there is one place to correct.
        problems.dedup_by(|b, a| (b.span, &b.reason) == (a.span, &a.reason));
        // A concealed value must not show in the excerpt of another error on its line either.
        let concealed: BTreeMap<usize, usize> = problems
            .iter()
            .filter(|problem| problem.conceal)
            .rev()
            .map(|problem| {
                (
                    problem.span.line,
                    problem.span.column - 1 + problem.span.width,
                )
            })
            .collect();
        let errors = problems
            .into_iter()
            .map(|problem| Error {
                file: file.to_owned(),
                line: problem.span.line,
                column: problem.span.column,
                excerpt: Excerpt::of(
                    text,
                    problem.span,
                    concealed.get(&problem.span.line).copied(),
                ),
                key: problem.key,
                reason: problem.reason,
                remedy: problem.remedy,
            })
            .collect();
        Self(errors)
    }
}

impl<'a> IntoIterator for &'a Errors {
    type Item = &'a Error;
    type IntoIter = std::slice::Iter<'a, Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, error) in self.iter().enumerate() {
            if position > 0 {
                f.write_str("\n\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline())?;
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        write!(f, "\n  help: {}", self.remedy)
    }
}

/// The source line of an error, made safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    number: usize,
    line: String,
    /// Characters before the caret, and carets.
    before: usize,
    carets: usize,
}

/// Characters of a line that are shown; longer ones are cut around the caret.
const WIDTH: usize = 100;

impl Excerpt {
    /// The line of a span, shown up to a number of characters if the rest is secret. A span without width has no excerpt.
    fn of(text: &str, span: Span, shown: Option<usize>) -> Option<Self> {
        let source = lines(text).nth(span.line.checked_sub(1)?)?;
        if span.width == 0 {
            return None;
        }
        let mut chars: Vec<char> = source.chars().map(printable).collect();
        let named = variable::secret_key_end(source);
        if let Some(shown) = shown.into_iter().chain(named).min()
            && shown < chars.len()
        {
            chars.truncate(shown);
            chars.extend(": ...".chars());
        }
        let mut before = span.column.saturating_sub(1).min(chars.len());
        let carets = span.width.clamp(1, (chars.len() - before).max(1));
        if chars.len() > WIDTH {
            let start = before.saturating_sub(WIDTH / 2);
            let end = (start + WIDTH).min(chars.len());
            chars = chars[start..end].to_vec();
            before -= start;
        }
        Some(Self {
            number: span.line,
            before,
            carets: carets.min(WIDTH - before.min(WIDTH - 1)),
            line: chars.into_iter().collect::<String>().trim_end().to_owned(),
        })
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = self.number.to_string();
        let (before, carets) = (" ".repeat(self.before), "^".repeat(self.carets));
        writeln!(f, "  {gutter} | {}", self.line)?;
        write!(
            f,
            "  {:width$} | {before}{carets}",
            "",
            width = gutter.len()
        )
    }
}

/// Lines as YAML counts them: ended by a line feed, a carriage return, or both.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.split('\r')
    })
}

/// The character, or a blank for what would move a terminal's cursor.
fn printable(c: char) -> char {
    if c.is_control()
        || ('\u{200b}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
    {
        ' '
    } else {
        c
    }
}
