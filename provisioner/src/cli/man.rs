//! `hcctl man`: the manual, a page for hcctl and one for each verb, from the same definitions as `--help`.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::form::Words;
use super::{Cli, CommandError, EXAMPLES, Kind};
use crate::operation::suggest::unknown;

/// Print the manual page of hcctl or of one verb
///
/// The page of hcctl also has the environment variables and the files.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The verb, and the word behind it where it has any
    #[arg(value_name = "VERB")]
    verbs: Vec<String>,
}

const HELP: &str = "\
Examples:
  hcctl man | man -l -
  hcctl man deploy | man -l -
  hcctl man sandbox serve > hcctl-sandbox-serve.1";

/// The variables that hcctl reads, and what the SDK's own do.
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "HCCTL_ENV",
        "The environment, where the command line names none. Without it, dev.",
    ),
    (
        "HCCTL_ENGINE",
        "docker or podman: what push builds with. Without it, the first that answers.",
    ),
    (
        "HCCTL_LOG",
        "Which diagnostics go to stderr, such as hcctl=debug; the filter of tracing. It overrides -v.",
    ),
    (
        "HCCTL_COMPLETE",
        "Set by the script of hcctl completions when it asks what may stand at the cursor.",
    ),
    (
        "NO_COLOR",
        "No colour, if it is not empty. Off a terminal there is none anyway.",
    ),
    (
        "COLUMNS",
        "How wide text is set, from 40 to 400. Without it, 80.",
    ),
    (
        "AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE and others",
        "Whose credentials are used, as with every AWS SDK. --profile goes before AWS_PROFILE. The region is the environment file's, not AWS_REGION.",
    ),
    (
        "AWS_ENDPOINT_URL",
        "Where AWS is, for emulators and for hcctl sandbox serve.",
    ),
    (
        "AWS_CA_BUNDLE",
        "A file with the only certificates to trust.",
    ),
    (
        "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY",
        "The way through a proxy, and around it. Lower case goes before upper case.",
    ),
    (
        "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
        "Where the AWS CLI's files are.",
    ),
    (
        "HOSTNAME, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID",
        "Where a run takes place: it stands in its lease.",
    ),
    (
        "DOCKER_CONFIG, XDG_RUNTIME_DIR, TMPDIR",
        "push reads the engine's own settings from the first, and keeps the registry's password below the second, else the third, while it runs.",
    ),
];

/// The files that hcctl reads and writes.
const FILES: &[(&str, &str)] = &[
    (
        "environments/ENV.yaml",
        "An environment. --environments names another directory.",
    ),
    (
        "environments/schema.json",
        "What such a file may hold, for an editor.",
    ),
    (
        "Dockerfile.SERVICE",
        "What push builds a service's image from; beside the directory of the environments.",
    ),
    (
        ".hcctl/sandbox.json",
        "The world of --sandbox and hcctl sandbox.",
    ),
    (
        "~/.aws/config, ~/.aws/credentials",
        "The AWS CLI's profiles.",
    ),
    (
        "~/.aws/cli/cache",
        "Sessions of roles with MFA, shared with the AWS CLI.",
    ),
];

pub(super) fn run(_: Words, args: &Args) -> Result<(), CommandError> {
    let mut command = Cli::command();
    command.build();
    for verb in &args.verbs {
        let Some(found) = command.find_subcommand(verb) else {
            let all = command.get_subcommands().map(Command::get_name);
            return Err(unknown(Kind::Config, "there is no verb", verb, all));
        };
        command = found.clone();
    }
    let mut page = Vec::new();
    render(&command, &mut page)?;
    io::stdout().lock().write_all(&page)?;
    Ok(())
}

fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let whole = command.get_name() == "hcctl";
    let version = format!("hcctl {}", env!("CARGO_PKG_VERSION"));
    let title = command.get_display_name().unwrap_or("hcctl").to_uppercase();
    // Without a date: pages are made when they are asked for.
    writeln!(page, ".TH \"{title}\" \"1\" \"\" \"{version}\" \"hcctl\"")?;
    let man = Man::new(command.clone());
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let help = command.get_after_help().map(ToString::to_string);
    let mut rest = Help::of(&help.unwrap_or_default());
    if rest.codes.is_empty() {
        rest.codes = Help::of(EXAMPLES).codes;
    }
    let mut text = String::new();
    section(&mut text, "EXAMPLES", &verbatim(&rest.examples));
    section(
        &mut text,
        "EXIT STATUS",
        &rest.codes.iter().fold(String::new(), list),
    );
    if whole {
        section(&mut text, "ENVIRONMENT", &described(ENVIRONMENT));
        section(&mut text, "FILES", &described(FILES));
    }
    section(&mut text, "NOTES", &rest.notes);
    let see = if whole {
        "\\fBhcctl man VERB\\fR prints the page of a verb.\n"
    } else {
        "\\fBhcctl\\fR(1) has the environment variables and the files.\n"
    };
    section(&mut text, "SEE ALSO", see);
    page.extend_from_slice(text.as_bytes());
    Ok(())
}

