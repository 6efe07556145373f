//! Failed calls: each cause once, with what it stopped, what the service said and what to do.

use std::io;

use hcctl_engine::Fault;

use super::super::causes::{Cause, causes};
use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::prose::sentence;
use super::super::text::count;
use super::super::view::Style;
use super::super::words::{HINT, class};
use super::INDENT;

/// Writes the failures of an observation.
pub fn faults(faults: &[Fault], style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page::new(style.width);
    for cause in causes(faults.iter().map(|fault| ((), fault))) {
        let operations = cause.operations();
        let subject = match operations.as_slice() {
            [one] => (*one).to_owned(),
            several => count(several.len(), "call"),
        };
        page.flow(Line::default(), INDENT, headline(&subject, &cause));
        if operations.len() > 1 {
            let lead = Line::indented(INDENT);
            page.flow(lead, INDENT, Span::list(Label::Plain, &operations));
        }
        said(&mut page, INDENT, None, &cause);
    }
    page.write(style.color, w)
}

/// `ec2:DescribeVpcs: not allowed (UnauthorizedOperation)`
pub(super) fn headline<T>(subject: &str, cause: &Cause<'_, T>) -> Vec<Span> {
    let fault = cause.fault;
    let mut words = Span::words(Label::Plain, &format!("{subject}:"));
    words.extend(Span::words(Label::Bad, class(fault.class)));
    if let Some(code) = &fault.code {
        words.extend(Span::words(Label::Plain, &format!("({code})")));
    }
    words
}

/// What the service said, and what to do; `operation` where the line above does not name it.
pub(super) fn said<T>(
    page: &mut Page,
    indent: usize,
    operation: Option<&str>,
    cause: &Cause<'_, T>,
) {
    let fault = cause.fault;
    let lead = operation.map_or_else(String::new, |operation| format!("{operation}: "));
    let request = fault.request_id.as_ref();
    let request = request.map_or_else(String::new, |id| format!(" (request {id})"));
    let text = format!("{lead}{}{request}", fault.message.trim());
    page.flow(
        Line::indented(indent),
        indent + 2,
        Span::words(Label::Plain, &text),
    );
    if let Some(remedy) = &fault.remedy {
        let mut words = Span::words(Label::Hint, HINT);
        words.extend(sentence(Label::Plain, remedy));
        page.flow(Line::indented(indent), indent + 2, words);
    }
}
