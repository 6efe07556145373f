//! Which event can have done it: the newest one that is of the right sort and names the resource.

use super::drifted::Drifted;
use super::event::Event;
use super::kinds::DEREGISTER;
use super::question::{Question, about};
use super::trace::Trace;

/// What CloudTrail says of one field or resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Somebody did it.
    By(Event),
    /// The last one who wrote it was hcctl: then the file has changed since, or CloudTrail lags.
    Ours(Event),
    /// hcctl and somebody else (this event) wrote it in the same second, which is as exact as CloudTrail's times are.
    Unclear(Event),
    /// It says nothing.
    Nothing,
    /// There is nothing to ask by: only an id would do, and it went with the resource.
    NoId,
    /// It was not asked, or not to the end.
    NotAsked,
}

/// What is known of one field, or of a whole resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The resource's key ([`Drifted::key`]).
    pub key: String,
    /// The field, where a field was changed.
    pub field: Option<String>,
    /// What CloudTrail says.
    pub said: Said,
}

/// Judges everything by these events, where these questions were asked to their end.
pub(super) fn judge(all: &[Drifted], events: &[Event], asked: &[Question]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for drifted in all {
        for part in drifted.parts() {
            findings.push(Finding {
                key: drifted.key.clone(),
                field: part.map(str::to_owned),
                said: said(drifted, part, events, asked),
            });
        }
    }
    findings
}

fn said(drifted: &Drifted, part: Option<&str>, events: &[Event], asked: &[Question]) -> Said {
    let Some(trace) = drifted.trace() else {
        return Said::Nothing;
    };
    if !drifted.is_known(trace) {
        return Said::NoId;
    }
    // A newer event may stand behind a question that was not asked: then an older one is no answer.
    if about(drifted, part).iter().any(|one| !asked.contains(one)) {
        return Said::NotAsked;
    }
    let Some(at) = newest(drifted, trace, part, events).map(|event| event.at) else {
        return Said::Nothing;
    };
    let last = || fitting(drifted, trace, part, events).filter(|event| event.at == at);
    // Of several in one second the order is not told, and one of somebody else may be the last.
    match (
        last().find(|event| !event.ours),
        last().find(|event| event.ours),
    ) {
        (Some(event), None) => Said::By(event.clone()),
        (Some(event), Some(_)) => Said::Unclear(event.clone()),
        (None, Some(event)) => Said::Ours(event.clone()),
        (None, None) => Said::Nothing,
    }
}

/// Whether these events say enough: answers come newest first, so that the first one that fits is the one.
pub(super) fn answers(all: &[Drifted], question: &Question, events: &[Event]) -> bool {
    all.iter().all(|drifted| {
        let Some(trace) = drifted.trace() else {
            return true;
        };
        let mut parts = drifted.parts().into_iter();
        parts.all(|part| {
            !about(drifted, part).contains(question)
                || newest(drifted, trace, part, events).is_some()
        })
    })
}

fn newest<'e>(
    drifted: &'e Drifted,
    trace: &'e Trace,
    part: Option<&str>,
    events: &'e [Event],
) -> Option<&'e Event> {
    fitting(drifted, trace, part, events).max_by_key(|event| event.at)
}

/// The events that can have done it.
fn fitting<'e>(
    drifted: &'e Drifted,
    trace: &'e Trace,
    part: Option<&str>,
    events: &'e [Event],
) -> impl Iterator<Item = &'e Event> + use<'e> {
    let causes = drifted.causes(trace, part);
    let fits = move |event: &&Event| {
        !event.idle
            && causes.contains(&event.name.as_str())
            && trace.sources.contains(&event.source.as_str())
            && names(event, drifted)
    };
    events.iter().filter(fits)
}

/// Whether an event is about this resource.
fn names(event: &Event, drifted: &Drifted) -> bool {
    let all = || event.texts.iter().chain(&event.resources);
    let own = |text: &String| {
        drifted.id.as_ref() == Some(text)
            || drifted.name.as_ref().is_some_and(|name| is(text, name))
    };
    let part_of = |text: &String| {
        let owner = drifted.owner.as_deref();
        owner.is_some_and(|owner| within(text, owner))
    };
    match (&drifted.id, &drifted.name) {
        // A target that is deregistered takes its policies along, and the event names none of them.
        _ if drifted.kind == "scaling_policy" && event.name == DEREGISTER => all().any(part_of),
        // Of what is gone, and had no name, no more is known than what it was part of.
        (None, None) => all().any(part_of),
        // A scalable target is called by its service, whatever its id.
        (Some(_), None) if drifted.kind == "scalable_target" => {
            all().any(|text| own(text) || part_of(text))
        }
        _ => all().any(own),
    }
}

/// Whether a text is this name, or an id of what has this name: `.../NAME`, `.../NAME:7`, `targetgroup/NAME/0123`.
fn is(text: &str, name: &str) -> bool {
    if text == name {
        return true;
    }
    let Some(resource) = resource(text) else {
        return revision(text) == name;
    };
    let mut parts = resource.split('/').rev();
    let last = parts.next().unwrap_or_default();
    let balanced = ["targetgroup/", "loadbalancer/"]
        .iter()
        .any(|start| resource.starts_with(start));
    revision(last) == name
        || resource
            .split_once(':')
            .is_some_and(|(_, rest)| rest == name)
        || (balanced && parts.next() == Some(name))
}

/// `FAMILY` of `FAMILY:7`.
fn revision(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((family, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => family,
        _ => text,
    }
}

/// Whether a text is this id, or names something below it: a rule's ARN goes on where its listener's ends.
fn within(text: &str, owner: &str) -> bool {
    if text == owner || resource(owner) == Some(text) {
        return true;
    }
    let tail = |arn: &'_ str| {
        let rest = resource(arn)?.split_once('/')?.1;
        Some(rest.to_owned())
    };
    match (tail(text), tail(owner)) {
        (Some(text), Some(owner)) => text == owner || text.starts_with(&format!("{owner}/")),
        _ => false,
    }
}

/// What an ARN says after the account.
fn resource(text: &str) -> Option<&str> {
    text.starts_with("arn:")
        .then(|| text.splitn(6, ':').nth(5))?
}

#[cfg(test)]
mod tests;
