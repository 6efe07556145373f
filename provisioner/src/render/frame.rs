//! What runs, as one screen that is drawn again and again: never larger than the terminal, the worst first where not all
//! fits.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::label::Label;
use super::page::{Line, Page, Span};
use super::status::{INDENT, StatusView, VALUES, absent, deployed, health, service};
use super::text::{clock, columns, rough};
use crate::deploy::Status;
use crate::deploy::state::{Deployment, State};
use crate::operation::rhythm::Trouble;

/// One screen's worth.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// What was seen last.
    pub view: &'a StatusView<'a>,
    /// When that was.
    pub seen: SystemTime,
    /// How long after one look the next one follows.
    pub every: Duration,
    /// Why there is nothing newer to show.
    pub trouble: Option<&'a Trouble>,
}

/// How large the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its width.
    pub columns: usize,
    /// Its height.
    pub rows: usize,
}

/// From this width on, time and place stand on one line.
const WIDE: usize = 60;
/// From this height on, there is room for what is only nice to know.
const HIGH: usize = 16;
/// The columns of a bar.
const BAR: usize = 20;
/// Of what went wrong, so many lines at most.
const TROUBLE: usize = 4;

/// The lines of the screen, none wider than the terminal, and no more than it has.
pub fn frame(frame: &Frame<'_>, size: Size, color: bool) -> Vec<String> {
    let mut lines = head(frame, size);
    let foot = usize::from(size.rows >= HIGH);
    let left = size.rows.saturating_sub(lines.len() + foot);
    let mut body = whole(frame.view, size.columns);
    if body.len() > left {
        body = short(frame.view, size.columns, left);
    }
    lines.append(&mut body);
    // And an empty line above the foot.
    let left = size.rows.saturating_sub(lines.len() + 2 * foot);
    lines.extend(said(frame.view, left));
    if foot > 0 {
        while lines.len() + foot < size.rows {
            lines.push(Line::default());
        }
        let text = format!("looks every {}; Ctrl-C ends it", rough(frame.every));
        lines.push(Line::default().with(Label::Aside, text));
    }
    lines.truncate(size.rows);
    let text = |line: Line| {
        let mut out = Vec::new();
        // A Vec takes all.
        let _ = line.clipped(size.columns).write(color, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    lines.into_iter().map(text).collect()
}

/// Where it is about, when it was seen, and what went wrong since.
fn head(frame: &Frame<'_>, size: Size) -> Vec<Line> {
    let view = frame.view;
    let since = |at: SystemTime| view.now.duration_since(at).unwrap_or_default();
    let age = since(frame.seen);
    let now = view.now.duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_secs();
    let time = format!("{} UTC, seen {} ago", clock(now), rough(age));
    let label = if frame.trouble.is_some() || age > 3 * frame.every + Duration::from_secs(10) {
        Label::Warning
    } else {
        Label::Aside
    };
    let title = Line::default()
        .with(
            Label::Heading,
            format!("{} {}", view.project, view.environment),
        )
        .with(Label::Plain, "  ")
        .with(Label::Aside, view.region);
    let mut lines = Vec::new();
    let at = size.columns.saturating_sub(columns(&time));
    if size.columns >= WIDE && title.columns() + 2 <= at {
        lines.push(title.pad_to(at).with(label, time));
    } else {
        lines.push(title);
        lines.push(Line::default().with(label, time));
    }
    if let Some(url) = view.url.as_ref().filter(|_| size.rows >= HIGH) {
        lines.push(Line::default().with(Label::Plain, url));
    }
    if let Some(trouble) = frame.trouble {
        let mut page = Page::new(size.columns);
        let mut text = trouble.what.clone();
        if let Some(next) = trouble.next {
            let left = next.duration_since(view.now).unwrap_or_default();
            let _ = write!(text, "; the next look is in {}", rough(left));
        }
        let lead = Line::default().with(Label::Bad, "not seen: ");
        page.flow(lead, INDENT, Span::words(Label::Bad, &text));
        if let Some(remedy) = &trouble.remedy {
            let lead = Line::default().with(Label::Hint, "hint: ");
            page.flow(lead, INDENT, Span::words(Label::Plain, remedy));
        }
        lines.extend(page.into_lines().into_iter().take(TROUBLE));
    }
    if size.rows >= HIGH {
        lines.push(Line::default());
    }
    lines
}

/// Everything of every service.
fn whole(view: &StatusView<'_>, width: usize) -> Vec<Line> {
    let mut page = Page::new(width);
    for state in view.services {
        page.gap();
        block(&mut page, state, view.now);
    }
    for name in &view.missing {
        page.gap();
        page.line(absent(name));
    }
    page.into_lines()
}

/// Everything of one service.
fn block(page: &mut Page, state: &State, now: SystemTime) {
    service(page, state, now);
    if let Some(bar) = state.deployment.as_ref().and_then(bar) {
        page.line(Line::indented(VALUES).with(Label::Change, bar));
    }
}

/// A line or two of each service, in so many lines. Those in trouble come first, then those that move, and have all of
/// theirs shown where there is room.
fn short(view: &StatusView<'_>, width: usize, rows: usize) -> Vec<Line> {
    let names = view.services.iter().map(|state| columns(&state.live.name));
    let name = names.max().unwrap_or_default();
    let mut states: Vec<&State> = view.services.iter().collect();
    states.sort_by_key(|state| rank(state));
    let mut blocks: Vec<Vec<Line>> = states
        .iter()
        .map(|state| brief(state, name, view.now))
        .collect();
    blocks.extend(view.missing.iter().map(|name| vec![absent(name)]));
    let mut all: usize = blocks.iter().map(Vec::len).sum();
    for (state, brief) in states.iter().zip(&mut blocks) {
        let mut page = Page::new(width);
        block(&mut page, state, view.now);
        page.line(Line::default());
        let full = page.into_lines();
        if rank(state) <= MOVES && all - brief.len() + full.len() <= rows {
            all = all - brief.len() + full.len();
            *brief = full;
        }
    }
    let total = blocks.len();
    // One line for saying what is left out.
    let room = if all > rows {
        rows.saturating_sub(1)
    } else {
        rows
    };
    let mut lines: Vec<Line> = Vec::new();
    for (place, block) in blocks.into_iter().enumerate() {
        if lines.len() + block.len() > room {
            if lines.len() < rows {
                let text = format!("... {} more", total - place);
                lines.push(Line::default().with(Label::Aside, text));
            }
            break;
        }
        lines.extend(block);
    }
    lines
}

/// The rank of what is being deployed; what is in trouble is below.
const MOVES: u8 = 1;

/// Before which others a service is shown.
fn rank(state: &State) -> u8 {
    let going = state.deployment.as_ref().map(|one| one.sight.status);
    match (health(state).0, going) {
        (Label::Bad, _) | (_, Some(Status::GoingBack)) => 0,
        (_, Some(Status::Going)) => MOVES,
        (Label::Warning, _) => 2,
        _ => 3,
    }
}

fn brief(state: &State, name: usize, now: SystemTime) -> Vec<Line> {
    let live = &state.live;
    let (label, word) = health(state);
    let mut first = Line::default()
        .with(Label::Heading, &live.name)
        .pad_to(name + 2)
        .with(label, word)
        .with(Label::Plain, format!("  {}/{}", live.running, live.desired));
    if !state.alarms.is_empty() {
        let text = format!("  {} of {} alarms", state.alarms.len(), state.alarm_count);
        first = first.with(Label::Bad, text);
    }
    let mut lines = vec![first.with(Label::Plain, format!("  {}", state.image()))];
    if let (Some(deployment), Some((label, text))) = (&state.deployment, deployed(state, now)) {
        // Whoever is to approve must see it.
        let bar = bar(deployment).filter(|_| deployment.sight.waiting.is_none());
        if label != Label::Plain {
            lines.push(Line::indented(INDENT).with(label, bar.unwrap_or(text)));
        }
    }
    lines
}

/// How far a deployment is that goes on: `[##########..........] 1 of 2 new tasks, 25 % of the traffic`.
fn bar(deployment: &Deployment) -> Option<String> {
    let sight = &deployment.sight;
    if sight.status != Status::Going || sight.wanted == 0 {
        return None;
    }
    // Where ECS shifts traffic, that is what there is to wait for.
    let tasks = f64::from(sight.running.min(sight.wanted)) / f64::from(sight.wanted);
    let part = sight.production.map_or(tasks, |percent| percent / 100.0);
    let filled = ((part * BAR as f64).round() as usize).min(BAR);
    let bar = format!("[{}{}]", "#".repeat(filled), ".".repeat(BAR - filled));
    let traffic = sight.production.map_or_else(String::new, |percent| {
        format!(", {percent:.0} % of the traffic")
    });
    let (running, wanted) = (sight.running, sight.wanted);
    Some(format!("{bar} {running} of {wanted} new tasks{traffic}"))
}

/// What ECS said last, newest first, where there is room for more than the title.
fn said(view: &StatusView<'_>, rows: usize) -> Vec<Line> {
    /// The empty line, the title, and two lines at least.
    const LEAST: usize = 4;
    let words = view.services.iter().flat_map(|state| {
        let name = state.live.name.as_str();
        state.said.iter().map(move |word| (word, name))
    });
    let mut words: Vec<_> = words.collect();
    if rows < LEAST || words.is_empty() {
        return Vec::new();
    }
    words.sort_by_key(|(word, _)| std::cmp::Reverse(word.at));
    let width = words.iter().map(|(_, name)| columns(name)).max();
    let title = Line::default().with(Label::Heading, "What ECS said last");
    let mut lines = vec![Line::default(), title];
    for (word, name) in words.into_iter().take(rows - 2) {
        let at = word.at.duration_since(SystemTime::UNIX_EPOCH);
        let at = clock(at.unwrap_or_default().as_secs());
        let line = Line::indented(INDENT)
            .with(Label::Aside, at)
            .with(Label::Plain, "  ")
            .with(Label::Plain, name)
            .pad_to(INDENT + 8 + 2 + width.unwrap_or_default() + 2)
            .with(Label::Plain, &word.text);
        lines.push(line);
    }
    lines
}
