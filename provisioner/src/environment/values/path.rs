//! Path patterns of a load balancer's rules, and how two of them relate.

use super::rejection::{Rejection, text_type};
use super::wildcard;

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
        wildcard::count(self.as_str())
    }

    /// Whether some path matches both.
    pub fn overlaps(&self, other: &PathPattern) -> bool {
        wildcard::overlap(self.as_str(), other.as_str())
    }

    /// Whether every path that matches `other` surely matches this one too.
    pub fn covers(&self, other: &PathPattern) -> bool {
        wildcard::covers(self.as_str(), other.as_str())
    }

    /// The pattern of every path, which a service with hosts alone answers.
    pub(crate) fn every() -> Self {
        Self("/*".to_owned())
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