/// The text below a verb's options, taken apart: its paragraphs begin with what they are.
#[derive(Default)]
struct Help {
    /// The lines of the examples, with the title's own word about them.
    examples: Vec<String>,
    /// Codes with their meanings.
    codes: Vec<(String, String)>,
    /// The rest, as roff.
    notes: String,
}

impl Help {
    fn of(text: &str) -> Self {
        let mut help = Self::default();
        for paragraph in text.split("\n\n") {
            if paragraph.starts_with("Examples") {
                let lines = paragraph.lines().skip(1);
                help.examples.extend(lines.map(str::to_owned));
            } else if let Some(codes) = paragraph.strip_prefix("Exit codes:") {
                help.codes = codes_of(codes);
            } else if !paragraph.trim().is_empty() {
                if !help.notes.is_empty() {
                    help.notes += ".PP\n";
                }
                help.notes += &prose(paragraph);
            }
        }
        help
    }
}

/// `0 done, 2 there are changes`: a meaning goes on until the next number.
fn codes_of(text: &str) -> Vec<(String, String)> {
    let mut codes: Vec<(String, String)> = Vec::new();
    for word in text.split_whitespace() {
        match codes.last_mut() {
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => {
                codes.push((word.to_owned(), String::new()));
            }
            Some((_, meaning)) => {
                meaning.push_str(if meaning.is_empty() { "" } else { " " });
                meaning.push_str(word);
            }
            None => {}
        }
    }
    for (_, meaning) in &mut codes {
        let end = meaning.trim_end_matches([',', ';', '.']).len();
        meaning.truncate(end);
    }
    codes
}

fn section(page: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(page, ".SH \"{title}\"\n{body}");
    }
}

fn list(mut text: String, (tag, what): &(String, String)) -> String {
    let _ = write!(text, ".TP\n\\fB{}\\fR\n{}\n", plain(tag), plain(what));
    text
}

fn described(list: &[(&str, &str)]) -> String {
    list.iter().fold(String::new(), |text, (tag, what)| {
        self::list(text, &((*tag).to_owned(), (*what).to_owned()))
    })
}

/// Lines that are to stay lines.
fn verbatim(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    lines.iter().fold(".nf\n".to_owned(), |text, line| {
        text + &plain(line.strip_prefix("  ").unwrap_or(line)) + "\n"
    }) + ".fi\n"
}

/// A paragraph to be filled, or left in lines where some are set in.
fn prose(paragraph: &str) -> String {
    let lines: Vec<String> = paragraph.lines().map(plain).collect();
    let text = lines.join("\n") + "\n";
    if paragraph.lines().any(|line| line.starts_with(' ')) {
        format!(".nf\n{text}.fi\n")
    } else {
        text
    }
}

/// Text of which roff takes nothing for a request: <https://man7.org/linux/man-pages/man7/groff.7.html>.
fn plain(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let text = text.replace('\'', "\\(aq").replace('`', "\\(ga");
    if text.starts_with('.') {
        format!("\\&{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_taken_apart() {
        let help = Help::of(
            "Examples:\n  hcctl plan   a word\n\nExit codes: 0 done; 4 something\nwas refused.\n\nMore.",
        );
        assert_eq!(help.examples, ["  hcctl plan   a word"]);
        let codes = [("0", "done"), ("4", "something was refused")];
        let codes = codes.map(|(code, meaning)| (code.to_owned(), meaning.to_owned()));
        assert_eq!(help.codes, codes);
        assert_eq!(help.notes, "More.\n");
    }

    #[test]
    fn roff_takes_nothing_for_a_request() {
        assert_eq!(plain(".hcctl's --x \\"), "\\&.hcctl\\(aqs \\-\\-x \\e");
    }
}
