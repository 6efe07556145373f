//! What happens while a plan is made, as data. Progress display, JSON lines, journal and report read the same stream.

use std::time::Duration;

use crate::{Address, Fault};

/// What is being done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Made for the first time, or anew.
    Create,
    /// Changed in place.
    Update,
    /// Deleted.
    Delete,
    /// Waited for.
    Await,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step began.
    Started {
        /// With which resource.
        address: Address,
        /// What.
        verb: Verb,
        /// How long such a step usually takes.
        usual: Duration,
    },
    /// A step's call was accepted, and its end is waited for.
    Waiting {
        /// With which resource.
        address: Address,
        /// What.
        verb: Verb,
        /// What is missing.
        why: String,
    },
    /// A step ended well.
    Finished {
        /// With which resource.
        address: Address,
        /// What.
        verb: Verb,
        /// The resource's id, now or last.
        id: String,
        /// How long it took.
        took: Duration,
    },
    /// A step failed.
    Failed {
        /// With which resource.
        address: Address,
        /// What.
        verb: Verb,
        /// How.
        fault: Fault,
        /// How long it took.
        took: Duration,
    },
    /// A step was not tried because one that it needs failed.
    Skipped {
        /// With which resource.
        address: Address,
        /// What.
        verb: Verb,
        /// Whose failure.
        because: Address,
    },
}
