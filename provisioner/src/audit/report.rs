//! The judgements of both states, put together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hcctl_engine::{Address, Plan};

use super::control::{Control, Fix, Severity, Verdict};
use super::controls;
use super::state::State;
use crate::environment::{ControlId, Reason};

/// What an audit found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether anything is there. Where nothing is, only what an apply would make was judged.
    pub there: bool,
    /// What does not pass, accepted findings included: the worst first.
    pub findings: Vec<Finding>,
    /// What passes, now and after an apply.
    pub passed: Vec<Passed>,
    /// Controls that are about nothing in this environment.
    pub idle: Vec<&'static Control>,
    /// Accepted controls without a finding, with the reason.
    pub unused: Vec<(&'static Control, String)>,
    /// Strangers beside ours, which were not judged.
    pub strangers: usize,
}

/// A control that does not pass, and the resources of which that is said for one reason.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The control.
    pub control: &'static Control,
    /// Whether it failed or was not looked at.
    pub status: Status,
    /// What an apply does to it.
    pub fate: Fate,
    /// The resources.
    pub resources: Vec<Address>,
    /// Why, as a fragment.
    pub why: String,
    /// What fixes it.
    pub fix: Fix,
    /// Why it is accepted, where the environment file accepts it.
    pub accepted: Option<String>,
}

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is not as the control asks.
    Failed,
    /// hcctl did not look at what the control asks for, and cannot say.
    NotLookedAt,
}

/// What an apply does to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is not there now.
    BroughtIn,
    /// It is there now and after an apply.
    Stays,
    /// It is there now only.
    Fixed,
}

/// A control that passes.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The control.
    pub control: &'static Control,
    /// The resources that it is about.
    pub resources: Vec<Address>,
}

impl Fate {
    /// Whether the finding is there now.
    pub const fn now(self) -> bool {
        matches!(self, Self::Stays | Self::Fixed)
    }

    /// Whether it is there after an apply.
    pub const fn after_apply(self) -> bool {
        matches!(self, Self::Stays | Self::BroughtIn)
    }
}

impl Finding {
    /// Whether nobody has accepted it.
    pub const fn open(&self) -> bool {
        self.accepted.is_none()
    }
}

impl Report {
    /// Judges both states of a plan; `accepted` is what the environment file accepts.
    pub fn of(plan: &Plan, accepted: &BTreeMap<ControlId, Reason>) -> Self {
        let (now, after) = (State::now(plan), State::after(plan));
        let mut report = Self {
            there: plan.changes.iter().any(|change| change.before.is_some()),
            strangers: plan.strangers.len(),
            ..Self::default()
        };
        for control in controls() {
            let reason = accepted.iter().find(|(id, _)| id.as_str() == control.id);
            let reason = reason.map(|(_, reason)| reason.to_string());
            let (found, passed) = weigh(control, &now, &after);
            match (found.is_empty(), passed.is_empty()) {
                (true, true) => report.idle.push(control),
                (true, false) => report.passed.push(Passed {
                    control,
                    resources: passed,
                }),
                (false, _) => {}
            }
            match reason {
                Some(reason) if found.is_empty() => report.unused.push((control, reason)),
                accepted => report.findings.extend(found.into_iter().map(|mut one| {
                    one.accepted.clone_from(&accepted);
                    one
                })),
            }
        }
        // A stable sort: within a severity, the order of the controls.
        report
            .findings
            .sort_by_key(|one| (Reverse(one.control.severity), one.fate, one.status));
        report
    }

    /// The findings of the state that counts: of what is there, else of what an apply would make. Accepted ones do not.
    pub fn counted(&self) -> impl Iterator<Item = &Finding> {
        let open = self.findings.iter().filter(|one| one.open());
        open.filter(|one| {
            if self.there {
                one.fate.now()
            } else {
                one.fate.after_apply()
            }
        })
    }

    /// What an apply leaves, by severity: those that there are, the worst first. Accepted findings do not count.
    pub fn after_apply(&self) -> Vec<(Severity, usize)> {
        count(self.open().filter(|one| one.fate.after_apply()))
    }

    /// The findings that nobody has accepted.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|one| one.open())
    }

    /// How many open findings have this fate.
    pub fn with(&self, fate: Fate) -> usize {
        self.open().filter(|one| one.fate == fate).count()
    }
}

/// How many findings there are of each severity that there is, the worst first.
pub fn count<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(Severity, usize)> {
    let mut numbers: BTreeMap<Reverse<Severity>, usize> = BTreeMap::new();
    for finding in findings {
        *numbers
            .entry(Reverse(finding.control.severity))
            .or_default() += 1;
    }
    let numbers = numbers.into_iter();
    numbers
        .map(|(severity, number)| (severity.0, number))
        .collect()
}

/// What a control says of both states: its findings, and the resources that pass.
fn weigh(
    control: &'static Control,
    now: &State<'_>,
    after: &State<'_>,
) -> (Vec<Finding>, Vec<Address>) {
    let mut of: BTreeMap<Address, (Option<Verdict>, Option<Verdict>)> = BTreeMap::new();
    for one in (control.judge)(now) {
        of.entry(one.address).or_default().0 = Some(one.verdict);
    }
    for one in (control.judge)(after) {
        of.entry(one.address).or_default().1 = Some(one.verdict);
    }
    let mut passed = Vec::new();
    let mut groups: BTreeMap<(Fate, Status, String, Fix), Vec<Address>> = BTreeMap::new();
    for (address, (now, after)) in of {
        let (now, after) = (now.and_then(open), after.and_then(open));
        let fate = match (&now, &after) {
            (None, None) => {
                passed.push(address);
                continue;
            }
            (None, Some(_)) => Fate::BroughtIn,
            (Some(_), Some(_)) => Fate::Stays,
            (Some(_), None) => Fate::Fixed,
        };
        // What an apply leaves says what is left to do.
        let Some((status, why, fix)) = after.or(now) else {
            continue;
        };
        let fix = if fate == Fate::Fixed { Fix::Apply } else { fix };
        groups
            .entry((fate, status, why, fix))
            .or_default()
            .push(address);
    }
    let found = groups
        .into_iter()
        .map(|((fate, status, why, fix), resources)| Finding {
            control,
            status,
            fate,
            resources,
            why,
            fix,
            accepted: None,
        });
    (found.collect(), passed)
}

/// What is open about a verdict.
fn open(verdict: Verdict) -> Option<(Status, String, Fix)> {
    match verdict {
        Verdict::Passed => None,
        Verdict::Failed(why, fix) => Some((Status::Failed, why, fix)),
        Verdict::NotLookedAt(why, fix) => Some((Status::NotLookedAt, why, fix)),
    }
}
