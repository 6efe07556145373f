//! Questions to a person, and their absence.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{CommandError, Kind};

/// Asks before something is done; off a terminal nobody can answer, so that is a refusal.
///
/// With `word`, only that word is a yes: for what cannot be undone.
pub(super) fn confirm(question: &str, word: Option<&str>, yes: bool) -> Result<(), CommandError> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let message = "not confirmed: there is no terminal to ask on";
        return Err(CommandError::new(Kind::Refused, message)
            .hint("read the plan, then run the same command with --yes"));
    }
    let choice = word.map_or_else(
        || "[y/N]".to_owned(),
        |word| format!("Type {word} to go on:"),
    );
    let mut stderr = io::stderr();
    write!(stderr, "{question} {choice} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    let agreed = word.map_or_else(
        || matches!(answer, "y" | "Y" | "yes"),
        |word| answer == word,
    );
    if agreed {
        Ok(())
    } else {
        Err(CommandError::new(
            Kind::Refused,
            "not confirmed; nothing was changed",
        ))
    }
}
