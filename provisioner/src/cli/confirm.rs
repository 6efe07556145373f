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
            .hint("read what is above, then run the same command with --yes"));
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

/// What somebody chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// One of the letters.
    Letter(char),
    /// There is nobody to ask.
    Nobody,
}

/// Asks for one of `letters`, again until it is one. Waits without holding anything else up.
pub(super) async fn choose(question: &str, letters: &'static [char]) -> io::Result<Choice> {
    if !io::stdin().is_terminal() {
        return Ok(Choice::Nobody);
    }
    let question = question.to_owned();
    let ask = move || loop {
        let mut stderr = io::stderr();
        write!(stderr, "{question} ")?;
        stderr.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            return Ok(Choice::Nobody);
        }
        let letter = answer.trim().chars().next();
        if let Some(letter) = letter.filter(|letter| letters.contains(letter)) {
            return Ok(Choice::Letter(letter));
        }
    };
    tokio::task::spawn_blocking(ask)
        .await
        .unwrap_or(Ok(Choice::Nobody))
}
