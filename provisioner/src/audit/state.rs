//! What controls look at: the resources of one moment, by their specs.

use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{Action, Address, Doc, Plan};
use serde::de::DeserializeOwned;

use super::control::{Fix, Judgement, Verdict};

/// The resources of one moment.
pub(super) struct State<'a> {
    parts: Vec<(&'a Address, &'a Doc, bool)>,
    strangers: &'a [Stranger],
}

impl<'a> State<'a> {
    /// What is there.
    pub(super) fn now(plan: &'a Plan) -> Self {
        let parts = plan.changes.iter().filter_map(|change| {
            let seen = change.before.as_ref()?;
            Some((&change.address, &seen.doc, false))
        });
        Self {
            parts: parts.collect(),
            strangers: &plan.strangers,
        }
    }

    /// What an apply leaves.
    pub(super) fn after(plan: &'a Plan) -> Self {
        let parts = plan.changes.iter().filter_map(|change| {
            let fresh = matches!(change.action, Action::Create | Action::Replace(_));
            Some((&change.address, change.after.as_ref()?, fresh))
        });
        Self {
            parts: parts.collect(),
            strangers: &plan.strangers,
        }
    }

    /// The resources of a kind.
    pub(super) fn all<T: DeserializeOwned>(&self, kind: &str) -> Vec<Seen<'a, T>> {
        let of_kind = self.parts.iter().filter(|(one, ..)| one.kind == kind);
        let read = of_kind.filter_map(|&(address, doc, fresh)| {
            Some(Seen {
                address,
                spec: doc.read().ok()?,
                fresh,
            })
        });
        read.collect()
    }

    /// What each resource of a kind is judged to be.
    pub(super) fn each<T: DeserializeOwned>(
        &self,
        kind: &str,
        judge: impl Fn(&Seen<'a, T>) -> Verdict,
    ) -> Vec<Judgement> {
        let seen = self.all(kind);
        seen.iter()
            .map(|one| Judgement {
                address: one.address.clone(),
                verdict: judge(one),
            })
            .collect()
    }

    /// Strangers of a kind beside ours.
    pub(super) fn strangers(&self, kind: &str) -> impl Iterator<Item = &'a Stranger> {
        let strangers = self.strangers.iter();
        strangers.filter(move |one| one.kind == kind)
    }
}

/// One resource.
pub(super) struct Seen<'a, T> {
    pub(super) address: &'a Address,
    pub(super) spec: T,
    /// An apply makes it anew: nothing that hcctl does not make can be on it.
    pub(super) fresh: bool,
}

impl<T> Seen<'_, T> {
    /// Something that hcctl neither makes nor looks at.
    pub(super) fn unmanaged(&self, what: &str, fix: Fix) -> Verdict {
        if self.fresh {
            Verdict::Failed(format!("hcctl makes no {what}"), fix)
        } else {
            Verdict::NotLookedAt(format!("{what}: not looked at by hcctl"), fix)
        }
    }
}

/// Passed, or failed for this reason.
pub(super) fn passes(good: bool, why: &str, fix: Fix) -> Verdict {
    if good {
        Verdict::Passed
    } else {
        Verdict::Failed(why.to_owned(), fix)
    }
}
