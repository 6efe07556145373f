//! Commands that messages name, made whole: whoever copies one means the place that was worked on, and not another account.

use std::sync::OnceLock;

/// Verbs that work on an account or on the sandbox.
pub const VERBS: [&str; 19] = [
    "apply",
    "audit",
    "bootstrap",
    "cost",
    "deploy",
    "destroy",
    "doctor",
    "drift",
    "graph",
    "history",
    "logs",
    "plan",
    "push",
    "restart",
    "rollback",
    "run",
    "secret",
    "status",
    "unlock",
];

/// The flags of the command line: a process has one.
static TYPED: OnceLock<String> = OnceLock::new();

/// Has every further message's commands carry these flags, such as `--sandbox --environments elsewhere`.
pub fn carry(flags: &str) {
    let _ = TYPED.set(flags.to_owned());
}

/// The text, with the flags that were typed in each command that it names.
pub fn whole(text: &str) -> String {
    with(TYPED.get().map_or("", String::as_str), text)
}

/// The flags stand before the verb: what a message says behind it may be a sentence that goes on.
fn with(flags: &str, text: &str) -> String {
    const PROGRAM: &str = "hcctl ";
    if flags.is_empty() {
        return text.to_owned();
    }
    let mut whole = String::with_capacity(text.len() + flags.len());
    let mut rest = text;
    while let Some(at) = rest.find(PROGRAM) {
        let (before, found) = rest.split_at(at);
        let (program, after) = found.split_at(PROGRAM.len());
        whole.push_str(before);
        whole.push_str(program);
        let begins = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || "-_/.".contains(c));
        let verb = after.split(|c: char| !c.is_ascii_lowercase()).next();
        if begins && verb.is_some_and(|verb| VERBS.contains(&verb)) {
            whole.push_str(flags);
            whole.push(' ');
        }
        rest = after;
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_means_the_place_that_was_typed() {
        let flags = "--sandbox --environments alt";
        let of = |text: &str| with(flags, text);
        assert_eq!(
            of("hint: make it: hcctl apply dev, then `hcctl plan dev`"),
            "hint: make it: hcctl --sandbox --environments alt apply dev, then \
             `hcctl --sandbox --environments alt plan dev`"
        );
        for same in [
            "hcctl --sandbox apply dev",
            "hcctl does not write it, and hcctl itself wrote it",
            "hcctl init writes one; hcctl --help",
            "my-hcctl plan dev",
            "hcctl planning",
        ] {
            assert_eq!(of(same), same);
        }
        assert_eq!(with("", "hcctl plan dev"), "hcctl plan dev");
    }
}
