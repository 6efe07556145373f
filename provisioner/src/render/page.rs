//! Lines of labelled text, broken at the terminal's width.

use std::io;

use super::label::Label;
use super::text::{clean, columns};

/// Below this many columns lines get longer than asked for.
const NARROWEST: usize = 40;
/// Below this many, nothing is set in columns.
const COLUMNS: usize = 60;

/// A piece of text that is one thing, and is never broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    label: Label,
    text: String,
}

impl Span {
    /// A piece of text, made harmless.
    pub(super) fn new(label: Label, text: impl AsRef<str>) -> Self {
        Self {
            label,
            text: clean(text.as_ref()),
        }
    }

    /// The words of a text, to be broken between; several blanks in a row stay several.
    pub(super) fn words(label: Label, text: &str) -> Vec<Self> {
        if text.is_empty() {
            return Vec::new();
        }
        text.split(' ').map(|word| Self::new(label, word)).collect()
    }

    /// A list with a comma after each but the last; its items are not broken.
    pub(super) fn list<T: ToString>(label: Label, items: impl IntoIterator<Item = T>) -> Vec<Self> {
        let mut spans: Vec<Self> = items
            .into_iter()
            .map(|item| Self::new(label, item.to_string() + ","))
            .collect();
        if let Some(last) = spans.last_mut() {
            last.text.pop();
        }
        spans
    }

    pub(super) fn columns(&self) -> usize {
        columns(&self.text)
    }
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line(Vec<Span>);

impl Line {
    /// A line that begins after so many blanks.
    pub(super) fn indented(blanks: usize) -> Self {
        Self::default().pad_to(blanks)
    }

    /// The same with more text.
    #[must_use]
    pub(super) fn with(mut self, label: Label, text: impl AsRef<str>) -> Self {
        self.0.push(Span::new(label, text));
        self
    }

    /// The same, filled with blanks to a column.
    #[must_use]
    pub(super) fn pad_to(mut self, column: usize) -> Self {
        let blanks = column.saturating_sub(self.columns());
        if blanks > 0 {
            self.0.push(Span::new(Label::Plain, " ".repeat(blanks)));
        }
        self
    }

    pub(super) fn columns(&self) -> usize {
        self.0.iter().map(Span::columns).sum()
    }

    /// The same without blanks at its end.
    fn trimmed(mut self) -> Self {
        while let Some(last) = self.0.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
            if !last.text.is_empty() {
                break;
            }
            self.0.pop();
        }
        self
    }

    /// The same, cut at so many columns.
    #[must_use]
    pub(super) fn clipped(self, width: usize) -> Self {
        if self.columns() <= width {
            return self;
        }
        let mut left = width;
        let mut kept = Vec::new();
        for mut span in self.0 {
            if span.columns() > left {
                let mut end = 0;
                for (at, c) in span.text.char_indices() {
                    let after = at + c.len_utf8();
                    if columns(&span.text[..after]) > left {
                        break;
                    }
                    end = after;
                }
                span.text.truncate(end);
                kept.push(span);
                break;
            }
            left -= span.columns();
            kept.push(span);
        }
        Self(kept)
    }

    /// Writes the line without its end.
    pub(super) fn write(&self, color: bool, w: &mut dyn io::Write) -> io::Result<()> {
        for spans in self.0.chunk_by(|a, b| a.label == b.label) {
            let text: String = spans.iter().map(|span| span.text.as_str()).collect();
            let style = spans[0].label.style();
            if color && style != anstyle::Style::new() {
                write!(w, "{style}{text}{style:#}")?;
            } else {
                w.write_all(text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// The line as text without colour.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Lines, and how wide they may be.
#[derive(Debug)]
pub(super) struct Page {
    width: usize,
    lines: Vec<Line>,
}

impl Page {
    /// An empty page.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width: width.max(NARROWEST),
            lines: Vec::new(),
        }
    }

    /// How wide a column may be: none where the page is too narrow for columns.
    pub(super) fn column(&self, wanted: usize) -> usize {
        if self.width < COLUMNS { 0 } else { wanted }
    }

    /// Whether so many columns fit on a line.
    pub(super) fn fits(&self, columns: usize) -> bool {
        columns <= self.width
    }

    /// The column after which so many columns are left.
    pub(super) fn at(&self, columns: usize) -> usize {
        self.width.saturating_sub(columns)
    }

    /// Adds a line as it is.
    pub(super) fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds an empty line, unless there is one, or nothing above it.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.0.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    /// Adds words after `lead`, as many to a line as fit; further lines begin at column `hang`.
    pub(super) fn flow(&mut self, lead: Line, hang: usize, words: impl IntoIterator<Item = Span>) {
        self.fill(lead, hang, words, 0);
    }

    /// The same with a word at the right end of the first line.
    pub(super) fn flow_to(
        &mut self,
        lead: Line,
        hang: usize,
        words: impl IntoIterator<Item = Span>,
        end: Span,
    ) {
        let first = self.lines.len();
        let columns = end.columns();
        self.fill(lead, hang, words, columns + 2);
        let at = self.width.saturating_sub(columns);
        if self.lines[first].columns() + 2 <= at {
            let line = std::mem::take(&mut self.lines[first]).pad_to(at);
            self.lines[first] = line;
            self.lines[first].0.push(end);
        } else {
            let mut line = Line::indented(at);
            line.0.push(end);
            self.lines.push(line);
        }
    }

    fn fill(
        &mut self,
        lead: Line,
        hang: usize,
        words: impl IntoIterator<Item = Span>,
        spare: usize,
    ) {
        let mut limit = self.width.saturating_sub(spare);
        let mut used = lead.columns();
        let mut line = lead;
        // Whether the line holds a word already: then the next one needs a blank before it.
        let mut open = false;
        for word in words {
            let wide = word.columns();
            if used + usize::from(open) + wide > limit && (open || used > hang) {
                let full = std::mem::replace(&mut line, Line::indented(hang));
                self.lines.push(full.trimmed());
                (used, open, limit) = (hang, false, self.width);
            }
            if open {
                // A blank between two words of one label has that label, so that they are coloured in one.
                let before = line.0.last().map(|span| span.label);
                let label = before.filter(|label| *label == word.label);
                line = line.with(label.unwrap_or_default(), " ");
                used += 1;
            }
            line.0.push(word);
            used += wide;
            open = true;
        }
        self.lines.push(line.trimmed());
    }

    /// The lines.
    pub(super) fn into_lines(self) -> Vec<Line> {
        self.lines
    }

    /// Writes the page.
    pub(super) fn write(&self, color: bool, w: &mut dyn io::Write) -> io::Result<()> {
        for line in &self.lines {
            line.write(color, w)?;
            w.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The lines as text without colour.
    pub(super) fn text(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(Line::text)
    }
}
