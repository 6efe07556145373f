//! Whoever sits at the terminal: is told what happens, is asked, and interrupts.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::confirm::{Choice, choose, confirm};
use super::session::{say, style};
use super::signals::Signals;
use super::width;
use super::{CommandError, Format, Global, Kind};
use crate::operation::{Ask, Decision, Event, Events, Interrupts, Stop};
use crate::render::logs::bare;
use crate::render::progress::{Bars, JsonLines, Lines, Progress};
use crate::render::{json, prose, rollout};

/// A terminal, or what stands in its place.
pub(super) struct Terminal<'a> {
    global: &'a Global,
    /// Whether every question is answered with yes.
    yes: bool,
    /// The command that lets a deployment go on.
    approve: String,
    progress: OnceLock<Arc<dyn Progress>>,
    /// Columns of the longest name of a service.
    width: Mutex<usize>,
}

impl<'a> Terminal<'a> {
    /// The terminal of this process.
    pub(super) fn new(global: &'a Global) -> Self {
        Self {
            global,
            yes: false,
            approve: String::new(),
            progress: OnceLock::new(),
            width: Mutex::new(0),
        }
    }

    /// The same, where questions are answered with yes.
    pub(super) fn saying_yes(self, yes: bool) -> Self {
        Self { yes, ..self }
    }

    /// The same, which names the command that lets a deployment go on.
    pub(super) fn approving(self, approve: String) -> Self {
        Self { approve, ..self }
    }

    fn progress(&self, steps: usize) -> Arc<dyn Progress> {
        let style = style(self.global, &io::stderr());
        if self.global.format == Format::Json {
            Arc::new(JsonLines::new(io::stdout()))
        } else if self.global.quiet {
            Arc::new(Lines::new(io::sink(), style))
        } else if io::stderr().is_terminal() {
            Arc::new(Bars::stderr(steps, style))
        } else {
            Arc::new(Lines::new(io::stderr(), style))
        }
    }
}

impl Events for Terminal<'_> {
    fn tell(&self, event: Event<'_>) -> Result<(), CommandError> {
        let width = || self.width.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Said(text) => say(self.global, text),
            Event::Busy(text) if io::stderr().is_terminal() => say(self.global, text),
            Event::Busy(_) => {}
            Event::Begun { steps } => {
                self.progress.get_or_init(|| self.progress(steps));
            }
            Event::Step(event) => {
                if let Some(progress) = self.progress.get() {
                    progress.event(event);
                }
            }
            Event::Over => {
                if let Some(progress) = self.progress.get() {
                    progress.finish();
                }
            }
            Event::Following(services) => {
                *width() = services.iter().map(|name| name.len()).max().unwrap_or(0);
            }
            Event::Output(line) => {
                let mut out = io::stdout().lock();
                if self.global.format == Format::Json {
                    writeln!(out, "{}", json::log_line(line))?;
                } else {
                    bare(line, io::stdout().is_terminal(), &mut out)?;
                }
                out.flush()?;
            }
            Event::Rollout { at, service, told } => {
                if self.global.format == Format::Json {
                    writeln!(io::stdout(), "{}", json::rollout_event(service, at, told))?;
                } else if !self.global.quiet {
                    let style = style(self.global, &io::stderr());
                    let line = (service, *width());
                    rollout::told(line, at, told, &self.approve, &style, &mut io::stderr())?;
                }
            }
        }
        Ok(())
    }
}

impl Ask for Terminal<'_> {
    type Interrupts = Interrupted;

    fn confirm(&self, question: &str, word: Option<&str>) -> Result<(), CommandError> {
        confirm(question, word, self.yes)
    }

    fn stop(&self) -> Stop {
        let stop = Stop::default();
        // Until the process ends: the second interrupt must also end what comes after the steps, such as a journal that
        // nobody answers.
        let progress = self.progress.get().filter(|_| !self.global.quiet);
        tokio::spawn(watch(stop.clone(), progress.cloned()));
        stop
    }

    fn interrupts(&self) -> io::Result<Interrupted> {
        Ok(Interrupted(Signals::listen()?))
    }
}

/// The first interrupt lets running steps end and starts no other; the second ends the process.
async fn watch(stop: Stop, progress: Option<Arc<dyn Progress>>) {
    let say = |line: &str| {
        if let Some(progress) = &progress {
            progress.say(&prose(line, width()));
        }
    };
    let Ok(mut signals) = Signals::listen() else {
        return;
    };
    signals.next().await;
    stop.want();
    say("interrupted: ending what is under way, starting no more; again to leave at once");
    signals.next().await;
    say("leaving; run the same command again to continue (the lease ends by itself)");
    std::process::exit(i32::from(Kind::Interrupted.exit_code()));
}

/// Interrupts that are put as a question.
pub(super) struct Interrupted(Signals);

impl Interrupts for Interrupted {
    async fn next(&mut self) {
        self.0.next().await;
    }

    async fn decide(&mut self) -> io::Result<Decision> {
        let question =
            "interrupted: [l]eave the deployment running, [r]oll it back, or [g]o on watching?";
        let choice = tokio::select! {
            choice = choose(question, &['l', 'r', 'g']) => choice?,
            () = self.0.next() => Choice::Nobody,
        };
        Ok(match choice {
            Choice::Letter('r') => Decision::RollBack,
            Choice::Letter('g') => Decision::Follow,
            Choice::Letter(_) | Choice::Nobody => Decision::Leave,
        })
    }
}
