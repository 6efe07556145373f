//! A line that moves per running step, and a bar for the whole.

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hcctl_engine::{Address, Event, Verb};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::super::page::Page;
use super::super::text::{clean, rough, time};
use super::super::view::Style;
use super::super::words::doing;
use super::Progress;
use super::line::ended;

/// How often what moves is drawn again while nothing happens.
const TICK: Duration = Duration::from_millis(120);
const STEP: &str = "{spinner} {prefix:34} {time:>7}{usual}  {wide_msg}";
const TOTAL: &str = "[{bar:24}] {pos} of {len} steps {time}";

/// Draws what runs on a terminal; lines of what ended scroll above.
pub struct Bars {
    style: Style,
    screen: MultiProgress,
    total: ProgressBar,
    running: Mutex<HashMap<(Address, Verb), ProgressBar>>,
}

impl Bars {
    /// Bars on a terminal, for a run of so many steps.
    pub fn new(target: ProgressDrawTarget, steps: usize, style: Style) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let total = ProgressBar::new(steps as u64).with_style(template(TOTAL, None));
        let total = screen.add(total);
        total.enable_steady_tick(TICK);
        Self {
            style,
            screen,
            total,
            running: Mutex::default(),
        }
    }

    /// Bars on standard error.
    pub fn stderr(steps: usize, style: Style) -> Self {
        Self::new(ProgressDrawTarget::stderr(), steps, style)
    }

    fn start(&self, address: &Address, verb: Verb, usual: Duration) {
        let name = clean(&format!("{} {address}", doing(verb)));
        let bar = ProgressBar::new_spinner().with_style(template(STEP, Some(usual)));
        let bar = self
            .screen
            .insert_before(&self.total, bar.with_prefix(name));
        // Once at once: many steps are over before the first tick.
        bar.tick();
        bar.enable_steady_tick(TICK);
        self.running().insert((address.clone(), verb), bar);
    }

    fn end(&self, address: &Address, verb: Verb, event: &Event) {
        if let Some(bar) = self.running().remove(&(address.clone(), verb)) {
            bar.finish_and_clear();
            self.screen.remove(&bar);
        }
        // What is in the plan once may take two steps.
        if Some(self.total.position()) >= self.total.length() {
            self.total.inc_length(1);
        }
        self.total.inc(1);
        if let Some(page) = ended(event, self.style.width) {
            // A terminal that is gone is no reason to stop.
            let _ = self.screen.println(painted(&page, self.style.color));
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<(Address, Verb), ProgressBar>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Bars {
    fn event(&self, event: &Event) {
        match event {
            Event::Started {
                address,
                verb,
                usual,
            } => self.start(address, *verb, *usual),
            Event::Waiting { address, verb, why } => {
                if let Some(bar) = self.running().get(&(address.clone(), *verb)) {
                    bar.set_message(clean(why));
                }
            }
            Event::Finished { address, verb, .. }
            | Event::Failed { address, verb, .. }
            | Event::Skipped { address, verb, .. } => self.end(address, *verb, event),
        }
    }

    fn finish(&self) {
        for (_, bar) in std::mem::take(&mut *self.running()) {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }

    fn say(&self, text: &str) {
        // Without bars there is nobody who draws.
        if self.total.is_finished() || self.screen.println(text.trim_end()).is_err() {
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

/// A template with the times in it as everywhere else.
fn template(template: &str, usual: Option<Duration>) -> ProgressStyle {
    let style = ProgressStyle::with_template(template)
        .expect("the templates above are well formed, which a test asserts");
    let elapsed = |state: &ProgressState, w: &mut dyn fmt::Write| {
        // Writing into the line's own text cannot fail.
        let _ = w.write_str(&time(state.elapsed()));
    };
    let expected = move |_: &ProgressState, w: &mut dyn fmt::Write| {
        if let Some(usual) = usual {
            let _ = fmt::Write::write_fmt(w, format_args!(" of about {}", rough(usual)));
        }
    };
    style
        .progress_chars("=> ")
        .tick_chars(r"|/-\ ")
        .with_key("time", elapsed)
        .with_key("usual", expected)
}

fn painted(page: &Page, color: bool) -> String {
    let mut text = Vec::new();
    // A Vec takes all.
    let _ = page.write(color, &mut text);
    String::from_utf8_lossy(&text).trim_end().to_owned()
}
