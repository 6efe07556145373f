//! What a shell completes: names that only the files and the account know.
//!
//! The script that `hcctl completions SHELL` prints calls hcctl back at each Tab, with [`VARIABLE`] set to the shell's name
//! and `-- WORDS` behind it, and reads what may stand at the cursor from stdout. `line` is what has been typed, `names`
//! what files tell, `profiles` what the AWS CLI's files tell, `remotes` what git's tell, `far` what the account tells.
//!
//! Whoever presses Tab has asked for nothing to happen: nothing is written, no lease is taken, nobody is asked, nothing
//! goes to stderr. What cannot be had, or not within a second, is left out.

mod far;
mod line;
mod names;
pub(super) mod profiles;
mod remotes;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::Cli;
use line::Line;

/// The variable with which a shell's script asks. A name of our own: clap_complete's `COMPLETE` is any program's.
pub(super) const VARIABLE: &str = "HCCTL_COMPLETE";

/// Answers a shell that asks; `false` where none does, and this is a run like any other.
pub(super) fn answered() -> bool {
    let Some(shell) = std::env::var_os(VARIABLE) else {
        return false;
    };
    let mut words = std::env::args_os().skip(1);
    // Without the script's `--` somebody has only exported the variable.
    if words.next().as_deref() != Some(OsStr::new("--")) {
        return false;
    }
    panic::set_hook(Box::new(|_| {}));
    let answer = AssertUnwindSafe(|| answer(&shell, words.collect()));
    if let Ok(Some(text)) = panic::catch_unwind(answer) {
        // A shell that has gone needs no answer.
        let _ = io::stdout().write_all(&text);
    }
    true
}

/// What may stand at the cursor, in the shell's own form.
fn answer(shell: &OsStr, mut words: Vec<OsString>) -> Option<Vec<u8>> {
    let shells = Shells::builtins();
    let shell = shells.completer(shell.to_str()?)?;
    let directory = std::env::current_dir().ok();
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok();
    let index = index.and_then(|index| index.parse().ok());
    let index = index.unwrap_or(words.len().checked_sub(1)?);
    if shell.name() == "bash" {
        line::join_equals(&mut words);
    }
    let mut command = Cli::command();
    command.build();
    let line = Arc::new(Line::of(&command, &words));
    let dash = words.get(index).is_some_and(|word| {
        let word = word.as_encoded_bytes();
        word.first() == Some(&b'-')
    });
    let mut command = teach(command, &line, dash);
    let mut text = Vec::new();
    let written = shell.write_complete(&mut command, words, directory.as_deref(), &mut text);
    written.ok().map(|()| text)
}

/// The command that knows how to complete each argument that has a name of ours for a value. What follows is told by the
/// value's name in the help, so that a new verb need not do anything.
fn teach(command: Command, line: &Arc<Line>, dash: bool) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| {
        // Flags are shown to who begins one, and where there is nothing else: a hidden candidate comes last.
        let hidden = arg.is_hide_set() || !(arg.is_positional() || dash);
        taught(arg, &name, line).hide(hidden)
    });
    command.mut_subcommands(|verb| teach(verb, line, dash))
}

fn taught(arg: Arg, verb: &str, line: &Arc<Line>) -> Arg {
    let candidates = |find: fn(&Line) -> Vec<CompletionCandidate>| {
        let line = Arc::clone(line);
        ArgValueCandidates::new(move || find(&line))
    };
    let value = arg.get_value_names().and_then(|names| names.first());
    match (value.map(clap::builder::Str::as_str), arg.get_id().as_str()) {
        // `init` wants a name that is not there yet.
        (Some("ENV"), _) if verb != "init" => arg.add(candidates(names::environments)),
        (Some("SERVICE"), _) => {
            let line = Arc::clone(line);
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                names::services(&line, typed)
            }))
        }
        (Some("NAME"), "name") if matches!(verb, "set" | "rm") => arg.add(candidates(far::secrets)),
        // A tag that is pushed may be in one repository and not yet in another.
        (Some("TAG"), "tag") => arg.add(candidates(far::some_tags)),
        (Some("TAG"), _) => arg.add(candidates(far::common_tags)),
        (Some("ID"), "run") => arg.add(candidates(far::runs)),
        (Some("VERB"), _) => arg.add(candidates(|_| names::verbs())),
        (_, "profile") => arg.add(candidates(|_| profiles::names())),
        (Some("OWNER/REPO"), _) => arg.add(candidates(|_| remotes::repositories())),
        (Some("DIR"), _) => arg.value_hint(ValueHint::DirPath),
        _ => arg,
    }
}

/// A candidate with a word about it, for the shells that show one.
fn candidate(value: impl Into<OsString>, about: impl Into<String>) -> CompletionCandidate {
    let about: String = about.into();
    CompletionCandidate::new(value).help((!about.is_empty()).then(|| about.into()))
}
