//! The pages about the verbs: each has examples, each example is right, and all of it fits the screen.

use std::io::Write;
use std::process::{Command as Process, Stdio};

use clap::{Command, CommandFactory, Parser};
use hcctl::cli::Cli;

use crate::support::place::Place;

#[test]
fn commands_that_messages_name_are_made_whole_for_every_verb() {
    let root = Cli::command();
    let verbs = root.get_subcommands().map(Command::get_name);
    // These work on files, or on a world of their own, or on nothing.
    let aside = ["init", "validate", "sandbox", "completions", "man", "help"];
    let mut verbs: Vec<&str> = verbs.filter(|verb| !aside.contains(verb)).collect();
    verbs.sort_unstable();
    assert_eq!(verbs, hcctl::render::copied::VERBS);
}

/// Every command with the words that lead to it, hcctl itself first; but not clap's own `help`.
fn commands() -> Vec<(Vec<String>, Command)> {
    fn collect(words: &[String], command: &Command, all: &mut Vec<(Vec<String>, Command)>) {
        all.push((words.to_vec(), command.clone()));
        for verb in command.get_subcommands() {
            if verb.get_name() != "help" {
                let mut words = words.to_vec();
                words.push(verb.get_name().to_owned());
                collect(&words, verb, all);
            }
        }
    }
    let mut root = Cli::command();
    root.build();
    let mut all = Vec::new();
    collect(&[], &root, &mut all);
    assert!(all.len() > 20, "{}", all.len());
    all
}

/// The command lines of the examples below a command's options, a line that goes on taken together with the next.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let block = help.split("\n\n").find(|text| text.starts_with("Examples"));
    let joined = block.unwrap_or_default().replace("\\\n", "");
    let lines = joined.lines().skip(1);
    // What stands far to the right is the end of a remark.
    let lines = lines.filter(|line| !line.starts_with("          "));
    lines.map(str::to_owned).collect()
}

/// The words that hcctl gets of an example's line, as a shell would divide them; what a pipe, a file or a remark gets is
/// left out.
fn words(line: &str) -> Vec<String> {
    let begin = line
        .find("hcctl ")
        .unwrap_or_else(|| panic!("no hcctl in `{line}`"));
    let mut words = vec![String::new()];
    let (mut quote, mut blanks) = (None, 0);
    for c in line[begin..].chars() {
        blanks = if c == ' ' && quote.is_none() {
            blanks + 1
        } else {
            0
        };
        match c {
            _ if quote == Some(c) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(c),
            '|' | '>' | ')' | '#' if quote.is_none() => break,
            ' ' if blanks == 2 => break,
            ' ' if quote.is_none() => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    assert_eq!(quote, None, "an open quote in `{line}`");
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn words_are_divided_as_a_shell_does() {
    assert_eq!(words("  X=1 hcctl a 'b  c' | jq"), ["hcctl", "a", "b  c"]);
    assert_eq!(
        words("  hcctl a \"$(x y)\" --z   a word"),
        ["hcctl", "a", "$(x y)", "--z"]
    );
    assert_eq!(words("  source <(hcctl a)   b"), ["hcctl", "a"]);
}

#[test]
fn every_verb_has_examples_and_each_can_be_typed() {
    for (path, command) in commands() {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "hcctl {path:?} has no examples");
        for line in examples {
            let words = words(&line);
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("hcctl {path:?}: the example `{line}` cannot be typed: {error}");
            }
            // It is one of this verb, not of another.
            let typed = words.iter().map(String::as_str);
            let of_this = path
                .iter()
                .all(|verb| typed.clone().any(|word| word == verb));
            assert!(of_this, "hcctl {path:?}: `{line}`");
        }
    }
}

#[test]
fn every_page_of_help_fits_the_screen() {
    let place = Place::empty().with("COLUMNS", "80");
    for (path, _) in commands() {
        for flag in ["-h", "--help"] {
            let line = format!("{} {flag}", path.join(" "));
            let page = place.expect(0, &line).out;
            for text in page.lines() {
                assert!(text.chars().count() <= 80, "hcctl {line}:\n{text}");
            }
            assert!(page.contains("Examples"), "hcctl {line}");
        }
    }
}

#[test]
fn every_verb_has_a_manual_page_with_examples_and_exit_codes() {
    let place = Place::empty();
    let mut linted = true;
    for (path, command) in commands() {
        let page = place.expect(0, &format!("man {}", path.join(" "))).out;
        for title in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "EXAMPLES",
            "EXIT STATUS",
            "SEE ALSO",
        ] {
            let bare = page.contains(&format!(".SH {title}\n"));
            let quoted = page.contains(&format!(".SH \"{title}\"\n"));
            assert!(bare || quoted, "hcctl man {path:?} has no {title}");
        }
        let whole = page.contains(".SH \"ENVIRONMENT\"") && page.contains(".SH \"FILES\"");
        assert_eq!(whole, path.is_empty(), "hcctl man {path:?}");
        let begin = words(&examples(&command)[0]).join(" ").replace('-', "\\-");
        assert!(page.contains(&begin), "hcctl man {path:?} lacks {begin}");
        linted = linted && lint(&page, &path);
    }
    if !linted {
        println!("skipped: there is no mandoc here to judge the pages");
    }
    place
        .expect(3, "man nothing")
        .says(&["there is no verb `nothing`"]);
    place.expect(3, "man sandbox serv").says(&["`serve`"]);
}

/// Lets mandoc judge a page (<https://man.openbsd.org/mandoc.1>); `false` where there is none.
fn lint(page: &str, path: &[String]) -> bool {
    let mut mandoc = Process::new("mandoc");
    mandoc.args(["-Tlint", "-Werror"]).stdin(Stdio::piped());
    mandoc.stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = mandoc.spawn() else {
        return false;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(page.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "hcctl man {path:?}:\n{said}");
    true
}
