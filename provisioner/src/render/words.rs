//! The vocabulary: every sign, verb and label in one place.

use hcctl_engine::plan::Order;
use hcctl_engine::{Class, Reason, Rule, Verb};

pub(super) use crate::appearance::{heading, name as action, sign};

/// A value that is not there.
pub(super) const NOT_SET: &str = "not set";
/// Between a value that was seen and one that is wanted.
pub(super) const BECOMES: &str = "->";
/// Between a value that is there and the one that the file asks for.
pub(super) const INSTEAD_OF: &str = "<-";
/// Before something that comes, and before something that goes.
pub(super) const PLUS: &str = "+";
/// See [`PLUS`].
pub(super) const MINUS: &str = "-";
/// Before the reason of a replacement.
pub(super) const BECAUSE: &str = "because";
/// Above resources that are not hcctl's.
pub(super) const STRANGERS: &str = "Beside ours, left alone";
/// Above resources that somebody is still making.
pub(super) const PENDING: &str = "Not usable yet, waited for";
/// Before what to do about a failure.
pub(super) const HINT: &str = "hint:";

/// What became of a step that did not end well, in progress lines and counts.
pub(super) const FAILED: &str = "failed";
/// See [`FAILED`].
pub(super) const SKIPPED: &str = "skipped";
/// See [`FAILED`].
pub(super) const NOT_STARTED: &str = "not started";
/// A step whose end is waited for.
pub(super) const WAITING: &str = "waiting";

/// An order's name in JSON.
pub(super) const fn order(order: Order) -> &'static str {
    match order {
        Order::MakeFirst => "make_first",
        Order::DeleteFirst => "delete_first",
    }
}

/// An order for people.
pub(super) const fn order_text(order: Order) -> &'static str {
    match order {
        Order::MakeFirst => "new one first",
        Order::DeleteFirst => "old one first",
    }
}

/// A rule's name in JSON.
pub(super) const fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Update => "update",
        Rule::Mention => "mention",
        Rule::Replace => "replace",
        Rule::CreateOnly => "create_only",
    }
}

/// A reason's name in JSON.
pub(super) const fn reason(reason: &Reason) -> &'static str {
    match reason {
        Reason::Missing => "missing",
        Reason::Differs(_) => "differs",
        Reason::Forced(_) => "forced",
        Reason::Upstream(_) => "upstream",
        Reason::NotWanted => "not_wanted",
        Reason::Extra => "extra",
        Reason::Spare => "spare",
    }
}

/// A reason for people.
pub(super) fn reason_text(reason: &Reason) -> String {
    match reason {
        Reason::Missing => "not there".to_owned(),
        Reason::Differs(field) => format!("{field} differs"),
        Reason::Forced(field) => format!("{field} can only be set on a new one"),
        Reason::Upstream(address) => format!("{address} gets a new id"),
        Reason::NotWanted => "not wanted any more".to_owned(),
        Reason::Extra => "added by hand".to_owned(),
        Reason::Spare => "a second one, left by a run that was killed".to_owned(),
    }
}

/// A verb as an order.
pub(super) const fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Update => "change",
        Verb::Delete => "delete",
        Verb::Await => "wait for",
    }
}

/// A verb's name in JSON.
pub(super) const fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Update => "update",
        Verb::Delete => "delete",
        Verb::Await => "await",
    }
}

/// A verb while it goes on.
pub(super) const fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creating",
        Verb::Update => "changing",
        Verb::Delete => "deleting",
        Verb::Await => "awaiting",
    }
}

/// A verb when it is over.
pub(super) const fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "changed",
        Verb::Delete => "deleted",
        Verb::Await => "ready",
    }
}

/// What sort of failure, for people.
pub(super) const fn class(class: Class) -> &'static str {
    match class {
        Class::NotFound => "not found",
        Class::Throttled => "too many calls",
        Class::Denied => "not allowed",
        Class::Conflict => "in use or taken",
        Class::NotYet => "not usable yet",
        Class::Credentials => "no valid credentials",
        Class::Unreachable => "not reached",
        Class::Other => "failed",
    }
}

/// The name of a sort of failure in JSON.
pub(super) const fn class_name(class: Class) -> &'static str {
    match class {
        Class::NotFound => "not_found",
        Class::Throttled => "throttled",
        Class::Denied => "denied",
        Class::Conflict => "conflict",
        Class::NotYet => "not_yet",
        Class::Credentials => "credentials",
        Class::Unreachable => "unreachable",
        Class::Other => "other",
    }
}
