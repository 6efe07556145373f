//! How wide words are. The reader's fonts are not known, so each letter counts as the widest of the usual ones has it.

/// A way to set text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    /// The picture's title.
    Title,
    /// The name of a box.
    Name,
    /// What else a box says.
    Body,
    /// Paths, ranges, full names.
    Mono,
    /// Labels of arrows and the legend.
    Small,
    /// The sign on a badge.
    Sign,
}

impl Face {
    /// All of them, for the style sheet.
    pub(super) const ALL: [Self; 6] = [
        Self::Title,
        Self::Name,
        Self::Body,
        Self::Mono,
        Self::Small,
        Self::Sign,
    ];

    /// Its class.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Name => "name",
            Self::Body => "body",
            Self::Mono => "mono",
            Self::Small => "small",
            Self::Sign => "sign",
        }
    }

    /// Its size in pixels.
    pub(super) const fn size(self) -> i32 {
        match self {
            Self::Title => 22,
            Self::Name | Self::Sign => 14,
            Self::Body | Self::Mono => 12,
            Self::Small => 11,
        }
    }

    /// Whether it is bold.
    pub(super) const fn bold(self) -> bool {
        matches!(self, Self::Title | Self::Name | Self::Sign)
    }

    /// Whether every letter is as wide as every other.
    pub(super) const fn even(self) -> bool {
        matches!(self, Self::Mono | Self::Sign)
    }

    /// How wide a text may come out, in pixels.
    pub(super) fn width(self, text: &str) -> i32 {
        let thousandths: i32 = text.chars().map(|c| self.letter(c)).sum();
        (thousandths * self.size() + 999) / 1000
    }

    /// A letter's width in thousandths of the size.
    fn letter(self, c: char) -> i32 {
        if u32::from(c) >= 0x1100 {
            return 1_050;
        }
        if self.even() {
            return 610;
        }
        let width = match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | 'I' => 340,
            'f' | 't' | 'r' | '/' | '(' | ')' | '-' | '"' => 440,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 990,
            'A'..='Z' | '~' | '+' | '=' | '<' | '>' => 790,
            _ => 640,
        };
        if self.bold() { width * 11 / 10 } else { width }
    }

    /// The text, cut to a width; with whether it was cut.
    pub(super) fn fit(self, text: &str, width: i32) -> (String, bool) {
        if self.width(text) <= width {
            return (text.to_owned(), false);
        }
        let mut cut = String::new();
        let mut used = self.letter('…');
        for c in text.chars() {
            used += self.letter(c);
            if used * self.size() > width * 1000 {
                break;
            }
            cut.push(c);
        }
        (format!("{}…", cut.trim_end()), true)
    }

    /// The text in lines of a width, broken between words.
    pub(super) fn wrap(self, text: &str, width: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}")) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_owned()),
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_says_so() {
        let name = "a-service-with-quite-a-name";
        let (whole, cut) = Face::Name.fit(name, 400);
        assert_eq!((whole.as_str(), cut), (name, false));
        let (short, cut) = Face::Name.fit(name, 100);
        assert!(cut && short.ends_with('…') && name.starts_with(short.trim_end_matches('…')));
        assert!(Face::Name.width(&short) <= 100, "{short}");
    }

    #[test]
    fn lines_are_broken_between_words() {
        let text = "one two three four five six";
        let lines = Face::Body.wrap(text, 90);
        assert!(lines.len() > 1);
        assert!(lines.iter().all(|line| Face::Body.width(line) <= 90));
        assert_eq!(lines.join(" "), text);
    }
}
