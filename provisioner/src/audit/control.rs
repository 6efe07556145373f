//! What a control is, and what it may say of a resource.

use hcctl_engine::Address;

use super::state::State;

/// A control.
#[derive(Debug)]
pub struct Control {
    /// Its Security Hub id, such as `ELB.16`.
    pub id: &'static str,
    /// Its title, in Security Hub's words.
    pub title: &'static str,
    /// How much it weighs, by Security Hub.
    pub severity: Severity,
    /// What it says of each resource that it is about.
    pub(super) judge: fn(&State<'_>) -> Vec<Judgement>,
}

/// How much a control weighs: Security Hub's words, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be improved at leisure.
    Low,
    /// To be fixed, though nothing burns.
    Medium,
    /// To be fixed soon.
    High,
    /// To be fixed at once.
    Critical,
}

impl Severity {
    /// Every severity, the worst first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What makes a control pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fix {
    /// A line of the environment file, as `section.key: value`.
    File(&'static str),
    /// An apply: what the file asks for passes already.
    Apply,
    /// Something that hcctl does not do yet.
    NotYet(&'static str),
}

/// What a control says of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) address: Address,
    pub(super) verdict: Verdict,
}

/// How it judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be: why, as a fragment, and what fixes it.
    Failed(String, Fix),
    /// Nobody can say from what was looked at: what was not, as a fragment, and what fixes it where it is not there.
    NotLookedAt(String, Fix),
}
