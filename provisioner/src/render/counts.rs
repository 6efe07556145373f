//! How much there is to do, and how much the worst of it may hurt.

use hcctl_engine::{Action, Plan, Risk};

use super::words::heading;

/// Resources by what is to be done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) create: usize,
    pub(super) update: usize,
    pub(super) replace: usize,
    pub(super) delete: usize,
    pub(super) keep: usize,
    pub(super) highest: Risk,
}

impl Counts {
    /// Counts a plan.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut counts = Self {
            create: 0,
            update: 0,
            replace: 0,
            delete: 0,
            keep: 0,
            highest: Risk::None,
        };
        for change in &plan.changes {
            let count = match change.action {
                Action::Keep => &mut counts.keep,
                Action::Create => &mut counts.create,
                Action::Update => &mut counts.update,
                Action::Replace(_) => &mut counts.replace,
                Action::Delete => &mut counts.delete,
            };
            *count += 1;
            counts.highest = counts.highest.max(change.risk);
        }
        counts
    }

    /// `75 to create, 0 to change, 0 to replace, 0 to delete`
    pub(super) fn text(&self) -> String {
        let order = hcctl_engine::plan::Order::MakeFirst;
        let parts = [
            (self.create, Action::Create),
            (self.update, Action::Update),
            (self.replace, Action::Replace(order)),
            (self.delete, Action::Delete),
        ];
        let parts =
            parts.map(|(count, action)| format!("{count} to {}", heading(action).to_lowercase()));
        parts.join(", ")
    }
}
