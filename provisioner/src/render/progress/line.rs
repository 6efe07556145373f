//! An event as a line; one that went wrong may take a few.

use std::time::Duration;

use hcctl_engine::{Address, Event};

use super::super::label::Label;
use super::super::page::{Line, Page, Span};
use super::super::text::{columns, last_part, rough, time};
use super::super::words::{BECAUSE, FAILED, SKIPPED, WAITING, done, verb};

/// Where addresses begin, where what follows them does, and where ids do.
const ADDRESS: usize = 10;
/// See [`ADDRESS`].
const REST: usize = 42;
/// See [`ADDRESS`].
const ID: usize = 51;

/// What is said of an event that ends a step; nothing of the others.
pub(super) fn ended(event: &Event, width: usize) -> Option<Page> {
    let mut page = Page::new(width);
    match event {
        Event::Finished {
            address,
            verb,
            id,
            took,
        } => {
            let line = begin(Label::Good, done(*verb), address);
            let line = line.with(Label::Plain, time(*took));
            let id = last_part(id);
            let at = ID.max(line.columns() + 3);
            // An id that does not fit is left out: half of one is of no use, and the address says what it is of.
            page.line(if page.fits(at + columns(id)) {
                line.pad_to(at).with(Label::Aside, id)
            } else {
                line
            });
        }
        Event::Failed {
            address,
            verb: one,
            fault,
            took,
        } => {
            let line = begin(Label::Bad, FAILED, address);
            let text = format!("to {} after {}: {fault}", verb(*one), time(*took));
            page.flow(line, ADDRESS + 2, Span::words(Label::Plain, &text));
        }
        Event::Skipped {
            address, because, ..
        } => {
            let line = begin(Label::Warning, SKIPPED, address);
            let text = format!("{BECAUSE} {because} {FAILED}");
            page.flow(line, ADDRESS + 2, Span::words(Label::Plain, &text));
        }
        Event::Started { .. } | Event::Waiting { .. } => return None,
    }
    Some(page)
}

/// What is said of a wait.
pub(super) fn waits(address: &Address, why: &str, usual: Duration, width: usize) -> Page {
    let mut page = Page::new(width);
    let line = begin(Label::Aside, WAITING, address);
    let text = format!("{why}; usually {}", rough(usual));
    page.flow(line, ADDRESS + 2, Span::words(Label::Aside, &text));
    page
}

fn begin(label: Label, word: &str, address: &Address) -> Line {
    let line = Line::default().with(label, word).pad_to(ADDRESS);
    let line = line.with(Label::Plain, address.to_string());
    // Three blanks at least, however long the address is.
    let rest = REST.max(line.columns() + 3);
    line.pad_to(rest)
}
