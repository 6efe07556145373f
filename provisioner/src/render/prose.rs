//! Sentences that others put together, set for the screen: broken between words, never within a command that is there
//! to be copied.

use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::clean;

/// How far further lines of a sentence stand in.
const HANG: usize = 2;
/// What a command to copy begins with.
const PROGRAMS: [&str; 2] = ["hcctl", "aws"];

/// A text of several lines, each broken where it is too wide. A line that stands in is a quotation, from a file or of
/// another program, and stays as it is.
pub fn prose(text: &str, width: usize) -> String {
    let mut page = Page::new(width);
    for line in text.lines() {
        if line.starts_with(' ') {
            page.line(Line::default().with(Label::Plain, line));
        } else {
            broken(&mut page, "", line);
        }
    }
    page.text()
        .fold(String::new(), |text, line| text + &line + "\n")
}

/// Sets a sentence behind a lead, broken where it is too wide.
pub(super) fn broken(page: &mut Page, lead: &str, text: &str) {
    let whole = format!("{lead}{text}");
    if page.fits(super::text::columns(&whole)) {
        page.line(Line::default().with(Label::Plain, whole));
        return;
    }
    let hang = lead.len() - lead.trim_start().len() + HANG;
    let lead = Line::default().with(Label::Plain, lead);
    page.flow(lead, hang, sentence(Label::Plain, text));
}

/// The words of a sentence, to be broken between; a command in it is one word.
pub(super) fn sentence(label: Label, text: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut command = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if command.is_empty() && !begins(word) {
            spans.push(Span::new(label, word));
            continue;
        }
        if !command.is_empty() {
            command.push(' ');
        }
        command += word;
        if ends(&command, words.peek().copied()) {
            spans.push(Span::new(label, clean(&std::mem::take(&mut command))));
        }
    }
    spans
}

fn begins(word: &str) -> bool {
    let bare = word.trim_start_matches(['(', '`']);
    PROGRAMS.contains(&bare) || word.starts_with('`') && !bare.contains('`')
}

/// Whether a command is over before `next`: at its closing quote, or at the end of a clause.
fn ends(command: &str, next: Option<&str>) -> bool {
    let Some(next) = next else {
        return true;
    };
    if command.contains('`') {
        return command.matches('`').count().is_multiple_of(2);
    }
    let open = ['\'', '"']
        .iter()
        .any(|quote| command.matches(*quote).count() % 2 == 1);
    !open && (command.ends_with([',', ';', ':', '.', ')']) || next.starts_with('('))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_what_does_not_is_broken_between_words() {
        let line = "error: environments/dev.yaml has no service `pateint`";
        assert_eq!(prose(line, 80), format!("{line}\n"));
        assert_eq!(prose("", 80), "");
        let text = "error: AWS still protects load_balancer/main, table/appointments, table/patients against \
            deletion; nothing was changed\n    quoted of another program, which stays as long as it is, however long that may be";
        insta::assert_snapshot!(prose(text, 80), @r"
        error: AWS still protects load_balancer/main, table/appointments, table/patients
          against deletion; nothing was changed
            quoted of another program, which stays as long as it is, however long that may be
        ");
    }

    #[test]
    fn a_command_is_not_broken() {
        let text = "hint: set protect: false, run hcctl --sandbox --environments elsewhere apply dev, then destroy\n\
            hint: put it back: aws ec2 create-tags --region us-east-1 --resources vpc-1 --tags Key=Project,Value=shop\n\
            hint: put it back with: hcctl --sandbox apply dev (or write it into environments/dev.yaml)\n\
            hint: write a first environment with `hcctl init NAME`, or name the directory with `--environments DIR`";
        insta::assert_snapshot!(prose(text, 80), @r"
        hint: set protect: false, run
          hcctl --sandbox --environments elsewhere apply dev, then destroy
        hint: put it back:
          aws ec2 create-tags --region us-east-1 --resources vpc-1 --tags Key=Project,Value=shop
        hint: put it back with: hcctl --sandbox apply dev (or write it into
          environments/dev.yaml)
        hint: write a first environment with `hcctl init NAME`, or name the directory
          with `--environments DIR`
        ");
        let words = |text| sentence(Label::Plain, text).len();
        assert_eq!(words("run hcctl plan, then hcctl apply"), 4);
        assert_eq!(words("aws x --tags '{ \"a\": \"b\" }' (now)"), 2);
    }

    #[test]
    fn a_terminal_is_told_nothing_by_what_others_wrote() {
        assert_eq!(prose("error: \u{1b}[31mred", 80), "error: \\u{1b}[31mred\n");
    }
}
