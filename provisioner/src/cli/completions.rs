//! `hcctl completions`: the script with which a shell completes.

use std::io::{self, Write};
use std::path::PathBuf;

use clap_complete::Shell;
use clap_complete::env::Shells;

use super::complete::VARIABLE;
use super::form::Words;
use super::{CommandError, Kind};

/// Print the script that teaches a shell to complete hcctl
///
/// It completes verbs and flags, and also environments, their services, the tags in their registry, runs and AWS
/// profiles: at each Tab the script calls hcctl back, with HCCTL_COMPLETE set to the shell's name. Tags and runs are
/// asked from AWS (with --sandbox on the line, from the sandbox) for a second at most; where it does not answer, or the
/// credentials come from a credential_process, nothing is offered. Nothing is written or asked, and no lease is taken.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

const HELP: &str = "\
Examples, each the line for a shell's own start-up file:
  source <(hcctl completions bash)         bash: ~/.bashrc
  source <(hcctl completions zsh)          zsh: ~/.zshrc, after compinit
  hcctl completions fish | source          fish: ~/.config/fish/config.fish
  eval (hcctl completions elvish | slurp)  elvish: ~/.config/elvish/rc.elv
  hcctl completions powershell | Out-String | Invoke-Expression
                                           PowerShell: $PROFILE

The script belongs to the hcctl that printed it: print it at each start of the
shell, as above, rather than keep it in a file.";

pub(super) fn run(_: Words, args: &Args) -> Result<(), CommandError> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let Some(shell) = shells.completer(&name) else {
        return Err(
            CommandError::new(Kind::Config, format!("there is no script for {name}"))
                .hint("hcctl completions --help lists the shells"),
        );
    };
    let mut text = Vec::new();
    shell.write_registration(VARIABLE, "hcctl", "hcctl", &caller(), &mut text)?;
    io::stdout().lock().write_all(&text)?;
    Ok(())
}

/// What the script calls: this program as it was called, with its full path where it was called by one.
fn caller() -> String {
    let called = std::env::args_os().next().map(PathBuf::from);
    let called = called.filter(|path| path.components().count() > 1);
    let path = called.and_then(|path| Some(std::env::current_dir().ok()?.join(path)));
    path.as_deref()
        .and_then(|path| path.to_str())
        .filter(|path| is_plain(path))
        .unwrap_or("hcctl")
        .to_owned()
}

/// Whether the scripts take a path as it is. They are made by putting words in the places of others, and quote twice
/// what has a blank.
fn is_plain(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_-.+".contains(c);
    let places = ["NAME", "BIN", "COMPLETER", "VAR"];
    path.chars().all(plain) && !places.iter().any(|place| path.contains(place))
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_path_that_would_break_a_script_is_not_put_into_one() {
        assert!(is_plain("/usr/local/bin/hcctl-0.1"));
        for path in ["/a b/hcctl", "/it's/hcctl", "/opt/BIN/hcctl", "/x$y/hcctl"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
