//! Path patterns of a load balancer's rules, and how two of them relate.

use super::rejection::{Rejection, text_type};

text_type! {
    /// A path pattern, such as `/api/patients*`.
    ///
    /// `*` stands for any text, `?` for any one character; upper and lower case differ. At most 128 characters, of those
    /// ELBv2 CreateRule lists for the field `path-pattern`.
    PathPattern, pattern: "^[/*][A-Za-z0-9_.$/~\"'@:+&*?-]*$", length: 1..=128
}

impl PathPattern {
    fn check(text: &str) -> Result<(), Rejection> {
        let shown = text.escape_debug();
        if !text.starts_with(['/', '*']) {
            return Err(Rejection::new(
                format!("the path pattern `{shown}` does not begin with `/`"),
                format!("write `/{}`", text.trim_start().escape_debug()),
            ));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.$/~\"'@:+&*?".contains(c);
        if let Some(wrong) = text.chars().find(|&c| !allowed(c)) {
            let remedy = match wrong {
                '{' | '}' | '<' | '>' => "write `*` where the path varies: `/api/patients/*`",
                '%' => {
                    "write the character itself or `?`; a load balancer compares the path as it was sent"
                }
                _ => "use letters, digits, `_ - . $ / ~ \" ' @ : + &`, `*` and `?`",
            };
            return Err(Rejection::new(
                format!("a path pattern cannot contain `{}`", wrong.escape_debug()),
                remedy,
            ));
        }
        if text.len() > 128 {
            return Err(Rejection::new(
                format!(
                    "the path pattern has {} characters, and a rule takes 128",
                    text.len()
                ),
                "shorten it with `*`",
            ));
        }
        Ok(())
    }

    /// How many wildcards it has: a rule takes a few only.
    pub fn wildcards(&self) -> usize {
        self.as_str().matches(['*', '?']).count()
    }

    /// Whether some path matches both.
    pub fn overlaps(&self, other: &PathPattern) -> bool {
        let (a, b) = (self.as_str().as_bytes(), other.as_str().as_bytes());
        // reach[j]: the text matched so far can end exactly here in `a` and at `j` in `b`.
        let mut reach = vec![false; b.len() + 1];
        reach[0] = true;
        let spread = |reach: &mut Vec<bool>| {
            for j in 0..b.len() {
                reach[j + 1] |= reach[j] && b[j] == b'*';
            }
        };
        spread(&mut reach);
        for &x in a {
            let mut next = vec![false; b.len() + 1];
            if x == b'*' {
                // Any text: every position of `b` at or behind one that was reached.
                let mut seen = false;
                for j in 0..=b.len() {
                    seen |= reach[j];
                    next[j] = seen;
                }
            } else {
                for j in 0..b.len() {
                    let same = b[j] == x || b[j] == b'?' || x == b'?';
                    next[j + 1] |= reach[j] && b[j] != b'*' && same;
                    next[j] |= reach[j] && b[j] == b'*';
                }
                spread(&mut next);
            }
            reach = next;
        }
        reach[b.len()]
    }

    /// Whether every path that matches `other` surely matches this one too.
    ///
    /// It takes the wildcards of `other` for characters of their own, which never claims too much; it misses only
    /// oddities such as `*?` against `?*`.
    pub fn covers(&self, other: &PathPattern) -> bool {
        let (wide, narrow) = (self.as_str().as_bytes(), other.as_str().as_bytes());
        let mut reach = vec![false; narrow.len() + 1];
        reach[0] = true;
        for &x in wide {
            let mut next = vec![false; narrow.len() + 1];
            if x == b'*' {
                let mut seen = false;
                for j in 0..=narrow.len() {
                    seen |= reach[j];
                    next[j] = seen;
                }
            } else {
                for j in 0..narrow.len() {
                    let same = narrow[j] == x || (x == b'?' && narrow[j] != b'*');
                    next[j + 1] = reach[j] && same;
                }
            }
            reach = next;
        }
        reach[narrow.len()]
    }
}

text_type! {
    /// The path a load balancer asks to learn whether a task is healthy (ELBv2 CreateTargetGroup, `HealthCheckPath`).
    HealthPath, pattern: "^/[!-~]*$", length: 1..=1024
}

impl HealthPath {
    fn check(text: &str) -> Result<(), Rejection> {
        if (1..=1024).contains(&text.len())
            && text.starts_with('/')
            && text.chars().all(|c| c.is_ascii_graphic())
        {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not a path to ask for health", text.escape_debug()),
            "write a path that begins with `/` and has no spaces, such as /health",
        ))
    }

    pub(crate) fn of(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}
