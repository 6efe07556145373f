//! How many tasks start and stop now, by the rules of a rolling update.
//!
//! `DeploymentConfiguration` (API reference): `maximumPercent` of the desired count, rounded down, is how many may start or run;
//! `minimumHealthyPercent`, rounded up, is how many must stay healthy.

/// What there is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) desired: u64,
    pub(super) maximum_percent: u64,
    pub(super) minimum_healthy_percent: u64,
    /// Tasks of the primary deployment that start or run.
    pub(super) primary: u64,
    pub(super) primary_healthy: u64,
    /// The same of all other deployments.
    pub(super) others: u64,
    pub(super) others_healthy: u64,
}

/// What happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moves {
    pub(super) start: u64,
    pub(super) stop_primary: u64,
    pub(super) stop_others: u64,
}

pub(super) fn moves(counts: &Counts) -> Moves {
    let most = counts.desired * counts.maximum_percent / 100;
    let least = (counts.desired * counts.minimum_healthy_percent).div_ceil(100);
    let room = most.saturating_sub(counts.primary + counts.others);
    // More than the desired number of healthy new tasks are about to stop themselves; they do not count.
    let healthy = counts.primary_healthy.min(counts.desired) + counts.others_healthy;
    let spare = healthy.saturating_sub(least);
    let not_healthy = counts.others - counts.others_healthy;
    Moves {
        start: counts.desired.saturating_sub(counts.primary).min(room),
        stop_primary: counts.primary.saturating_sub(counts.desired),
        stop_others: not_healthy + counts.others_healthy.min(spare),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(desired: u64, primary: (u64, u64), others: (u64, u64)) -> Counts {
        Counts {
            desired,
            maximum_percent: 200,
            minimum_healthy_percent: 100,
            primary: primary.0,
            primary_healthy: primary.1,
            others: others.0,
            others_healthy: others.1,
        }
    }

    fn of(start: u64, stop_primary: u64, stop_others: u64) -> Moves {
        Moves {
            start,
            stop_primary,
            stop_others,
        }
    }

    #[test]
    fn new_tasks_start_before_old_ones_stop() {
        assert_eq!(moves(&counts(2, (0, 0), (0, 0))), of(2, 0, 0));
        assert_eq!(moves(&counts(2, (0, 0), (2, 2))), of(2, 0, 0));
        assert_eq!(moves(&counts(2, (2, 0), (2, 2))), of(0, 0, 0));
        assert_eq!(moves(&counts(2, (2, 1), (2, 2))), of(0, 0, 1));
        assert_eq!(moves(&counts(2, (2, 2), (2, 2))), of(0, 0, 2));
        assert_eq!(moves(&counts(2, (2, 2), (0, 0))), of(0, 0, 0));
    }

    #[test]
    fn a_lower_count_and_none_at_all_stop_what_is_too_much() {
        assert_eq!(moves(&counts(1, (3, 3), (0, 0))), of(0, 2, 0));
        assert_eq!(moves(&counts(0, (3, 3), (1, 1))), of(0, 3, 1));
    }

    #[test]
    fn without_room_old_tasks_make_it() {
        let tight = Counts {
            maximum_percent: 100,
            minimum_healthy_percent: 50,
            ..counts(4, (0, 0), (4, 4))
        };
        assert_eq!(moves(&tight), of(0, 0, 2));
        let next = Counts {
            others: 2,
            others_healthy: 2,
            ..tight
        };
        assert_eq!(moves(&next), of(2, 0, 0));
    }
}
