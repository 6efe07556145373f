//! What has been typed: enough of it to know which environment a word belongs to. Not a parser: a line that is being
//! typed is wrong most of the time, and clap refuses what is wrong.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Command};

/// The values on a line, by the argument that takes them.
#[derive(Debug, Default)]
pub(super) struct Line {
    given: Vec<Given>,
}

#[derive(Debug)]
struct Given {
    id: String,
    /// What the help calls the value; empty for a flag without one.
    name: String,
    value: String,
}

impl Line {
    /// Reads the words, of which the first is the program. The command must be built.
    pub(super) fn of(command: &Command, words: &[OsString]) -> Self {
        let mut line = Self::default();
        let mut current = command;
        let (mut position, mut escaped) = (1, false);
        let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            if escaped || word == "-" || !word.starts_with('-') {
                if let Some(verb) = current.find_subcommand(word).filter(|_| !escaped) {
                    (current, position) = (verb, 1);
                    continue;
                }
                let mut positionals = current.get_positionals();
                let arg = positionals.find(|arg| arg.get_index() == Some(position));
                if let Some(arg) = arg {
                    line.keep(arg, word);
                    let several = matches!(arg.get_action(), ArgAction::Append);
                    position += usize::from(!several);
                }
            } else if word == "--" {
                escaped = true;
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                let mut arguments = current.get_arguments();
                let Some(arg) = arguments.find(|arg| arg.get_long() == Some(name)) else {
                    continue;
                };
                if !arg.get_action().takes_values() {
                    line.keep(arg, "");
                } else if let Some(value) = value.or_else(|| words.next()) {
                    line.keep(arg, value);
                }
            }
        }
        line
    }

    fn keep(&mut self, arg: &clap::Arg, value: &str) {
        let name = arg.get_value_names().and_then(|names| names.first());
        let name = name.filter(|_| arg.get_action().takes_values());
        self.given.push(Given {
            id: arg.get_id().to_string(),
            name: name.map(ToString::to_string).unwrap_or_default(),
            value: value.to_owned(),
        });
    }

    fn last(&self, id: &str) -> Option<&str> {
        let given = self.given.iter().rev().find(|given| given.id == id);
        given.map(|given| given.value.as_str())
    }

    /// The values that the help calls so.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let given = self.given.iter().filter(move |given| given.name == name);
        given.map(|given| given.value.as_str())
    }

    /// The directory with the environment files.
    pub(super) fn directory(&self) -> PathBuf {
        let named = self.last("environments").filter(|dir| !dir.is_empty());
        PathBuf::from(named.unwrap_or(super::super::ENVIRONMENTS))
    }

    /// The environment that the verb will work on.
    pub(super) fn environment(&self) -> String {
        let typed = self.named("ENV").find(|name| !name.is_empty());
        let variable = || std::env::var("HCCTL_ENV").ok();
        typed
            .map(str::to_owned)
            .or_else(variable)
            .unwrap_or_else(|| super::super::ENVIRONMENT.to_owned())
    }

    /// The services that are named, the word at the cursor among them.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.named("SERVICE")
    }

    /// The profile that is named.
    pub(super) fn profile(&self) -> Option<&str> {
        self.last("profile").filter(|name| !name.is_empty())
    }

    /// Whether the embedded AWS is meant.
    pub(super) fn sandbox(&self) -> bool {
        self.last("sandbox").is_some()
    }
}

/// Bash takes `=` for a word of its own: `--service=x` arrives as three words. They become `--verbose --service x`, as
/// many as they were, so that the word at the cursor keeps its number.
pub(super) fn join_equals(words: &mut [OsString]) {
    for at in 1..words.len().saturating_sub(1) {
        let flag = words[at - 1].to_str();
        if words[at] == "=" && flag.is_some_and(|flag| flag.starts_with("--")) {
            words[at] = std::mem::replace(&mut words[at - 1], "--verbose".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    fn line(text: &str) -> Line {
        let mut command = super::super::Cli::command();
        command.build();
        Line::of(&command, &words(text))
    }

    #[test]
    fn the_environment_may_stand_before_and_behind() {
        for text in [
            "hcctl deploy prod --image v1 --service ",
            "hcctl --environments files deploy --image v1 --service  prod",
            "hcctl deploy --image=v1 --sandbox -v prod --service ",
            "hcctl --format json deploy -- prod",
        ] {
            assert_eq!(line(text).environment(), "prod", "{text}");
        }
        assert_eq!(line("hcctl unlock prod").environment(), "prod");
        assert_eq!(line("hcctl validate prod dev").environment(), "prod");
        // The word at the cursor may still be empty.
        assert_eq!(line("hcctl plan ").named("ENV").count(), 1);
    }

    #[test]
    fn what_is_wrong_is_passed_over() {
        let line = line("hcctl deploy --no-such prod extra --environments");
        assert_eq!(line.environment(), "prod");
        assert_eq!(line.directory(), PathBuf::from("environments"));
    }

    #[test]
    fn flags_are_found_anywhere() {
        let line = line(
            "hcctl --profile one --sandbox logs --environments=elsewhere --service a --service b --profile two",
        );
        assert_eq!(line.directory(), PathBuf::from("elsewhere"));
        assert_eq!(line.profile(), Some("two"));
        assert!(line.sandbox());
        assert_eq!(line.services().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn the_words_of_bash_keep_their_number() {
        let mut typed = words("hcctl deploy --service = pat dev");
        join_equals(&mut typed);
        assert_eq!(typed, words("hcctl deploy --verbose --service pat dev"));
        let mut alone = words("hcctl logs --grep = x =");
        join_equals(&mut alone);
        assert_eq!(alone, words("hcctl logs --verbose --grep x ="));
    }
}
