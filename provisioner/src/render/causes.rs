//! Failures with one cause, told as one: twelve calls that were all denied are one thing to mend.

use hcctl_engine::{Class, Fault};

/// Failures with one cause, each with what it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Cause<'a, T> {
    /// The first of them: it speaks for all.
    pub(super) fault: &'a Fault,
    /// All of them.
    pub(super) all: Vec<(T, &'a Fault)>,
}

/// Groups failures by cause, in the order in which causes first stand.
pub(super) fn causes<'a, T>(faults: impl IntoIterator<Item = (T, &'a Fault)>) -> Vec<Cause<'a, T>> {
    let mut causes: Vec<Cause<'a, T>> = Vec::new();
    for (what, fault) in faults {
        match causes.iter_mut().find(|cause| alike(cause.fault, fault)) {
            Some(cause) => cause.all.push((what, fault)),
            None => causes.push(Cause {
                fault,
                all: vec![(what, fault)],
            }),
        }
    }
    causes
}

fn alike(a: &Fault, b: &Fault) -> bool {
    let same = a.class == b.class && a.code == b.code && a.remedy == b.remedy;
    same && match a.class {
        // One cause, though the message names the call, the host or the resource.
        Class::Denied | Class::Credentials | Class::Unreachable | Class::Throttled => true,
        Class::NotFound | Class::Conflict | Class::NotYet | Class::Other => bare(a) == bare(b),
    }
}

/// The message without the call's own name, which some services put into it.
fn bare(fault: &Fault) -> String {
    fault.message.replace(&fault.operation, "")
}

impl<T> Cause<'_, T> {
    /// The calls that failed, each once, in order.
    pub(super) fn operations(&self) -> Vec<&str> {
        let mut operations: Vec<&str> = Vec::new();
        for (_, fault) in &self.all {
            if !operations.contains(&fault.operation.as_str()) {
                operations.push(&fault.operation);
            }
        }
        operations
    }
}
