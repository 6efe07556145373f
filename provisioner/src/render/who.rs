//! Who did it, where CloudTrail says: a line per hand, and what CloudTrail does not say said once.

use hcctl_engine::Change;

use super::label::Label;
use super::page::{Line, Page, Span};
use super::text::{clock, day, short_id};
use crate::operation::drift::key;
use crate::trail::{Event, Finding, Said, Stopped, Trail};

/// How long CloudTrail may take to tell of a call.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html>
const LAGS: &str = "it lags up to 15 minutes";

/// What is said of one resource.
fn findings<'t>(trail: &'t Trail, key: &str) -> Vec<&'t Finding> {
    let all = trail.findings.iter();
    all.filter(|finding| finding.key == key).collect()
}

/// Whoever changed one field, or the whole.
pub(super) fn author<'t>(trail: &'t Trail, key: &str, field: Option<&str>) -> Option<&'t Event> {
    findings(trail, key).into_iter().find_map(|finding| {
        match (&finding.said, finding.field.as_deref() == field) {
            (Said::By(event), true) => Some(event),
            _ => None,
        }
    })
}

/// Whoever did the latest of what was done to one resource.
pub(super) fn latest<'t>(trail: &'t Trail, key: &str) -> Option<&'t Event> {
    let all = findings(trail, key).into_iter();
    let events = all.filter_map(|finding| match &finding.said {
        Said::By(event) => Some(event),
        _ => None,
    });
    events.max_by_key(|event| event.at)
}

/// `user/alice, PutRetentionPolicy, 2026-11-22 14:03 UTC (console)`
fn hand(event: &Event) -> String {
    let minute = clock(event.at);
    let minute = minute.get(..5).unwrap_or(&minute);
    let via = match event.via.as_str() {
        "" => String::new(),
        via => format!(" ({via})"),
    };
    let who = short_id(&event.who);
    format!("{who}, {}, {} {minute} UTC{via}", event.name, day(event.at))
}

/// One resource that somebody may have changed.
pub(super) struct Asked<'a> {
    pub(super) key: String,
    /// How it is called where it is one of several.
    pub(super) name: &'a str,
}

impl<'a> Asked<'a> {
    pub(super) fn of(change: &'a Change) -> Self {
        Self {
            key: key(change),
            name: &change.address.name,
        }
    }
}

/// A line for each hand that has been at these resources; whose it was is left out where all was one's.
pub(super) fn hands(page: &mut Page, trail: Option<&Trail>, all: &[Asked<'_>], indent: usize) {
    let Some(trail) = trail else { return };
    // By hand: the resources, each with the fields that were changed.
    let mut hands: Vec<(String, Vec<(&str, &str)>)> = Vec::new();
    let (mut parts, several) = (0, all.len() > 1);
    for asked in all {
        for finding in findings(trail, &asked.key) {
            parts += 1;
            let Said::By(event) = &finding.said else {
                continue;
            };
            let (text, part) = (
                hand(event),
                (asked.name, finding.field.as_deref().unwrap_or_default()),
            );
            match hands.iter_mut().find(|(known, _)| *known == text) {
                Some((_, about)) => about.push(part),
                None => hands.push((text, vec![part])),
            }
        }
    }
    for (text, about) in hands {
        let all = about.len() == parts;
        let colon = if all { "" } else { ":" };
        let mut words = Span::words(Label::Warning, &format!("by {text}{colon}"));
        if !all {
            words.extend(Span::list(Label::Plain, whose(&about, several)));
        }
        page.flow(Line::indented(indent), indent + 2, words);
    }
}

/// Which of several resources and fields a hand has been at.
fn whose(about: &[(&str, &str)], several: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, field) in about {
        let name = match (several, field.is_empty()) {
            (true, true) => (*name).to_owned(),
            (true, false) => format!("{name} {field}"),
            (false, _) => (*field).to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What is not known, each reason once; `call` names a resource by its key.
pub(super) fn remarks(trail: &Trail, call: &dyn Fn(&str) -> String) -> Vec<String> {
    let of = |wanted: fn(&Said) -> bool| {
        let mut names: Vec<String> = Vec::new();
        for finding in trail.findings.iter().filter(|one| wanted(&one.said)) {
            let name = call(&finding.key);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    let mut said = Vec::new();
    let silent = of(|said| matches!(said, Said::Nothing));
    if !silent.is_empty() {
        let cut = if trail.cut {
            ", and only the newest events were read"
        } else {
            ""
        };
        said.push(format!(
            "CloudTrail does not say who did it ({LAGS}{cut}): {}.",
            silent.join(", ")
        ));
    }
    let ours = of(|said| matches!(said, Said::Ours(_)));
    if !ours.is_empty() {
        said.push(format!(
            "hcctl itself wrote these last, so the file has changed since, or CloudTrail does not say yet ({LAGS}): {}.",
            ours.join(", ")
        ));
    }
    let mut unclear: Vec<String> = Vec::new();
    for finding in &trail.findings {
        if let Said::Unclear(event) = &finding.said {
            let name = format!("{} ({})", call(&finding.key), short_id(&event.who));
            if !unclear.contains(&name) {
                unclear.push(name);
            }
        }
    }
    if !unclear.is_empty() {
        said.push(format!(
            "Who wrote these last cannot be told, for hcctl and somebody else did in the same second: {}.",
            unclear.join(", ")
        ));
    }
    let unknown = of(|said| matches!(said, Said::NoId));
    if !unknown.is_empty() {
        said.push(format!(
            "CloudTrail cannot be asked who deleted these, for it knows them by ids that went with them: {}.",
            unknown.join(", ")
        ));
    }
    said.extend(stopped(trail));
    said
}

/// Why not all was asked.
fn stopped(trail: &Trail) -> Option<String> {
    let left = trail.questions - trail.asked;
    Some(match trail.stopped.as_ref()? {
        Stopped::Fault(_) if trail.is_denied() => {
            "Who did it is not known: cloudtrail:LookupEvents is not allowed to whoever looks here."
                .to_owned()
        }
        Stopped::Fault(fault) => format!("Who did it is not known: {fault}"),
        Stopped::Time(limit) => format!(
            "CloudTrail was asked for {} s, and no longer: {left} of {} questions were left.",
            limit.as_secs(),
            trail.questions
        ),
        Stopped::Questions => format!(
            "CloudTrail was asked {} questions, and {left} more were left.",
            trail.asked
        ),
    })
}
