//! What is to be done with what a box stands for: a word, a sign and a colour, so that none of them is needed alone.

use hcctl_engine::Action;
use hcctl_engine::plan::Order;

use crate::appearance::{name, sign};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Nothing.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is made anew.
    Replace,
    /// It is deleted.
    Delete,
}

impl Mark {
    /// All, in the order of the legend.
    pub const ALL: [Self; 5] = [
        Self::Keep,
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
    ];

    /// The mark of an action.
    pub const fn of(action: Action) -> Self {
        match action {
            Action::Keep => Self::Keep,
            Action::Create => Self::Create,
            Action::Update => Self::Update,
            Action::Replace(_) => Self::Replace,
            Action::Delete => Self::Delete,
        }
    }

    /// The sign on its badge; what stays has none.
    pub const fn sign(self) -> Option<&'static str> {
        match self {
            Self::Keep => None,
            mark => Some(sign(mark.action())),
        }
    }

    /// The word in the legend.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "as it is",
            Self::Create => "create",
            Self::Update => "change",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }

    /// The name of its class.
    pub const fn class(self) -> &'static str {
        name(self.action())
    }

    /// The action; which goes first in a replacement is nothing that a picture shows.
    const fn action(self) -> Action {
        match self {
            Self::Keep => Action::Keep,
            Self::Create => Action::Create,
            Self::Update => Action::Update,
            Self::Replace => Action::Replace(Order::DeleteFirst),
            Self::Delete => Action::Delete,
        }
    }

    /// The mark of something that consists of many: theirs, where all have one; else it changes.
    pub fn of_all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else {
            return Self::Keep;
        };
        if parts.all(|part| part == first) {
            first
        } else {
            Self::Update
        }
    }

    /// The mark of something with a heart: the heart's own, unless that stays while something around it changes.
    pub fn around(heart: Self, parts: impl IntoIterator<Item = Self>) -> Self {
        match heart {
            Self::Keep if parts.into_iter().any(|part| part != Self::Keep) => Self::Update,
            heart => heart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mark::{self, Create, Delete, Keep, Replace, Update};

    #[test]
    fn many_have_the_mark_that_all_have() {
        assert_eq!(Mark::of_all([]), Keep);
        assert_eq!(Mark::of_all([Create, Create]), Create);
        assert_eq!(Mark::of_all([Keep, Create]), Update);
        assert_eq!(Mark::of_all([Delete, Create]), Update);
    }

    #[test]
    fn a_heart_that_stays_shows_what_changes_around_it() {
        assert_eq!(Mark::around(Keep, [Keep, Keep]), Keep);
        assert_eq!(Mark::around(Keep, [Keep, Delete]), Update);
        assert_eq!(Mark::around(Replace, [Keep]), Replace);
        assert_eq!(Mark::around(Update, [Create]), Update);
    }
}
