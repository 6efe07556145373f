//! The secrets of an environment, for people.

use std::collections::BTreeSet;
use std::io;

use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{clock, day};
use super::view::Style;
use crate::operation::secret::Listed;

/// Where what is told of a secret begins.
const INDENT: usize = 2;

/// Writes them for people: what the file says, what is there, and who names it.
pub fn human(
    environment: &str,
    all: &[Listed],
    style: &Style,
    w: &mut dyn io::Write,
) -> io::Result<()> {
    let mut page = Page::new(style.width);
    if all.is_empty() {
        let text = format!("{environment} has no secrets, and its file names none.");
        page.line(Line::default().with(Label::Plain, text));
    }
    for one in all {
        page.line(Line::default().with(Label::Heading, &one.source));
        let mut told = Vec::new();
        if let Some(trouble) = &one.trouble {
            told.extend(Span::words(Label::Bad, trouble));
        } else {
            let version = one.version.map(|version| format!("version {version}"));
            let changed = one.changed.and_then(|at| {
                let since = at.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
                Some(format!("changed {} {} UTC", day(since), clock(since)))
            });
            let known: Vec<String> = version.into_iter().chain(changed).collect();
            told.extend(Span::words(Label::Plain, &known.join(", ")));
        }
        if !told.is_empty() {
            page.flow(Line::indented(INDENT), INDENT, told);
        }
        let used = match services(&one.used).as_slice() {
            [] => Span::words(Label::Warning, "no service names it"),
            services => Span::words(Label::Aside, &format!("used by {}", services.join(", "))),
        };
        page.flow(Line::indented(INDENT), INDENT, used);
    }
    page.write(style.color, w)
}

/// The services among places such as `services.cart.secrets.KEY`.
pub fn services(places: &[String]) -> Vec<String> {
    let named = places.iter().filter_map(|place| place.split('.').nth(1));
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    named.into_iter().collect()
}
