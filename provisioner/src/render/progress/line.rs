//! An event as one line.

use std::time::Duration;

use hcctl_engine::{Address, Event};

use super::super::label::Label;
use super::super::page::Line;
use super::super::text::{last_part, rough, time};
use super::super::words::{BECAUSE, FAILED, SKIPPED, WAITING, done, verb};

/// Where addresses begin, and where what follows them does.
const ADDRESS: usize = 10;
/// See [`ADDRESS`].
const REST: usize = 42;

/// The line of an event that ends a step; none of the others.
pub(super) fn ended(event: &Event) -> Option<Line> {
    let line = match event {
        Event::Finished {
            address,
            verb,
            id,
            took,
        } => {
            let line = begin(Label::Good, done(*verb), address);
            let line = line.with(Label::Aside, last_part(id));
            line.with(Label::Plain, "   ")
                .with(Label::Plain, time(*took))
        }
        Event::Failed {
            address,
            verb: one,
            fault,
            took,
        } => {
            let line = begin(Label::Bad, FAILED, address);
            let text = format!("to {} after {}: {fault}", verb(*one), time(*took));
            line.with(Label::Plain, text)
        }
        Event::Skipped {
            address, because, ..
        } => {
            let line = begin(Label::Warning, SKIPPED, address);
            line.with(Label::Plain, format!("{BECAUSE} {because} {FAILED}"))
        }
        Event::Started { .. } | Event::Waiting { .. } => return None,
    };
    Some(line)
}

/// The line of a wait.
pub(super) fn waits(address: &Address, why: &str, usual: Duration) -> Line {
    let line = begin(Label::Aside, WAITING, address);
    line.with(Label::Aside, format!("{why}; usually {}", rough(usual)))
}

fn begin(label: Label, word: &str, address: &Address) -> Line {
    let line = Line::default().with(label, word).pad_to(ADDRESS);
    let line = line.with(Label::Plain, address.to_string());
    // Three blanks at least, however long the address is.
    let rest = REST.max(line.columns() + 3);
    line.pad_to(rest)
}
