//! The pen: elements of SVG, with every text escaped.

use std::fmt::Write as _;

use super::face::Face;

/// A place and its size, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) w: i32,
    pub(super) h: i32,
}

impl Area {
    pub(super) const fn right(self) -> i32 {
        self.x + self.w
    }

    pub(super) const fn bottom(self) -> i32 {
        self.y + self.h
    }

    pub(super) const fn middle(self) -> i32 {
        self.x + self.w / 2
    }

    pub(super) const fn height(self) -> i32 {
        self.y + self.h / 2
    }
}

/// What is drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    out: String,
}

impl Canvas {
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Adds what is SVG already.
    pub(super) fn raw(&mut self, svg: &str) {
        self.out.push_str(svg);
        self.out.push('\n');
    }

    /// Opens a group, which tells `tip` to whoever points at it.
    pub(super) fn open(&mut self, class: &str, tip: &str) {
        let _ = writeln!(self.out, "<g class=\"{class}\">");
        if !tip.is_empty() {
            let _ = writeln!(self.out, "<title>{}</title>", escape(tip));
        }
    }

    pub(super) fn close(&mut self) {
        self.out.push_str("</g>\n");
    }

    pub(super) fn rect(&mut self, class: &str, area: Area, round: i32) {
        let Area { x, y, w, h } = area;
        let _ = writeln!(
            self.out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>"
        );
    }

    /// A text from its left end on its base line, no wider than `width`.
    pub(super) fn text(
        &mut self,
        face: Face,
        more: &str,
        (x, y): (i32, i32),
        width: i32,
        text: &str,
    ) {
        self.set(face, more, "", (x, y), width, text);
    }

    /// A text to its right end.
    pub(super) fn text_to(
        &mut self,
        face: Face,
        more: &str,
        (x, y): (i32, i32),
        width: i32,
        text: &str,
    ) {
        self.set(face, more, " text-anchor=\"end\"", (x, y), width, text);
    }

    /// A text around a point.
    pub(super) fn text_at(
        &mut self,
        face: Face,
        more: &str,
        (x, y): (i32, i32),
        width: i32,
        text: &str,
    ) {
        self.set(face, more, " text-anchor=\"middle\"", (x, y), width, text);
    }

    /// A text that reads upwards, around a point.
    pub(super) fn text_up(&mut self, face: Face, (x, y): (i32, i32), width: i32, text: &str) {
        let turn = format!(" text-anchor=\"middle\" transform=\"rotate(-90 {x} {y})\"");
        self.set(face, "", &turn, (x, y), width, text);
    }

    fn set(
        &mut self,
        face: Face,
        more: &str,
        attributes: &str,
        (x, y): (i32, i32),
        width: i32,
        text: &str,
    ) {
        if text.is_empty() {
            return;
        }
        let (shown, cut) = face.fit(text, width);
        let blank = if more.is_empty() { "" } else { " " };
        let class = face.class();
        let _ = write!(
            self.out,
            "<text class=\"{class}{blank}{more}\" x=\"{x}\" y=\"{y}\"{attributes}>"
        );
        if cut {
            let _ = write!(self.out, "<title>{}</title>", escape(text));
        }
        let _ = writeln!(self.out, "{}</text>", escape(&shown));
    }

    /// A line through points, with an arrow's head at its end where `head` says so.
    pub(super) fn line(&mut self, class: &str, points: &[(i32, i32)], head: bool) {
        let path = rounded(points);
        let head = if head {
            format!(" marker-end=\"url(#hcctl-{class})\"")
        } else {
            String::new()
        };
        let _ = writeln!(
            self.out,
            "<path class=\"line {class}\" d=\"{path}\"{head}/>"
        );
    }

    /// An icon of 20 by 20 pixels.
    pub(super) fn icon(&mut self, (x, y): (i32, i32), path: &str) {
        let _ = writeln!(
            self.out,
            "<path class=\"icon\" transform=\"translate({x} {y})\" d=\"{path}\"/>"
        );
    }
}

/// How far from a corner a line begins to turn.
const TURN: i32 = 8;

/// A path whose corners are round.
fn rounded(points: &[(i32, i32)]) -> String {
    let mut path = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| points.get(place));
        match (before, points.get(place + 1)) {
            (None, _) => drop(write!(path, "M{x} {y}")),
            (Some(_), None) => drop(write!(path, "L{x} {y}")),
            (Some(&before), Some(&after)) => {
                let (ax, ay) = toward((x, y), before);
                let (bx, by) = toward((x, y), after);
                let _ = write!(path, "L{ax} {ay}Q{x} {y} {bx} {by}");
            }
        }
    }
    path
}

/// The point a turn's length from a corner.
fn toward((x, y): (i32, i32), (to_x, to_y): (i32, i32)) -> (i32, i32) {
    let step = |from: i32, to: i32| (to - from).clamp(-TURN, TURN);
    (x + step(x, to_x), y + step(y, to_y))
}

/// The text as XML takes it: marks spelled out, and what XML 1.0 does not know left out.
/// <https://www.w3.org/TR/xml/#charsets>
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            // Changes of direction would let a name show something else than it says.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_an_element() {
        assert_eq!(
            escape("<script>&\"'\u{1b}\u{202e}ok"),
            "&lt;script&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}ok"
        );
        let mut canvas = Canvas::default();
        canvas.open("x", "a<b");
        canvas.text(Face::Body, "", (0, 0), 500, "</text><script>");
        canvas.close();
        let svg = canvas.finish();
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("<title>a&lt;b</title>"), "{svg}");
    }

    #[test]
    fn corners_are_round_and_short_ends_stay_short() {
        assert_eq!(
            rounded(&[(0, 0), (0, 50), (50, 50)]),
            "M0 0L0 42Q0 50 8 50L50 50"
        );
        assert_eq!(rounded(&[(0, 0), (0, 4), (9, 4)]), "M0 0L0 0Q0 4 8 4L9 4");
    }
}
