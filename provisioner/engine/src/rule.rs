//! What a change of a field asks for, how a kind is replaced, and how much a change may hurt.

/// What a change of one field of a kind leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The field is changed in place.
    Update,
    /// The field is changed in place, and a link in it does not keep the cloud from deleting what it names
    /// (an alarm's dimension, a route's target).
    Mention,
    /// The resource must be made anew.
    Replace,
    /// The field counts when the resource is made and is somebody else's afterwards (an autoscaled count).
    CreateOnly,
}

/// A kind's fields, each with its rule: exactly the fields of its spec.
pub type Rules = &'static [(&'static str, Rule)];

/// In which order a resource is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// The new one first: nothing is interrupted.
    MakeFirst,
    /// The old one first; the new one may go first where something that stays needs one of them all the time.
    DeleteFirst,
    /// The old one first, always: its name (or its address, or its place) cannot exist twice.
    Unique,
}

/// How much a change may hurt, in the word that the plan shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Nothing notices.
    None,
    /// Some requests may fail for seconds.
    Brief,
    /// The resource is made anew: what uses it is interrupted or moves.
    Replace,
    /// Data goes that no later run can bring back.
    DataLoss,
}

impl Risk {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Brief => "brief",
            Self::Replace => "replace",
            Self::DataLoss => "data loss",
        }
    }
}
