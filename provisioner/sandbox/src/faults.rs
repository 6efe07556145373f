//! Failures on purpose, so that a kill or a lost reply can be replayed exactly.
//!
//! Owns: the plan of what fails when. Must not know: services. Room is left for latency, throttling, 5xx and stale reads; so
//! far a plan can cut the line before or after the Nth write call, which is what a sweep over kill points needs.

use serde::{Deserialize, Serialize};

/// What goes wrong, and when. Write calls are counted from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultPlan {
    /// Nothing.
    #[default]
    None,
    /// The Nth write call and every call after it get no answer and have no effect.
    StopBefore(u64),
    /// The Nth write call takes effect but its reply is lost, and so is everything after it.
    StopAfter(u64),
}

impl FaultPlan {
    /// Whether a call must have no effect, when `writes` write calls were let in before it.
    pub(crate) fn stops_before(self, writes: u64, is_write: bool) -> bool {
        match self {
            Self::None => false,
            Self::StopBefore(nth) => writes + u64::from(is_write) >= nth,
            Self::StopAfter(nth) => writes >= nth,
        }
    }

    /// Whether a call's reply is lost, when it was write call number `writes`.
    pub(crate) fn stops_after(self, writes: u64, is_write: bool) -> bool {
        is_write && self == Self::StopAfter(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_cuts_where_it_says() {
        let before = FaultPlan::StopBefore(2);
        assert!(!before.stops_before(0, true));
        assert!(!before.stops_before(1, false));
        assert!(before.stops_before(1, true));
        let after = FaultPlan::StopAfter(2);
        assert!(!after.stops_before(1, true));
        assert!(after.stops_after(2, true));
        assert!(after.stops_before(2, false));
    }
}
