//! What there is to show, put together by the caller.

use std::io;
use std::time::Duration;

use hcctl_engine::Plan;
use hcctl_engine::plan::Catalog;
use serde_json::Value;

use crate::audit::Report;
pub use crate::operation::Note;
use crate::price::Costs;

/// A plan with all that its readers want to know around it.
#[derive(Clone, Debug)]
pub struct PlanView<'a> {
    /// Where it is about.
    pub header: Header,
    /// The plan.
    pub plan: &'a Plan,
    /// The facts of its kinds: which fields are documents.
    pub catalog: &'a Catalog,
    /// What else should be told of single resources.
    pub notes: &'a [Note],
    /// What it costs, where that is to be told.
    pub costs: Option<Costs>,
    /// What an audit of it found, where one was made.
    pub findings: Option<&'a Report>,
}

/// Where a plan is about, and how it was made.
#[derive(Clone, Debug)]
pub struct Header {
    /// The project.
    pub project: String,
    /// The environment: the stem of its file.
    pub environment: String,
    /// The account's number.
    pub account: String,
    /// Who acts: the caller's ARN.
    pub caller: String,
    /// The region.
    pub region: String,
    /// The environment's file, as a path that its reader can open.
    pub file: String,
    /// How many calls it took to see what is there, where that was counted.
    pub api_calls: Option<u32>,
    /// How long that took.
    pub took: Duration,
}

/// How text for people is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour it. Nothing is said by colour alone.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether to leave nothing out.
    pub verbose: bool,
}

/// What surrounds the outcome of a run.
#[derive(Clone, Debug, Default)]
pub struct ReportView {
    /// The verb that was typed, such as `apply`.
    pub verb: &'static str,
    /// The environment.
    pub environment: String,
    /// Where the environment answers, once it does.
    pub urls: Vec<String>,
    /// What to do next, one sentence each. Without any, a run that is not complete says that it is to be run again.
    pub next: Vec<String>,
}

/// What a verb shows, in each of its forms.
pub trait Shown {
    /// Whether its document is one line among others.
    const LINE: bool = false;

    /// Writes it for people.
    fn human(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()>;

    /// Writes it for a pull request or an issue; as for people, where it has no other form for that.
    fn markdown(&self, style: &Style, w: &mut dyn io::Write) -> io::Result<()> {
        self.human(style, w)
    }

    /// The document for programs.
    fn json(&self) -> Value;
}
